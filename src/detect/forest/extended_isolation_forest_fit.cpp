#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "detect/forest/forest_growth.hpp"
#include "detect/forest/hyperplane_builder.hpp"
#include "detect/forest/row_sampler.hpp"
#include "millwright/detect/forest/extended_isolation_forest.hpp"

namespace millwright {

namespace {

constexpr std::size_t fewest_rows = 8;
constexpr std::size_t most_columns = 65535;
constexpr double categories = 64.0;

error bad_data(const std::string& what, std::string_view mend) { return {errc::invalid_data, extended_isolation_forest::id, what, mend}; }

/// 1 for the named columns.
result<std::vector<std::uint8_t>> find_columns(const std::vector<std::string>& named, const std::vector<std::string>& columns) {
  std::vector<std::uint8_t> chosen(columns.size(), 0);
  for (const auto& name : named) {
    const auto at = std::find(columns.begin(), columns.end(), name);
    if (at == columns.end()) {
      return error(errc::invalid_argument, extended_isolation_forest::id,
                   "`categorical` names \"" + name + "\", but there is no such column", "name columns of the training rows");
    }
    chosen[static_cast<std::size_t>(at - columns.begin())] = 1;
  }
  return chosen;
}

result<void> check_categories(const const_rows& rows, std::size_t column, const std::string& name) {
  for (std::size_t r = 0; r < rows.rows; ++r) {
    const double v = rows[r][column];
    if (v != v || (v >= 0.0 && v < categories && v == static_cast<double>(static_cast<unsigned>(v)))) continue;
    return bad_data("column \"" + name + "\" holds " + std::to_string(v) + ", which is no category", "number categories 0, 1, .. up to 63");
  }
  return {};
}

/// Median of the known values, of an even number the lower one; of categories the most frequent, of equals the first.
double stand_in(const const_rows& rows, std::size_t column, bool is_categorical) {
  std::vector<double> known;
  for (std::size_t r = 0; r < rows.rows; ++r) {
    if (rows[r][column] == rows[r][column]) known.push_back(rows[r][column]);
  }
  if (known.empty()) return 0.0;
  std::sort(known.begin(), known.end());
  if (!is_categorical) return known[(known.size() - 1) / 2];
  double best = known[0];
  std::size_t most = 0;
  for (std::size_t i = 0; i < known.size();) {
    std::size_t end = i;
    while (end < known.size() && known[end] == known[i]) ++end;
    if (end - i > most) {
      most = end - i;
      best = known[i];
    }
    i = end;
  }
  return best;
}

template <class T>
void append(std::vector<T>& all, const std::vector<T>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

result<void> extended_isolation_forest::observe(const port& in, const const_rows& rows) {
  return training_.observe(id, in, rows, {}, {missing != "refuse", true});
}
result<void> extended_isolation_forest::merge(extended_isolation_forest&& other) { return training_.merge(id, std::move(other.training_)); }

result<void> extended_isolation_forest::finish() {
  MILLWRIGHT_CHECK(check_options());
  const std::vector<std::string> names = training_.names();
  MILLWRIGHT_TRY(row_table rows, training_.take(id, fewest_rows));
  const std::size_t width = rows.columns();
  if (width > most_columns) {
    return error(errc::limit_exceeded, id,
                 "there are " + std::to_string(width) + " columns; the isolation forest takes " + std::to_string(most_columns),
                 "choose fewer features");
  }
  const rows_view data = rows.view();
  detail::hyperplane_options options;
  MILLWRIGHT_TRY(options.is_categorical, find_columns(categorical, names));

  // Bounds of the known values; a column without any has none to leave.
  std::vector<double> low(width, std::numeric_limits<double>::max());
  std::vector<double> high(width, std::numeric_limits<double>::lowest());
  std::vector<double> fill(width, 0.0);
  bool varies = false;
  for (std::size_t c = 0; c < width; ++c) {
    const bool is_categorical = options.is_categorical[c] != 0;
    if (is_categorical) MILLWRIGHT_CHECK(check_categories(data, c, names[c]));
    if (missing == "impute") fill[c] = stand_in(data, c, is_categorical);
    for (std::size_t r = 0; r < data.rows; ++r) {
      double& v = data[r][c];
      if (v != v) {
        if (missing == "impute") v = fill[c];
        continue;
      }
      low[c] = std::min(low[c], v);
      high[c] = std::max(high[c], v);
    }
    if (low[c] > high[c]) low[c] = high[c] = 0.0;
    varies |= low[c] < high[c];
  }
  if (!varies) {
    return bad_data("no column varies over the " + std::to_string(data.rows) + " training rows",
                    "record normal operation long enough for features to vary");
  }
  MILLWRIGHT_TRY(const std::vector<double> weights, detail::drawing_weights(id, data, samples));

  sample_size_ = std::min(samples, static_cast<std::int64_t>(data.rows));
  options.samples = static_cast<std::size_t>(sample_size_);
  options.max_depth = max_depth.is("unlimited") ? static_cast<std::size_t>(sample_size_)
                                                : static_cast<std::size_t>(max_depth.number_or(std::bit_width(options.samples - 1)));
  options.dimensions = static_cast<std::size_t>(dimensions);
  options.tries = static_cast<std::size_t>(tries);
  options.normal_coefficients = coefficients == "normal";
  options.columns_by_range = column_choice == "range";
  options.missing_goes_larger = missing == "larger";
  options.split = split == "random"          ? detail::split_choice::random
                  : split == "averaged_gain" ? detail::split_choice::averaged_gain
                                             : detail::split_choice::pooled_gain;
  options.leaf = scoring == "depth"            ? detail::leaf_meaning::depth
                 : scoring == "adjusted_depth" ? detail::leaf_meaning::adjusted_depth
                 : scoring == "density"        ? detail::leaf_meaning::density
                 : scoring == "boxed_density"  ? detail::leaf_meaning::boxed_density
                                               : detail::leaf_meaning::boxed_ratio;
  options.seed = static_cast<std::uint64_t>(seed);
  const std::vector<std::uint8_t> is_categorical = options.is_categorical;
  const detail::hyperplane_builder builder(data, weights, std::move(options));
  const auto built = builder.build(static_cast<std::size_t>(trees), detail::threads_of(threads));

  std::size_t terms = 0;
  for (const auto& tree : built) terms += tree.term_column.size();
  if (terms > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    return error(errc::limit_exceeded, id, "the forest would have " + std::to_string(terms) + " terms",
                 "choose fewer trees, samples or dimensions");
  }
  detail::hyperplane_tree all;
  std::vector<std::int32_t> tree_start{0};
  std::vector<std::int32_t> term_start{0};
  for (const auto& tree : built) {
    append(all.threshold, tree.threshold);
    append(all.child, tree.child);
    append(all.left_share, tree.left_share);
    append(all.cover, tree.cover);
    append(all.range, tree.range);
    append(all.categories_left, tree.categories_left);
    append(all.term_column, tree.term_column);
    append(all.term_coefficient, tree.term_coefficient);
    append(all.term_center, tree.term_center);
    for (const std::int32_t n : tree.terms) term_start.push_back(term_start.back() + n);
    tree_start.push_back(static_cast<std::int32_t>(all.threshold.size()));
  }
  // Only what the options need is kept.
  const auto kept = []<class T>(bool needed, std::vector<T> values) {
    return needed ? learned_array<T>(std::move(values)) : learned_array<T>();
  };
  const bool divides = missing == "divide" || missing == "larger";
  threshold_ = learned_array(std::move(all.threshold));
  child_ = learned_array(std::move(all.child));
  tree_start_ = learned_array(std::move(tree_start));
  term_start_ = learned_array(std::move(term_start));
  term_column_ = learned_array(std::move(all.term_column));
  term_coefficient_ = learned_array(std::move(all.term_coefficient));
  term_center_ = learned_array(std::move(all.term_center));
  left_share_ = kept(divides, std::move(all.left_share));
  cover_ = kept(explanation == "shap", std::move(all.cover));
  range_ = kept(penalize_range, std::move(all.range));
  categories_left_ = kept(!categorical.empty(), std::move(all.categories_left));
  is_categorical_ = kept(!categorical.empty(), is_categorical);
  fill_ = kept(missing == "impute", std::move(fill));
  box_low_ = learned_array(std::move(low));
  box_high_ = learned_array(std::move(high));
  return {};
}

}  // namespace millwright
