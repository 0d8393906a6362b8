#pragma once

#include "millwright/anomaly/aakr.hpp"
#include "millwright/anomaly/approximate_one_class_svm.hpp"
#include "millwright/anomaly/autoencoder.hpp"
#include "millwright/anomaly/extended_isolation_forest.hpp"
#include "millwright/anomaly/half_space_trees.hpp"
#include "millwright/anomaly/isolation_forest.hpp"
#include "millwright/anomaly/kmeans_distance.hpp"
#include "millwright/anomaly/knn_distance.hpp"
#include "millwright/anomaly/mahalanobis.hpp"
#include "millwright/anomaly/one_class_svm.hpp"
#include "millwright/anomaly/online_isolation_forest.hpp"
#include "millwright/anomaly/pca_monitor.hpp"
#include "millwright/anomaly/quantized_forest.hpp"
#include "millwright/anomaly/random_cut_forest.hpp"
#include "millwright/anomaly/svdd.hpp"
#include "millwright/anomaly/with_lags.hpp"
#include "millwright/any_stage.hpp"
#include "millwright/context/context_normalizer.hpp"
#include "millwright/threshold/cauchy_fusion.hpp"
#include "millwright/threshold/min_fusion.hpp"
#include "millwright/threshold/running_median.hpp"
#include "millwright/threshold/tail_calibration.hpp"

namespace millwright {

/// Every row stage of the library: one line a stage. Python classes, JSON, bundles, docs and the conformance, allocation and
/// fuzz tests follow from this list. builtin_registry() is the registry over it.
using builtin_stages = stage_list<context_normalizer, isolation_forest, extended_isolation_forest, quantized_forest, half_space_trees,
                                  online_isolation_forest, random_cut_forest, with_lags<mahalanobis>, with_lags<pca_monitor>, one_class_svm,
                                  svdd, approximate_one_class_svm, with_lags<knn_distance>, with_lags<kmeans_distance>, with_lags<aakr>,
                                  with_lags<autoencoder>, running_median, tail_calibration, cauchy_fusion, min_fusion>;

}  // namespace millwright
