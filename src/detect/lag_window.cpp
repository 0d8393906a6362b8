#include "millwright/detect/lag_window.hpp"

#include <algorithm>
#include <vector>

#include "core/prepare_with_memory.hpp"
#include "millwright/statistics/training_rows.hpp"

namespace millwright::detail {

void lag_window::prepare(std::size_t columns, std::size_t lags, time_ns step, workspace& memory) noexcept {
  columns_ = columns;
  length_ = lags + 1;
  longest_step_ = static_cast<std::uint64_t>(step) + static_cast<std::uint64_t>(step) / 2;
  take(memory);
}

void lag_window::take(workspace& memory) noexcept {
  ring_ = memory.carve<double>(length_ * columns_);
  values_ = memory.carve_scratch<double>(length_ * columns_);
}

void lag_window::reset() noexcept {
  filled_ = 0;
  next_ = 0;
  last_time_ = 0;
  std::fill(ring_.begin(), ring_.end(), 0.0);
}

bool lag_window::push(std::span<const double> row, const row_meta& meta) noexcept {
  if (has(meta.quality, quality::not_scored) || !all_finite(row)) {
    filled_ = 0;
    return false;
  }
  if (longest_step_ > 0 && filled_ > 0) {
    const bool back = meta.end_time < last_time_;
    if (back || static_cast<std::uint64_t>(meta.end_time) - static_cast<std::uint64_t>(last_time_) > longest_step_) filled_ = 0;
  }
  last_time_ = meta.end_time;
  std::copy(row.begin(), row.end(), ring_.begin() + static_cast<std::ptrdiff_t>(next_ * columns_));
  next_ = (next_ + 1) % length_;
  filled_ = std::min(filled_ + 1, length_);
  if (filled_ < length_) return false;
  widen(row);
  return true;
}

void lag_window::widen(std::span<const double> row) noexcept {
  std::copy(row.begin(), row.end(), values_.begin());
  for (std::uint64_t lag = 1; lag < length_; ++lag) {
    double* place = values_.data() + lag * columns_;
    if (lag < filled_) {
      const double* source = ring_.data() + (next_ + 2 * length_ - 1 - lag) % length_ * columns_;
      std::copy(source, source + columns_, place);
    } else {
      std::copy(place - columns_, place, place);
    }
  }
}

time_ns usual_step(const const_rows& rows) {
  constexpr auto longest = static_cast<std::uint64_t>(INT64_MAX / 2);  // what fits beside half of itself
  std::vector<std::uint64_t> steps;
  for (std::size_t r = 1; rows.meta != nullptr && r < rows.rows; ++r) {
    const time_ns before = rows.meta[r - 1].end_time;
    const time_ns after = rows.meta[r].end_time;
    if (after > before) steps.push_back(std::min(longest, static_cast<std::uint64_t>(after) - static_cast<std::uint64_t>(before)));
  }
  if (steps.empty()) return 0;
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return static_cast<time_ns>(*middle);
}

result<row_table> side_by_side(const const_rows& rows, std::size_t lags, time_ns step) {
  lag_window window;
  const auto prepare = [&](workspace& memory) -> result<void> {
    window.prepare(rows.columns, lags, step, memory);
    return {};
  };
  MILLWRIGHT_TRY(const auto memory, prepare_with_memory(prepare));
  window.reset();
  row_table wide(rows.columns * (lags + 1));
  for (std::size_t r = 0; r < rows.rows; ++r) {
    const row_meta meta = rows.meta != nullptr ? rows.meta[r] : row_meta{};
    if (window.push(rows[r], meta)) wide.append(window.values(), meta);
  }
  return wide;
}

}  // namespace millwright::detail
