#pragma once

#include "millwright/calibrate/cauchy_fusion.hpp"
#include "millwright/calibrate/min_fusion.hpp"
#include "millwright/calibrate/running_median.hpp"
#include "millwright/calibrate/tail_calibration.hpp"
#include "millwright/context/context_normalizer.hpp"
#include "millwright/core/any_stage.hpp"
#include "millwright/detect/covariance/mahalanobis.hpp"
#include "millwright/detect/covariance/pca_monitor.hpp"
#include "millwright/detect/distance/aakr.hpp"
#include "millwright/detect/distance/kmeans_distance.hpp"
#include "millwright/detect/distance/knn_distance.hpp"
#include "millwright/detect/forest/extended_isolation_forest.hpp"
#include "millwright/detect/forest/half_space_trees.hpp"
#include "millwright/detect/forest/isolation_forest.hpp"
#include "millwright/detect/forest/online_isolation_forest.hpp"
#include "millwright/detect/forest/quantized_forest.hpp"
#include "millwright/detect/forest/random_cut_forest.hpp"
#include "millwright/detect/kernel/approximate_one_class_svm.hpp"
#include "millwright/detect/kernel/one_class_svm.hpp"
#include "millwright/detect/kernel/svdd.hpp"
#include "millwright/detect/network/autoencoder.hpp"
#include "millwright/detect/with_lags.hpp"
#include "millwright/monitor/scoring_monitor.hpp"
#include "millwright/threshold/alert_budget.hpp"
#include "millwright/threshold/quantile_threshold.hpp"

namespace millwright {

/// Every row stage of the library: one line a stage. Python classes, JSON, bundles, docs and the conformance, allocation and
/// fuzz tests follow from this list. builtin_registry() is the registry over it.
using builtin_stages = stage_list<context_normalizer, isolation_forest, extended_isolation_forest, quantized_forest, half_space_trees,
                                  online_isolation_forest, random_cut_forest, with_lags<mahalanobis>, with_lags<pca_monitor>, one_class_svm,
                                  svdd, approximate_one_class_svm, with_lags<knn_distance>, with_lags<kmeans_distance>, with_lags<aakr>,
                                  with_lags<autoencoder>, running_median, tail_calibration, cauchy_fusion, min_fusion>;

/// Every threshold stage.
using builtin_thresholds = threshold_list<alert_budget, quantile_threshold>;

/// Every monitor.
using builtin_monitors = monitor_list<scoring_monitor>;

}  // namespace millwright
