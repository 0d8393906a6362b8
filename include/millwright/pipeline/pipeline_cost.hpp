#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/data/recording.hpp"
#include "millwright/pipeline/pipeline.hpp"

namespace millwright {

/// Time that one feature takes in every window, on the machine that measured it.
struct feature_cost {
  std::string name;         ///< canonical
  std::string view;         ///< what it is read from: "sorted", "spectrum", ...
  double own_ns = 0.0;      ///< its own function; NaN if no window let it be computed
  double view_ns = 0.0;     ///< its part of its view: views that need another one, and features, split the cost of what they read evenly
  std::size_t sharing = 0;  ///< features that read the same view of the same channel and window
};

/// The cost of all features, in the order of their names.
struct cost_report {
  std::vector<feature_cost> features;
  std::size_t windows = 0;  ///< measured
  double total_ns = 0.0;    ///< all features of one hop: the sum of own_ns and view_ns
};

/// How much is measured: every part runs five times `calls` in each of at most `windows` windows. 0 of either counts as 1.
struct cost_options {
  std::size_t windows = 2;
  std::size_t calls = 10;
};

/// Measures the features on the first windows of a recording. Needs no fit; for reports, not for streams.
/// Errors: a recording that does not match the channels or holds no complete window; what prepare refuses.
result<cost_report> measure_cost(const pipeline_parts& parts, const recording& source, const cost_options& options = {});

/// The same on the golden vectors that a fitted pipeline carries.
result<cost_report> measure_cost(const pipeline& model, const cost_options& options = {});

/// The same on Gaussian noise about 1 (a speed that lines can be counted by), for a pipeline without data.
result<cost_report> measure_cost(const pipeline_parts& parts, const cost_options& options = {});

}  // namespace millwright
