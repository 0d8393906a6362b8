#include "millwright/wavelet/modwt.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>

#include "kernels/wavelet_kernels.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/wavelet/modwt_stage.hpp"

namespace millwright {

namespace {

constexpr double root_two = 1.41421356237309504880;

/// Taps that read a circle of n: tap j of output t reads (start + direction * step * j + t) mod n. Calls run(first, size, offsets)
/// for stretches of outputs in which no tap passes the end of the circle.
template <class Run>
void for_each_stretch(std::size_t n, std::size_t taps, std::size_t start, std::size_t step, bool forward, Run run) noexcept {
  std::ptrdiff_t offset[wavelet::longest];
  std::size_t wrap[wavelet::longest + 1];  // output at which tap j starts over
  const std::size_t jump = step % n;
  std::size_t at = start % n;
  for (std::size_t j = 0; j < taps; ++j) {
    offset[j] = static_cast<std::ptrdiff_t>(at);
    wrap[j] = n - at;
    at = forward ? at + jump : at + n - jump;
    if (at >= n) at -= n;
  }
  wrap[taps] = n;
  std::size_t sorted[wavelet::longest + 1];
  std::copy(wrap, wrap + taps + 1, sorted);
  std::sort(sorted, sorted + taps + 1);
  std::size_t first = 0;
  for (std::size_t i = 0; i <= taps; ++i) {
    if (sorted[i] <= first) continue;
    run(first, sorted[i] - first, offset);
    first = sorted[i];
    for (std::size_t j = 0; j < taps; ++j) {
      if (wrap[j] == first) offset[j] -= static_cast<std::ptrdiff_t>(n);
    }
  }
}

}  // namespace

template <class Real>
stationary_bank<Real>::stationary_bank(const wavelet& w, stationary_kind kind) noexcept
    : kernels_(&detail::active_kernels().wavelet->table<Real>()),
      length_(w.length()),
      lead_(kind == stationary_kind::modwt ? 0 : w.length() / 2) {
  const double scale = kind == stationary_kind::swt ? 1.0 : root_two;
  for (std::size_t j = 0; j < length_; ++j) {
    const bool causal = kind == stationary_kind::modwt;
    analysis_[2 * j] = static_cast<Real>((causal ? w.rec_lo(j) : w.dec_lo(j)) / scale);
    analysis_[2 * j + 1] = static_cast<Real>((causal ? w.rec_hi(j) : w.dec_hi(j)) / scale);
    // swt averages two inverse transforms, one of the even and one of the odd coefficients.
    const double inverse_scale = kind == stationary_kind::swt ? 0.5 : 1.0 / root_two;
    synthesis_[2 * j] = static_cast<Real>(w.rec_lo(j) * inverse_scale);
    synthesis_[2 * j + 1] = static_cast<Real>(w.rec_hi(j) * inverse_scale);
  }
}

template <class Real>
void stationary_bank<Real>::analyse(const Real* x, std::size_t n, std::size_t step, Real* approximation, Real* detail) const noexcept {
  for_each_stretch(n, length_, lead_ * (step % n), step, false, [&](std::size_t first, std::size_t size, const std::ptrdiff_t* offset) {
    kernels_->filter(x + first, offset, size, analysis_, length_, approximation + first, detail + first);
  });
}

template <class Real>
void stationary_bank<Real>::synthesise(const Real* approximation, const Real* detail, std::size_t n, std::size_t step,
                                       Real* x) const noexcept {
  // modwt: the taps that looked back look ahead. swt: rec is dec reversed, so tap j looks back j + 1 - length / 2 steps.
  const bool forward = lead_ == 0;
  const std::size_t start = forward ? 0 : (lead_ - 1) * (step % n);
  for_each_stretch(n, length_, start, step, forward, [&](std::size_t first, std::size_t size, const std::ptrdiff_t* offset) {
    kernels_->merge(approximation + first, detail + first, offset, size, synthesis_, length_, x + first);
  });
}

template <class Real>
void stationary_bank<Real>::filter(const Real* x, std::size_t n, std::size_t step, Real* approximation, Real* detail) const noexcept {
  std::ptrdiff_t offset[wavelet::longest];
  for (std::size_t j = 0; j < length_; ++j) offset[j] = -static_cast<std::ptrdiff_t>(step * j);
  kernels_->filter(x, offset, n, analysis_, length_, approximation, detail);
}

template <class Real>
double stationary_bank<Real>::energy(const Real* x, std::size_t n) const noexcept {
  return kernels_->energy(x, n);
}

template <class Real>
void stationary_decompose(const stationary_bank<Real>& bank, const Real* x, std::size_t n, std::size_t level, Real* coefficients,
                          Real* scratch) noexcept {
  const Real* from = x;
  for (std::size_t j = 1; j <= level; ++j) {
    Real* const approximation = j == level ? coefficients : scratch + (j % 2) * n;
    bank.analyse(from, n, std::size_t{1} << (j - 1), approximation, coefficients + (level + 1 - j) * n);
    from = approximation;
  }
}

template <class Real>
void stationary_recompose(const stationary_bank<Real>& bank, const Real* coefficients, std::size_t n, std::size_t level, Real* x,
                          Real* scratch) noexcept {
  const Real* approximation = coefficients;
  for (std::size_t j = level; j > 0; --j) {
    Real* const to = j == 1 ? x : scratch + (j % 2) * n;
    bank.synthesise(approximation, coefficients + (level + 1 - j) * n, n, std::size_t{1} << (j - 1), to);
    approximation = to;
  }
}

std::size_t modwt_boundary_count(std::size_t n, std::size_t length, std::size_t level) noexcept {
  if (level >= 48) return n;
  return std::min(n, ((std::size_t{1} << level) - 1) * (length - 1));
}

std::size_t modwt_max_level(std::size_t n) noexcept { return n == 0 ? 0 : static_cast<std::size_t>(std::bit_width(n)) - 1; }

template <class Real>
result<void> modwt_transform<Real>::prepare(const wavelet& w, std::size_t level, std::size_t length, workspace& memory) {
  MILLWRIGHT_CHECK(detail::check_modwt(length, w, level));
  bank_ = stationary_bank<Real>(w, stationary_kind::modwt);
  size_ = length;
  level_ = level;
  coefficients_ = memory.carve<Real>((level + 1) * length);
  scratch_ = memory.carve<Real>(2 * length);
  energies_ = memory.carve<double>(level + 1);
  return {};
}

template <class Real>
void modwt_transform<Real>::reset() noexcept {
  std::fill(coefficients_.begin(), coefficients_.end(), Real(0));
  std::fill(energies_.begin(), energies_.end(), 0.0);
  total_ = 0.0;
}

template <class Real>
void modwt_transform<Real>::compute(const Real* x) noexcept {
  stationary_decompose(bank_, x, size_, level_, coefficients_.data(), scratch_.data());
  total_ = 0.0;
  for (std::size_t b = 0; b <= level_; ++b) {
    energies_[b] = bank_.energy(coefficients_.data() + b * size_, size_);
    total_ += energies_[b];
  }
}

template <class Real>
void modwt_transform<Real>::inverse(Real* x) noexcept {
  stationary_recompose(bank_, coefficients_.data(), size_, level_, x, scratch_.data());
}

template <class Real>
double modwt_transform<Real>::wavelet_variance(std::size_t b) const noexcept {
  const std::size_t level = b == 0 ? level_ : level_ + 1 - b;
  const std::size_t skipped = modwt_boundary_count(size_, bank_.length(), level);
  if (skipped == size_) return math::nan;
  return bank_.energy(coefficients_.data() + b * size_ + skipped, size_ - skipped) / static_cast<double>(size_ - skipped);
}

namespace detail {

namespace {
result<void> check_level(std::size_t n, std::size_t level, std::size_t deepest, std::string_view where) {
  if (n == 0) return error(errc::invalid_data, where, "the signal is empty", "give at least one sample");
  if (level == 0 || level > deepest) {
    return error(errc::invalid_argument, where, "level " + std::to_string(level) + " does not fit " + std::to_string(n) + " samples",
                 deepest == 0 ? "give at least two samples" : "the level must lie in 1 .. " + std::to_string(deepest));
  }
  return {};
}
}  // namespace

result<void> check_swt(std::size_t n, std::size_t level) {
  if (n > 0 && level > 0 && level < 48 && n % (std::size_t{1} << level) != 0) {
    const std::size_t multiple = std::size_t{1} << level;
    return error(errc::invalid_data, "swt",
                 "level " + std::to_string(level) + " wants a length that is a multiple of " + std::to_string(multiple) + ", not " +
                     std::to_string(n),
                 "cut or pad the signal to " + std::to_string((n + multiple - 1) / multiple * multiple) +
                     " samples, or use modwt, which takes any length");
  }
  return check_level(n, level, static_cast<std::size_t>(n == 0 ? 0 : std::countr_zero(n)), "swt");
}

result<void> check_modwt(std::size_t n, const wavelet& w, std::size_t level) {
  if (!w.is_orthogonal()) {
    return error(errc::invalid_argument, "modwt",
                 "the wavelet " + std::string(w.name()) + " is not orthogonal, so that energy would not be kept",
                 "choose haar, a db, sym or coif wavelet");
  }
  return check_level(n, level, modwt_max_level(n), "modwt");
}

}  // namespace detail

namespace {

template <class Real>
std::vector<Real> decomposed(std::span<const Real> x, const stationary_bank<Real>& bank, std::size_t level) {
  std::vector<Real> coefficients((level + 1) * x.size());
  std::vector<Real> scratch(2 * x.size());
  stationary_decompose(bank, x.data(), x.size(), level, coefficients.data(), scratch.data());
  return coefficients;
}

template <class Real>
result<std::size_t> row_size(std::span<const Real> coefficients, std::size_t level, std::string_view where) {
  // No signal has so many levels; it also keeps level + 1 from wrapping round.
  if (level >= std::numeric_limits<std::size_t>::digits) {
    return error(errc::invalid_argument, where, "level " + std::to_string(level) + " is beyond any signal",
                 "give the level of the transform");
  }
  if (coefficients.size() % (level + 1) == 0) return coefficients.size() / (level + 1);
  return error(errc::invalid_data, where, "the coefficients are not " + std::to_string(level + 1) + " bands of one length",
               "give the approximation and all details");
}

template <class Real>
std::vector<Real> recomposed(std::span<const Real> coefficients, const stationary_bank<Real>& bank, std::size_t n, std::size_t level) {
  std::vector<Real> x(n);
  std::vector<Real> scratch(2 * n);
  stationary_recompose(bank, coefficients.data(), n, level, x.data(), scratch.data());
  return x;
}

stationary_kind swt_kind(bool norm) noexcept { return norm ? stationary_kind::swt_normalised : stationary_kind::swt; }

}  // namespace

template <class Real>
result<std::vector<Real>> swt(std::span<const Real> x, const wavelet& w, std::size_t level, bool norm) {
  MILLWRIGHT_CHECK(detail::check_swt(x.size(), level));
  return decomposed(x, stationary_bank<Real>(w, swt_kind(norm)), level);
}

template <class Real>
result<std::vector<Real>> iswt(std::span<const Real> coefficients, const wavelet& w, std::size_t level, bool norm) {
  MILLWRIGHT_TRY(const std::size_t n, row_size(coefficients, level, "iswt"));
  MILLWRIGHT_CHECK(detail::check_swt(n, level));
  return recomposed(coefficients, stationary_bank<Real>(w, swt_kind(norm)), n, level);
}

template <class Real>
result<std::vector<Real>> modwt(std::span<const Real> x, const wavelet& w, std::size_t level, modwt_boundary boundary) {
  MILLWRIGHT_CHECK(detail::check_modwt(x.size(), w, level));
  if (boundary == modwt_boundary::circular) return decomposed(x, stationary_bank<Real>(w, stationary_kind::modwt), level);
  modwt_stage<Real> stage;
  stage.wavelet = w.name();
  stage.level = static_cast<std::int64_t>(level);
  MILLWRIGHT_TRY(const auto items, (run_signal_stage<Real, modwt_stage>(stage, x, signal_port{1, 1.0, 0, 0.0})));
  std::vector<Real> bands(items.size());
  for (std::size_t t = 0; t < x.size(); ++t) {
    for (std::size_t b = 0; b <= level; ++b) bands[b * x.size() + t] = items[t * (level + 1) + b];
  }
  return bands;
}

template <class Real>
result<std::vector<Real>> imodwt(std::span<const Real> coefficients, const wavelet& w, std::size_t level) {
  MILLWRIGHT_TRY(const std::size_t n, row_size(coefficients, level, "imodwt"));
  MILLWRIGHT_CHECK(detail::check_modwt(n, w, level));
  return recomposed(coefficients, stationary_bank<Real>(w, stationary_kind::modwt), n, level);
}

#define MILLWRIGHT_INSTANTIATE(Real)                                                                                                    \
  template class stationary_bank<Real>;                                                                                                 \
  template class modwt_transform<Real>;                                                                                                 \
  template void stationary_decompose<Real>(const stationary_bank<Real>&, const Real*, std::size_t, std::size_t, Real*, Real*) noexcept; \
  template void stationary_recompose<Real>(const stationary_bank<Real>&, const Real*, std::size_t, std::size_t, Real*, Real*) noexcept; \
  template result<std::vector<Real>> swt<Real>(std::span<const Real>, const wavelet&, std::size_t, bool);                               \
  template result<std::vector<Real>> iswt<Real>(std::span<const Real>, const wavelet&, std::size_t, bool);                              \
  template result<std::vector<Real>> modwt<Real>(std::span<const Real>, const wavelet&, std::size_t, modwt_boundary);                   \
  template result<std::vector<Real>> imodwt<Real>(std::span<const Real>, const wavelet&, std::size_t);
MILLWRIGHT_INSTANTIATE(float)
MILLWRIGHT_INSTANTIATE(double)
#undef MILLWRIGHT_INSTANTIATE

}  // namespace millwright
