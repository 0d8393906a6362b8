// The real FFT by rows and columns, width-generic: see fft_real_plan. Everything is element-wise, so the bits do not depend on the
// width.
#pragma once

#include <type_traits>

#include "fft_kernels.inl.hpp"

namespace millwright::detail {
namespace {

// Complex numbers lie in rows of `lanes` real parts, then `lanes` imaginary parts; each lane is a transform of its own.

/// Writes rows of that form.
template <std::size_t Lanes, class T>
struct row_sink {
  T* y;

  template <std::size_t, class Pack>
  MILLWRIGHT_INLINE void store(std::size_t row, std::size_t lane, complex_pack<Pack> z) const noexcept {
    T* const at = y + 2 * Lanes * row + lane;
    memory_of<Pack>::store(at, z.re);
    memory_of<Pack>::store(at + Lanes, z.im);
  }
};

/// Writes bins. Lane l, row k2 is bin `first` + l + rows * k2, or lies beyond the middle and is the conjugate of its mirror image.
template <std::size_t Radix, class T>
struct bin_sink {
  T* out;
  std::size_t first, rows, columns;
  T* lane_zero;  ///< where the first lane goes as rows of one lane; nullptr when it holds bins like the others

  template <std::size_t K, class Pack>
  MILLWRIGHT_INLINE void store(std::size_t row, std::size_t lane, complex_pack<Pack> z) const noexcept {
    using memory = memory_of<Pack>;
    if (lane_zero != nullptr && lane == 0) {
      lane_zero[row] = memory::first(z.re);
      lane_zero[columns + row] = memory::first(z.im);
    }
    if constexpr (K < Radix / 2) {
      memory::store_interleaved(out + 2 * (first + lane + rows * row), z.re, z.im);
    } else {
      const std::size_t mirrored = rows * (columns - row) - first - lane - (Pack::size - 1);
      memory::store_reversed(out + 2 * mirrored, z.re, -z.im);
    }
  }
};

/// One Stockham pass down the rows: fft_pass with its stride counted in rows. Row r of the input starts at x + pitch * r, its
/// imaginary parts `im` further on. May write where it reads when there is one block.
template <std::size_t Lanes, std::size_t Radix, bool Turn, class Pack, class T, class Sink>
MILLWRIGHT_INLINE void row_butterflies(const fft_pass<T>& pass, std::size_t p, const T* x, std::size_t pitch, std::size_t im,
                                       Sink sink) noexcept {
  using memory = memory_of<Pack>;
  complex_pack<Pack> w[Radix - 1];
  if constexpr (Turn) {
    const T* const twiddles = pass.twiddles + p * 2 * (Radix - 1);
    unroll<Radix - 1>([&](auto k) MILLWRIGHT_LAMBDA { w[k.value] = {Pack(twiddles[2 * k.value]), Pack(twiddles[2 * k.value + 1])}; });
  }
  const std::size_t step = pass.blocks * pass.stride;
  for (std::size_t q = 0; q < pass.stride; ++q) {
    for (std::size_t lane = 0; lane < Lanes; lane += Pack::size) {
      const T* const from = x + pitch * (p * pass.stride + q) + lane;
      flow<Radix, Pack>(
          [&](auto k) MILLWRIGHT_LAMBDA {
            const T* const at = from + pitch * step * k.value;
            return complex_pack<Pack>{memory::load(at), memory::load(at + im)};
          },
          [&](auto i, complex_pack<Pack> z) MILLWRIGHT_LAMBDA {
            constexpr std::size_t k = i.value;
            if constexpr (Turn && k > 0) z = z * w[k - 1];
            sink.template store<k>(q + pass.stride * (Radix * p + k), lane, z);
          });
    }
  }
}

template <std::size_t Lanes, std::size_t Radix, class Pack, class T>
void row_pass(const fft_pass<T>& pass, const T* x, std::size_t pitch, std::size_t im, T* y) noexcept {
  const row_sink<Lanes, T> sink{y};
  row_butterflies<Lanes, Radix, false, Pack>(pass, 0, x, pitch, im, sink);
  for (std::size_t p = 1; p < pass.blocks; ++p) row_butterflies<Lanes, Radix, true, Pack>(pass, p, x, pitch, im, sink);
}

template <std::size_t Lanes, class Pack, class T>
void any_row_pass(const fft_pass<T>& pass, const T* x, std::size_t pitch, std::size_t im, T* y) noexcept {
  switch (pass.radix) {
    case 2: return row_pass<Lanes, 2, Pack>(pass, x, pitch, im, y);
    case 3: return row_pass<Lanes, 3, Pack>(pass, x, pitch, im, y);
    case 4: return row_pass<Lanes, 4, Pack>(pass, x, pitch, im, y);
    case 5: return row_pass<Lanes, 5, Pack>(pass, x, pitch, im, y);
    case 8: return row_pass<Lanes, 8, Pack>(pass, x, pitch, im, y);
    default: return row_pass<Lanes, 16, Pack>(pass, x, pitch, im, y);
  }
}

/// The last pass, of one block and an even radix.
template <std::size_t Lanes, std::size_t Radix, class Pack, class T>
void bin_pass(const fft_real_plan<T>& plan, const fft_pass<T>& pass, const T* x, std::size_t first, T* out) noexcept {
  const bin_sink<Radix, T> sink{out, first, plan.rows, plan.columns, first == 0 ? plan.lane_zero : nullptr};
  row_butterflies<Lanes, Radix, false, Pack>(pass, 0, x, 2 * Lanes, Lanes, sink);
}

template <std::size_t Lanes, class Pack, class T>
void any_bin_pass(const fft_real_plan<T>& plan, const fft_pass<T>& pass, const T* x, std::size_t first, T* out) noexcept {
  switch (pass.radix) {
    case 2: return bin_pass<Lanes, 2, Pack>(plan, pass, x, first, out);
    case 4: return bin_pass<Lanes, 4, Pack>(plan, pass, x, first, out);
    case 8: return bin_pass<Lanes, 8, Pack>(plan, pass, x, first, out);
    default: return bin_pass<Lanes, 16, Pack>(plan, pass, x, first, out);
  }
}

/// Rows k .. k + size - 1 of a block of columns, transformed as pairs z = a + i b of real columns: parts a and b, turns them, and
/// transposes so that lanes run along k. twiddles: rows of `lanes` re and im for a, then for b, from k on.
template <std::size_t Lanes, class Pack, class T>
MILLWRIGHT_INLINE void separate_tile(const fft_real_plan<T>& plan, const T* z, const T* twiddles, std::size_t k, std::size_t lane, T* to_a,
                                     T* to_b) noexcept {
  using memory = memory_of<Pack>;
  constexpr std::size_t size = Pack::size;
  const auto part = [&](auto is_b, T* to) MILLWRIGHT_LAMBDA {
    constexpr bool b = is_b.value != 0;
    Pack re[size];
    Pack im[size];
    unroll<size>([&](auto i) MILLWRIGHT_LAMBDA {
      const std::size_t row = k + i.value;
      const std::size_t mirror = row == 0 ? 0 : plan.rows - row;
      const T* const at = z + 2 * Lanes * row + lane;
      const T* const opposite = z + 2 * Lanes * mirror + lane;
      const T* const w = twiddles + 4 * Lanes * i.value + (b ? 2 * Lanes : 0) + lane;
      complex_pack<Pack> x;
      if constexpr (b) {
        x = {memory::load(at + Lanes) + memory::load(opposite + Lanes), memory::load(opposite) - memory::load(at)};
      } else {
        x = {memory::load(at) + memory::load(opposite), memory::load(at + Lanes) - memory::load(opposite + Lanes)};
      }
      const complex_pack<Pack> turned = x * complex_pack<Pack>{memory::load(w), memory::load(w + Lanes)};
      re[i.value] = turned.re;
      im[i.value] = turned.im;
    });
    memory::transpose(re);
    memory::transpose(im);
    unroll<size>([&](auto i) MILLWRIGHT_LAMBDA {
      memory::store(to + 2 * Lanes * i.value, re[i.value]);
      memory::store(to + 2 * Lanes * i.value + Lanes, im[i.value]);
    });
  };
  part(constant<0>{}, to_a);
  part(constant<1>{}, to_b);
}

/// First step for one block of columns: transforms down the rows, then the turned halves go into the row blocks.
template <std::size_t Lanes, class Pack, class T>
void real_columns(const fft_real_plan<T>& plan, const T* in, std::size_t block) noexcept {
  using memory = memory_of<Pack>;
  const std::size_t half = plan.columns / 2;
  const std::size_t column = plan.start(block, half);
  const T* from = in + column;
  std::size_t pitch = plan.columns;
  std::size_t im = half;
  T* z = plan.a;
  for (std::size_t i = 0; i < plan.row_passes.count; ++i) {
    const fft_pass<T>& pass = plan.row_passes.pass[i];
    if (i > 0) z = pass.blocks == 1 ? z : (z == plan.a ? plan.b : plan.a);
    any_row_pass<Lanes, Pack>(pass, from, pitch, im, z);
    from = z;
    pitch = 2 * Lanes;
    im = Lanes;
  }
  // Rows 0 and rows/2 are real. Together they are the transform of the input folded to 2 columns values.
  const Pack half_of(T(0.5));
  const T* const middle = z + 2 * Lanes * (plan.rows / 2);
  for (std::size_t lane = 0; lane < Lanes; lane += Pack::size) {
    unroll<2>([&](auto i) MILLWRIGHT_LAMBDA {
      const Pack a = memory::load(z + i.value * Lanes + lane);
      const Pack b = memory::load(middle + i.value * Lanes + lane);
      T* const to = plan.folded + i.value * half + column + lane;
      memory::store(to, half_of * (a + b));
      memory::store(to + plan.columns, half_of * (a - b));
    });
  }
  for (std::size_t row_block = 0; row_block < plan.row_blocks(); ++row_block) {
    const std::size_t first = plan.start(row_block, plan.rows / 2);
    T* const to = plan.turned + 2 * Lanes * (plan.columns * row_block + column);
    for (std::size_t k = 0; k < Lanes; k += Pack::size) {
      const T* const w = plan.twiddles + 4 * Lanes * (plan.rows / 2 * block + first + k);
      for (std::size_t lane = 0; lane < Lanes; lane += Pack::size) {
        T* const tile = to + 2 * Lanes * lane + k;
        separate_tile<Lanes, Pack>(plan, z, w, first + k, lane, tile, tile + 2 * Lanes * half);
      }
    }
  }
}

/// Second step for one block of rows: transforms along the columns, into bins.
template <std::size_t Lanes, class Pack, class T>
void real_rows(const fft_real_plan<T>& plan, std::size_t block, T* out) noexcept {
  const T* from = plan.turned + 2 * Lanes * plan.columns * block;
  const std::size_t last = plan.column_passes.count - 1;
  for (std::size_t i = 0; i < last; ++i) {
    T* const to = from == plan.a ? plan.b : plan.a;
    any_row_pass<Lanes, Pack>(plan.column_passes.pass[i], from, 2 * Lanes, Lanes, to);
    from = to;
  }
  any_bin_pass<Lanes, Pack>(plan, plan.column_passes.pass[last], from, plan.start(block, plan.rows / 2), out);
}

template <std::size_t Lanes, class Arch, class T>
void real_forward_in(const fft_real_plan<T>& plan, const T* in, T* out) noexcept {
  using pack = typename Arch::template pack<T>;
  if constexpr (Lanes < pack::size) {
    real_forward_in<Lanes, typename Arch::narrower>(plan, in, out);
  } else {
    for (std::size_t block = 0; block < plan.column_blocks(); ++block) real_columns<Lanes, pack>(plan, in, block);
    for (std::size_t i = 0; i < plan.columns; ++i) {
      plan.turned[2 * Lanes * i] = plan.folded[2 * i];
      plan.turned[2 * Lanes * i + Lanes] = plan.folded[2 * i + 1];
    }
    for (std::size_t block = 0; block < plan.row_blocks(); ++block) real_rows<Lanes, pack>(plan, block, out);
    // The first lane: bins that are multiples of rows/2.
    fft_unpack_real<Arch>(plan.lane_zero, plan.lane_zero + plan.columns, plan.unpack, plan.columns, plan.folded);
    for (std::size_t i = 0; i <= plan.columns; ++i) __builtin_memcpy(out + plan.rows * i, plan.folded + 2 * i, 2 * sizeof(T));
  }
}

template <class Arch, class T>
void fft_real_forward(const fft_real_plan<T>& plan, const T* in, T* out) noexcept {
  constexpr std::size_t most = fft_most_lanes<T>;
  if (plan.lanes == most) {
    real_forward_in<most, Arch>(plan, in, out);
  } else {
    real_forward_in<most / 2, Arch>(plan, in, out);
  }
}

template <class Arch>
inline constexpr fft_kernels fft_kernels_of = {
    {&fft_run_pass<Arch, float>, &fft_run_first_pass<Arch, float>, &fft_unpack_real<Arch, float>, &fft_real_forward<Arch, float>},
    {&fft_run_pass<Arch, double>, &fft_run_first_pass<Arch, double>, &fft_unpack_real<Arch, double>, &fft_real_forward<Arch, double>},
};

}  // namespace
}  // namespace millwright::detail
