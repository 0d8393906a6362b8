#include "millwright/detect/forest/quantized_forest.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "detect/forest/forest_packing.hpp"
#include "detect/forest/quantization_loss.hpp"
#include "detect/forest/quantized_trees.hpp"
#include "millwright/core/any_object.hpp"

namespace millwright {

namespace {

constexpr std::size_t fewest_rows = 8;

error misfit(std::string_view what) {
  return {errc::corrupt_file, quantized_forest::id, what, "save the bundle again from the fitted pipeline"};
}

detail::threshold_form form_of(std::string_view precision) noexcept {
  if (precision == "rank") return detail::threshold_form::rank;
  return precision == "fixed16" ? detail::threshold_form::fixed16 : detail::threshold_form::float32;
}

template <class T>
bool is_same(const learned_array<T>& a, const learned_array<T>& b) noexcept {
  return a.data() == b.data() && a.size() == b.size();
}

/// The distinct thresholds of each feature, and the distinct paths; ascending.
struct distinct_values {
  std::vector<std::vector<double>> thresholds;
  std::vector<double> paths;
};

distinct_values distinct_values_of(const isolation_forest& forest) {
  const std::size_t columns = forest.box_low_.size();
  distinct_values found;
  found.thresholds.resize(columns);
  for (std::size_t i = 0; i < forest.threshold_.size(); ++i) {
    const std::size_t feature = forest.node_[2 * i];
    (feature < columns ? found.thresholds[feature] : found.paths).push_back(forest.threshold_[i]);
  }
  const auto sort_distinct = [](std::vector<double>& values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
  };
  for (auto& own : found.thresholds) sort_distinct(own);
  sort_distinct(found.paths);
  return found;
}

}  // namespace

/// What was unpacked, and from which arrays: these are kept, so that equal addresses mean equal arrays.
struct quantized_forest::shared_forest {
  std::mutex lock;
  learned_array<std::uint8_t> packed;
  learned_array<double> table;
  learned_array<std::int32_t> start;
  learned_array<double> path;
  std::string precision;
  std::int64_t trees = 0;
  isolation_forest forest;

