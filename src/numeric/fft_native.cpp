#if !defined(MILLWRIGHT_FFT_FFTW)

#include <new>
#include <utility>

#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/fft.hpp"
#include "numeric/fft_native_plan.hpp"
#include "numeric/fft_native_rows.hpp"

namespace millwright {
namespace {

/// Even lengths are packed as complex numbers of half the length; odd ones get an imaginary part of zero.
std::size_t complex_size_of(std::size_t n) noexcept { return n % 2 == 0 ? n / 2 : n; }

/// Twiddles of the step between the packed and the real transform, as planes of this length.
std::size_t unpack_plane(std::size_t n) noexcept { return n % 2 == 0 ? n / 4 + 1 : 0; }

error bad_length(std::string_view where) {
  return {errc::invalid_argument, where, "the transform length must lie in 1 .. 67108864", "choose a shorter window"};
}

// std::complex is laid out as Real[2] by the standard.
template <class Real>
const Real* as_pairs(const std::complex<Real>* z) noexcept {
  return reinterpret_cast<const Real*>(z);
}
template <class Real>
Real* as_pairs(std::complex<Real>* z) noexcept {
  return reinterpret_cast<Real*>(z);
}

}  // namespace

// --- real input ------------------------------------------------------------------------------------------------------------

template <class Real>
struct real_fft<Real>::plan {
  detail::fft_plan<Real> complex;
  detail::fft_real_plan<Real> by_rows;  ///< rows = 0 where the length does not suit it
  std::size_t size;
  const Real* unpack;

