#include "millwright/context/context_normalizer.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/nearest_name.hpp"
#include "millwright/numeric/math.hpp"
#include "statistics/kmeans.hpp"
#include "statistics/robust_scale.hpp"

namespace millwright {

namespace {

constexpr std::size_t fewest_rows = 5;
constexpr std::size_t most_regimes = 4096;
constexpr double relative_context_scale = 0.04;  // of the mean: so that steady running does not make every small change novel

error refuse(std::string_view what, std::string_view mend, errc code = errc::invalid_argument) {
  return {code, context_normalizer::id, what, mend};
}

error misfit(std::string_view what) { return refuse(what, "save the bundle again from the fitted pipeline", errc::corrupt_file); }

}  // namespace

// ---- which columns ------------------------------------------------------------------------------------------------------

result<void> context_normalizer::plan(const port& in) {
  context_.clear();
  features_.clear();
  std::vector<bool> is_context(in.columns.size());
  for (std::size_t c = 0; c < in.columns.size(); ++c) is_context[c] = in.columns[c].is_context;
  for (const auto& name : by) {
    const auto named = [&](std::string_view wanted) {
      return std::find_if(in.columns.begin(), in.columns.end(), [&](const column& c) { return c.name == wanted; });
    };
    auto found = named(name);
    if (found == in.columns.end()) found = named(name + ".mean");
    if (found == in.columns.end()) {
      std::vector<std::string_view> known;
      for (const auto& c : in.columns) known.push_back(c.name);
      return refuse("`by` names \"" + name + "\", but there is no column of that name, nor \"" + name + ".mean\"",
                    detail::suggestion(name, known));
    }
    const auto index = static_cast<std::uint32_t>(found - in.columns.begin());
    if (std::find(context_.begin(), context_.end(), index) != context_.end())
      return refuse("`by` names \"" + name + "\" twice", "name it once");
    context_.push_back(index);
    is_context[index] = true;
  }
  for (std::size_t c = 0; c < in.columns.size(); ++c) {
    if (!is_context[c]) features_.push_back(static_cast<std::uint32_t>(c));
  }
  if (features_.empty())
    return refuse("every column describes context, none is left to normalise", "add features of channels that are not context");
  return {};
}

result<void> context_normalizer::check_parameters() const {
  MILLWRIGHT_CHECK(validate_params(*this));
  if (method != "bins" || by.empty()) return {};
  std::vector<double> counts = edge_counts;
  if (counts.empty() && by.size() == 1) counts = {static_cast<double>(edges.size())};
  if (counts.size() != by.size()) {
    return refuse("there are " + std::to_string(counts.size()) + " edge_counts for " + std::to_string(by.size()) + " context columns",
                  "give for each column of `by` the number of its edges");
  }
  std::size_t start = 0;
  std::size_t product = 1;
  for (double c : counts) {
    const auto count = static_cast<std::size_t>(c);
    if (static_cast<double>(count) != c || count < 2 || count > edges.size() - start) {
      return refuse("the " + std::to_string(edges.size()) + " edges do not match edge_counts",
                    "give at least 2 edges for each context column, one list after the other");
    }
    for (std::size_t i = start + 1; i < start + count; ++i) {
      if (!(edges[i - 1] < edges[i]))
        return refuse("bin edges must ascend, but edge " + std::to_string(i) + " does not exceed the one before",
                      "sort them and remove repetitions");
    }
    start += count;
    product *= count - 1;
    if (product > most_regimes)
      return refuse("the bins make more than " + std::to_string(most_regimes) + " regimes", "use fewer bins", errc::limit_exceeded);
  }
  if (start != edges.size())
    return refuse("edge_counts cover " + std::to_string(start) + " of " + std::to_string(edges.size()) + " edges",
                  "let them sum to the number of edges");
  return {};
}

std::size_t context_normalizer::cells() const noexcept {
  if (by.size() == 1) return edges.size() - 1;
  std::size_t product = 1;
  for (double c : edge_counts) product *= static_cast<std::size_t>(c) - 1;
  return product;
}

result<void> context_normalizer::check_model() const {
  if (!rows_.is_set() || !location_.is_set() || !scale_.is_set())
    return refuse("the normaliser has not learned yet", "fit the pipeline first", errc::not_fitted);
  const std::size_t count = rows_.size();
  const std::size_t width = context_.size();
  const bool bins = method == "bins" && width > 0;
  if (count == 0 || count > most_regimes || (bins && count != cells())) return misfit("the normaliser's regimes do not fit its parameters");
  if (location_.size() % count != 0 || location_.size() != scale_.size()) return misfit("the normaliser's arrays disagree in size");
  if (location_.size() / count != features_.size()) {
    return refuse("the normaliser learned " + std::to_string(location_.size() / count) + " features, the input has " +
                      std::to_string(features_.size()),
                  "use the features that it was fitted with", errc::incompatible);
  }
  if (!detail::all_finite(location_.values()) || !detail::all_finite(scale_.values()))
    return misfit("the normaliser holds values that are not finite");
  for (double s : scale_.values()) {
    if (s < 0.0) return misfit("the normaliser holds a negative scale");
  }
  for (auto n : rows_.values()) {
    if (n < 0) return misfit("the normaliser holds a negative number of rows");
  }
  if (bins) return {};
  if (centers_.size() != count * width || context_location_.size() != width || context_scale_.size() != width ||
      novelty_limit_.size() != count) {
    return misfit("the normaliser's regimes do not fit its context columns");
  }
  if (!detail::all_finite(centers_.values()) || !detail::all_finite(context_location_.values()) ||
      !detail::all_finite(context_scale_.values())) {
    return misfit("the normaliser's regimes are not finite");
  }
  for (double s : context_scale_.values()) {
    if (!(s > 0.0)) return misfit("the normaliser holds a context scale that is not positive");
  }
  for (double limit : novelty_limit_.values()) {
    if (!(limit >= 0.0)) return misfit("the normaliser holds a novelty limit that is not positive");
  }
  return {};
}

// ---- which regime -------------------------------------------------------------------------------------------------------

/// context_at(c) is the value of the c-th context column. Bins hold their lower edge; the last one of a column its upper one too.
template <class ContextAt>
std::int32_t context_normalizer::bin_of(ContextAt&& context_at) const noexcept {
  std::size_t cell = 0;
  std::size_t start = 0;
  for (std::size_t c = 0; c < by.size(); ++c) {
    const std::size_t count = by.size() == 1 ? edges.size() : static_cast<std::size_t>(edge_counts[c]);
    const double x = context_at(c);
    if (!(x - x == 0.0)) return undefined;
    const double* first = edges.data() + start;
    const double* last = first + count;
    if (x < *first || x > last[-1]) return novel;
    const auto bin = static_cast<std::size_t>(std::upper_bound(first, last - 1, x) - first) - 1;
    cell = cell * (count - 1) + std::min(bin, count - 2);
    start += count;
  }
  return static_cast<std::int32_t>(cell);
}

template <class ContextAt>
std::int32_t context_normalizer::nearest_of(ContextAt&& context_at) const noexcept {
  const std::size_t width = context_location_.size();
  if (width == 0) return 0;
  for (std::size_t c = 0; c < width; ++c) {
    if (const double x = context_at(c); !(x - x == 0.0)) return undefined;
  }
  std::int32_t best = novel;
  double best_distance = math::infinity;
  for (std::size_t r = 0; r < novelty_limit_.size(); ++r) {
    double distance = 0.0;
    for (std::size_t c = 0; c < width; ++c) {
      const double d = (context_at(c) - context_location_[c]) / context_scale_[c] - centers_[r * width + c];
      distance += d * d;
    }
    if (distance < best_distance) {
      best_distance = distance;
      best = static_cast<std::int32_t>(r);
    }
  }
  if (best == novel || std::sqrt(best_distance) > novelty_limit_[static_cast<std::size_t>(best)]) return novel;
  return best;
}

std::int32_t context_normalizer::regime_of(std::span<const double> row) const noexcept {
  const auto at = [&](std::size_t c) { return row[context_[c]]; };
  if (method != "bins" || context_.empty()) return nearest_of(at);
  const std::int32_t bin = bin_of(at);
  return bin >= 0 && rows_[static_cast<std::size_t>(bin)] == 0 ? novel : bin;
}

// ---- running ------------------------------------------------------------------------------------------------------------

result<port> context_normalizer::prepare(const port& in, workspace&) {
  MILLWRIGHT_CHECK(check_parameters());
  MILLWRIGHT_CHECK(plan(in));
  MILLWRIGHT_CHECK(check_model());
  port out;
  for (auto f : features_) out.columns.push_back({in.columns[f].name, false});
  return out;
}

void context_normalizer::process(const const_rows& in, const rows_view& out) const noexcept {
  for (std::size_t r = 0; r < in.rows; ++r) {
    const auto row = in[r];
    const auto z = out[r];
    row_meta meta = in.meta != nullptr ? in.meta[r] : row_meta{};
    const std::int32_t regime = regime_of(row);
    if (regime < 0) {
      meta.quality |= bits(quality::not_scored) | bits(regime == novel ? quality::novel_context : quality::undefined_feature);
      meta.regime = -1;
      std::fill(z.begin(), z.end(), math::nan);
    } else {
      meta.regime = regime;
      const std::size_t first = static_cast<std::size_t>(regime) * features_.size();
      const double* location = location_.data() + first;
      const double* scale = scale_.data() + first;
      for (std::size_t f = 0; f < features_.size(); ++f) {
        const double x = row[features_[f]];
        if (!(x - x == 0.0)) {
          z[f] = math::nan;
        } else {
          z[f] = scale[f] > 0.0 ? (x - location[f]) / scale[f] : 0.0;
        }
      }
    }
    if (out.meta != nullptr) out.meta[r] = meta;
  }
}

// ---- fitting ------------------------------------------------------------------------------------------------------------

result<void> context_normalizer::observe(const port& in, const const_rows& rows) {
  MILLWRIGHT_CHECK(check_parameters());
  MILLWRIGHT_CHECK(plan(in));
  std::vector<std::uint32_t> chosen = context_;
  chosen.insert(chosen.end(), features_.begin(), features_.end());
  return training_.observe(id, in, rows, chosen);
}

result<void> context_normalizer::merge(context_normalizer&& other) {
  if (context_.empty() && features_.empty()) {
    context_ = other.context_;
    features_ = other.features_;
  }
  return training_.merge(id, std::move(other.training_));
}

result<void> context_normalizer::finish() {
  MILLWRIGHT_TRY(const row_table rows, training_.take(id, fewest_rows));
  centers_ = context_location_ = context_scale_ = novelty_limit_ = learned_array<double>(std::vector<double>());
  const bool bins = method == "bins" && !by.empty();
  const std::vector<std::int32_t> regime = bins ? learn_bins(rows) : learn_kmeans(rows);
  if (std::all_of(regime.begin(), regime.end(), [](std::int32_t g) { return g < 0; })) {
    return refuse("no training row lies inside the bins", "let `edges` span the context that was recorded", errc::invalid_data);
  }
  learn_scales(rows, regime, bins ? cells() : novelty_limit_.size());
  if (!check_model()) return refuse("the context values are too large to compute with", "give them in a larger unit", errc::invalid_data);
  return {};
}

std::vector<std::int32_t> context_normalizer::learn_bins(const row_table& rows) {
  std::vector<std::int32_t> regime(rows.rows());
  for (std::size_t r = 0; r < regime.size(); ++r) {
    regime[r] = bin_of([row = rows.view()[r]](std::size_t c) { return row[c]; });
  }
  return regime;
}

std::vector<std::int32_t> context_normalizer::learn_kmeans(const row_table& rows) {
  const std::size_t width = by.size();
  const std::size_t n = rows.rows();
  if (width == 0) {
    novelty_limit_ = learned_array<double>(std::vector<double>{0.0});
    centers_ = learned_array<double>(std::vector<double>(), {1, 0});
    return std::vector<std::int32_t>(n, 0);
  }
  std::vector<double> location(width);
  std::vector<double> scale(width);
  for (std::size_t c = 0; c < width; ++c) {
    double sum = 0.0;
    for (std::size_t r = 0; r < n; ++r) sum += rows.view()[r][c];
    location[c] = sum / static_cast<double>(n);
    double squares = 0.0;
    for (std::size_t r = 0; r < n; ++r) squares += (rows.view()[r][c] - location[c]) * (rows.view()[r][c] - location[c]);
    scale[c] = std::max(std::sqrt(squares / static_cast<double>(n)), relative_context_scale * std::fabs(location[c]));
    if (!(scale[c] > 0.0)) scale[c] = 1.0;
  }
  std::vector<double> points(n * width);
  for (std::size_t r = 0; r < n; ++r) {
    for (std::size_t c = 0; c < width; ++c) points[r * width + c] = (rows.view()[r][c] - location[c]) / scale[c];
  }
  detail::kmeans_model found = detail::kmeans(points, width, static_cast<std::size_t>(regimes));
  const std::size_t count = found.count();
  std::vector<double> limit(count, 0.0);
  for (std::size_t r = 0; r < n; ++r) {
    const auto g = static_cast<std::size_t>(found.nearest[r]);
    limit[g] = std::max(limit[g], std::sqrt(detail::squared_distance(&points[r * width], &found.centers[g * width], width)));
  }
  for (double& l : limit) l = std::max(novelty_factor * l, novelty_margin);
  context_location_ = learned_array<double>(std::move(location));
  context_scale_ = learned_array<double>(std::move(scale));
  novelty_limit_ = learned_array<double>(std::move(limit));
  centers_ = learned_array<double>(std::move(found.centers), {count, width});
  return std::move(found.nearest);
}

void context_normalizer::learn_scales(const row_table& rows, std::span<const std::int32_t> regime, std::size_t count) {
  const std::size_t width = by.size();
  const std::size_t features = rows.columns() - width;
  std::vector<std::int64_t> members(count, 0);
  for (auto g : regime) {
    if (g >= 0) ++members[static_cast<std::size_t>(g)];
  }
  std::vector<double> location(count * features);
  std::vector<double> scale(count * features);
  std::vector<double> column(rows.rows());
  std::vector<std::vector<double>> split(count);
  for (std::size_t f = 0; f < features; ++f) {
    for (auto& s : split) s.clear();
    for (std::size_t r = 0; r < rows.rows(); ++r) {
      column[r] = rows.view()[r][width + f];
      if (regime[r] >= 0) split[static_cast<std::size_t>(regime[r])].push_back(column[r]);
    }
    const detail::robust_spread all = detail::robust_spread_of(column);
    for (std::size_t g = 0; g < count; ++g) {
      const detail::robust_spread own = members[g] < min_rows ? all : detail::robust_spread_of(split[g]);
      location[g * features + f] = own.location;
      scale[g * features + f] = own.scale;
    }
  }
  location_ = learned_array<double>(std::move(location), {count, features});
  scale_ = learned_array<double>(std::move(scale), {count, features});
  rows_ = learned_array<std::int64_t>(std::move(members));
}

std::vector<std::size_t> context_normalizer::inactive(std::size_t regime) const {
  std::vector<std::size_t> list;
  const std::size_t features = rows_.size() > 0 ? scale_.size() / rows_.size() : 0;
  for (std::size_t f = 0; f < features && regime < rows_.size(); ++f) {
    if (scale_[regime * features + f] == 0.0) list.push_back(f);
  }
  return list;
}

}  // namespace millwright
