#pragma once

#include <string>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/detect/forest/quantized_forest.hpp"

namespace millwright {

/// What a C header says besides the numbers.
struct c99_options {
  std::string prefix = "forest";     ///< of every name in the header; a C identifier
  std::vector<std::string> columns;  ///< names of the inputs, for the comments; empty: not named
  std::string origin;                ///< where the model comes from, for the comments
  std::string inputs;                ///< what the inputs are (units, normalisation), for the comments
};

/// A packed forest as one C99 header for microcontrollers: static const tables and `static inline double <prefix>_score(x)`.
/// It needs <stdint.h> and no library: no allocation, no recursion, no math.h; every loop is bounded. Inputs are `const float*` for
/// float32 thresholds and `const double*` otherwise. The trees compare integers for ranks and 16-bit thresholds.
/// Scores have the same bits as those of the stage (for float32: on float32 rows) where the compiler fuses no multiply-adds
/// (-ffp-contract=off). <PREFIX>_THRESHOLD is the threshold that fitting set on the packed forest's own scores.
/// Errors: not fitted, a model that does not fit, a prefix that is no identifier, another number of names than columns.
result<std::string> export_c99(const quantized_forest& forest, const c99_options& options = {});

}  // namespace millwright
