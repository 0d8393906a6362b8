#include "millwright/anomaly/isolation_forest.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "anomaly/forest_builder.hpp"
#include "anomaly/row_sampler.hpp"
#include "millwright/math.hpp"

namespace millwright {

namespace {

constexpr std::size_t fewest_rows = 8;
constexpr std::size_t most_columns = 65534;  // a leaf's feature is the number of columns, in 16 bits
constexpr std::size_t deepest = 64;

error misfit(std::string_view what) {
  return {errc::corrupt_file, isolation_forest::id, what, "save the bundle again from the fitted pipeline"};
}

/// One step of W walks at once; without branches, because which way a walk goes cannot be predicted.
template <std::size_t W>
inline void step(const double* thresholds, const std::uint16_t* nodes, const std::uint32_t (&root)[W], const double* const (&row)[W],
                 std::uint32_t (&at)[W]) noexcept {
  for (std::size_t w = 0; w < W; ++w) {
    const std::uint16_t* node = nodes + 2 * std::size_t{at[w]};
    at[w] = root[w] + node[1] + static_cast<std::uint32_t>(row[w][node[0]] >= thresholds[at[w]]);
  }
}

}  // namespace

double isolation_forest::average_path(std::int64_t n) noexcept {
  if (n < 2) return 0.0;
  double harmonic = 0.0;
  for (std::int64_t i = 1; i < n; ++i) harmonic += 1.0 / static_cast<double>(i);
  return 2.0 * harmonic - 2.0 * static_cast<double>(n - 1) / static_cast<double>(n);
}

// ---- running ------------------------------------------------------------------------------------------------------------

/// Depth of the deepest leaf. Every child lies behind its parent and inside its tree, so walks end and stay in bounds.
result<std::size_t> isolation_forest::checked_depth() const {
  const auto starts = tree_start_.values();
  const auto nodes = node_.values();
  if (starts.size() < 2 || starts.front() != 0 || nodes.size() != 2 * threshold_.size() ||
      static_cast<std::size_t>(std::max(starts.back(), 0)) != threshold_.size()) {
    return misfit("the forest's arrays disagree in size");
  }
  std::size_t deepest_leaf = 0;
  std::vector<std::uint8_t> depth;
  for (std::size_t t = 0; t + 1 < starts.size(); ++t) {
    if (starts[t + 1] <= starts[t] || starts[t] < 0 || static_cast<std::size_t>(starts[t + 1]) > threshold_.size())
      return misfit("the forest's trees overlap");
    const auto root = static_cast<std::size_t>(starts[t]);
    const std::size_t size = static_cast<std::size_t>(starts[t + 1]) - root;
    depth.assign(size, 0);
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t feature = nodes[2 * (root + i)];
      const std::size_t left = nodes[2 * (root + i) + 1];
      const double threshold = threshold_[root + i];
      if (!(threshold - threshold == 0.0)) return misfit("the forest holds a threshold that is not finite");
      if (feature == box_low_.size()) {
        if (left != i || threshold < 0.0) return misfit("the forest holds a leaf that is none");
        deepest_leaf = std::max<std::size_t>(deepest_leaf, depth[i]);
        continue;
      }
      if (feature > box_low_.size() || left <= i || left + 1 >= size || depth[i] >= deepest)
        return misfit("the forest holds a node that points outside its tree");
      for (std::size_t child = left; child < left + 2; ++child) {
        depth[child] = std::max<std::uint8_t>(depth[child], static_cast<std::uint8_t>(depth[i] + 1));
      }
    }
  }
  return deepest_leaf;
}

result<port> isolation_forest::prepare(const port& in, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  if (!tree_start_.is_set() || !node_.is_set() || !threshold_.is_set() || !box_low_.is_set() || !box_high_.is_set()) {
    return error(errc::not_fitted, id, "the isolation forest has not learned yet", "fit the pipeline first");
  }
  if (in.columns.size() != box_low_.size()) {
    return error(
        errc::incompatible, id,
        "the isolation forest learned " + std::to_string(box_low_.size()) + " columns, the input has " + std::to_string(in.columns.size()),
        "use the features that it was fitted with");
  }
  if (box_low_.size() == 0 || box_low_.size() > most_columns || box_high_.size() != box_low_.size() ||
      !detail::all_finite(box_low_.values()) || !detail::all_finite(box_high_.values())) {
    return misfit("the forest's training box does not fit");
  }
  if (sample_size_ < 2 || sample_size_ > 16384) return misfit("the forest's sample size is out of range");
  MILLWRIGHT_TRY(depth_, checked_depth());
  thresholds_ = threshold_.data();
  nodes_ = node_.data();
  starts_ = tree_start_.data();
  tree_count_ = tree_start_.size() - 1;
  columns_ = box_low_.size();
  normalizer_ = average_path(sample_size_);
  longest_path_ = 0.0;
  for (std::size_t i = 0; i < threshold_.size(); ++i) {
    if (nodes_[2 * i] == columns_) longest_path_ = std::max(longest_path_, thresholds_[i]);
  }
  rows_ = memory.carve<double>(block_rows * (columns_ + 1));
  MILLWRIGHT_CHECK(prepare_explanation(memory));
  return port::of({std::string(id)});
}

