#pragma once

#include "detect/forest/forest_packing.hpp"
#include "millwright/detect/forest/quantized_forest.hpp"

namespace millwright::detail {

/// The trees of a packed forest as codes, checked, and what the codes mean. Views into the stage's arrays.
struct quantized_trees {
  threshold_codec codec;
  coded_trees trees;
};
/// Errors: not fitted, a model that does not fit.
result<quantized_trees> read_quantized_trees(const quantized_forest& q);

}  // namespace millwright::detail
