#include "millwright/features/rainflow_view.hpp"

#include <algorithm>
#include <cmath>

namespace millwright {

result<void> rainflow_view::prepare(const view_request& request, workspace& memory, workspace& scratch) {
  // Each sample is a turning point at most, and each range takes one of them.
  ranges_ = memory.carve<double>(request.length);
  turns_ = scratch.carve<double>(request.length);
  return {};
}

bool rainflow_view::compute(const view_input&, const samples_view& samples) noexcept {
  const auto& x = samples.x;
  const std::size_t n = x.size();
  std::size_t depth = 0;
  std::size_t cycles = 0;
  // Closes every loop that the newest turning point completes: two inner points whose range lies within both neighbours'.
  const auto push = [&](double turn) noexcept {
    turns_[depth++] = turn;
    while (depth >= 4) {
      const double before = std::abs(turns_[depth - 3] - turns_[depth - 4]);
      const double inner = std::abs(turns_[depth - 2] - turns_[depth - 3]);
      const double after = std::abs(turns_[depth - 1] - turns_[depth - 2]);
      if (inner > before || inner > after) return;
      ranges_[cycles++] = inner;
      turns_[depth - 3] = turns_[depth - 1];
      depth -= 2;
    }
  };
  // The first and the last sample are turning points; between them those at which the direction changes.
  push(x[0]);
  double last = x[0];
  double direction = 0.0;
  for (std::size_t i = 1; i < n; ++i) {
    const double step = x[i] - last;
    if (step == 0.0) continue;
    if (direction * step < 0.0) push(last);
    direction = step > 0.0 ? 1.0 : -1.0;
    last = x[i];
  }
  if (direction != 0.0) push(last);
  std::size_t end = cycles;
  for (std::size_t i = 1; i < depth; ++i) ranges_[end++] = std::abs(turns_[i] - turns_[i - 1]);
  whole = ranges_.first(cycles);
  halves = ranges_.subspan(cycles, end - cycles);
  largest = end == 0 ? 0.0 : *std::max_element(ranges_.begin(), ranges_.begin() + static_cast<std::ptrdiff_t>(end));
  return true;
}

}  // namespace millwright
