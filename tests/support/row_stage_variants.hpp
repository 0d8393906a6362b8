// Settings under which every row stage of the registry is tested: its defaults, every value of each of its choices and flags (found
// from the parameters' descriptors), and the rows of the table below. Stages.EveryParameterIsVaried names what is missing.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

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

    {"running_median", "windows=2"},
    {"running_median", "windows=99"},

    {"tail_calibration", "tail_quantile=0.5 min_peaks=5 lowest_shape=0.1 highest_shape=0.5 max_scores=100"},
    {"tail_calibration", "tail_quantile=0.999 min_peaks=100 lowest_shape=0.25 highest_shape=1 max_scores=1000"},
};

/// What a value of a choice needs beside it to mean anything.
inline constexpr std::pair<std::string_view, std::string_view> row_companions[] = {
    {"method=bins", "by=speed edges=1000,1500,2000 edge_counts=3"}, {"extended_isolation_forest scoring=boxed_density", "dimensions=1"},
    {"extended_isolation_forest missing=divide", "dimensions=1"},   {"extended_isolation_forest missing=larger", "dimensions=1"},
    {"extended_isolation_forest explanation=shap", "dimensions=1"},
};

inline any_stage make_row_stage(const stage_variant& variant) {
  any_stage stage = must(builtin_registry().make(variant.id));
  apply_settings(stage, variant.settings);
  return stage;
}

inline std::vector<stage_variant> row_variants_of(std::string_view id) {
  return variants_of(id, must(builtin_registry().make(id)).info().params, extra_row_settings, {}, row_companions);
}

}  // namespace millwright::test
