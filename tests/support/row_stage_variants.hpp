// Settings under which every row stage of the registry is tested: its defaults, every value of each of its choices and flags (found
// from the parameters' descriptors), and the rows of the table below. Stages.EveryParameterIsVaried names what is missing.
#pragma once

#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "millwright/stage_registry.hpp"
#include "millwright/stages.hpp"
#include "support/stage_settings.hpp"

namespace millwright::test {

/// Numbers low and high, for the 200 rows of six columns of example_rows.
inline constexpr settings_row extra_row_settings[] = {
    {"context_normalizer", "by=speed regimes=2 min_rows=5"},
    {"context_normalizer", "by=speed.mean method=bins edges=1000,1500,2000 edge_counts=3 min_rows=500"},
    {"context_normalizer", "by=speed regimes=9 novelty_factor=1 novelty_margin=0"},
    {"context_normalizer", "by=speed novelty_factor=100 novelty_margin=3"},
    {"context_normalizer", "by=speed method=bins edges=1000,1400,1500,2000 edge_counts=4"},

    {"isolation_forest", "trees=1 samples=2 max_depth=1 out_of_box_weight=0 seed=1 threads=2"},
    {"isolation_forest", "trees=17 samples=16384 max_depth=64 out_of_box_weight=3 seed=9000000000000000 threads=0"},

    {"extended_isolation_forest", "trees=1 samples=2 max_depth=-1 dimensions=1 out_of_box_weight=0 seed=1 threads=2"},
    {"extended_isolation_forest",
     "trees=17 samples=16384 max_depth=9 dimensions=6 tries=5 out_of_box_weight=3 seed=9000000000000000 threads=0"},
    {"extended_isolation_forest", "trees=40 split=averaged_gain tries=10 penalize_range=true"},
    {"extended_isolation_forest", "trees=40 split=pooled_gain max_depth=-1"},
    {"extended_isolation_forest", "trees=40 dimensions=1 missing=divide explanation=shap scoring=density"},

    {"mahalanobis", "estimator=fixed shrinkage=0.5 winsor=0"},
    {"mahalanobis", "estimator=fixed shrinkage=0 location=mean winsor=2"},
    {"mahalanobis", "estimator=mcd support=0.5"},
    {"mahalanobis", "estimator=mcd support=1"},
    {"mahalanobis", "lags=1"},
    {"mahalanobis", "lags=3"},

    {"pca_monitor", "variance_share=0.5 confidence=0.5"},
    {"pca_monitor", "variance_share=1 confidence=0.999999"},
    {"pca_monitor", "selection=count components=1 scaling=robust"},
    {"pca_monitor", "selection=count components=4 scaling=none"},
    {"pca_monitor", "lags=1"},
    {"pca_monitor", "lags=3 scaling=robust"},

    {"one_class_svm", "gamma=auto degree=1 coef0=-1 nu=0.01 tolerance=1e-6 cache_mb=1 max_iterations=100000"},
    {"one_class_svm", "gamma=0.5 degree=5 coef0=2 nu=0.9 tolerance=0.1 cache_mb=1000 max_iterations=10000000"},

    {"svdd", "gamma=auto degree=1 coef0=-1 nu=0.01 tolerance=1e-6 cache_mb=1 max_iterations=100000"},
    {"svdd", "gamma=0.5 degree=5 coef0=2 nu=0.9 tolerance=0.1 cache_mb=1000 max_iterations=10000000"},

    {"approximate_one_class_svm", "features=1 gamma=auto nu=0.01 tolerance=0.01 seed=1"},
    {"approximate_one_class_svm", "map=fourier features=300 gamma=0.5 nu=0.9 tolerance=1e-5 seed=9000000000000000"},

    {"knn_distance", "neighbors=1 max_reference=50 lags=1"},
    {"knn_distance", "neighbors=30 max_reference=9 lags=3"},

    {"kmeans_distance", "clusters=1 lags=2"},
    {"kmeans_distance", "clusters=300 lags=1"},

    {"aakr", "max_memory=20 bandwidth=2 ridge=0.1 lags=1"},
    {"aakr", "method=mset max_memory=1000 bandwidth=0.5 ridge=1e-6 lags=2"},

    {"autoencoder", "hidden=3 clip=1 epochs=2 batch=1 learning_rate=0.1 held_out=0.5 patience=1 seed=1 lags=1"},
    {"autoencoder", "hidden=8,2,8 clip=100 epochs=20 batch=4096 learning_rate=0.001 held_out=0.05 patience=1000 seed=9 lags=2"},

    {"half_space_trees", "trees=1 depth=1 window=8 out_of_box_weight=0 learn_quantile=0.5 seed=1"},
    {"half_space_trees", "trees=9 depth=16 window=60 out_of_box_weight=3 learn_quantile=1 seed=9000000000000000"},

    {"online_isolation_forest", "trees=1 window=16 leaf_rows=2 out_of_box_weight=0 learn_quantile=0.5 seed=1"},
    {"online_isolation_forest", "trees=9 window=120 leaf_rows=8192 out_of_box_weight=3 learn_quantile=1 seed=9000000000000000"},

    {"random_cut_forest", "trees=1 samples=2 window=2 learn_quantile=0.5 seed=1"},
    {"random_cut_forest", "trees=9 samples=300 window=4096 learn_quantile=1 seed=9000000000000000"},

    {"quantized_forest", "trees=1 samples=2 max_depth=1 out_of_box_weight=0 pruning_tolerance=1 contamination=0 seed=1 threads=2"},
    {"quantized_forest",
     "trees=17 samples=16384 max_depth=64 out_of_box_weight=3 pruning_tolerance=0.02 contamination=0.5 seed=9000000000000000 threads=0"},

    {"running_median", "windows=2"},
    {"running_median", "windows=99"},

    {"tail_calibration", "tail_quantile=0.5 min_peaks=5 lowest_shape=0.1 highest_shape=0.5 max_scores=100"},
    {"tail_calibration", "tail_quantile=0.999 min_peaks=100 lowest_shape=0.25 highest_shape=1 max_scores=1000"},
    {"tail_calibration", "by_regime=true min_regime_rows=20"},
    {"tail_calibration", "by_regime=true min_regime_rows=1000"},

    {"cauchy_fusion", "weights=1,2,0.5,1,0,3"},
    {"cauchy_fusion", "weights=1e6,1,1,1,1,1"},
};

/// What a value of a choice needs beside it to mean anything.
inline constexpr std::pair<std::string_view, std::string_view> row_companions[] = {
    {"method=bins", "by=speed edges=1000,1500,2000 edge_counts=3"},
    // One direction alone cannot tell columns apart: T2 with many components, SPE with few.
    {"statistic=t2", "selection=count components=5"},
    {"statistic=spe", "selection=count components=2"},
    {"extended_isolation_forest scoring=boxed_density", "dimensions=1"},
    {"extended_isolation_forest scoring=boxed_ratio", "dimensions=1"},
    {"extended_isolation_forest missing=divide", "dimensions=1"},
    {"extended_isolation_forest missing=larger", "dimensions=1"},
    {"extended_isolation_forest explanation=shap", "dimensions=1"},
};

/// A detector with lags has no score for the first rows.
inline bool has_lags(const stage_variant& variant) { return variant.settings.find("lags=") != std::string::npos; }

/// MILLWRIGHT_ONE_THREAD: threads of an emulated process do not run everywhere; models do not depend on their number.
inline any_stage make_row_stage(const stage_variant& variant) {
  any_stage stage = must(builtin_registry().make(variant.id));
  apply_settings(stage, variant.settings);
  if (std::getenv("MILLWRIGHT_ONE_THREAD") != nullptr && variant.settings.find("threads=") != std::string::npos)
    must(stage.set_param("threads", param_value(std::int64_t{1})));
  return stage;
}

inline std::vector<stage_variant> row_variants_of(std::string_view id) {
  return variants_of(id, must(builtin_registry().make(id)).info().params, extra_row_settings, {}, row_companions);
}

}  // namespace millwright::test
