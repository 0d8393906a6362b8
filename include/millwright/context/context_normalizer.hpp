#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/statistics/training_rows.hpp"

namespace millwright {

/// Makes features comparable across operating points: finds the row's regime from its context columns, then gives
/// z = (x - location) / scale with that regime's median and 1.4826 MAD.
///
/// Rows in, rows out: every column that is neither marked as context nor named in `by`, in order. Writes row_meta::regime.
/// - Regimes: k-means over standardised context, numbered by ascending centre; or a grid of bins that the user gives.
///   Without `by` there is one regime. A regime with fewer than `min_rows` training rows uses location and scale of all rows.
/// - A context that training never saw (too far from the nearest centre, outside the grid, in an empty bin): the row gets
///   quality::novel_context and quality::not_scored, regime -1 and NaN values. A context that is not finite: the same with
///   quality::undefined_feature.
/// - A feature that did not vary in a regime (MAD and standard deviation at most 1e-12 |median|) has scale 0 there and comes out
///   as 0, whatever its value: it cannot be compared with anything. `inactive` lists such features.
/// - A value that is not finite comes out as NaN.
/// O(columns + regimes x context columns) a row; no state.
/// Sources: k-means++, Arthur & Vassilvitskii, SODA 2007; median and MAD, Rousseeuw & Croux, JASA 1993.
class context_normalizer {
 public:
  static constexpr std::string_view id = "context_normalizer";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::normalizer;
  static constexpr std::string_view doc =
      "Normalises features by the operating regime: robust location and scale for each regime of context.";

  std::vector<std::string> by;
  std::string method = "kmeans";
  std::int64_t regimes = 4;
  std::vector<double> edges;
  std::vector<double> edge_counts;
  std::int64_t min_rows = 30;
  double novelty_factor = 1.5;
  double novelty_margin = 0.5;

  learned_array<double> location_;
  learned_array<double> scale_;
  learned_array<std::int64_t> rows_;
  learned_array<double> centers_;
  learned_array<double> context_location_;
  learned_array<double> context_scale_;
  learned_array<double> novelty_limit_;

  static auto params() {
    using self = context_normalizer;
    return std::tuple{
        names("by", &self::by, "context columns that define the regimes; \"speed\" stands for \"speed.mean\"; empty: one regime"),
        choice("method", &self::method, "kmeans", "kmeans|bins", "how regimes are formed"),
        integer("regimes", &self::regimes, 4, 1, 256, unit::none,
                "regimes that k-means looks for; fewer where the context has fewer distinct values"),
        numbers("edges", &self::edges, -1e300, 1e300, unit::channel_unit,
                "bin edges, ascending; for several context columns one list after the other, in the order of `by`"),
        numbers("edge_counts", &self::edge_counts, 2, 4097, unit::none,
                "edges that belong to each context column; may be empty for one column"),
        integer("min_rows", &self::min_rows, 30, 2, 1000000000, unit::window,
                "training rows below which a regime uses location and scale of all rows"),
        number("novelty_factor", &self::novelty_factor, 1.5, 1, 1e9, unit::none,
               "context is novel beyond this many times the largest distance that training rows of the regime have from its centre"),
        number("novelty_margin", &self::novelty_margin, 0.5, 0, 1e9, unit::none,
               "smallest such limit, in standard deviations of the context (at least 4 % of its mean)"),
    };
  }
  static auto model() {
    using self = context_normalizer;
    return std::tuple{
        learned{"location", &self::location_, "median of each feature in each regime [regimes, features]"},
        learned{"scale", &self::scale_, "1.4826 MAD of each feature in each regime; 0: inactive [regimes, features]"},
        learned{"rows", &self::rows_, "training rows of each regime [regimes]"},
        learned{"centers", &self::centers_, "regime centres in standardised context [regimes, context columns]; k-means only"},
        learned{"context_location", &self::context_location_, "mean of each context column; k-means only"},
        learned{"context_scale", &self::context_scale_, "scale of each context column; k-means only"},
        learned{"novelty_limit", &self::novelty_limit_, "distance from its centre up to which a regime is known [regimes]; k-means only"},
    };
  }

  /// Errors: `by` names no column, no column is left to normalise, edges that do not fit, not fitted, a model that does not fit.
  result<port> prepare(const port& in, workspace& memory);
  void reset() noexcept {}
  void process(const const_rows& in, const rows_view& out) const noexcept;

  result<void> observe(const port& in, const const_rows& rows);
  result<void> merge(context_normalizer&& other);
  /// Errors: fewer than 5 usable rows, no row inside the bins.
  result<void> finish();

  [[nodiscard]] std::size_t regime_count() const noexcept { return rows_.size(); }
  /// Features (columns of the output) that do not vary in regime r.
  [[nodiscard]] std::vector<std::size_t> inactive(std::size_t regime) const;

 private:
  static constexpr std::int32_t novel = -1;
  static constexpr std::int32_t undefined = -2;

  result<void> plan(const port& in);
  result<void> check_parameters() const;
  [[nodiscard]] std::size_t cells() const noexcept;
  [[nodiscard]] result<void> check_model() const;
  template <class ContextAt>
  [[nodiscard]] std::int32_t bin_of(ContextAt&& context_at) const noexcept;
  template <class ContextAt>
  [[nodiscard]] std::int32_t nearest_of(ContextAt&& context_at) const noexcept;
  [[nodiscard]] std::int32_t regime_of(std::span<const double> row) const noexcept;
  std::vector<std::int32_t> learn_bins(const row_table& rows);
  std::vector<std::int32_t> learn_kmeans(const row_table& rows);
  void learn_scales(const row_table& rows, std::span<const std::int32_t> regime, std::size_t count);

  std::vector<std::uint32_t> context_;   // columns of the input behind `by`
  std::vector<std::uint32_t> features_;  // columns of the input that are normalised
  detail::training_rows training_;       // context columns, then features
};

static_assert(learner<context_normalizer>);

}  // namespace millwright
