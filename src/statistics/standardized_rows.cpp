#include "statistics/standardized_rows.hpp"

#include <algorithm>
#include <string>

#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/statistics/standardizer.hpp"
#include "statistics/column_spread.hpp"

namespace millwright::detail {

namespace {

constexpr std::size_t most_columns = 65536;

}  // namespace

result<void> standardizer::prepare(std::string_view stage, const port& in, const learned_array<double>& center,
                                   const learned_array<double>& scale) {
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

namespace {

/// Adds to `chosen`, which is not empty, the point farthest from all chosen, again and again; the first of equals.
void add_farthest(std::span<const double> points, std::size_t dimensions, std::size_t most, std::vector<std::size_t>& chosen) {
  const kernel_table& kernels = active_kernels();
  const std::size_t count = points.size() / dimensions;
  const std::vector<double> by_column = transposed(points, dimensions);
  const point_columns all{by_column.data(), dimensions, count, count};
  std::vector<double> distance(count);
  std::vector<double> nearest(count, math::infinity);
  for (std::size_t considered = 0;; ++considered) {
    if (considered == chosen.size()) {
      const auto next = std::max_element(nearest.begin(), nearest.end());
      if (chosen.size() == most || !(*next > 0.0)) return;
      chosen.push_back(static_cast<std::size_t>(next - nearest.begin()));
    }
    kernels.squared_distances(points.data() + chosen[considered] * dimensions, 1, all, distance.data(), count);
    for (std::size_t i = 0; i < count; ++i) nearest[i] = std::min(nearest[i], distance[i]);
  }
}

}  // namespace

std::vector<std::size_t> k_center(std::span<const double> points, std::size_t dimensions, std::size_t most) {
  const std::size_t count = points.size() / dimensions;
  std::vector<double> distance(count);
  const std::vector<double> origin(dimensions, 0.0);
  const std::vector<double> by_column = transposed(points, dimensions);
  active_kernels().squared_distances(origin.data(), 1, {by_column.data(), dimensions, count, count}, distance.data(), count);
  std::vector<std::size_t> chosen{static_cast<std::size_t>(std::min_element(distance.begin(), distance.end()) - distance.begin())};
  add_farthest(points, dimensions, most, chosen);
  return chosen;
}

std::vector<std::size_t> covering_sample(std::span<const double> points, std::size_t dimensions, std::size_t most) {
  const std::size_t count = points.size() / dimensions;
  std::vector<std::size_t> chosen(std::min(count, (most + 1) / 2));
  for (std::size_t i = 0; i < chosen.size(); ++i) chosen[i] = i * count / chosen.size();
  add_farthest(points, dimensions, most, chosen);
  return chosen;
}

}  // namespace millwright::detail
