#if !defined(MILLWRIGHT_FFT_FFTW)

#include "numeric/fft_native_plan.hpp"

#include "millwright/numeric/math.hpp"

namespace millwright::detail {
namespace {

/// Powers of two first, eights before fours: the strides of all later passes are then multiples of the SIMD width.
fft_factors factorise(std::size_t n) noexcept {
  fft_factors found;
  std::size_t twos = 0;
  for (; n % 2 == 0; n /= 2) ++twos;
  while (twos >= 5 || twos == 3) {
    found.radix[found.count++] = 8;
    twos -= 3;
  }
  for (; twos >= 2; twos -= 2) found.radix[found.count++] = 4;
  if (twos == 1) found.radix[found.count++] = 2;
  for (; n % 5 == 0; n /= 5) found.radix[found.count++] = 5;
  for (; n % 3 == 0; n /= 3) found.radix[found.count++] = 3;
  if (n != 1) found.count = 0;
  return found;
}

}  // namespace

std::size_t twiddle_count(const fft_factors& f, std::size_t n) noexcept {
  std::size_t count = 0;
  std::size_t blocks = n;
  for (std::size_t i = 0; i < f.count; ++i) {
    blocks /= f.radix[i];
    count += 2 * (f.radix[i] - 1) * blocks;
  }
  return count;
}

// The octant is found in integers, so that symmetric twiddles are equal in bits and the angle given to sin_pi and cos_pi is at
// most 1/4.
unit_root unit_root_of(std::uint64_t k, std::uint64_t n) noexcept {
  std::uint64_t eighths = 8 * k;  // the angle in units of 1 / (8 n)
  const bool lower_half = eighths > 4 * n;
  if (lower_half) eighths = 8 * n - eighths;
  const bool left = eighths > 2 * n;
  if (left) eighths = 4 * n - eighths;
  const bool steep = eighths > n;
  if (steep) eighths = 2 * n - eighths;
  const double angle = static_cast<double>(eighths) / static_cast<double>(4 * n);
  const double near = math::cos_pi(angle);
  const double far = math::sin_pi(angle);
  const double cosine = steep ? far : near;
  const double sine = steep ? near : far;
  return {left ? -cosine : cosine, lower_half ? sine : -sine};
}

template <class Real>
fft_layout fft_layout::of(std::size_t size) noexcept {
  fft_layout found;
  found.size = size;
  found.passes = factorise(size);
  if (found.passes.count == 0 && size > 1) {
    found.convolution_size = 1;
    while (found.convolution_size < 2 * size - 1) found.convolution_size *= 2;
    found.passes = factorise(found.convolution_size);
    found.chirp_tables = 2 * padded<Real>(size);
    found.spectrum_tables = 2 * padded<Real>(found.convolution_size);
  }
  found.pass_tables = padded<Real>(twiddle_count(found.passes, found.transform_size()));
  found.scratch = 4 * padded<Real>(found.transform_size());
  return found;
}
template fft_layout fft_layout::of<float>(std::size_t size) noexcept;
template fft_layout fft_layout::of<double>(std::size_t size) noexcept;

template <class Real>
void fft_plan<Real>::build(const fft_layout& layout, const fft_table<Real>& kernels, Real* tables, Real* scratch, bool fill) noexcept {
  kernels_ = &kernels;
  size_ = layout.size;
  convolution_size_ = layout.convolution_size;
  pass_count_ = layout.passes.count;

  const std::size_t plane = layout.scratch / 4;
  a_ = {scratch, scratch + plane};
  b_ = {scratch + 2 * plane, scratch + 3 * plane};

  Real* table = tables;
  std::size_t blocks = layout.transform_size();
  std::size_t stride = 1;
  for (std::size_t i = 0; i < pass_count_; ++i) {
    const std::size_t radix = layout.passes.radix[i];
    const std::size_t length = blocks;
    blocks /= radix;
    passes_[i] = {radix, blocks, stride, table};
    const bool by_planes = stride == 1;
    for (std::size_t block = 0; fill && block < blocks; ++block) {
      for (std::size_t k = 1; k < radix; ++k) {
        const unit_root w = unit_root_of(block * k, length);
        table[by_planes ? 2 * (k - 1) * blocks + block : 2 * (radix - 1) * block + 2 * (k - 1)] = static_cast<Real>(w.re);
        table[by_planes ? (2 * k - 1) * blocks + block : 2 * (radix - 1) * block + 2 * k - 1] = static_cast<Real>(w.im);
      }
    }
    table += 2 * (radix - 1) * blocks;
    stride *= radix;
  }
  if (convolution_size_ == 0) return;

  Real* const chirp = tables + layout.pass_tables;
  Real* const spectrum = chirp + layout.chirp_tables;
  const fft_planes<Real> chirp_planes{chirp, chirp + layout.chirp_tables / 2};
  const fft_planes<Real> spectrum_planes{spectrum, spectrum + layout.spectrum_tables / 2};
  chirp_ = {chirp_planes.re, chirp_planes.im};
  spectrum_ = {spectrum_planes.re, spectrum_planes.im};
  if (fill) fill_chirp(chirp_planes, spectrum_planes);
}

template <class Real>
void fft_plan<Real>::fill_chirp(fft_planes<Real> chirp, fft_planes<Real> spectrum) const noexcept {
  for (std::size_t i = 0; i < convolution_size_; ++i) a_.re[i] = a_.im[i] = Real(0);
  const Real scale = Real(1) / static_cast<Real>(convolution_size_);  // of the inverse transform; exact, a power of two
  for (std::size_t j = 0; j < size_; ++j) {
    const unit_root w = unit_root_of(static_cast<std::uint64_t>(j) * j % (2 * size_), 2 * size_);
    chirp.re[j] = static_cast<Real>(w.re);
    chirp.im[j] = static_cast<Real>(w.im);
    const std::size_t mirrored = j == 0 ? 0 : convolution_size_ - j;
    a_.re[j] = a_.re[mirrored] = scale * chirp.re[j];
    a_.im[j] = a_.im[mirrored] = -scale * chirp.im[j];
  }
  const fft_planes<Real> transformed = run(0, a_, b_);
  for (std::size_t i = 0; i < convolution_size_; ++i) {
    spectrum.re[i] = transformed.re[i];
    spectrum.im[i] = transformed.im[i];
  }
}

/// Passes `first` and later, to and fro between the two.
template <class Real>
fft_planes<Real> fft_plan<Real>::run(std::size_t first, fft_planes<Real> from, fft_planes<Real> to) const noexcept {
  for (std::size_t i = first; i < pass_count_; ++i) {
    kernels_->pass(passes_[i], from.re, from.im, to.re, to.im);
    const fft_planes<Real> written = to;
    to = from;
    from = written;
  }
  return from;
}

/// z[j] *= chirp[j]
template <class Real>
void fft_plan<Real>::turn(fft_planes<Real> z) const noexcept {
  for (std::size_t j = 0; j < size_; ++j) {
    const Real re = z.re[j] * chirp_.re[j] - z.im[j] * chirp_.im[j];
    const Real im = z.re[j] * chirp_.im[j] + z.im[j] * chirp_.re[j];
    z.re[j] = re;
    z.im[j] = im;
  }
}

/// Bluestein's algorithm on the input in a: turned by the chirp, convolved with the conjugate chirp, turned again. The inverse
/// transform is the forward one with re and im exchanged.
template <class Real>
fft_planes<Real> fft_plan<Real>::convolve() const noexcept {
  turn(a_);
  for (std::size_t j = size_; j < convolution_size_; ++j) a_.re[j] = a_.im[j] = Real(0);
  const fft_planes<Real> z = run(0, a_, b_);
  for (std::size_t i = 0; i < convolution_size_; ++i) {
    const Real re = z.re[i] * spectrum_.re[i] - z.im[i] * spectrum_.im[i];
    const Real im = z.re[i] * spectrum_.im[i] + z.im[i] * spectrum_.re[i];
    z.re[i] = im;
    z.im[i] = re;
  }
  const fft_planes<Real> back = run(0, z, z.re == a_.re ? b_ : a_);
  const fft_planes<Real> exchanged{back.im, back.re};
  turn(exchanged);
  return exchanged;
}

template <class Real>
fft_planes<Real> fft_plan<Real>::transform() const noexcept {
  return convolution_size_ > 0 ? convolve() : run(0, a_, b_);
}

template <class Real>
fft_planes<Real> fft_plan<Real>::transform(const Real* interleaved) const noexcept {
  if (convolution_size_ == 0 && pass_count_ > 0) {
    kernels_->first_pass(passes_[0], interleaved, b_.re, b_.im);
    return run(1, b_, a_);
  }
  for (std::size_t j = 0; j < size_; ++j) {
    a_.re[j] = interleaved[2 * j];
    a_.im[j] = interleaved[2 * j + 1];
  }
  return transform();
}

template class fft_plan<float>;
template class fft_plan<double>;

}  // namespace millwright::detail

#endif
