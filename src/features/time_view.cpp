#include "millwright/features/time_view.hpp"

#include <cmath>

#include "numeric/lane_sum.hpp"
#include "signal/teager.hpp"

namespace millwright {

namespace {

/// The same passes over float32 or float64 samples.
template <class Sample, class Kernels>
void sums_of(const Sample* x, std::uint32_t parts, const Kernels& kernels, time_view& view, std::size_t n) noexcept {
  view.raw = (parts & time_part::roots) != 0 ? kernels.raw_with_roots(x, n) : kernels.raw(x, n);
  // Squares of float32 cannot overflow a float64, so this is finite unless a sample is not.
  if (!std::isfinite(view.raw.sum_squares)) return;
  view.count = n;
  view.is_constant = view.raw.minimum == view.raw.maximum;
  // Sums of equal float32 samples are exact in float64, those of float64 samples are not: a constant window has exactly no spread.
  view.mean = view.is_constant ? view.raw.minimum + 0.0 : view.raw.sum / static_cast<double>(n);
  if ((parts & time_part::central) != 0) view.central = kernels.central(x, n, view.mean);
  if ((parts & time_part::differences) != 0) view.differences = kernels.differences(x, n, view.mean);
  if ((parts & time_part::teager) != 0) {
    view.teager = detail::lane_sum(n < 2 ? 0 : n - 2, [x](std::size_t i) noexcept {
      return detail::teager(static_cast<double>(x[i]), static_cast<double>(x[i + 1]), static_cast<double>(x[i + 2]));
    });
  }
  if ((parts & time_part::trend) != 0) view.trend = kernels.trend(x, n, view.mean);
}

}  // namespace

result<void> time_view::prepare(const view_request&, workspace&, workspace&) { return {}; }

bool time_view::compute(const view_input& in) noexcept {
  count = 0;
  is_constant = false;
  if (in.valid.size == 0) return false;
  if (in.valid.wide != nullptr) {
    sums_of(in.valid.wide, in.parts, in.kernels->wide, *this, in.valid.size);
  } else {
    sums_of(in.valid.narrow, in.parts, *in.kernels, *this, in.valid.size);
  }
  return count > 0;
}

}  // namespace millwright
