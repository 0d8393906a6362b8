#pragma once

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
#include "millwright/statistics/standardizer.hpp"
#include "millwright/statistics/training_rows.hpp"

namespace millwright {

namespace detail {
struct kernel_table;
}

/// Auto-associative kernel regression: what each column should be, given rows like this one. Rows in, one score per row out: the norm of
/// the residual, each column's in units of its root mean square over training rows, estimated in five blocks by memories of the others.
///
/// A memory of training rows stands for normal operation. With w_i = exp(-d_i^2 / (2 bandwidth^2)) of the distance to memory row m_i, in
/// scales of the columns, the estimate is
///
///   aakr:  sum w_i m_i / sum w_i               a mean of similar rows: stays within the memory, whatever the row
///   mset:  sum w_i r_i, R = (K + ridge I)^-1 M   the similarity operator of MSET with the Gaussian as similarity: interpolates between
///                                              rows, falls to the centre far from all of them
///
/// Columns that do not vary take no part; a row with a value that is not finite scores NaN.
/// O(memory x columns) a row; memory of one row and its weights. Fitting, six times: O(rows x memory x columns), for mset + O(memory^3).
/// Sources: Hines, Garvey & Seibert, NUREG/CR-6895 vol. 3 (2008); Singer, Gross, Herzog, King & Wegerich, MSET, 1997; memory by k-centre,
/// Gonzalez 1985, or by min-max and vector ordering, as NUREG/CR-6895.
class aakr {
 public:
  static constexpr std::string_view id = "aakr";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::detector;
  static constexpr std::string_view doc =
      "Auto-associative kernel regression (AAKR, MSET): rows that differ from their estimate by similar rows score high.";

  std::string method = "aakr";
  std::string selection = "k_center";
  std::int64_t max_memory = 256;
  double bandwidth = 0.0;
  double ridge = 1e-3;
  std::string scaling = "standard";

  learned_array<double> center_;
  learned_array<double> scale_;
  learned_array<double> memory_;
  learned_array<double> response_;
  learned_array<double> residual_scale_;
  double bandwidth_ = 0.0;

  static auto params() {
    using self = aakr;
    return std::tuple{
        choice("method", &self::method, "aakr", "aakr|mset",
               "estimate by a weighted mean of the memory, or by the inverse of its similarities"),
        choice("selection", &self::selection, "k_center", "k_center|min_max",
               "memory: rows that cover the others, or those with each column's extremes and more at even steps of their norm"),
        integer("max_memory", &self::max_memory, 256, 2, 2048, unit::none, "most rows in the memory"),
        number("bandwidth", &self::bandwidth, 0.0, 0, 1e6, unit::none,
               "width of the Gaussian in standardised distance; 0: the one of nine that best estimates blocks of training rows from the "
               "others"),
        number("ridge", &self::ridge, 1e-3, 1e-9, 1e3, unit::none, "added to the diagonal of the similarities; mset only"),
        choice("scaling", &self::scaling, "standard", "standard|robust",
               "scale of a column: mean and standard deviation, or median and 1.4826 MAD"),
    };
  }
  static auto model() {
    using self = aakr;
    return std::tuple{
        learned{"center", &self::center_, "location of each column [columns]"},
        learned{"scale", &self::scale_, "spread of each column; 0: not used [columns]"},
        learned{"memory", &self::memory_, "standardised memory rows, column by column [used columns, memory]"},
        learned{"response", &self::response_, "(K + ridge I)^-1 memory; mset only [used columns, memory]"},
        learned{"residual_scale", &self::residual_scale_, "root mean square residual of each used column"},
        learned{"bandwidth_used", &self::bandwidth_, "width of the Gaussian"},
    };
  }

  /// Output: one column "aakr". Errors: not fitted, another number of columns, a model that does not fit.
  result<port> prepare(const port& in, workspace& memory);
  void take(workspace& memory) noexcept;
  void reset() noexcept {}
  void process(const const_rows& in, const rows_view& out) noexcept;

  result<void> observe(const port& in, const const_rows& rows) { return training_.observe(id, in, rows); }
  result<void> merge(aakr&& other) { return training_.merge(id, std::move(other.training_)); }
  /// Errors: fewer than 8 usable rows, no column that varies, similarities that cannot be inverted (mset).
  result<void> finish();

  /// Squared residual of each column in units of its scale; they sum to the squared score.
  void explain(std::span<const double> row, std::span<double> contributions) noexcept;

 private:
  /// Fills residual_ for the row in standardizer_.
  void estimate() noexcept;

  const detail::kernel_table* kernels_ = nullptr;
  const double* responses_ = nullptr;
  bool is_mean_ = true;
  detail::standardizer standardizer_;
  std::span<double> weights_;   // scratch
  std::span<double> residual_;  // scratch
  detail::training_rows training_;
};

static_assert(learner<aakr> && explains<aakr>);

}  // namespace millwright
