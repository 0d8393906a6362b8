#pragma once

#include "tool/failure.hpp"
#include "tool/run_options.hpp"

namespace millwright::tool {

/// Streams the inputs through the bundle; the command `millwright run`.
exit_code run(const run_options& options);

}  // namespace millwright::tool
