// The real transform by rows and columns: its shape, memory and tables.
#pragma once

#include "numeric/fft_native_plan.hpp"

namespace millwright::detail {

/// Lengths that follow from n; computed alike by prepare, which counts memory, and reset, which fills it.
struct fft_real_layout {
  std::size_t rows = 0, columns = 0, lanes = 0;  ///< rows = 0: this length is transformed otherwise
  fft_factors row_passes, column_passes;
  std::size_t twiddles = 0;  ///< the tables follow each other in this order
  std::size_t row_twiddles = 0;
  std::size_t column_twiddles = 0;
  std::size_t unpack_tables = 0;
  std::size_t block = 0;  ///< the arrays in scratch: two blocks, then these
  std::size_t turned = 0;
  std::size_t folded = 0;
  std::size_t lane_zero = 0;

  template <class Real>
  [[nodiscard]] static fft_real_layout of(std::size_t n) noexcept;

  [[nodiscard]] std::size_t tables() const noexcept { return twiddles + row_twiddles + column_twiddles + unpack_tables; }
  [[nodiscard]] std::size_t scratch() const noexcept { return 2 * block + turned + folded + lane_zero; }
};

/// tables and scratch: as many values as the layout says, on cache lines. Not `fill`: the tables are there already.
template <class Real>
void build(fft_real_plan<Real>& plan, const fft_real_layout& layout, Real* tables, Real* scratch, bool fill) noexcept;

}  // namespace millwright::detail
