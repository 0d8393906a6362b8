#include "anomaly/standardized_rows.hpp"

#include <algorithm>
#include <string>

#include "anomaly/column_spread.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/detail/standardizer.hpp"
#include "millwright/math.hpp"

namespace millwright::detail {

namespace {

constexpr std::size_t most_columns = 65536;

}  // namespace

result<void> standardizer::prepare(std::string_view stage, const port& in, const learned_array<double>& center,
                                   const learned_array<double>& scale, workspace& memory) {
  if (!center.is_set() || !scale.is_set())
    return error(errc::not_fitted, stage, "the detector has not learned yet", "fit the pipeline first");
  width_ = center.size();
  if (in.columns.size() != width_) {
    return error(errc::incompatible, stage,
                 "the detector learned " + std::to_string(width_) + " columns, the input has " + std::to_string(in.columns.size()),
                 "use the features that it was fitted with");
  }
  center_ = center.data();
  scale_ = scale.data();
  bool good = scale.size() == width_ && all_finite(center.values()) && all_finite(scale.values());
  used_ = 0;
  for (double s : scale.values()) {
    good &= s >= 0.0;
    used_ += s > 0.0 ? 1 : 0;
  }
  if (!good || used_ == 0) {
    return error(errc::corrupt_file, stage, "the detector's centre and scale do not fit or are not finite",
                 "save the bundle again from the fitted pipeline");
  }
  values_ = memory.carve<double>(used_);
  return {};
}

result<standardized_rows> take_standardized(std::string_view stage, training_rows& training, std::string_view scaling, std::size_t fewest,
                                            std::size_t most) {
  MILLWRIGHT_TRY(const row_table table, training.take(stage, fewest));
  const const_rows rows = table.view();
  if (rows.columns > most_columns) {
    return error(errc::limit_exceeded, stage, "there are " + std::to_string(rows.columns) + " columns; the detector takes 65536",
                 "choose fewer features or lags");
  }
  standardized_rows out;
  std::vector<double> column(rows.rows);
  for (std::size_t c = 0; c < rows.columns; ++c) {
    for (std::size_t r = 0; r < rows.rows; ++r) column[r] = rows[r][c];
    const robust_spread spread = spread_of(scaling, column);
    out.center.push_back(spread.location);
    out.scale.push_back(spread.scale);
    out.columns += spread.scale > 0.0 ? 1 : 0;
  }
  if (out.columns == 0) {
    return error(errc::invalid_data, stage, "no column varies over the " + std::to_string(rows.rows) + " training rows",
                 "record normal operation long enough for features to vary");
  }
  out.rows = std::min(rows.rows, most);
  for (std::size_t i = 0; i < out.rows; ++i) {
    const auto row = rows[i * rows.rows / out.rows];
    for (std::size_t c = 0; c < rows.columns; ++c) {
      if (out.scale[c] > 0.0)
        out.values.push_back(std::clamp((row[c] - out.center[c]) / out.scale[c], -standardizer::reach, standardizer::reach));
    }
  }
  return out;
}

std::vector<double> transposed(std::span<const double> values, std::size_t columns) {
  const std::size_t rows = values.size() / columns;
  std::vector<double> out(values.size());
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) out[c * rows + r] = values[r * columns + c];
  }
  return out;
}

std::vector<std::size_t> k_center(std::span<const double> points, std::size_t dimensions, std::size_t most) {
  const kernel_table& kernels = active_kernels();
  const std::size_t count = points.size() / dimensions;
  const std::vector<double> by_column = transposed(points, dimensions);
  const point_columns all{by_column.data(), dimensions, count, count};
  std::vector<double> distance(count);
  const std::vector<double> origin(dimensions, 0.0);
  kernels.squared_distances(origin.data(), 1, all, distance.data(), count);
  auto next = static_cast<std::size_t>(std::min_element(distance.begin(), distance.end()) - distance.begin());
  std::vector<double> nearest(count, math::infinity);
  std::vector<std::size_t> chosen;
  while (chosen.size() < most) {
    chosen.push_back(next);
    kernels.squared_distances(points.data() + next * dimensions, 1, all, distance.data(), count);
    for (std::size_t i = 0; i < count; ++i) nearest[i] = std::min(nearest[i], distance[i]);
    next = static_cast<std::size_t>(std::max_element(nearest.begin(), nearest.end()) - nearest.begin());
    if (!(nearest[next] > 0.0)) break;
  }
  return chosen;
}

}  // namespace millwright::detail
