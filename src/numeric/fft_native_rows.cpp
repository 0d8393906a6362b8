#if !defined(MILLWRIGHT_FFT_FFTW)

#include "numeric/fft_native_rows.hpp"

namespace millwright::detail {
namespace {

/// Odd radices first, then as few powers of two as possible, the greatest last. n is even and has no factors but 2, 3 and 5.
fft_factors even_factors(std::size_t n) noexcept {
  fft_factors found;
  for (; n % 5 == 0; n /= 5) found.radix[found.count++] = 5;
  for (; n % 3 == 0; n /= 3) found.radix[found.count++] = 3;
  std::size_t twos = 0;
  for (; n % 2 == 0; n /= 2) ++twos;
  for (; twos >= 4 || twos == 2; twos -= 2) found.radix[found.count++] = 4;
  if (twos > 0) found.radix[found.count++] = std::size_t{1} << twos;
  return found;
}

bool has_only_small_factors(std::size_t n) noexcept {
  for (const std::size_t factor : {std::size_t{2}, std::size_t{3}, std::size_t{5}}) {
    while (n % factor == 0) n /= factor;
  }
  return n == 1;
}

std::size_t rounded_up(std::size_t n, std::size_t step) noexcept { return (n + step - 1) / step * step; }

/// Twiddles of the passes, one after the other; only their places when not `fill`.
template <class Real>
void fill_passes(fft_passes<Real>& passes, const fft_factors& factors, std::size_t size, Real* table, bool fill) noexcept {
  passes.count = factors.count;
  std::size_t blocks = size;
  std::size_t stride = 1;
  for (std::size_t i = 0; i < factors.count; ++i) {
    const std::size_t radix = factors.radix[i];
    const std::size_t length = blocks;
    blocks /= radix;
    passes.pass[i] = {radix, blocks, stride, table};
    Real* next = table;
    for (std::size_t block = 0; fill && block < blocks; ++block) {
      for (std::size_t k = 1; k < radix; ++k) {
        const unit_root w = unit_root_of(block * k, length);
        *next++ = static_cast<Real>(w.re);
        *next++ = static_cast<Real>(w.im);
      }
    }
    table += 2 * (radix - 1) * blocks;
    stride *= radix;
  }
}

}  // namespace

template <class Real>
fft_real_layout fft_real_layout::of(std::size_t n) noexcept {
  fft_real_layout found;
  if (n % 4 != 0 || !has_only_small_factors(n)) return found;
  // The shape with the least work in full blocks; of equal ones the squarest.
  constexpr std::size_t most_lanes = fft_most_lanes<Real>;
  std::size_t least_work = 0;
  for (std::size_t rows = most_lanes; rows * rows <= n; rows += 2) {
    const std::size_t columns = n / rows;
    if (n % rows != 0 || columns % 2 != 0) continue;
    const std::size_t work = rows * rounded_up(columns / 2, most_lanes) + rounded_up(rows / 2, most_lanes) * columns;
    if (found.rows != 0 && work > least_work) continue;
    least_work = work;
    found.rows = rows;
    found.columns = columns;
  }
  if (found.rows == 0) return found;
  found.lanes = found.rows / 2 >= most_lanes ? most_lanes : most_lanes / 2;

  found.row_passes = even_factors(found.rows);
  found.column_passes = even_factors(found.columns);
  found.row_twiddles = padded<Real>(twiddle_count(found.row_passes, found.rows));
  found.column_twiddles = padded<Real>(twiddle_count(found.column_passes, found.columns));
  found.twiddles = 2 * found.rows * rounded_up(found.columns / 2, found.lanes);
  found.unpack_tables = padded<Real>(2 * (found.columns / 2 + 1));
  found.block = 2 * found.lanes * found.columns;
  found.turned = 2 * found.columns * rounded_up(found.rows / 2, found.lanes);
  found.folded = padded<Real>(2 * found.columns + 2);
  found.lane_zero = padded<Real>(2 * found.columns);
  return found;
}
template fft_real_layout fft_real_layout::of<float>(std::size_t n) noexcept;
template fft_real_layout fft_real_layout::of<double>(std::size_t n) noexcept;

template <class Real>
void build(fft_real_plan<Real>& plan, const fft_real_layout& layout, Real* tables, Real* scratch, bool fill) noexcept {
  plan.rows = layout.rows;
  plan.columns = layout.columns;
  plan.lanes = layout.lanes;
  plan.a = scratch;
  plan.b = plan.a + layout.block;
  plan.turned = plan.b + layout.block;
  plan.folded = plan.turned + layout.turned;
  plan.lane_zero = plan.folded + layout.folded;

  const std::size_t n = layout.rows * layout.columns;
  plan.twiddles = tables;
  Real* table = tables;
  for (std::size_t block = 0; fill && block < plan.column_blocks(); ++block) {
    for (std::size_t k = 0; k < plan.rows / 2; ++k) {
      const std::size_t column = plan.start(block, plan.columns / 2);
      for (std::size_t i = 0; i < 2; ++i) {
        for (std::size_t lane = 0; lane < plan.lanes; ++lane) {
          const unit_root w = unit_root_of(k * (column + i * (plan.columns / 2) + lane), n);
          table[lane] = static_cast<Real>(0.5 * w.re);
          table[plan.lanes + lane] = static_cast<Real>(0.5 * w.im);
        }
        table += 2 * plan.lanes;
      }
    }
  }
  table = tables + layout.twiddles;
  fill_passes(plan.row_passes, layout.row_passes, layout.rows, table, fill);
  table += layout.row_twiddles;
  fill_passes(plan.column_passes, layout.column_passes, layout.columns, table, fill);
  table += layout.column_twiddles;
  plan.unpack = table;
  const std::size_t count = layout.columns / 2 + 1;
  for (std::size_t k = 0; fill && k < count; ++k) {
    const unit_root w = unit_root_of(k, 2 * layout.columns);
    table[k] = static_cast<Real>(w.re);
    table[count + k] = static_cast<Real>(-w.im);
  }
}
template void build<float>(fft_real_plan<float>& plan, const fft_real_layout& layout, float* tables, float* scratch, bool fill) noexcept;
template void build<double>(fft_real_plan<double>& plan, const fft_real_layout& layout, double* tables, double* scratch,
                            bool fill) noexcept;

}  // namespace millwright::detail

#endif
