#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/detect/kernel/kernel_expansion.hpp"
#include "millwright/statistics/training_rows.hpp"

namespace millwright {

/// What the one-class SVM and SVDD share: settings, kernels, and the fit of a dual problem with one variable for each training row.
/// Fitting: O(rows^2 x columns) at worst, O(rows x vectors x columns) as a rule; memory of the rows and the cache.
class kernel_machine : public kernel_expansion {
 public:
  std::string kernel = "rbf";
  number_or_word<double> gamma = "scale";
  std::int64_t degree = 3;
  double coef0 = 0.0;
  double nu = 0.1;
  bool standardize = false;
  double tolerance = 1e-3;
  std::int64_t cache_mb = 200;
  std::int64_t max_iterations = 1'000'000;

  double objective_ = 0.0;

  static auto params() {
    using self = kernel_machine;
    return std::tuple{
        choice("kernel", &self::kernel, "rbf", "rbf|linear|polynomial|sigmoid", "similarity of two rows"),
        number("gamma", &self::gamma, "scale", 1e-290, 1e290, unit::none, "scale|auto",
               "width of the kernel; scale: 1 / (columns x variance of all values), auto: 1 / columns"),
        integer("degree", &self::degree, 3, 1, 64, unit::none, "exponent; kernel polynomial only"),
        number("coef0", &self::coef0, 0.0, -1e6, 1e6, unit::none, "added to the product; kernels polynomial and sigmoid only"),
        number("nu", &self::nu, 0.1, 1e-9, 1, unit::share,
               "at most this share of the training rows lies outside, at least this share become support vectors"),
        flag("standardize", &self::standardize, false,
             "whether columns are centred and divided by their standard deviation; columns that do not vary then take no part"),
        number("tolerance", &self::tolerance, 1e-3, 1e-12, 1, unit::none,
               "largest violation of the optimality conditions; at least what single precision of the kernels can resolve"),
        integer("cache_mb", &self::cache_mb, 200, 1, 65536, unit::none, "memory for kernel columns while fitting, in 1024^2 bytes"),
        integer("max_iterations", &self::max_iterations, 1'000'000, 1, 1'000'000'000'000, unit::none, "steps after which fitting gives up"),
    };
  }
  static constexpr auto model() {
    return std::tuple_cat(kernel_expansion::model(),
                          std::tuple{learned{"objective", &kernel_machine::objective_, "value of the dual problem at its solution"}});
  }

 protected:
  /// Settings as a formula; gamma is left to the model.
  [[nodiscard]] detail::kernel_formula kernel_setting() const noexcept;

  /// Learns from the gathered rows: the one-class SVM, or its like with the linear term of SVDD, scaled as svdd.hpp has it.
  /// Returns the squared norm of sum a_i phi(x_i), the centre of the ball.
  /// Errors: fewer than 2 usable rows, more than 100 000 rows or 4096 columns, values beyond 1e100, kernel values beyond 1e30, a
  /// setting gamma that is no width, a solver that does not converge.
  enum class dual { one_class, ball };
  result<double> fit(std::string_view stage, detail::training_rows& training, dual form);

  void explain_row(std::span<const double> row, std::span<double> contributions) noexcept;
};

}  // namespace millwright
