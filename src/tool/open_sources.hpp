#pragma once

#include <optional>
#include <string>
#include <vector>

#include "millwright/pipeline/pipeline.hpp"
#include "tool/run_options.hpp"
#include "tool/signal_source.hpp"

namespace millwright::tool {

/// Opens the inputs of `run` and finds the pipeline's channels in them: one source for each channel group, in the order of the
/// inputs. What an input does not say (names of columns, a rate) is taken from the bundle and told in `notes`, never guessed
/// beyond that. `input_resumes_at`: time of the first sample on standard input, if that goes on where an earlier run stood. Errors: what a
/// reader refuses; channels that are missing, given twice, or at another rate; an input too many.
result<std::vector<signal_source>> open_sources(const run_options& options, const pipeline& model,
                                                const std::vector<std::vector<std::size_t>>& groups,
                                                std::optional<time_ns> input_resumes_at, std::vector<std::string>& notes);

}  // namespace millwright::tool
