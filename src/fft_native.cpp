#if !defined(MILLWRIGHT_FFT_FFTW)

#include <cstdint>
#include <new>
#include <utility>

#include "kernels/fft_kernels.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/fft.hpp"
#include "millwright/math.hpp"

namespace millwright {
namespace {

constexpr std::size_t largest_size = std::size_t{1} << 26;
constexpr std::size_t most_passes = 32;

/// exp(-2 pi i k / n), 0 <= k < n. The octant is found in integers, so that symmetric twiddles are equal in bits and
/// the angle given to sin_pi and cos_pi is at most 1/4.
struct root {
  double re, im;
};
root unit_root(std::uint64_t k, std::uint64_t n) noexcept {
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

/// The passes of a complex transform, as radices; count = 0 when n has other factors than 2, 3 and 5.
struct factors {
  std::size_t radix[most_passes];
  std::size_t count = 0;
};

/// Powers of two first, eights before fours: the strides of all later passes are then multiples of the SIMD width.
factors factorise(std::size_t n) noexcept {
  factors found;
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

std::size_t twiddle_count(const factors& f, std::size_t n) noexcept {
  std::size_t count = 0;
  std::size_t blocks = n;
  for (std::size_t i = 0; i < f.count; ++i) {
    blocks /= f.radix[i];
    count += 2 * (f.radix[i] - 1) * blocks;
  }
  return count;
}

/// Spans of T in memory carved as one array start on cache lines.
template <class Real>
constexpr std::size_t padded(std::size_t count) noexcept {
  constexpr std::size_t line = workspace::alignment / sizeof(Real);
  return (count + line - 1) / line * line;
}

/// Lengths that follow from n; computed alike by prepare, which counts memory, and reset, which fills it.
struct layout {
  std::size_t complex_size = 0;      ///< n / 2 when n is even (real input packed as complex numbers), else n
  std::size_t convolution_size = 0;  ///< power of two at least 2 complex_size - 1 when Bluestein is needed, else 0
  factors passes;
  std::size_t pass_tables = 0;  ///< offsets are sums of the padded sizes, in this order
  std::size_t unpack_tables = 0;
  std::size_t chirp_tables = 0;
  std::size_t spectrum_tables = 0;

  [[nodiscard]] std::size_t transform_size() const noexcept { return convolution_size > 0 ? convolution_size : complex_size; }
  [[nodiscard]] std::size_t tables() const noexcept { return pass_tables + unpack_tables + chirp_tables + spectrum_tables; }
};

template <class Real>
layout layout_for(std::size_t n) noexcept {
  layout found;
  const bool even = n % 2 == 0;
  found.complex_size = even ? n / 2 : n;
  found.passes = factorise(found.complex_size);
  if (found.passes.count == 0 && found.complex_size > 1) {
    found.convolution_size = 1;
    while (found.convolution_size < 2 * found.complex_size - 1) found.convolution_size *= 2;
    found.passes = factorise(found.convolution_size);
    found.chirp_tables = 2 * padded<Real>(found.complex_size);
    found.spectrum_tables = 2 * padded<Real>(found.convolution_size);
  }
  found.pass_tables = padded<Real>(twiddle_count(found.passes, found.transform_size()));
  if (even) found.unpack_tables = padded<Real>(2 * (found.complex_size / 2 + 1));
  return found;
}

}  // namespace

template <class Real>
struct real_fft<Real>::plan {
  const detail::fft_table<Real>* kernels;
  std::size_t size, complex_size, convolution_size, pass_count;
  detail::fft_pass<Real> passes[most_passes];
  const Real* unpack;
  const Real *chirp_re, *chirp_im;        ///< exp(-pi i j^2 / complex_size)
  const Real *spectrum_re, *spectrum_im;  ///< transform of the conjugate chirp, over convolution_size
  Real *a_re, *a_im, *b_re, *b_im;        ///< scratch

  /// Runs passes first .. end from a to b, b to a, ...; returns whether the result lies in a.
  bool run(std::size_t first, bool in_a) const noexcept {
    for (std::size_t i = first; i < pass_count; ++i) {
      if (in_a) {
        kernels->pass(passes[i], a_re, a_im, b_re, b_im);
      } else {
        kernels->pass(passes[i], b_re, b_im, a_re, a_im);
      }
      in_a = !in_a;
    }
    return in_a;
  }

  /// a: transform input over convolution_size. Multiplies its transform by the chirp's and transforms back, then turns by the
  /// chirp. The inverse transform is the forward one with the roles of re and im exchanged. The result lies in *re, *im.
  void convolve(const Real** re, const Real** im) noexcept {
    const bool in_a = run(0, true);
    if (!in_a) {
      std::swap(a_re, b_re);
      std::swap(a_im, b_im);
    }
    for (std::size_t i = 0; i < convolution_size; ++i) {
      const Real product_re = a_re[i] * spectrum_re[i] - a_im[i] * spectrum_im[i];
      const Real product_im = a_re[i] * spectrum_im[i] + a_im[i] * spectrum_re[i];
      a_re[i] = product_im;
      a_im[i] = product_re;
    }
    const bool back_in_a = run(0, true);
    Real* const result_im = back_in_a ? a_re : b_re;
    Real* const result_re = back_in_a ? a_im : b_im;
    for (std::size_t i = 0; i < complex_size; ++i) {
      const Real turned_re = result_re[i] * chirp_re[i] - result_im[i] * chirp_im[i];
      const Real turned_im = result_re[i] * chirp_im[i] + result_im[i] * chirp_re[i];
      result_re[i] = turned_re;
      result_im[i] = turned_im;
    }
    *re = result_re;
    *im = result_im;
  }
};

template <class Real>
result<void> real_fft<Real>::prepare(std::size_t n, workspace& memory) {
  if (n == 0 || n > largest_size) {
    return error(errc::invalid_argument, "real_fft", "the transform length must lie in 1 .. 67108864", "choose a shorter window");
  }
  size_ = n;
  kernels_ = detail::active_kernels().fft;
  const layout sizes = layout_for<Real>(n);
  plan_memory_ = memory.carve<std::byte>(sizeof(plan));
  tables_ = memory.carve<Real>(sizes.tables());
  scratch_ = memory.carve<Real>(4 * padded<Real>(sizes.transform_size()));
  return {};
}

template <class Real>
void real_fft<Real>::reset() noexcept {
  MILLWRIGHT_ASSERT(!plan_memory_.empty());
  const layout sizes = layout_for<Real>(size_);
  plan& p = *::new (static_cast<void*>(plan_memory_.data())) plan{};
  p.kernels = &kernels_->table<Real>();
  p.size = size_;
  p.complex_size = sizes.complex_size;
  p.convolution_size = sizes.convolution_size;
  p.pass_count = sizes.passes.count;

  const std::size_t quarter = padded<Real>(sizes.transform_size());
  p.a_re = scratch_.data();
  p.a_im = p.a_re + quarter;
  p.b_re = p.a_im + quarter;
  p.b_im = p.b_re + quarter;

  Real* table = tables_.data();
  std::size_t blocks = sizes.transform_size();
  std::size_t stride = 1;
  for (std::size_t i = 0; i < p.pass_count; ++i) {
    const std::size_t radix = sizes.passes.radix[i];
    const std::size_t length = blocks;
    blocks /= radix;
    p.passes[i] = {radix, blocks, stride, table};
    for (std::size_t block = 0; block < blocks; ++block) {
      for (std::size_t k = 1; k < radix; ++k) {
        const root w = unit_root(block * k, length);
        const bool by_planes = stride == 1;
        table[by_planes ? 2 * (k - 1) * blocks + block : 2 * (radix - 1) * block + 2 * (k - 1)] = static_cast<Real>(w.re);
        table[by_planes ? (2 * k - 1) * blocks + block : 2 * (radix - 1) * block + 2 * k - 1] = static_cast<Real>(w.im);
      }
    }
    table += 2 * (radix - 1) * blocks;
    stride *= radix;
  }

  table = tables_.data() + sizes.pass_tables;
  p.unpack = table;
  if (size_ % 2 == 0) {
    const std::size_t count = sizes.complex_size / 2 + 1;
    for (std::size_t k = 0; k < count; ++k) {
      const root w = unit_root(k, size_);
      table[k] = static_cast<Real>(w.re);
      table[count + k] = static_cast<Real>(-w.im);
    }
  }
  if (p.convolution_size == 0) return;

  const std::size_t chirp_plane = sizes.chirp_tables / 2;
  const std::size_t spectrum_plane = sizes.spectrum_tables / 2;
  Real* const chirp_re = table + sizes.unpack_tables;
  Real* const chirp_im = chirp_re + chirp_plane;
  Real* const spectrum_re = chirp_im + chirp_plane;
  Real* const spectrum_im = spectrum_re + spectrum_plane;
  p.chirp_re = chirp_re;
  p.chirp_im = chirp_im;
  p.spectrum_re = spectrum_re;
  p.spectrum_im = spectrum_im;
  const std::size_t m = p.complex_size;
  const std::size_t length = p.convolution_size;
  for (std::size_t i = 0; i < length; ++i) p.a_re[i] = p.a_im[i] = Real(0);
  const Real scale = Real(1) / static_cast<Real>(length);  // of the inverse transform; exact, a power of two
  for (std::size_t j = 0; j < m; ++j) {
    const root w = unit_root(static_cast<std::uint64_t>(j) * j % (2 * m), 2 * m);
    chirp_re[j] = static_cast<Real>(w.re);
    chirp_im[j] = static_cast<Real>(w.im);
    const std::size_t mirrored = j == 0 ? 0 : length - j;
    p.a_re[j] = p.a_re[mirrored] = scale * chirp_re[j];
    p.a_im[j] = p.a_im[mirrored] = -scale * chirp_im[j];
  }
  const bool in_a = p.run(0, true);
  for (std::size_t i = 0; i < length; ++i) {
    spectrum_re[i] = in_a ? p.a_re[i] : p.b_re[i];
    spectrum_im[i] = in_a ? p.a_im[i] : p.b_im[i];
  }
}

template <class Real>
void real_fft<Real>::forward(const Real* in, std::complex<Real>* out) noexcept {
  MILLWRIGHT_ASSERT(!plan_memory_.empty());
  plan& p = *std::launder(reinterpret_cast<plan*>(plan_memory_.data()));
  const bool even = p.size % 2 == 0;
  const std::size_t m = p.complex_size;
  const Real* re = p.a_re;
  const Real* im = p.a_im;
  if (p.convolution_size > 0) {
    for (std::size_t j = 0; j < m; ++j) {
      const Real x = even ? in[2 * j] : in[j];
      const Real y = even ? in[2 * j + 1] : Real(0);
      p.a_re[j] = x * p.chirp_re[j] - y * p.chirp_im[j];
      p.a_im[j] = x * p.chirp_im[j] + y * p.chirp_re[j];
    }
    for (std::size_t j = m; j < p.convolution_size; ++j) p.a_re[j] = p.a_im[j] = Real(0);
    p.convolve(&re, &im);
  } else if (p.pass_count == 0) {  // a single complex number: nothing to transform
    p.a_re[0] = in[0];
    p.a_im[0] = even ? in[1] : Real(0);
  } else {
    if (even) {
      p.kernels->first_pass(p.passes[0], in, p.b_re, p.b_im);
    } else {
      for (std::size_t j = 0; j < m; ++j) {
        p.a_re[j] = in[j];
        p.a_im[j] = Real(0);
      }
      p.kernels->pass(p.passes[0], p.a_re, p.a_im, p.b_re, p.b_im);
    }
    const bool in_a = p.run(1, false);
    re = in_a ? p.a_re : p.b_re;
    im = in_a ? p.a_im : p.b_im;
  }
  // std::complex is laid out as Real[2] by the standard.
  if (even) {
    p.kernels->unpack_real(re, im, p.unpack, m, reinterpret_cast<Real*>(out));
  } else {
    for (std::size_t k = 0; k <= m / 2; ++k) out[k] = {re[k], im[k]};
    out[0] = {re[0], Real(0)};
  }
}

template <class Real>
const char* real_fft<Real>::backend() noexcept {
  return "native";
}

template class real_fft<float>;
template class real_fft<double>;

}  // namespace millwright

#endif
