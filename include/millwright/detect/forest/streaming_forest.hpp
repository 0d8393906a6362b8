#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/statistics/training_rows.hpp"

namespace millwright::detail {

/// What the forests that learn while they score have in common: which rows they learn, the model and the way through a block.
///
/// The model is rows of normal operation: `reset` lets the forest learn them one after the other, so a stream starts where fitting
/// ended, and a hostile file can hold nothing worse than numbers. Trees see rows in units of the training box: 0 is the smallest,
/// 1 the largest training value of a column, limited to +-1e9; a column that did not vary is 0 and so plays no part.
///
/// A forest `Self` derives from this and gives, all noexcept and without allocation:
///   double score(std::span<const double> x)     of a row in box units, against the present state, which stays as it is
///   void learn_row(std::span<const double> x)   takes that row into the state; always after its score
class streaming_forest {
 public:
  std::string learn = "below";
  double learn_quantile = 0.99;
  std::int64_t seed = 0;

  learned_array<double> row_;
  learned_array<double> box_low_;
  learned_array<double> box_high_;
  double guard_ = 0.0;

  static auto params() {
    using self = streaming_forest;
    return std::tuple{
        choice("learn", &self::learn, "below", "below|always|never",
               "rows that a stream learns after scoring them: those that score no higher than the guard, all, or none"),
        number("learn_quantile", &self::learn_quantile, 0.99, 0.5, 1, unit::share,
               "the guard is this quantile of the scores of normal rows that were held out"),
        random_seed(&self::seed),
    };
  }
  static constexpr auto model() {
    using self = streaming_forest;
    return std::tuple{
        learned{"row", &self::row_, "rows of normal operation that a stream starts from [rows, columns]"},
        learned{"box_low", &self::box_low_, "smallest training value of each column"},
        learned{"box_high", &self::box_high_, "largest training value of each column"},
        learned{"guard", &self::guard_, "score above which a row is not learned, unless all are"},
    };
  }

  /// A stream scores against what was fitted from now on. Before prepare.
  void freeze() noexcept { learn = "never"; }

 protected:
  /// Checks the model. Errors: not fitted, another number of columns, arrays that do not fit.
  result<void> prepare_rows(std::string_view id, const port& in, std::size_t most_rows);
  /// Memory for the row in box units.
  void take_row(workspace& memory) noexcept { x_ = memory.carve_scratch<double>(columns_); }

  /// Row in box units into x_; false when a value is not finite.
  bool load(std::span<const double> row) noexcept;

  /// State of a stream that has learned the model's rows and nothing else; the forest is empty before.
  template <class Self>
  static void learn_model_rows(Self& self) noexcept {
    for (std::size_t r = 0; r < self.model_rows_; ++r) {
      self.load(self.row_.values().subspan(r * self.columns_, self.columns_));
      static_cast<void>(self.score(self.x_));
      self.learn_row(self.x_);
    }
  }

  template <class Self>
  static void process_rows(Self& self, const const_rows& in, const rows_view& out) noexcept {
    for (std::size_t r = 0; r < in.rows; ++r) {
      const bool not_scored = in.meta != nullptr && has(in.meta[r].quality, quality::not_scored);
      if (!self.load(in[r]) || not_scored) {
        out[r][0] = math::nan;
        continue;
      }
      const double score = self.score(self.x_);
      out[r][0] = score;
      if (self.learns_all_ || score <= self.limit_) self.learn_row(self.x_);
    }
  }

  std::size_t columns_ = 0;
  std::size_t model_rows_ = 0;
  bool learns_all_ = false;
  double limit_ = 0.0;   // rows that score higher are not learned; -infinity: none is
  std::span<double> x_;  // the row in hand, in box units; scratch
  training_rows training_;
};

}  // namespace millwright::detail