  [[nodiscard]] bool is_of(const quantized_forest& q) const noexcept {
    return is_same(packed, q.packed_) && is_same(table, q.threshold_table_) && is_same(start, q.table_start_) && is_same(path, q.path_) &&
           precision == q.precision && trees == q.trees_kept_ && is_same(forest.box_low_, q.box_low_) &&
           is_same(forest.box_high_, q.box_high_) && forest.sample_size_ == q.sample_size_;
  }
};

quantized_forest::quantized_forest() : shared_(std::make_shared<shared_forest>()) {}

// ---- packing ------------------------------------------------------------------------------------------------------------

result<void> quantized_forest::pack(const isolation_forest& forest, const const_rows& rows) {
  const std::size_t columns = forest.box_low_.size();
  const auto encode = [&](const isolation_forest& from) -> result<void> {
    distinct_values values = distinct_values_of(from);
    MILLWRIGHT_TRY(detail::threshold_tables tables, detail::tables_for(form_of(precision), std::move(values.thresholds)));
    MILLWRIGHT_TRY(const auto codec, detail::threshold_codec::of(form_of(precision), columns, tables.table, tables.start));
    detail::coded_trees coded;
    coded.node.assign(from.node_.values().begin(), from.node_.values().end());
    coded.start.assign(from.tree_start_.values().begin(), from.tree_start_.values().end());
    for (std::size_t i = 0; i < from.threshold_.size(); ++i) {
      const std::size_t feature = coded.node[2 * i];
      if (feature == columns) {
        const auto found = std::lower_bound(values.paths.begin(), values.paths.end(), from.threshold_[i]);
        coded.code.push_back(static_cast<std::uint32_t>(found - values.paths.begin()));
        continue;
      }
      const auto code = codec.code(feature, from.threshold_[i]);
      if (!code) {
        return error(errc::invalid_data, id, "a threshold of column " + std::to_string(feature) + " is beyond float32",
                     "set precision to rank or fixed16, or scale the column");
      }
      coded.code.push_back(*code);
    }
    packed_ = learned_array<std::uint8_t>(detail::write_trees(coded, codec, columns, values.paths.size()));
    const std::size_t entries = tables.table.size();
    threshold_table_ = precision == "fixed16" ? learned_array<double>(std::move(tables.table), {entries / 2, 2})
                                              : learned_array<double>(std::move(tables.table));
    table_start_ = learned_array<std::int32_t>(std::move(tables.start));
    path_ = learned_array<double>(std::move(values.paths));
    trees_kept_ = static_cast<std::int64_t>(from.tree_start_.size()) - 1;
    return {};
  };
  box_low_ = forest.box_low_;
  box_high_ = forest.box_high_;
  sample_size_ = forest.sample_size_;
  MILLWRIGHT_CHECK(encode(forest));
  MILLWRIGHT_TRY(isolation_forest unpacked, unpack());
  const auto found = detail::convergence_of(unpacked, rows, forest, pruning_tolerance);
  if (static_cast<std::int64_t>(found.trees) < trees_kept_) {
    MILLWRIGHT_CHECK(encode(detail::first_trees(forest, found.trees)));
    MILLWRIGHT_TRY(unpacked, unpack());
  }
  MILLWRIGHT_TRY(const auto before, detail::forest_scores(forest, rows));
  MILLWRIGHT_TRY(const auto after, detail::forest_scores(unpacked, rows));
  const auto loss = detail::compare_scores(before, after, contamination);
  if (!detail::all_finite(std::array{loss.worst_difference, loss.threshold})) {
    return error(errc::invalid_data, id, "rows lie so far outside of the training range that their scores are infinite",
                 "measure the loss on rows of normal operation");
  }
  standard_error_ = found.standard_error;
  worst_difference_ = loss.worst_difference;
  flip_rate_ = loss.flip_rate;
  score_threshold_ = loss.threshold;
  bytes_ = 0;
  for (const auto& tensor : get_model(*this)) bytes_ += tensor.shape.empty() ? 0 : static_cast<std::int64_t>(tensor.bytes.size());
  return {};
}

result<quantized_forest> quantized_forest::from_forest(const isolation_forest& forest, const const_rows& rows, quantized_forest settings) {
  MILLWRIGHT_CHECK(validate_params(settings));
  isolation_forest check = forest;
  workspace measure;
  MILLWRIGHT_CHECK(check.prepare({std::vector<column>(rows.columns)}, measure));
  detail::training_rows usable;
  MILLWRIGHT_CHECK(usable.observe(id, {std::vector<column>(rows.columns)}, rows));
  MILLWRIGHT_TRY(const row_table kept, usable.take(id, fewest_rows));
  quantized_forest packed;
  packed.precision = settings.precision;
  packed.pruning_tolerance = settings.pruning_tolerance;
  packed.contamination = settings.contamination;
  packed.trees = forest.trees;
  packed.samples = forest.samples;
  packed.max_depth = forest.max_depth;
  packed.out_of_box_weight = forest.out_of_box_weight;
  packed.seed = forest.seed;
  packed.threads = forest.threads;
  MILLWRIGHT_CHECK(packed.pack(forest, kept.view()));
  return packed;
}

result<void> quantized_forest::observe(const port& in, const const_rows& rows) { return training_.observe(id, in, rows); }
result<void> quantized_forest::merge(quantized_forest&& other) { return training_.merge(id, std::move(other.training_)); }

result<void> quantized_forest::finish() {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_TRY(const row_table rows, training_.take(id, fewest_rows));
  isolation_forest forest;
  forest.trees = trees;
  forest.samples = samples;
  forest.max_depth = max_depth;
  forest.out_of_box_weight = out_of_box_weight;
  forest.seed = seed;
  forest.threads = threads;
  MILLWRIGHT_CHECK(forest.observe({std::vector<column>(rows.columns())}, rows.view()));
  MILLWRIGHT_CHECK(forest.finish());
  return pack(forest, rows.view());
}

// ---- running ------------------------------------------------------------------------------------------------------------

namespace detail {

result<quantized_trees> read_quantized_trees(const quantized_forest& q) {
  const auto columns = q.box_low_.size();
  if (!q.packed_.is_set() || !q.path_.is_set() || !q.box_low_.is_set() || !q.box_high_.is_set()) {
    return error(errc::not_fitted, quantized_forest::id, "the packed forest has not learned yet", "fit the pipeline first");
  }
  if (columns == 0 || columns > 65534 || q.box_high_.size() != columns) return misfit("the packed forest's training box does not fit");
  if (q.path_.size() == 0 || !all_finite(q.path_.values()) || !std::is_sorted(q.path_.values().begin(), q.path_.values().end()))
    return misfit("the packed forest's path lengths do not fit");
  if (q.trees_kept_ < 1 || q.trees_kept_ > 10000) return misfit("the packed forest's number of trees is out of range");
  MILLWRIGHT_TRY(const auto codec,
                 threshold_codec::of(form_of(q.precision), columns, q.threshold_table_.values(), q.table_start_.values()));
  MILLWRIGHT_TRY(coded_trees trees,
                 read_trees(q.packed_.values(), codec, columns, q.path_.size(), static_cast<std::size_t>(q.trees_kept_)));
  return quantized_trees{codec, std::move(trees)};
}

}  // namespace detail

result<isolation_forest> quantized_forest::unpack() const {
  MILLWRIGHT_TRY(detail::quantized_trees read, detail::read_quantized_trees(*this));
  const std::size_t columns = box_low_.size();
  const std::size_t count = read.trees.code.size();
  std::vector<double> thresholds(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t feature = read.trees.node[2 * i];
    thresholds[i] = feature == columns ? path_[read.trees.code[i]] : read.codec.value(feature, read.trees.code[i]);
  }
  isolation_forest forest;
  forest.trees = trees_kept_;
  forest.samples = samples;
  forest.max_depth = max_depth;
  forest.out_of_box_weight = out_of_box_weight;
  forest.seed = seed;
  forest.threshold_ = learned_array<double>(std::move(thresholds));
  forest.node_ = learned_array<std::uint16_t>(std::move(read.trees.node), {count, 2});
  forest.tree_start_ = learned_array<std::int32_t>(std::move(read.trees.start));
  forest.box_low_ = box_low_;
  forest.box_high_ = box_high_;
  forest.sample_size_ = sample_size_;
  return forest;
}

result<port> quantized_forest::prepare(const port& in, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  if (packed_.is_set() && box_low_.is_set() && in.columns.size() != box_low_.size()) {
    return error(
        errc::incompatible, id,
        "the packed forest learned " + std::to_string(box_low_.size()) + " columns, the input has " + std::to_string(in.columns.size()),
        "use the features that it was fitted with");
  }
  if (!detail::all_finite(std::array{worst_difference_, flip_rate_, score_threshold_, standard_error_}))
    return misfit("the packed forest's measured loss is not finite");
  if (shared_ == nullptr) shared_ = std::make_shared<shared_forest>();  // moved from
  {
    const std::lock_guard hold(shared_->lock);
    if (!packed_.is_set() || !shared_->is_of(*this)) {
      MILLWRIGHT_TRY(shared_->forest, unpack());
      shared_->packed = packed_;
      shared_->table = threshold_table_;
      shared_->start = table_start_;
      shared_->path = path_;
      shared_->precision = precision;
      shared_->trees = trees_kept_;
    }
    forest_ = shared_->forest;
  }
  forest_.out_of_box_weight = out_of_box_weight;
  MILLWRIGHT_CHECK(forest_.prepare(in, memory));
  return port::of({std::string(id)});
}

}  // namespace millwright
