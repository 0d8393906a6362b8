#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "millwright/data/recording.hpp"
#include "millwright/detail/function_ref.hpp"
#include "millwright/pipeline/pipeline.hpp"
#include "millwright/pipeline/pipeline_json.hpp"

namespace millwright {

/// Feature rows of a recording, by the same code that a stream runs. One row per complete window; rows whose windows hold
/// too few valid samples carry quality::not_scored.
result<row_table> extract_features(const pipeline_parts& parts, std::span<const recording* const> recordings);

/// Samples of one channel in windows of the pipeline: the longest window length, only windows with enough valid samples (an invalid one
/// is 0), at most `most` of them, evenly spread. For choices that commissioning makes once, such as the band of an envelope.
/// Errors: unknown channel; input that does not match the channels.
result<std::vector<std::vector<double>>> sample_windows(const pipeline_parts& parts, std::span<const recording* const> recordings,
                                                        std::string_view channel, std::size_t most);

/// Learns every model of `parts` from recordings of normal operation, calibrates tails on held-out scores, sets the alarm
/// threshold from the alert budget and stores golden vectors. Deterministic: same input, same bytes, for any thread count.
/// Errors: input that does not match the channels, fewer than 20 usable windows, and whatever a stage refuses.
result<pipeline> fit_pipeline(
    pipeline_parts parts, std::span<const recording* const> recordings, const provenance& origin,
    progress_callback progress = [](double, std::string_view) { return true; });

}  // namespace millwright
