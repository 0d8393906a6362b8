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
#include "millwright/data/rows.hpp"

namespace millwright {

/// Which confirmed fault an alarm resembles: nearest shrunken centroids over the normalised deviations of events.
///
/// One row is one event (the mean of its windows, say), its values are deviations from normal operation in robust standard deviations,
/// as context_normalizer gives them. They enter as sign(x) log(1 + |x|) unless `compress` is off, so that a fault ten times as
/// strong stays near its own kind.
/// - Centroid of fault k, feature i: overall mean + m_k (s_i + s_0) soft(d_ik), where d_ik is the centroid's distance from the overall mean
///   in units of its standard error m_k (s_i + s_0), soft() draws it `shrinkage` units towards 0, s_i is the standard deviation within
///   faults, s_0 their median over features, m_k = sqrt(1 / n_k - 1 / n). Features that say nothing thereby drop out.
/// - Where s_i + s_0 is 0 or there are no two events of any fault, the unit is 1: deviations have that scale already.
/// - Distance: root of the sum of ((x_i - c_ik) / (s_i + s_0))^2. Similarity: cosine of x and c_k in these units, -1 to 1.
/// - A row whose nearest fault has a similarity below `min_similarity` is unlike all known faults.
/// Values that are not finite take no part. O(faults x features) a row.
/// Source: Tibshirani, Hastie, Narasimhan & Chu, PNAS 99 (2002).
class fault_signatures {
 public:
  static constexpr std::string_view id = "fault_signatures";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "Names the confirmed faults that an alarm resembles, by nearest shrunken centroids.";

  double shrinkage = 0.5;
  double min_similarity = 0.5;
  bool compress = true;

  std::vector<std::string> names;  ///< of the faults, in the order of their centroids
  learned_array<double> centroid_;
  learned_array<double> scale_;

  static constexpr auto params() {
    using self = fault_signatures;
    return std::tuple{
        number("shrinkage", &self::shrinkage, 0.5, 0, 1e6, unit::none, "standard errors by which centroids are drawn to their common mean"),
        number("min_similarity", &self::min_similarity, 0.5, -1, 1, unit::none, "cosine below which an event is unlike all known faults"),
        flag("compress", &self::compress, true, "whether deviations enter as sign(x) log(1 + |x|)"),
    };
  }
  static constexpr auto model() {
    using self = fault_signatures;
    return std::tuple{
        learned{"centroid", &self::centroid_, "shrunken centroid of each fault [faults, features]"},
        learned{"scale", &self::scale_, "unit of each feature, s_i + s_0 [features]"},
    };
  }

  static constexpr std::size_t most_faults = 64;
  static constexpr std::size_t most_features = 4096;
  static constexpr std::size_t most_events = 10000;

  struct hypothesis {
    std::uint32_t fault = 0;  ///< index into names
    double similarity = 0.0;
    double distance = 0.0;
  };

  /// `events`: one row each, all finite; `fault[e]` is the index of its fault in `fault_names`.
  /// Errors: parameters out of range; no event, no name, too many of either; a name without an event or twice; values that are not finite.
  result<void> fit(const const_rows& events, std::span<const std::uint32_t> fault, const std::vector<std::string>& fault_names);

  /// Whether names and arrays fit `features` columns; nearest may only be called on a model that passed.
  /// Errors: not fitted, another number of features, arrays that do not fit.
  [[nodiscard]] result<void> check(std::size_t features) const;

  /// The nearest faults, nearest first, at most out.size(); returns how many were written. 0: no value is finite.
  std::size_t nearest(std::span<const double> row, std::span<hypothesis> out) const noexcept;
  /// Whether the best hypothesis counts.
  [[nodiscard]] bool is_known(const hypothesis& best) const noexcept { return best.similarity >= min_similarity; }

  /// For each event, its nearest fault by signatures learned from all other events; names that no other event has take no part.
  /// Error: as fit, and fewer than 2 events.
  [[nodiscard]] result<std::vector<hypothesis>> leave_one_event_out(const const_rows& events, std::span<const std::uint32_t> fault,
                                                                    const std::vector<std::string>& fault_names) const;
};

}  // namespace millwright
