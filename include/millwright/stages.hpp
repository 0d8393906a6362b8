#pragma once

#include "millwright/anomaly/extended_isolation_forest.hpp"
#include "millwright/anomaly/isolation_forest.hpp"
#include "millwright/anomaly/mahalanobis.hpp"
#include "millwright/any_stage.hpp"
#include "millwright/context/context_normalizer.hpp"
#include "millwright/threshold/cauchy_fusion.hpp"
#include "millwright/threshold/running_median.hpp"
#include "millwright/threshold/tail_calibration.hpp"

namespace millwright {

/// Every row stage of the library: one line a stage. Python classes, JSON, bundles, docs and the conformance, allocation and
/// fuzz tests follow from this list.
using builtin_stages = stage_list<context_normalizer, isolation_forest, extended_isolation_forest, mahalanobis, running_median,
                                  tail_calibration, cauchy_fusion>;

/// The registry over builtin_stages.
[[nodiscard]] const stage_registry& builtin_registry();

}  // namespace millwright
