// The FFT's passes over split planes, width-generic. Everything is element-wise, so the bits do not depend on the width.
#pragma once

#include <type_traits>

#include "kernels/fft_butterflies.inl.hpp"
#include "kernels/fft_kernels.hpp"
#include "kernels/scalar_pack.hpp"

namespace millwright::detail {
namespace {

/// Where a first pass reads: split arrays or interleaved complex numbers.
template <class T>
struct split_source {
  const T* re;
  const T* im;
  template <class Pack>
  MILLWRIGHT_INLINE complex_pack<Pack> load(std::size_t i) const noexcept {
    return {memory_of<Pack>::load(re + i), memory_of<Pack>::load(im + i)};
  }
};
template <class T>
struct interleaved_source {
  const T* x;
  template <class Pack>
  MILLWRIGHT_INLINE complex_pack<Pack> load(std::size_t i) const noexcept {
    complex_pack<Pack> z;
    memory_of<Pack>::load_interleaved(x + 2 * i, z.re, z.im);
    return z;
  }
};

// --- later passes: loops along q -----------------------------------------------------------------------------------------

/// One butterfly of a later pass at (p, q .. q + Pack::size - 1). At p = 0 the twiddles are 1 and left out.
template <std::size_t Radix, bool Turn, class Pack, class T>
MILLWRIGHT_INLINE void later_butterfly(const T* x_re, const T* x_im, T* y_re, T* y_im, std::size_t read_step, std::size_t write_step,
                                       const complex_pack<Pack>* twiddles) noexcept {
  using memory = memory_of<Pack>;
  complex_pack<Pack> x[Radix];
  unroll<Radix>([&](auto i) MILLWRIGHT_LAMBDA {
    constexpr std::size_t k = i.value;
    x[k] = {memory::load(x_re + k * read_step), memory::load(x_im + k * read_step)};
  });
  butterfly<Radix, Pack>::run(x);
  unroll<Radix>([&](auto i) MILLWRIGHT_LAMBDA {
    constexpr std::size_t k = i.value;
    if constexpr (Turn && k > 0) x[k] = x[k] * twiddles[k - 1];
    memory::store(y_re + k * write_step, x[k].re);
    memory::store(y_im + k * write_step, x[k].im);
  });
}

template <std::size_t Radix, bool Turn, class Pack, class T>
MILLWRIGHT_INLINE void later_row(const T* x_re, const T* x_im, T* y_re, T* y_im, std::size_t read_step, std::size_t stride,
                                 const T* twiddles) noexcept {
  complex_pack<Pack> w[Radix - 1];
  if constexpr (Turn) {
    unroll<Radix - 1>([&](auto k) MILLWRIGHT_LAMBDA { w[k.value] = {Pack(twiddles[2 * k.value]), Pack(twiddles[2 * k.value + 1])}; });
  }
  std::size_t q = 0;
  for (; q + Pack::size <= stride; q += Pack::size) {
    later_butterfly<Radix, Turn, Pack>(x_re + q, x_im + q, y_re + q, y_im + q, read_step, stride, w);
  }
  if (q < stride) {  // the rest by a last pack that overlaps the one before: it computes the same values again
    q = stride - Pack::size;
    later_butterfly<Radix, Turn, Pack>(x_re + q, x_im + q, y_re + q, y_im + q, read_step, stride, w);
  }
}

template <std::size_t Radix, class Arch, class T>
void later_pass(const fft_pass<T>& pass, const T* x_re, const T* x_im, T* y_re, T* y_im) noexcept {
  using pack = typename Arch::template pack<T>;
  if constexpr (!std::is_void_v<typename Arch::narrower>) {
    if (pass.stride < pack::size) {
      later_pass<Radix, typename Arch::narrower>(pass, x_re, x_im, y_re, y_im);
      return;
    }
  }
  const std::size_t stride = pass.stride;
  const std::size_t read_step = pass.blocks * stride;
  later_row<Radix, false, pack>(x_re, x_im, y_re, y_im, read_step, stride, pass.twiddles);
  for (std::size_t p = 1; p < pass.blocks; ++p) {
    const std::size_t read = p * stride;
    const std::size_t write = p * Radix * stride;
    later_row<Radix, true, pack>(x_re + read, x_im + read, y_re + write, y_im + write, read_step, stride,
                                 pass.twiddles + p * 2 * (Radix - 1));
  }
}

// --- first pass: stride 1, loops along p -----------------------------------------------------------------------------------

/// y[Radix * i + k] = lane i of x[k]
template <std::size_t Radix, class Pack, class T>
MILLWRIGHT_INLINE void store_transposed(const Pack* x, T* y) noexcept {
  using memory = memory_of<Pack>;
  if constexpr (Radix % Pack::size == 0) {
    constexpr std::size_t size = Pack::size;
    unroll<Radix / size>([&](auto group) MILLWRIGHT_LAMBDA {
      Pack rows[size];
      unroll<size>([&](auto i) MILLWRIGHT_LAMBDA { rows[i.value] = x[group.value * size + i.value]; });
      memory::transpose(rows);
      unroll<size>([&](auto i) MILLWRIGHT_LAMBDA { memory::store(y + Radix * i.value + group.value * size, rows[i.value]); });
    });
  } else {
    T lanes[Radix][Pack::size];
    for (std::size_t k = 0; k < Radix; ++k) memory::store(lanes[k], x[k]);
    for (std::size_t i = 0; i < Pack::size; ++i) {
      for (std::size_t k = 0; k < Radix; ++k) y[Radix * i + k] = lanes[k][i];
    }
  }
}

template <std::size_t Radix, class Pack, class T, class Source>
MILLWRIGHT_INLINE void first_butterfly(const fft_pass<T>& pass, Source source, std::size_t p, T* y_re, T* y_im) noexcept {
  using memory = memory_of<Pack>;
  complex_pack<Pack> x[Radix];
  unroll<Radix>([&](auto k) MILLWRIGHT_LAMBDA { x[k.value] = source.template load<Pack>(p + pass.blocks * k.value); });
  butterfly<Radix, Pack>::run(x);
  Pack re[Radix];
  Pack im[Radix];
  unroll<Radix>([&](auto i) MILLWRIGHT_LAMBDA {
    constexpr std::size_t k = i.value;
    if constexpr (k > 0) {
      const T* w = pass.twiddles + 2 * (k - 1) * pass.blocks + p;
      x[k] = x[k] * complex_pack<Pack>{memory::load(w), memory::load(w + pass.blocks)};
    }
    re[k] = x[k].re;
    im[k] = x[k].im;
  });
  store_transposed<Radix, Pack>(re, y_re + Radix * p);
  store_transposed<Radix, Pack>(im, y_im + Radix * p);
}

template <std::size_t Radix, class Arch, class T, class Source>
void first_pass_from(const fft_pass<T>& pass, Source source, T* y_re, T* y_im) noexcept {
  using pack = typename Arch::template pack<T>;
  if constexpr (!std::is_void_v<typename Arch::narrower>) {
    constexpr bool too_wide = (Radix & (Radix - 1)) == 0 && pack::size > Radix;  // half a pack would go unused in the transpose
    if (too_wide || pass.blocks < pack::size) {
      first_pass_from<Radix, typename Arch::narrower>(pass, source, y_re, y_im);
      return;
    }
  }
  std::size_t p = 0;
  for (; p + pack::size <= pass.blocks; p += pack::size) first_butterfly<Radix, pack>(pass, source, p, y_re, y_im);
  if (p < pass.blocks) first_butterfly<Radix, pack>(pass, source, pass.blocks - pack::size, y_re, y_im);
}

// --- entry points ----------------------------------------------------------------------------------------------------------

template <std::size_t Radix, class Arch, class T>
void any_pass(const fft_pass<T>& pass, const T* x_re, const T* x_im, T* y_re, T* y_im) noexcept {
  if (pass.stride == 1) {
    first_pass_from<Radix, Arch>(pass, split_source<T>{x_re, x_im}, y_re, y_im);
  } else {
    later_pass<Radix, Arch>(pass, x_re, x_im, y_re, y_im);
  }
}

template <class Arch, class T>
void fft_run_pass(const fft_pass<T>& pass, const T* x_re, const T* x_im, T* y_re, T* y_im) noexcept {
  switch (pass.radix) {
    case 2: return any_pass<2, Arch>(pass, x_re, x_im, y_re, y_im);
    case 3: return any_pass<3, Arch>(pass, x_re, x_im, y_re, y_im);
    case 4: return any_pass<4, Arch>(pass, x_re, x_im, y_re, y_im);
    case 5: return any_pass<5, Arch>(pass, x_re, x_im, y_re, y_im);
    default: return any_pass<8, Arch>(pass, x_re, x_im, y_re, y_im);
  }
}

template <class Arch, class T>
void fft_run_first_pass(const fft_pass<T>& pass, const T* x, T* y_re, T* y_im) noexcept {
  const interleaved_source<T> source{x};
  switch (pass.radix) {
    case 2: return first_pass_from<2, Arch>(pass, source, y_re, y_im);
    case 3: return first_pass_from<3, Arch>(pass, source, y_re, y_im);
    case 4: return first_pass_from<4, Arch>(pass, source, y_re, y_im);
    case 5: return first_pass_from<5, Arch>(pass, source, y_re, y_im);
    default: return first_pass_from<8, Arch>(pass, source, y_re, y_im);
  }
}

/// Bins k .. k + Pack::size - 1 and their mirror images m - k ...: with e and o half the sum and difference of Z[k] and
/// conj Z[m-k], X[k] = e - i w^k o and X[m-k] = conj(e + i w^k o), w = exp(-i pi / m).
template <class Pack, class T>
MILLWRIGHT_INLINE void unpack_pair(const T* z_re, const T* z_im, const T* twiddles, std::size_t m, std::size_t k, T* out) noexcept {
  using memory = memory_of<Pack>;
  const std::size_t table = m / 2 + 1;
  const std::size_t mirrored = m - k - (Pack::size - 1);
  const Pack half(T(0.5));
  const Pack a_re = memory::load(z_re + k);
  const Pack a_im = memory::load(z_im + k);
  const Pack b_re = memory::reverse(memory::load(z_re + mirrored));
  const Pack b_im = memory::reverse(memory::load(z_im + mirrored));
  const Pack cosine = memory::load(twiddles + k);
  const Pack sine = memory::load(twiddles + table + k);
  const Pack even_re = half * (a_re + b_re);
  const Pack even_im = half * (a_im - b_im);
  const Pack odd_re = half * (a_re - b_re);
  const Pack odd_im = half * (a_im + b_im);
  const Pack turned_re = cosine * odd_re + sine * odd_im;
  const Pack turned_im = cosine * odd_im - sine * odd_re;
  memory::store_interleaved(out + 2 * k, even_re + turned_im, even_im - turned_re);
  memory::store_interleaved(out + 2 * mirrored, memory::reverse(even_re - turned_im), memory::reverse(-(even_im + turned_re)));
}

template <class Arch, class T>
void fft_unpack_real(const T* z_re, const T* z_im, const T* twiddles, std::size_t m, T* out) noexcept {
  using pack = typename Arch::template pack<T>;
  const T first_re = z_re[0];
  const T first_im = z_im[0];
  out[0] = first_re + first_im;
  out[1] = T(0);
  out[2 * m] = first_re - first_im;
  out[2 * m + 1] = T(0);
  // Pairs k < m - k, then the middle bin of an even m, which is its own mirror image.
  const std::size_t pairs = m > 0 ? (m - 1) / 2 : 0;
  std::size_t k = 1;
  for (; k + pack::size <= pairs + 1; k += pack::size) unpack_pair<pack>(z_re, z_im, twiddles, m, k, out);
  for (; k <= pairs; ++k) unpack_pair<scalar_pack<T>>(z_re, z_im, twiddles, m, k, out);
  if (m % 2 == 0 && m > 0) {
    out[m] = z_re[m / 2];
    out[m + 1] = -z_im[m / 2];
  }
}

}  // namespace
}  // namespace millwright::detail
