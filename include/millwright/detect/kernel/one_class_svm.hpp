#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "millwright/detect/kernel/kernel_machine.hpp"

namespace millwright {

/// One-class support vector machine. Rows in, one score per row out: rho - sum of a_i k(x_i, x), minus the decision function of
/// LIBSVM and scikit-learn; above 0 outside of the region that holds all but a share `nu` of the training rows.
///
/// The dual is LIBSVM's: min 1/2 a'Qa with 0 <= a_i <= 1, sum a = nu x rows; solved exactly by sequential minimal optimisation. A
/// linear kernel is stored as one vector. With the RBF kernel every row far from normal operation scores rho: nearness to normal is
/// what it measures. A row with a value that is not finite scores NaN. Columns should have similar scales: normalise, or standardize.
/// O(support vectors x columns) a row. Fitting: see kernel_machine. Everything is computed in one thread, and the model depends on the
/// rows and their order alone.
/// Sources: Schoelkopf, Platt, Shawe-Taylor, Smola & Williamson, Neural Computation 13 (2001); Fan, Chen & Lin, J. Machine Learning
/// Research 6 (2005); contributions: Kauffmann, Mueller & Montavon, Pattern Recognition 101 (2020).
class one_class_svm : public kernel_machine {
 public:
  static constexpr std::string_view id = "one_class_svm";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::detector;
  static constexpr std::string_view doc =
      "One-class support vector machine: rows outside of the region that holds nearly all training rows score high, above zero.";

  /// Output: one column "one_class_svm". Errors: not fitted, another number of columns, a model that does not fit.
  result<port> prepare(const port& in, workspace& memory);
  void process(const const_rows& in, const rows_view& out) noexcept { score_rows(in, out, false); }

  result<void> observe(const port& in, const const_rows& rows) { return training_.observe(id, in, rows); }
  result<void> merge(one_class_svm&& other) { return training_.merge(id, std::move(other.training_)); }
  /// Errors: see kernel_machine.
  result<void> finish();

  /// Kernel rbf: the squared distance to the support vectors, column by column, averaged with the weight that each has in the score.
  /// Other kernels, whose scores need not grow outward: the squared deviation from the mean training row, column by column.
  void explain(std::span<const double> row, std::span<double> contributions) noexcept { explain_row(row, contributions); }

 private:
  detail::training_rows training_;
};

static_assert(learner<one_class_svm> && explains<one_class_svm>);

}  // namespace millwright
