// The real FFT by rows and columns, width-generic: see fft_real_plan. Everything is element-wise, so the bits do not depend on the
// width.
#pragma once

#include <type_traits>

#include "kernels/fft_kernels.inl.hpp"

namespace millwright::detail {
namespace {

// Complex numbers lie in rows of `lanes` real parts, then `lanes` imaginary parts; each lane is a transform of its own. Loops count
// with copies of what the plan says, because vector stores may alias anything.

/// Where a pass reads: values as they are, or each times that of a taper.
template <class T>
struct plain_rows {
  const T* x;
  [[nodiscard]] MILLWRIGHT_INLINE plain_rows operator+(std::size_t by) const noexcept { return {x + by}; }
  template <class Pack>
  MILLWRIGHT_INLINE Pack load() const noexcept {
    return memory_of<Pack>::load(x);
  }
};
template <class T>
struct tapered_rows {
  const T* x;
  const T* taper;
  [[nodiscard]] MILLWRIGHT_INLINE tapered_rows operator+(std::size_t by) const noexcept { return {x + by, taper + by}; }
  template <class Pack>
  MILLWRIGHT_INLINE Pack load() const noexcept {
    return memory_of<Pack>::load(x) * memory_of<Pack>::load(taper);
  }
};

/// The inputs of a butterfly, `step` apart, their imaginary parts `im` further on; transformed.
template <std::size_t Radix, class Pack, class Source>
MILLWRIGHT_INLINE void load_butterfly(Source x, std::size_t step, std::size_t im, complex_pack<Pack>* z) noexcept {
  unroll<Radix>([&](auto k) MILLWRIGHT_LAMBDA {
    const Source at = x + step * k.value;
    z[k.value] = {at.template load<Pack>(), (at + im).template load<Pack>()};
  });
  butterfly<Radix, Pack>::run(z);
}

template <std::size_t Lanes, std::size_t Radix, bool Turn, class Pack, class Source, class T>
MILLWRIGHT_INLINE void row_butterfly(Source x, std::size_t in_step, std::size_t im, const T* twiddles, T* y,
                                     std::size_t out_step) noexcept {
  for (std::size_t lane = 0; lane < Lanes; lane += Pack::size) {
    complex_pack<Pack> z[Radix];
    load_butterfly<Radix, Pack>(x + lane, in_step, im, z);
    unroll<Radix>([&](auto i) MILLWRIGHT_LAMBDA {
      constexpr std::size_t k = i.value;
      if constexpr (Turn && k > 0) z[k] = z[k] * complex_pack<Pack>{Pack(twiddles[2 * k - 2]), Pack(twiddles[2 * k - 1])};
      T* const at = y + out_step * k + lane;
      memory_of<Pack>::store(at, z[k].re);
      memory_of<Pack>::store(at + Lanes, z[k].im);
    });
  }
}

/// One Stockham pass down the rows: fft_pass with its stride counted in rows. Row r of the input starts at x + pitch * r, its
/// imaginary parts `im` further on. May write where it reads when there is one block.
template <std::size_t Lanes, std::size_t Radix, class Pack, class Source, class T>
void row_pass(const fft_pass<T>& pass, Source x, std::size_t pitch, std::size_t im, T* y) noexcept {
  const std::size_t stride = pass.stride;
  const std::size_t blocks = pass.blocks;
  const T* twiddles = pass.twiddles;
  const std::size_t in_step = pitch * blocks * stride;
  const std::size_t out_step = 2 * Lanes * stride;
  for (std::size_t q = 0; q < stride; ++q, x = x + pitch, y += 2 * Lanes) {
    row_butterfly<Lanes, Radix, false, Pack>(x, in_step, im, twiddles, y, out_step);
  }
  for (std::size_t p = 1; p < blocks; ++p) {
    y += (Radix - 1) * out_step;
    twiddles += 2 * (Radix - 1);
    for (std::size_t q = 0; q < stride; ++q, x = x + pitch, y += 2 * Lanes) {
      row_butterfly<Lanes, Radix, true, Pack>(x, in_step, im, twiddles, y, out_step);
    }
  }
}

template <std::size_t Lanes, class Pack, class Source, class T>
void any_row_pass(const fft_pass<T>& pass, Source x, std::size_t pitch, std::size_t im, T* y) noexcept {
  switch (pass.radix) {
    case 2: return row_pass<Lanes, 2, Pack>(pass, x, pitch, im, y);
    case 3: return row_pass<Lanes, 3, Pack>(pass, x, pitch, im, y);
    case 4: return row_pass<Lanes, 4, Pack>(pass, x, pitch, im, y);
    case 5: return row_pass<Lanes, 5, Pack>(pass, x, pitch, im, y);
    default: return row_pass<Lanes, 8, Pack>(pass, x, pitch, im, y);
  }
}

/// The last pass, of one block and an even radix, to bins: lane l of row k2 is bin first + l + rows * k2, or lies beyond the middle
/// and is the conjugate of its mirror image.
template <std::size_t Lanes, std::size_t Radix, class Pack, class T>
void bin_pass(const fft_real_plan<T>& plan, const fft_pass<T>& pass, const T* x, std::size_t first, T* out) noexcept {
  using memory = memory_of<Pack>;
  const std::size_t stride = pass.stride;
  const std::size_t columns = plan.columns;
  const std::size_t row = 2 * plan.rows;
  const std::size_t step = row * stride;
  T* bins = out + 2 * first;
  T* mirrored = out + row * columns - 2 * (first + Pack::size - 1);
  T* lane_zero = first == 0 ? plan.lane_zero : nullptr;
  for (std::size_t q = 0; q < stride; ++q, x += 2 * Lanes, bins += row, mirrored -= row) {
    for (std::size_t lane = 0; lane < Lanes; lane += Pack::size) {
      complex_pack<Pack> z[Radix];
      load_butterfly<Radix, Pack>(plain_rows<T>{x + lane}, 2 * Lanes * stride, Lanes, z);
      if (lane_zero != nullptr && lane == 0) {  // the first lane holds something else: see real_forward_in
        unroll<Radix>([&](auto k) MILLWRIGHT_LAMBDA {
          lane_zero[q + stride * k.value] = memory::first(z[k.value].re);
          lane_zero[columns + q + stride * k.value] = memory::first(z[k.value].im);
        });
      }
      unroll<Radix>([&](auto i) MILLWRIGHT_LAMBDA {
        constexpr std::size_t k = i.value;
        if constexpr (k < Radix / 2) {
          memory::store_interleaved(bins + step * k + 2 * lane, z[k].re, z[k].im);
        } else {
          memory::store_reversed(mirrored - step * k - 2 * lane, z[k].re, -z[k].im);
        }
      });
    }
  }
}

template <std::size_t Lanes, class Pack, class T>
void any_bin_pass(const fft_real_plan<T>& plan, const fft_pass<T>& pass, const T* x, std::size_t first, T* out) noexcept {
  switch (pass.radix) {
    case 2: return bin_pass<Lanes, 2, Pack>(plan, pass, x, first, out);
    case 4: return bin_pass<Lanes, 4, Pack>(plan, pass, x, first, out);
    default: return bin_pass<Lanes, 8, Pack>(plan, pass, x, first, out);
  }
}

/// Rows k .. k + size - 1 of a block of columns, transformed as pairs z = a + i b of real columns: parts a and b, turns them, and
/// transposes so that lanes run along k. twiddles: rows of `lanes` re and im for a, then for b, from k on.
/// When not null, row_a and row_b are pairs (re, im) that replace the first row.
template <std::size_t Lanes, class Pack, class T>
MILLWRIGHT_INLINE void separate_tile(std::size_t rows, const T* z, const T* twiddles, std::size_t k, std::size_t lane, const T* row_a,
                                     const T* row_b, T* to_a, T* to_b) noexcept {
  using memory = memory_of<Pack>;
  constexpr std::size_t size = Pack::size;
  const auto part = [&](auto is_b, const T* first_row, T* to) MILLWRIGHT_LAMBDA {
    constexpr bool b = is_b.value != 0;
    Pack re[size];
    Pack im[size];
    unroll<size>([&](auto i) MILLWRIGHT_LAMBDA {
      const std::size_t row = k + i.value;
      const std::size_t mirror = row == 0 ? 0 : rows - row;
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
    if (first_row != nullptr) memory::load_interleaved(first_row, re[0], im[0]);
    memory::transpose(re);
    memory::transpose(im);
    unroll<size>([&](auto i) MILLWRIGHT_LAMBDA {
      memory::store(to + 2 * Lanes * i.value, re[i.value]);
      memory::store(to + 2 * Lanes * i.value + Lanes, im[i.value]);
    });
  };
  part(constant<0>{}, row_a, to_a);
  part(constant<1>{}, row_b, to_b);
}

/// First step for one block of columns: transforms down the rows, then the turned halves go into the row blocks.
template <std::size_t Lanes, class Pack, class T>
void real_columns(const fft_real_plan<T>& plan, const T* in, const T* taper, std::size_t block) noexcept {
  using memory = memory_of<Pack>;
  // Copies, because vector stores may alias anything.
  const std::size_t rows = plan.rows;
  const std::size_t columns = plan.columns;
  const std::size_t half = columns / 2;
  const std::size_t column = plan.start(block, half);
  const T* from = in + column;
  std::size_t pitch = columns;
  std::size_t im = half;
  T* z = plan.a;
  for (std::size_t i = 0; i < plan.row_passes.count; ++i) {
    const fft_pass<T>& pass = plan.row_passes.pass[i];
    if (i > 0) z = pass.blocks == 1 ? z : (z == plan.a ? plan.b : plan.a);
    if (i == 0 && taper != nullptr) {
      any_row_pass<Lanes, Pack>(pass, tapered_rows<T>{from, taper + column}, pitch, im, z);
    } else {
      any_row_pass<Lanes, Pack>(pass, plain_rows<T>{from}, pitch, im, z);
    }
    from = z;
    pitch = 2 * Lanes;
    im = Lanes;
  }
  // Rows 0 and rows/2 are real. Together they are the transform of the input folded to 2 columns values.
  const Pack half_of(T(0.5));
  const T* const middle = z + 2 * Lanes * (rows / 2);
  T* const folded = plan.folded;
  for (std::size_t lane = 0; lane < Lanes; lane += Pack::size) {
    unroll<2>([&](auto i) MILLWRIGHT_LAMBDA {
      const Pack a = memory::load(z + i.value * Lanes + lane);
      const Pack b = memory::load(middle + i.value * Lanes + lane);
      T* const to = folded + i.value * half + column + lane;
      memory::store(to, half_of * (a + b));
      memory::store(to + columns, half_of * (a - b));
    });
  }
  const std::size_t row_blocks = plan.row_blocks();
  const bool is_only = plan.column_blocks() == 1;
  for (std::size_t row_block = 0; row_block < row_blocks; ++row_block) {
    const std::size_t first = plan.start(row_block, rows / 2);
    const T* const table = plan.twiddles + 4 * Lanes * (rows / 2 * block + first);
    T* const to = plan.turned + 2 * Lanes * (columns * row_block + column);
    for (std::size_t k = 0; k < Lanes; k += Pack::size) {
      const T* const w = table + 4 * Lanes * k;
      for (std::size_t lane = 0; lane < Lanes; lane += Pack::size) {
        T* const tile = to + 2 * Lanes * lane + k;
        // All folded values are known here when there is one block of columns; else real_forward_in fills the lane.
        const bool is_first = is_only && first + k == 0;
        const T* const pairs = is_first ? folded + 2 * lane : nullptr;
        separate_tile<Lanes, Pack>(rows, z, w, first + k, lane, pairs, is_first ? pairs + 2 * half : nullptr, tile,
                                   tile + 2 * Lanes * half);
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
    any_row_pass<Lanes, Pack>(plan.column_passes.pass[i], plain_rows<T>{from}, 2 * Lanes, Lanes, to);
    from = to;
  }
  any_bin_pass<Lanes, Pack>(plan, plan.column_passes.pass[last], from, plan.start(block, plan.rows / 2), out);
}

/// The bins that the first lane stands for, multiples of rows/2; few, and one by one because so the lane was written.
template <class T>
void unpack_first_lane(const fft_real_plan<T>& plan, T* out) noexcept {
  const std::size_t m = plan.columns;
  const std::size_t rows = plan.rows;
  const T* const re = plan.lane_zero;
  const T* const im = plan.lane_zero + m;
  const T* const twiddles = plan.unpack;
  T* const bins = plan.folded;
  const auto copy = [&](std::size_t k) MILLWRIGHT_LAMBDA {
    out[rows * k] = bins[2 * k];
    out[rows * k + 1] = bins[2 * k + 1];
  };
  for (std::size_t k = 1; k < m - k; ++k) {
    unpack_pair<scalar_pack<T>>(re, im, twiddles, m, k, bins);
    copy(k);
    copy(m - k);
  }
  out[0] = re[0] + im[0];
  out[1] = T(0);
  out[rows * m] = re[0] - im[0];
  out[rows * m + 1] = T(0);
  out[rows * (m / 2)] = re[m / 2];
  out[rows * (m / 2) + 1] = -im[m / 2];
}

template <std::size_t Lanes, class Arch, class T>
void real_forward_in(const fft_real_plan<T>& plan, const T* in, const T* taper, T* out) noexcept {
  using pack = typename Arch::template pack<T>;
  if constexpr (Lanes < pack::size) {
    real_forward_in<Lanes, typename Arch::narrower>(plan, in, taper, out);
  } else {
    for (std::size_t block = 0; block < plan.column_blocks(); ++block) real_columns<Lanes, pack>(plan, in, taper, block);
    for (std::size_t i = 0; i < plan.columns && plan.column_blocks() > 1; ++i) {
      plan.turned[2 * Lanes * i] = plan.folded[2 * i];
      plan.turned[2 * Lanes * i + Lanes] = plan.folded[2 * i + 1];
    }
    // The first block last: by then what was stored one by one has left the store buffer.
    for (std::size_t block = plan.row_blocks(); block-- > 0;) real_rows<Lanes, pack>(plan, block, out);
    unpack_first_lane(plan, out);
  }
}

template <class Arch, class T>
void fft_real_forward(const fft_real_plan<T>& plan, const T* in, const T* taper, T* out) noexcept {
  constexpr std::size_t most = fft_most_lanes<T>;
  if (plan.lanes < most) {
    real_forward_in<most / 2, Arch>(plan, in, taper, out);
  } else {
    real_forward_in<most, Arch>(plan, in, taper, out);
  }
}

template <class Arch>
inline constexpr fft_kernels fft_kernels_of = {
    {&fft_run_pass<Arch, float>, &fft_run_first_pass<Arch, float>, &fft_unpack_real<Arch, float>, &fft_real_forward<Arch, float>},
    {&fft_run_pass<Arch, double>, &fft_run_first_pass<Arch, double>, &fft_unpack_real<Arch, double>, &fft_real_forward<Arch, double>},
};

}  // namespace
}  // namespace millwright::detail
