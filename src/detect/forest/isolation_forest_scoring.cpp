// Scoring by an isolation forest: rows one by one, by walking; blocks by rank where that costs less.

#include <algorithm>
#include <utility>

#include "detect/forest/forest_layout.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/detect/forest/isolation_forest.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {

constexpr std::size_t fewest_rows_by_rank = 12;  // fewer of them are walked sooner than a block is evaluated

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

/// Whether every value is finite; a sum of zeros, or NaN, in lanes that a compiler may put into registers.
template <class Input>
bool is_finite(const Input* row, std::size_t columns) noexcept {
  constexpr std::size_t lanes = 8;
  Input sum[lanes] = {};
  std::size_t c = 0;
  for (; c + lanes <= columns; c += lanes) {
    for (std::size_t i = 0; i < lanes; ++i) sum[i] += row[c + i] - row[c + i];
  }
  for (; c < columns; ++c) sum[0] += row[c] - row[c];
  Input total = 0;
  for (const Input s : sum) total += s;
  return total == 0;
}

}  // namespace

std::shared_ptr<detail::forest_layout_slot> detail::make_forest_layout_slot() { return std::make_shared<forest_layout_slot>(); }

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
  if (box_low_.size() == 0 || box_low_.size() > detail::most_forest_columns || box_high_.size() != box_low_.size() ||
      !detail::all_finite(box_low_.values()) || !detail::all_finite(box_high_.values())) {
    return misfit("the forest's training box does not fit");
  }
  if (sample_size_ < 2 || sample_size_ > 16384) return misfit("the forest's sample size is out of range");
  if (path_scale_.is_set() && !(path_scale_.size() == 1 && path_scale_[0] > 0.0 && path_scale_[0] < math::infinity))
    return misfit("the forest's path scale is not a positive number");
  if (float32_input_.is_set() && !(float32_input_.size() == 1 && float32_input_[0] <= 1))
    return misfit("the forest's flag for float32 input is neither 0 nor 1");
  MILLWRIGHT_TRY(layout_, layouts_->layout_of(threshold_, node_, tree_start_, box_low_.size()));
  if (left_share_.is_set()) {
    if (left_share_.size() != threshold_.size() || !layout_->is_forest) return misfit("the forest's shares do not fit its nodes");
    for (const double share : left_share_.values()) {
      if (!(share >= 0.0 && share <= 1.0)) return misfit("the forest holds a share that is not between 0 and 1");
    }
  }
  thresholds_ = threshold_.data();
  nodes_ = node_.data();
  starts_ = tree_start_.data();
  tree_count_ = tree_start_.size() - 1;
  columns_ = box_low_.size();
  depth_ = layout_->depth;
  longest_path_ = layout_->longest_path;
  normalizer_ = average_path(sample_size_);
  round_ = float32_input_.is_set() && float32_input_[0] == 1;
  kernels_ = layout_->has_ranks ? detail::active_kernels().forest : nullptr;
  MILLWRIGHT_CHECK(check_explanation());
  take(memory);
  return port::of({std::string(id)});
}

/// The same memory at every kernel level, because it is measured once for a pipeline.
void isolation_forest::take(workspace& memory) noexcept {
  rows_ = memory.carve_scratch<double>(block_rows * (columns_ + 1));
  ranks_ = memory.carve_scratch<std::int8_t>(layout_->has_ranks ? detail::forest_block * layout_->most_features : 0);
  if (explanation == "shap") shapley_.take(depth_, columns_, memory);
}

/// Copies the row and appends -infinity.
template <class Input>
isolation_forest::row_kind isolation_forest::load_row(const Input* row, double* padded) const noexcept {
  bool finite = true;
  bool infinite = false;
  for (std::size_t c = 0; c < columns_; ++c) {
    const double x = round_ ? static_cast<double>(static_cast<float>(row[c])) : static_cast<double>(row[c]);
    padded[c] = x;
    finite &= x - x == 0.0;
    infinite |= x == math::infinity || x == -math::infinity;
  }
  padded[columns_] = -math::infinity;
  if (finite) return row_kind::finite;
  return infinite || !left_share_.is_set() ? row_kind::not_scored : row_kind::incomplete;
}

double isolation_forest::excess(double value, std::size_t feature) const noexcept {
  const double low = box_low_[feature];
  const double high = box_high_[feature];
  if (!(low < high)) return 0.0;
  if (value > high) return (value - high) / (high - low);
  return value < low ? (low - value) / (high - low) : 0.0;  // of NaN, too
}

double isolation_forest::isolation_of(double path_sum) const noexcept {
  if (path_scale_.is_set()) return math::exp2(-path_sum / path_scale_[0]);
  return math::exp2(-(path_sum / static_cast<double>(tree_count_)) / normalizer_);
}

