#include "millwright/signal/zoom_fft.hpp"

#include <algorithm>
#include <cmath>

#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {

/// a <- a b; the product of std::complex calls the C library.
template <class Real>
void multiply(std::complex<Real>& a, const std::complex<Real>& b) noexcept {
  a = {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

/// x mod 2, so that the angle keeps its digits.
double half_turns(double x) noexcept { return x - 2.0 * std::floor(0.5 * x); }

template <class Real>
std::complex<Real> unit_at(double turns_by_two) noexcept {
  const double angle = half_turns(turns_by_two);
  return {static_cast<Real>(math::cos_pi(angle)), static_cast<Real>(math::sin_pi(angle))};
}

}  // namespace

template <class Real>
result<void> zoom_transform<Real>::prepare(std::size_t n, const zoom_fft_options& options, workspace& memory) {
  const auto bad = [](const std::string& what) { return error{errc::invalid_argument, "zoom_fft", what}; };
  if (n == 0) return bad("the signal is empty");
  if (!(options.fs > 0.0) || !std::isfinite(options.fs) || !std::isfinite(options.f_lo) || !std::isfinite(options.f_hi))
    return bad("fs must be positive, frequencies finite");
  options_ = options;
  if (options_.m == 0) options_.m = n;
  if (options_.endpoint && options_.m == 1) return bad("one point cannot be the first and the last");
  constexpr std::size_t most = std::size_t{1} << 25;
  if (n > most || options_.m > most) return bad("more than 2^25 samples or points");
  n_ = n;
  std::size_t length = 1;
  while (length < n + options_.m - 1) length *= 2;
  MILLWRIGHT_CHECK(fft_.prepare(length, memory));
  rise_ = memory.carve<std::complex<Real>>(n);
  chirp_ = memory.carve<std::complex<Real>>(options_.m);
  filter_ = memory.carve<std::complex<Real>>(length);
  a_ = memory.carve<std::complex<Real>>(length);
  b_ = memory.carve<std::complex<Real>>(length);
  return {};
}

template <class Real>
void zoom_transform<Real>::reset() noexcept {
  fft_.reset();
  const std::size_t m = options_.m;
  const double points = static_cast<double>(options_.endpoint ? m - 1 : m);
  const double step = (options_.f_hi - options_.f_lo) / (options_.fs * points);
  const double start = 2.0 * options_.f_lo / options_.fs;
  const auto square = [](std::size_t k) { return static_cast<double>(k) * static_cast<double>(k); };
  for (std::size_t j = 0; j < n_; ++j) {
    rise_[j] = unit_at<Real>(-(half_turns(start * static_cast<double>(j)) + half_turns(step * square(j))));
  }
  for (std::size_t k = 0; k < m; ++k) chirp_[k] = unit_at<Real>(-half_turns(step * square(k)));
  std::fill(a_.begin(), a_.end(), std::complex<Real>());
  for (std::size_t k = 0; k < m; ++k) a_[k] = unit_at<Real>(half_turns(step * square(k)));
  for (std::size_t j = 1; j < n_; ++j) a_[a_.size() - j] = unit_at<Real>(half_turns(step * square(j)));
  fft_.forward(a_.data(), filter_.data());
}

template <class Real>
void zoom_transform<Real>::compute(const Real* x, std::complex<Real>* out) noexcept {
  for (std::size_t j = 0; j < n_; ++j) a_[j] = {x[j] * rise_[j].real(), x[j] * rise_[j].imag()};
  std::fill(a_.begin() + static_cast<std::ptrdiff_t>(n_), a_.end(), std::complex<Real>());
  fft_.forward(a_.data(), b_.data());
  for (std::size_t k = 0; k < b_.size(); ++k) multiply(b_[k], filter_[k]);
  fft_.inverse(b_.data(), a_.data());
  for (std::size_t k = 0; k < options_.m; ++k) {
    out[k] = a_[k];
    multiply(out[k], chirp_[k]);
  }
}

template <class Real>
result<std::vector<std::complex<Real>>> zoom_fft_rows(std::span<const Real> x, std::size_t rows, const zoom_fft_options& options) {
  if (rows == 0 || x.size() % rows != 0) return error{errc::invalid_data, "zoom_fft", "the values are no whole number of rows"};
  const std::size_t n = x.size() / rows;
  MILLWRIGHT_TRY(auto ready, detail::prepare_on_heap(zoom_transform<Real>(),
                                                     [&](auto& z, workspace& memory) { return z.prepare(n, options, memory); }));
  const std::size_t m = ready.object.size();
  std::vector<std::complex<Real>> out(rows * m);
  for (std::size_t r = 0; r < rows; ++r) ready.object.compute(x.data() + r * n, out.data() + r * m);
  return out;
}

template <class Real>
result<std::vector<std::complex<Real>>> zoom_fft(std::span<const Real> x, const zoom_fft_options& options) {
  return zoom_fft_rows(x, 1, options);
}

template class zoom_transform<float>;
template class zoom_transform<double>;
template result<std::vector<std::complex<float>>> zoom_fft_rows(std::span<const float>, std::size_t, const zoom_fft_options&);
template result<std::vector<std::complex<double>>> zoom_fft_rows(std::span<const double>, std::size_t, const zoom_fft_options&);
template result<std::vector<std::complex<float>>> zoom_fft(std::span<const float>, const zoom_fft_options&);
template result<std::vector<std::complex<double>>> zoom_fft(std::span<const double>, const zoom_fft_options&);

}  // namespace millwright
