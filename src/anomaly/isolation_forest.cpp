#include "millwright/anomaly/isolation_forest.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "anomaly/forest_builder.hpp"
#include "anomaly/forest_layout.hpp"
#include "millwright/math.hpp"

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

void isolation_forest::explain(std::span<const double> row, std::span<double> contributions) noexcept {
  std::fill(contributions.begin(), contributions.end(), 0.0);
  const double* x = rows_.data();
  if (load_row(row.data(), rows_.data()) != row_kind::finite) return;
  double path_sum = 0.0;
  for (std::size_t t = 0; t < tree_count_; ++t) {
    const auto root = static_cast<std::uint32_t>(starts_[t]);
    const auto next = [&](std::uint32_t at) {
      return root + nodes_[2 * std::size_t{at} + 1] + static_cast<std::uint32_t>(x[nodes_[2 * std::size_t{at}]] >= thresholds_[at]);
    };
    std::uint32_t leaf = root;
    while (nodes_[2 * std::size_t{leaf}] != columns_) leaf = next(leaf);
    const double path = thresholds_[leaf];
    path_sum += path;
    const double credit = path > 0.0 ? 1.0 / path - 1.0 / longest_path_ : 0.0;
    for (std::uint32_t at = root; at != leaf; at = next(at)) contributions[nodes_[2 * std::size_t{at}]] += credit;
  }
  double total = 0.0;
  for (double c : contributions) total += c;
  const double isolation = isolation_of(path_sum);
  for (std::size_t f = 0; f < columns_; ++f) {
    const double share = total > 0.0 ? contributions[f] / total : 0.0;
    contributions[f] = isolation * share + out_of_box_weight * (excess(x[f], f) / static_cast<double>(columns_));
  }
}

// ---- fitting ------------------------------------------------------------------------------------------------------------

result<void> isolation_forest::observe(const port& in, const const_rows& rows) { return training_.observe(id, in, rows); }
result<void> isolation_forest::merge(isolation_forest&& other) { return training_.merge(id, std::move(other.training_)); }

result<void> isolation_forest::finish() {
  MILLWRIGHT_TRY(const row_table rows, training_.take(id, fewest_rows));
  return learn(rows.view());
}

result<void> isolation_forest::fit(const port& in, const const_rows& rows) {
  bool usable = in.columns.size() == rows.columns && rows.columns > 0 && rows.rows >= fewest_rows;
  for (std::size_t r = 0; usable && r < rows.rows; ++r) {
    usable = detail::all_finite(rows[r]) && (rows.meta == nullptr || !has(rows.meta[r].quality, quality::not_scored));
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
    return error(errc::limit_exceeded, id,
                 "there are " + std::to_string(width) + " columns; the isolation forest takes " + std::to_string(detail::most_forest_columns),
                 "choose fewer features");
  }
  std::vector<double> low(data[0].begin(), data[0].end());
  std::vector<double> high = low;
  for (std::size_t r = 1; r < data.rows; ++r) {
    const double* row = data[r].data();
    for (std::size_t c = 0; c < width; ++c) {
      low[c] = row[c] < low[c] ? row[c] : low[c];
      high[c] = high[c] < row[c] ? row[c] : high[c];
    }
  }
  if (low == high) {
    return error(errc::invalid_data, id, "no column varies over the " + std::to_string(data.rows) + " training rows",
                 "record normal operation long enough for features to vary");
  }
  sample_size_ = std::min(samples, static_cast<std::int64_t>(data.rows));

  detail::forest_builder builder(data, sample_size_, max_depth, static_cast<std::uint64_t>(seed));
  const std::vector<detail::built_tree> built = builder.build(static_cast<std::size_t>(trees), static_cast<std::size_t>(threads));
  std::vector<double> thresholds;
  std::vector<std::uint16_t> nodes;
  std::vector<std::int32_t> starts{0};
  for (const auto& tree : built) {
    thresholds.insert(thresholds.end(), tree.threshold.begin(), tree.threshold.end());
    nodes.insert(nodes.end(), tree.node.begin(), tree.node.end());
    starts.push_back(static_cast<std::int32_t>(thresholds.size()));
  }
  const std::size_t count = thresholds.size();
  threshold_ = learned_array<double>(std::move(thresholds));
  node_ = learned_array<std::uint16_t>(std::move(nodes), {count, 2});
  tree_start_ = learned_array<std::int32_t>(std::move(starts));
  box_low_ = learned_array<double>(std::move(low));
  box_high_ = learned_array<double>(std::move(high));
  path_scale_ = {};
  float32_input_ = {};
  left_share_ = {};
  layouts_ = std::make_shared<detail::forest_layout_slot>();  // other copies keep theirs
  return {};
}

}  // namespace millwright
