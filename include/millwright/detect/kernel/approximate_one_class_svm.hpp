#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "millwright/detect/kernel/kernel_expansion.hpp"
#include "millwright/statistics/training_rows.hpp"

namespace millwright {

/// One-class SVM with an RBF kernel for small devices: a linear one-class SVM on a fixed number of features whose products approximate
/// the kernel. Rows in, one score per row out, on the scale of one_class_svm's.
///
/// nystroem: kernels to landmarks, centres that k-means finds among the training rows; where the rows are sparse, more exact than
/// waves. fourier: cosine waves of random directions and phases; scores far outside of the training rows fluctuate about rho.
/// Scoring: O(features x columns) a row, however many rows were learned from. Fitting: O(rows x features x rounds); memory of
/// rows x features values.
/// A row with a value that is not finite scores NaN.
/// Sources: Rahimi & Recht, NIPS 2007; Williams & Seeger, NIPS 2000; landmarks: Zhang, Tsang & Kwok, ICML 2008; solver: decomposition
/// with working sets of the most violating rows, Joachims 1999.
class approximate_one_class_svm : public kernel_expansion {
 public:
  static constexpr std::string_view id = "approximate_one_class_svm";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::detector;
  static constexpr std::string_view doc =
      "One-class support vector machine of fixed cost: a linear one on features that approximate the RBF kernel, for small devices.";

  std::string map = "nystroem";
  std::int64_t features = 256;
  std::string gamma = "scale";
  double nu = 0.1;
  bool standardize = false;
  double tolerance = 1e-4;
  std::int64_t seed = 0;

  static auto params() {
    using self = approximate_one_class_svm;
    return std::tuple{
        choice("map", &self::map, "nystroem", "nystroem|fourier", "features: kernels to landmarks, or random cosine waves"),
        integer("features", &self::features, 256, 1, 4096, unit::none, "number of landmarks or waves; a multiple of 32 wastes nothing"),
        param<self, std::string>{"gamma", &self::gamma, "scale", 0, 0, unit::none,
                                 "width of the kernel: scale: 1 / (columns x variance of all values), auto: 1 / columns, or a "
                                 "positive number"},
        number("nu", &self::nu, 0.1, 1e-9, 1, unit::share, "at most this share of the training rows lies outside"),
        flag("standardize", &self::standardize, false,
             "whether columns are centred and divided by their standard deviation; columns that do not vary then take no part"),
        number("tolerance", &self::tolerance, 1e-4, 1e-9, 1, unit::none,
               "largest violation of the optimality conditions, as a multiple of nu x rows"),
        random_seed(&self::seed, "seed of the random waves; map fourier only"),
    };
  }

  /// Output: one column "approximate_one_class_svm". Errors: not fitted, another number of columns, a model that does not fit.
  result<port> prepare(const port& in, workspace& memory);
  void process(const const_rows& in, const rows_view& out) noexcept { score_rows(in, out, false); }

  result<void> observe(const port& in, const const_rows& rows) { return training_.observe(id, in, rows); }
  result<void> merge(approximate_one_class_svm&& other) { return training_.merge(id, std::move(other.training_)); }
  /// Errors: fewer than 2 usable rows, more than 1 000 000 rows, 4096 columns or 2^27 rows x features, values beyond 1e100, a setting
  /// gamma that is no width, a solver that does not converge.
  result<void> finish();

  /// nystroem: squared distance to the landmarks, column by column, averaged with the weight of each landmark's kernel.
  /// fourier: what the score loses when the column takes its mean value, 0 where it would grow.
  void explain(std::span<const double> row, std::span<double> contributions) noexcept;

 private:
  detail::training_rows training_;
};

static_assert(learner<approximate_one_class_svm> && explains<approximate_one_class_svm>);

}  // namespace millwright
