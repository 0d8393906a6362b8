#include "millwright/detect/forest/forest_refresh.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millwright/numeric/random.hpp"

namespace millwright {

namespace {

constexpr std::string_view where = "refresh_forest";

/// Numbers that a forest holds for each node; what else it learns is put together one by one.
bool is_per_node(std::string_view name) { return name != "tree_start" && name != "box_low" && name != "box_high"; }

/// `older` from element `first` node on, then `newer`. Both hold some numbers for each node.
template <class T>
learned_array<T> joined(const learned_array<T>& older, std::size_t first, std::size_t older_nodes, const learned_array<T>& newer) {
  const std::size_t width = older.size() / older_nodes;
  const auto kept = older.values().subspan(first * width);
  std::vector<T> values(kept.begin(), kept.end());
  values.insert(values.end(), newer.values().begin(), newer.values().end());
  std::vector<std::size_t> shape = older.shape();
  shape[0] = values.size() / width;
  return {std::move(values), std::move(shape)};
}

learned_array<double> moved(const learned_array<double>& from, const learned_array<double>& to, double share) {
  std::vector<double> values;
  for (std::size_t c = 0; c < from.size(); ++c) values.push_back(from[c] + share * (0.5 * to[c] - 0.5 * from[c]) * 2.0);
  return learned_array<double>(std::move(values));
}

/// Settings of one forest in another. Not a copy: what a forest computes from its model belongs to that model.
void copy_params(const isolation_forest& from, isolation_forest& to) {
  for_each_descriptor(isolation_forest::params(), [&](const auto& p) { to.*(p.member) = from.*(p.member); });
}

}  // namespace

result<isolation_forest> refresh_forest(const isolation_forest& fitted, const const_rows& rows, const forest_refresh& how) {
  if (!(how.share > 0.0 && how.share <= 1.0)) {
    return error(errc::invalid_argument, where, "the share of trees is " + std::to_string(how.share) + ", it should be in (0, 1]",
                 "1 / 30 replaces all trees in about thirty refreshes");
  }
  port in;
  in.columns.resize(rows.columns);
  {
    isolation_forest checked = fitted;
    workspace measure;
    MILLWRIGHT_CHECK(checked.prepare(in, measure));
  }
  const std::size_t count = fitted.tree_start_.size() - 1;
  const auto replaced =
      std::clamp<std::size_t>(static_cast<std::size_t>(std::floor(how.share * static_cast<double>(count) + 0.5)), 1, count);

  isolation_forest grown;
  copy_params(fitted, grown);
  grown.trees = static_cast<std::int64_t>(replaced);
  grown.samples = fitted.sample_size_;
  // Streams of the forest's seed number its own trees; generations get seeds of their own, 53 bits as parameters have.
  random_stream seeds(static_cast<std::uint64_t>(fitted.seed), (std::uint64_t{1} << 63) + how.generation);
  grown.seed = static_cast<std::int64_t>(seeds.next_u64() >> 11);
  MILLWRIGHT_CHECK(grown.observe(in, rows));
  MILLWRIGHT_CHECK(grown.finish());
  if (grown.sample_size_ != fitted.sample_size_) {
    return error(errc::invalid_data, where,
                 "there are " + std::to_string(grown.sample_size_) + " usable rows; a tree of this forest samples " +
                     std::to_string(fitted.sample_size_),
                 "collect more rows before the refresh");
  }

  isolation_forest next;
  copy_params(fitted, next);
  const std::size_t nodes = fitted.threshold_.size();
  const auto first = static_cast<std::size_t>(fitted.tree_start_[replaced]);
  result<void> verdict;
  for_each_descriptor(isolation_forest::model(), [&](const auto& m) {
    using V = typename std::remove_cvref_t<decltype(m)>::value_type;
    if constexpr (!std::is_arithmetic_v<V>) {
      const V& older = fitted.*(m.member);
      const V& newer = grown.*(m.member);
      if (!verdict || !is_per_node(m.name) || !(older.is_set() || newer.is_set())) return;
      if (!older.is_set() || !newer.is_set() || older.shape().empty() || older.shape()[0] != nodes) {
        verdict = error(errc::incompatible, where,
                        "the forest's array \"" + std::string(m.name) + "\" is not one that fitting with its settings gives",
                        "refresh forests that were fitted by this version, not imported ones");
        return;
      }
      next.*(m.member) = joined(older, first, nodes, newer);
    }
  });
  MILLWRIGHT_CHECK(verdict);

  std::vector<std::int32_t> starts;
  for (std::size_t t = replaced; t <= count; ++t) starts.push_back(fitted.tree_start_[t] - fitted.tree_start_[replaced]);
  const std::int32_t kept = starts.back();
  for (std::size_t t = 1; t < grown.tree_start_.size(); ++t) starts.push_back(kept + grown.tree_start_[t]);
  next.tree_start_ = learned_array<std::int32_t>(std::move(starts));
  next.box_low_ = moved(fitted.box_low_, grown.box_low_, how.share);
  next.box_high_ = moved(fitted.box_high_, grown.box_high_, how.share);
  next.sample_size_ = fitted.sample_size_;
  return next;
}

}  // namespace millwright
