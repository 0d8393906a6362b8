#include "detect/kernel/training_scale.hpp"

#include <cmath>

#include "numeric/lane_sum.hpp"
#include "statistics/column_spread.hpp"

namespace millwright::detail {

namespace {

constexpr std::size_t most_columns = 4096;
constexpr double largest_value = 1e100;  // so that squares, and sums of them, stay far from overflow

}  // namespace

result<scaled_rows> scale_rows(std::string_view stage, const row_table& rows, bool centered, bool standardized, std::size_t most_rows) {
  const std::size_t n = rows.rows();
  const std::size_t width = rows.columns();
  if (n > most_rows) {
    return error(errc::limit_exceeded, stage,
                 "there are " + std::to_string(n) + " training rows; \"" + std::string(stage) + "\" takes " + std::to_string(most_rows),
                 "fit on fewer rows, evenly chosen");
  }
  if (width > most_columns) {
    return error(errc::limit_exceeded, stage,
                 "there are " + std::to_string(width) + " columns; \"" + std::string(stage) + "\" takes " + std::to_string(most_columns),
                 "choose fewer features");
  }
  const const_rows data = rows.view();
  scaled_rows s;
  s.center.assign(width, 0.0);
  s.factor.assign(width, 1.0);
  s.typical.assign(width, 0.0);
  std::vector<double> column(n);
  for (std::size_t c = 0; c < width; ++c) {
    for (std::size_t r = 0; r < n; ++r) {
      column[r] = data[r][c];
      if (!(std::fabs(column[r]) <= largest_value)) {
        return error(errc::invalid_data, stage, "column " + std::to_string(c) + " holds a training value beyond 1e100",
                     "leave such rows out, or scale the column");
      }
    }
    if (centered || standardized) {
      const robust_spread spread = spread_of("standard", column);
      s.center[c] = spread.location;
      if (standardized) s.factor[c] = spread.scale > 0.0 ? 1.0 / spread.scale : 0.0;
    }
    s.typical[c] = lane_sum(n, [&](std::size_t r) { return (data[r][c] - s.center[c]) * s.factor[c]; }) / static_cast<double>(n);
  }
  s.z.resize(n * width);
  for (std::size_t r = 0; r < n; ++r) {
    for (std::size_t c = 0; c < width; ++c) s.z[r * width + c] = (data[r][c] - s.center[c]) * s.factor[c];
  }
  // Of the values as they came, unless standardised: the variance between columns counts, as in scikit-learn.
  const auto value = [&](std::size_t i) { return standardized ? s.z[i] : data.values[i]; };
  const std::size_t all = n * width;
  const double mean = lane_sum(all, value) / static_cast<double>(all);
  s.variance = lane_sum(all, [&](std::size_t i) { return (value(i) - mean) * (value(i) - mean); }) / static_cast<double>(all);
  return s;
}

double gamma_of(const number_or_word<double>& setting, std::size_t columns, double variance) noexcept {
  if (!setting.is_word()) return setting.number();
  const auto width = static_cast<double>(columns);
  if (setting.is("auto")) return 1.0 / width;
  return variance > 1e-280 ? 1.0 / (width * variance) : 1.0;
}

}  // namespace millwright::detail
