#pragma once

#include <string>

#include "core/json.hpp"
#include "millwright/core/error.hpp"

namespace millwright::tool {

/// What a bundle says of itself and, if it loads, what this machine adds (memory, regimes), as one JSON object; its keys are
/// listed in docs/command.md. Errors: the file cannot be read, or not even its header can be.
result<detail::json> describe_bundle(const std::string& path);

}  // namespace millwright::tool
