#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "millwright/detect/kernel/kernel_machine.hpp"

namespace millwright {

/// Support vector data description: the smallest ball, in the kernel's space, around all but a share `nu` of the training rows.
/// Rows in, one score per row out: squared distance from its centre less its squared radius; above 0 outside.
///
/// min 1/2 b'Kb - 1/2 b'diag(K) with 0 <= b_i <= 1 / (nu x rows), sum b = 1. With the RBF kernel the score is the one-class SVM's
/// times 2 / (nu x rows); with others the two differ. A row with a value that is not finite scores NaN.
/// Cost and limits are those of the one-class SVM.
/// Source: Tax & Duin, Machine Learning 54 (2004), with 1 / (nu x rows) for its C.
class svdd : public kernel_machine {
 public:
  static constexpr std::string_view id = "svdd";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::detector;
  static constexpr std::string_view doc =
      "Support vector data description: rows outside of the smallest ball around nearly all training rows score high, above zero.";

  double radius_ = 0.0;

  static constexpr auto model() {
    return std::tuple_cat(kernel_machine::model(), std::tuple{learned{"radius", &svdd::radius_, "radius of the ball"}});
  }

  /// Output: one column "svdd". Errors: not fitted, another number of columns, a model that does not fit.
  result<port> prepare(const port& in, workspace& memory);
  void process(const const_rows& in, const rows_view& out) noexcept { score_rows(in, out, true); }

  result<void> observe(const port& in, const const_rows& rows) { return training_.observe(id, in, rows); }
  result<void> merge(svdd&& other) { return training_.merge(id, std::move(other.training_)); }
  /// Errors: see kernel_machine.
  result<void> finish();

  /// As one_class_svm's.
  void explain(std::span<const double> row, std::span<double> contributions) noexcept { explain_row(row, contributions); }

 private:
  detail::training_rows training_;
};

static_assert(learner<svdd> && explains<svdd>);

}  // namespace millwright