  /// The packed transform of bins 0 .. n/2, times two, re and im exchanged: what forward's last step does, undone. With
  /// e = X[k] + conj X[m-k] and o = i w^-k (X[k] - conj X[m-k]), Z[k] = e + o and Z[m-k] = conj(e - o), w = exp(-i pi / m).
  void pack(const Real* bins, detail::fft_planes<Real> z) const noexcept {
    const std::size_t m = complex.size();
    const Real* const cosine = unpack;
    const Real* const sine = unpack + unpack_plane(size);
    z.im[0] = bins[0] + bins[2 * m];
    z.re[0] = bins[0] - bins[2 * m];
    for (std::size_t k = 1; 2 * k <= m; ++k) {
      const Real* const a = bins + 2 * k;
      const Real* const b = bins + 2 * (m - k);
      const Real even_re = a[0] + b[0];
      const Real even_im = a[1] - b[1];
      const Real odd_re = a[0] - b[0];
      const Real odd_im = a[1] + b[1];
      const Real turned_re = sine[k] * odd_re + cosine[k] * odd_im;
      const Real turned_im = cosine[k] * odd_re - sine[k] * odd_im;
      z.im[k] = even_re - turned_re;
      z.re[k] = even_im + turned_im;
      z.im[m - k] = even_re + turned_re;
      z.re[m - k] = turned_im - even_im;
    }
  }
};

template <class Real>
result<void> real_fft<Real>::prepare(std::size_t n, workspace& memory) {
  if (n == 0 || n > detail::largest_fft) return bad_length("real_fft");
  size_ = n;
  kernels_ = detail::active_kernels().fft;
  const auto layout = detail::fft_layout::of<Real>(complex_size_of(n));
  const auto by_rows = detail::fft_real_layout::of<Real>(n);
  plan_memory_ = memory.carve<std::byte>(sizeof(plan));
  tables_ = memory.carve_table<Real>(by_rows.tables() + layout.tables() + 2 * unpack_plane(n));
  scratch_ = memory.carve_scratch<Real>(by_rows.scratch() + layout.scratch);
  return {};
}

template <class Real>
void real_fft<Real>::reset() noexcept {
  MILLWRIGHT_ASSERT(!plan_memory_.empty());
  const auto layout = detail::fft_layout::of<Real>(complex_size_of(size_));
  const auto by_rows = detail::fft_real_layout::of<Real>(size_);
  plan& p = *::new (static_cast<void*>(plan_memory_.data())) plan{};
  const bool fill = std::exchange(tables_.fill, false);
  if (by_rows.rows > 0) detail::build(p.by_rows, by_rows, tables_.data(), scratch_.data(), fill);
  p.complex.build(layout, kernels_->table<Real>(), tables_.data() + by_rows.tables(), scratch_.data() + by_rows.scratch(), fill);
  p.size = size_;
  Real* const table = tables_.data() + by_rows.tables() + layout.tables();
  p.unpack = table;
  const std::size_t count = unpack_plane(size_);
  for (std::size_t k = 0; fill && k < count; ++k) {
    const detail::unit_root w = detail::unit_root_of(k, size_);
    table[k] = static_cast<Real>(w.re);
    table[count + k] = static_cast<Real>(-w.im);
  }
}

template <class Real>
bool real_fft<Real>::forward_tapered(const Real* in, const Real* taper, std::complex<Real>* out) noexcept {
  MILLWRIGHT_ASSERT(!plan_memory_.empty());
  const plan& p = *std::launder(reinterpret_cast<const plan*>(plan_memory_.data()));
  if (p.by_rows.rows == 0) return false;
  p.complex.kernels().real_forward(p.by_rows, in, taper, as_pairs(out));
  return true;
}

template <class Real>
void real_fft<Real>::forward(const Real* in, std::complex<Real>* out) noexcept {
  MILLWRIGHT_ASSERT(!plan_memory_.empty());
  const plan& p = *std::launder(reinterpret_cast<const plan*>(plan_memory_.data()));
  if (p.by_rows.rows > 0) {
    p.complex.kernels().real_forward(p.by_rows, in, nullptr, as_pairs(out));
    return;
  }
  const std::size_t m = p.complex.size();
  if (p.size % 2 == 0) {
    const detail::fft_planes<Real> z = p.complex.transform(in);
    p.complex.kernels().unpack_real(z.re, z.im, p.unpack, m, as_pairs(out));
    return;
  }
  const detail::fft_planes<Real> packed = p.complex.input();
  for (std::size_t j = 0; j < m; ++j) {
    packed.re[j] = in[j];
    packed.im[j] = Real(0);
  }
  const detail::fft_planes<Real> z = p.complex.transform();
  for (std::size_t k = 0; k <= m / 2; ++k) out[k] = {z.re[k], z.im[k]};
  out[0] = {z.re[0], Real(0)};
}

template <class Real>
void real_fft<Real>::inverse(const std::complex<Real>* in, Real* out) noexcept {
  MILLWRIGHT_ASSERT(!plan_memory_.empty());
  const plan& p = *std::launder(reinterpret_cast<const plan*>(plan_memory_.data()));
  const std::size_t m = p.complex.size();
  const Real scale = Real(1) / static_cast<Real>(p.size);
  const detail::fft_planes<Real> bins = p.complex.input();
  if (p.size % 2 == 0) {
    p.pack(as_pairs(in), bins);
    const detail::fft_planes<Real> z = p.complex.transform();
    for (std::size_t j = 0; j < m; ++j) {
      out[2 * j] = scale * z.im[j];
      out[2 * j + 1] = scale * z.re[j];
    }
    return;
  }
  bins.im[0] = in[0].real();
  bins.re[0] = Real(0);
  for (std::size_t k = 1; k <= m / 2; ++k) {
    bins.im[k] = bins.im[m - k] = in[k].real();
    bins.re[k] = in[k].imag();
    bins.re[m - k] = -in[k].imag();
  }
  const detail::fft_planes<Real> z = p.complex.transform();
  for (std::size_t j = 0; j < m; ++j) out[j] = scale * z.im[j];
}

template <class Real>
void real_fft<Real>::forward_batch(const Real* in, std::size_t in_stride, std::size_t count, std::complex<Real>* out,
                                   std::size_t out_stride) noexcept {
  for (std::size_t i = 0; i < count; ++i) forward(in + i * in_stride, out + i * out_stride);
}

template <class Real>
void real_fft<Real>::inverse_batch(const std::complex<Real>* in, std::size_t in_stride, std::size_t count, Real* out,
                                   std::size_t out_stride) noexcept {
  for (std::size_t i = 0; i < count; ++i) inverse(in + i * in_stride, out + i * out_stride);
}

template <class Real>
const char* real_fft<Real>::backend() noexcept {
  return "native";
}

// --- complex input ---------------------------------------------------------------------------------------------------------

template <class Real>
struct complex_fft<Real>::plan {
  detail::fft_plan<Real> complex;
};

template <class Real>
result<void> complex_fft<Real>::prepare(std::size_t n, workspace& memory) {
  if (n == 0 || n > detail::largest_fft) return bad_length("complex_fft");
  size_ = n;
  kernels_ = detail::active_kernels().fft;
  const auto layout = detail::fft_layout::of<Real>(n);
  plan_memory_ = memory.carve<std::byte>(sizeof(plan));
  tables_ = memory.carve_table<Real>(layout.tables());
  scratch_ = memory.carve_scratch<Real>(layout.scratch);
  return {};
}

template <class Real>
void complex_fft<Real>::reset() noexcept {
  MILLWRIGHT_ASSERT(!plan_memory_.empty());
  plan& p = *::new (static_cast<void*>(plan_memory_.data())) plan{};
  const bool fill = std::exchange(tables_.fill, false);
  p.complex.build(detail::fft_layout::of<Real>(size_), kernels_->table<Real>(), tables_.data(), scratch_.data(), fill);
}

template <class Real>
void complex_fft<Real>::forward(const std::complex<Real>* in, std::complex<Real>* out) noexcept {
  MILLWRIGHT_ASSERT(!plan_memory_.empty());
  const plan& p = *std::launder(reinterpret_cast<const plan*>(plan_memory_.data()));
  const detail::fft_planes<Real> z = p.complex.transform(as_pairs(in));
  for (std::size_t k = 0; k < size_; ++k) out[k] = {z.re[k], z.im[k]};
}

template <class Real>
void complex_fft<Real>::inverse(const std::complex<Real>* in, std::complex<Real>* out) noexcept {
  MILLWRIGHT_ASSERT(!plan_memory_.empty());
  const plan& p = *std::launder(reinterpret_cast<const plan*>(plan_memory_.data()));
  const detail::fft_planes<Real> bins = p.complex.input();
  for (std::size_t k = 0; k < size_; ++k) {
    bins.im[k] = in[k].real();
    bins.re[k] = in[k].imag();
  }
  const detail::fft_planes<Real> z = p.complex.transform();
  const Real scale = Real(1) / static_cast<Real>(size_);
  for (std::size_t j = 0; j < size_; ++j) out[j] = {scale * z.im[j], scale * z.re[j]};
}

template class real_fft<float>;
template class real_fft<double>;
template class complex_fft<float>;
template class complex_fft<double>;

}  // namespace millwright

#endif
