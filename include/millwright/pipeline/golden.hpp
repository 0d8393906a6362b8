#pragma once

#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/pipeline/pipeline.hpp"

namespace millwright {

/// How closely a golden replay must agree when the bundle was fitted under another numerics_id or FFT backend (relative).
/// Under the same ones the bytes must be equal.
inline constexpr double golden_tolerance = 1e-9;

/// Computes the golden rows of a pipeline on this machine: as recorded, then amplified.
result<std::vector<double>> compute_golden(const pipeline& model);

/// Replays the golden vectors. Error: which row and column differs, expected and found.
result<void> replay_golden(const pipeline& model);

}  // namespace millwright
