#include "millwright/detect/forest/isolation_forest.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "detect/forest/forest_builder.hpp"
#include "detect/forest/forest_growth.hpp"
#include "detect/forest/forest_layout.hpp"
#include "detect/forest/row_sampler.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {

constexpr std::size_t fewest_rows = 8;

}  // namespace

double isolation_forest::average_path(std::int64_t n) noexcept {
  if (n < 2) return 0.0;
  double harmonic = 0.0;
  for (std::int64_t i = 1; i < n; ++i) harmonic += 1.0 / static_cast<double>(i);
  return 2.0 * harmonic - 2.0 * static_cast<double>(n - 1) / static_cast<double>(n);
}

// ---- fitting ------------------------------------------------------------------------------------------------------------

result<void> isolation_forest::observe(const port& in, const const_rows& rows) {
  return training_.observe(id, in, rows, {}, {missing != "refuse", true});
}
result<void> isolation_forest::merge(isolation_forest&& other) { return training_.merge(id, std::move(other.training_)); }

result<void> isolation_forest::finish() {
  MILLWRIGHT_TRY(const row_table rows, training_.take(id, fewest_rows));
  return learn(rows.view());
}

result<void> isolation_forest::fit(const port& in, const const_rows& rows) {
  bool usable = in.columns.size() == rows.columns && rows.columns > 0 && rows.rows >= fewest_rows;
  for (std::size_t r = 0; usable && r < rows.rows; ++r) {
    usable = detail::all_finite(rows[r]) &&
             (rows.meta == nullptr || (!has(rows.meta[r].quality, quality::not_scored) && rows.meta[r].weight == 1.0));
  }
  if (usable) return learn(rows);
  training_ = {};
  MILLWRIGHT_CHECK(observe(in, rows));
  return finish();
}

/// Of rows that are all usable.
result<void> isolation_forest::learn(const const_rows& data) {
  MILLWRIGHT_CHECK(validate_params(*this));
  const std::size_t width = data.columns;
  if (width > detail::most_forest_columns) {
    return error(
        errc::limit_exceeded, id,
        "there are " + std::to_string(width) + " columns; the isolation forest takes " + std::to_string(detail::most_forest_columns),
        "choose fewer features");
  }
  std::vector<double> low(width, std::numeric_limits<double>::max());
  std::vector<double> high(width, std::numeric_limits<double>::lowest());
  for (std::size_t r = 0; r < data.rows; ++r) {
    const double* row = data[r].data();
    for (std::size_t c = 0; c < width; ++c) {  // a missing value is neither
      low[c] = row[c] < low[c] ? row[c] : low[c];
      high[c] = high[c] < row[c] ? row[c] : high[c];
    }
  }
  for (std::size_t c = 0; c < width; ++c) {
    if (low[c] > high[c]) low[c] = high[c] = 0.0;  // no value at all: nothing to leave
  }
  if (low == high) {
    return error(errc::invalid_data, id, "no column varies over the " + std::to_string(data.rows) + " training rows",
                 "record normal operation long enough for features to vary");
  }
  MILLWRIGHT_TRY(const std::vector<double> weights, detail::drawing_weights(id, data, samples));
  sample_size_ = std::min(samples, static_cast<std::int64_t>(data.rows));

  detail::forest_builder builder(data, weights, sample_size_,
                                 max_depth.number_or(std::bit_width(static_cast<std::size_t>(sample_size_ - 1))),
                                 static_cast<std::uint64_t>(seed), missing == "larger");
  const std::vector<detail::built_tree> built = builder.build(static_cast<std::size_t>(trees), detail::threads_of(threads));
  std::vector<double> thresholds;
  std::vector<std::uint16_t> nodes;
  std::vector<std::int32_t> starts{0};
  std::vector<double> left_share;
  std::vector<std::uint16_t> cover;
  for (const auto& tree : built) {
    thresholds.insert(thresholds.end(), tree.threshold.begin(), tree.threshold.end());
    nodes.insert(nodes.end(), tree.node.begin(), tree.node.end());
    if (missing != "refuse") left_share.insert(left_share.end(), tree.left_share.begin(), tree.left_share.end());
    if (explanation == "shap") cover.insert(cover.end(), tree.cover.begin(), tree.cover.end());
    starts.push_back(static_cast<std::int32_t>(thresholds.size()));
  }
  const std::size_t count = thresholds.size();
  threshold_ = learned_array<double>(std::move(thresholds));
  node_ = learned_array<std::uint16_t>(std::move(nodes), {count, 2});
  tree_start_ = learned_array<std::int32_t>(std::move(starts));
  box_low_ = learned_array<double>(std::move(low));
  box_high_ = learned_array<double>(std::move(high));
  left_share_ = missing != "refuse" ? learned_array<double>(std::move(left_share)) : learned_array<double>();
  cover_ = explanation == "shap" ? learned_array<std::uint16_t>(std::move(cover)) : learned_array<std::uint16_t>();
  path_scale_ = {};
  float32_input_ = {};
  layouts_ = std::make_shared<detail::forest_layout_slot>();  // other copies keep theirs
  return {};
}

}  // namespace millwright