template <class Input>
double isolation_forest::score_of(double path_sum, const Input* row) const noexcept {
  const double score = isolation_of(path_sum);
  if (out_of_box_weight == 0.0) return score;
  double sum = 0.0;
  for (std::size_t f = 0; f < columns_; ++f) {
    sum += excess(round_ ? static_cast<double>(static_cast<float>(row[f])) : static_cast<double>(row[f]), f);
  }
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

/// Where a value is missing, both sides count by their shares. A tree's nodes are each visited once, depth first.
double isolation_forest::incomplete_path_sum_of(const double* padded) const noexcept {
  /// A node whose left side is being followed (left unknown) or known.
  struct open_node {
    std::uint32_t at;
    bool left_known;
    double left;
  };
  open_node open[65];  // as deep as a tree may be
  double sum = 0.0;
  for (std::size_t t = 0; t < tree_count_; ++t) {
    const auto root = static_cast<std::uint32_t>(starts_[t]);
    std::size_t depth = 0;
    std::uint32_t at = root;
    for (;;) {
      // Down to a leaf, by the left side where there are two.
      while (nodes_[2 * std::size_t{at}] != columns_) {
        const double x = padded[nodes_[2 * std::size_t{at}]];
        const std::uint32_t left = root + nodes_[2 * std::size_t{at} + 1];
        if (x == x) {
          at = left + static_cast<std::uint32_t>(x >= thresholds_[at]);
        } else if (left_share_[at] <= 0.0) {
          at = left + 1;
        } else {
          if (left_share_[at] < 1.0) open[depth++] = {at, false, 0.0};
          at = left;
        }
      }
      double path = thresholds_[at];
      // Up, as long as both sides are known.
      while (depth > 0 && open[depth - 1].left_known) {
        const open_node& node = open[--depth];
        path = left_share_[node.at] * node.left + (1.0 - left_share_[node.at]) * path;
      }
      if (depth == 0) {
        sum += path;
        break;
      }
      open_node& node = open[depth - 1];
      node.left_known = true;
      node.left = path;
      at = root + nodes_[2 * std::size_t{node.at} + 1] + 1;
    }
  }
  return sum;
}

template <class Input>
double isolation_forest::score_row(const Input* row, row_meta* meta) const noexcept {
  double* padded = rows_.data();
  const row_kind kind = load_row(row, padded);
  if (kind == row_kind::finite) return score_of(path_sum_of(padded), padded);
  if (kind == row_kind::not_scored) return math::nan;
  if (meta != nullptr) meta->quality |= bits(quality::undefined_feature);
  return score_of(incomplete_path_sum_of(padded), padded);
}

template <class Input>
void isolation_forest::score_rows(const Input* rows, std::size_t count, std::size_t stride, double* scores, std::size_t scores_stride,
                                  row_meta* meta) noexcept {
  const auto single = [&](std::size_t r) {
    scores[r * scores_stride] = score_row(rows + r * stride, meta == nullptr ? nullptr : meta + r);
  };
  std::size_t r = 0;
  if (kernels_ != nullptr) {
    while (count - r >= fewest_rows_by_rank) {
      const std::size_t block = std::min(count - r, detail::forest_block);
      double sums[detail::forest_block] = {};
      detail::add_paths_of_block(*layout_, *kernels_, rows + r * stride, block, stride, round_, ranks_.data(), sums);
      for (std::size_t i = 0; i < block; ++i) {
        const Input* row = rows + (r + i) * stride;
        if (!round_ && is_finite(row, columns_)) {
          scores[(r + i) * scores_stride] = score_of(sums[i], row);
        } else if (round_ && load_row(row, rows_.data()) == row_kind::finite) {
          scores[(r + i) * scores_stride] = score_of(sums[i], rows_.data());
        } else {
          single(r + i);
        }
      }
      r += block;
    }
  } else {
    for (; r + block_rows <= count; r += block_rows) {
      row_kind kind[block_rows];
      double sums[block_rows];
      for (std::size_t i = 0; i < block_rows; ++i) kind[i] = load_row(rows + (r + i) * stride, rows_.data() + i * (columns_ + 1));
      path_sums_of_block(sums);
      for (std::size_t i = 0; i < block_rows; ++i) {
        if (kind[i] == row_kind::finite) scores[(r + i) * scores_stride] = score_of(sums[i], rows_.data() + i * (columns_ + 1));
      }
      for (std::size_t i = 0; i < block_rows; ++i) {
        if (kind[i] != row_kind::finite) single(r + i);
      }
    }
  }
  for (; r < count; ++r) single(r);
}

void isolation_forest::process(const const_rows& in, const rows_view& out) noexcept {
  score_rows(in.values, in.rows, in.stride, out.values, out.stride, out.meta);
}

void isolation_forest::score(const float* rows, std::size_t count, std::size_t stride, double* scores) noexcept {
  score_rows(rows, count, stride, scores, 1, nullptr);
}

template isolation_forest::row_kind isolation_forest::load_row(const double*, double*) const noexcept;

}  // namespace millwright