/// Copies the row and appends -infinity; false when a value is not finite.
bool isolation_forest::load_row(std::span<const double> row, double* padded) const noexcept {
  bool finite = true;
  for (std::size_t c = 0; c < columns_; ++c) {
    padded[c] = row[c];
    finite &= row[c] - row[c] == 0.0;
  }
  padded[columns_] = -math::infinity;
  return finite;
}

double isolation_forest::excess(double value, std::size_t feature) const noexcept {
  const double low = box_low_[feature];
  const double high = box_high_[feature];
  if (!(low < high)) return 0.0;
  if (value > high) return (value - high) / (high - low);
  return value < low ? (low - value) / (high - low) : 0.0;
}

double isolation_forest::score_of(double path_sum, const double* padded) const noexcept {
  const double score = math::exp2(-(path_sum / static_cast<double>(tree_count_)) / normalizer_);
  if (out_of_box_weight == 0.0) return score;
  double sum = 0.0;
  for (std::size_t f = 0; f < columns_; ++f) sum += excess(padded[f], f);
  return score + out_of_box_weight * (sum / static_cast<double>(columns_));
}

double isolation_forest::path_sum_of(const double* padded) const noexcept {
  double sum = 0.0;
  std::size_t t = 0;
  const double* row[lanes];
  std::fill(std::begin(row), std::end(row), padded);
  for (; t + lanes <= tree_count_; t += lanes) {
    std::uint32_t root[lanes];
    std::uint32_t at[lanes];
    for (std::size_t w = 0; w < lanes; ++w) at[w] = root[w] = static_cast<std::uint32_t>(starts_[t + w]);
    for (std::size_t d = 0; d < depth_; ++d) step<lanes>(thresholds_, nodes_, root, row, at);
    for (std::size_t w = 0; w < lanes; ++w) sum += thresholds_[at[w]];
  }
  for (; t < tree_count_; ++t) {
    const std::uint32_t root[1] = {static_cast<std::uint32_t>(starts_[t])};
    const double* const one[1] = {padded};
    std::uint32_t at[1] = {root[0]};
    for (std::size_t d = 0; d < depth_; ++d) step<1>(thresholds_, nodes_, root, one, at);
    sum += thresholds_[at[0]];
  }
  return sum;
}

/// The rows of rows_ side by side through one tree after the other, so that a tree is in the cache for all of them.
/// Each row adds its paths in the order of the trees, as path_sum_of does: same bits.
void isolation_forest::path_sums_of_block(double* sums) const noexcept {
  std::fill(sums, sums + block_rows, 0.0);
  for (std::size_t t = 0; t < tree_count_; ++t) {
    for (std::size_t first = 0; first < block_rows; first += lanes) {
      std::uint32_t root[lanes];
      std::uint32_t at[lanes];
      const double* row[lanes];
      for (std::size_t w = 0; w < lanes; ++w) {
        at[w] = root[w] = static_cast<std::uint32_t>(starts_[t]);
        row[w] = rows_.data() + (first + w) * (columns_ + 1);
      }
      for (std::size_t d = 0; d < depth_; ++d) step<lanes>(thresholds_, nodes_, root, row, at);
      for (std::size_t w = 0; w < lanes; ++w) sums[first + w] += thresholds_[at[w]];
    }
  }
}

void isolation_forest::process(const const_rows& in, const rows_view& out) noexcept {
  std::size_t r = 0;
  for (; r + block_rows <= in.rows; r += block_rows) {
    bool finite[block_rows];
    double sums[block_rows];
    for (std::size_t i = 0; i < block_rows; ++i) finite[i] = load_row(in[r + i], rows_.data() + i * (columns_ + 1));
    path_sums_of_block(sums);
    for (std::size_t i = 0; i < block_rows; ++i)
      out[r + i][0] = finite[i] ? score_of(sums[i], rows_.data() + i * (columns_ + 1)) : math::nan;
  }
  for (; r < in.rows; ++r) out[r][0] = load_row(in[r], rows_.data()) ? score_of(path_sum_of(rows_.data()), rows_.data()) : math::nan;
}

// ---- fitting ------------------------------------------------------------------------------------------------------------

result<void> isolation_forest::observe(const port& in, const const_rows& rows) {
  return training_.observe(id, in, rows, {}, {missing != "refuse", true});
}
result<void> isolation_forest::merge(isolation_forest&& other) { return training_.merge(id, std::move(other.training_)); }

result<void> isolation_forest::finish() {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_TRY(const row_table rows, training_.take(id, fewest_rows));
  const std::size_t width = rows.columns();
  if (width > most_columns) {
    return error(errc::limit_exceeded, id,
                 "there are " + std::to_string(width) + " columns; the isolation forest takes " + std::to_string(most_columns),
                 "choose fewer features");
  }
  const const_rows data = rows.view();
  std::vector<double> low(width, std::numeric_limits<double>::max());
  std::vector<double> high(width, std::numeric_limits<double>::lowest());
  for (std::size_t r = 0; r < data.rows; ++r) {
    for (std::size_t c = 0; c < width; ++c) {
      if (data[r][c] < low[c]) low[c] = data[r][c];
      if (data[r][c] > high[c]) high[c] = data[r][c];
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

  detail::forest_builder builder(data, weights, sample_size_, max_depth, static_cast<std::uint64_t>(seed), missing == "larger");
  const std::vector<detail::built_tree> built = builder.build(static_cast<std::size_t>(trees), static_cast<std::size_t>(threads));
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
  return {};
}

}  // namespace millwright
