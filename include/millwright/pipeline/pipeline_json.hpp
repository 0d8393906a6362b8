#pragma once

#include <string>
#include <string_view>

#include "millwright/core/error.hpp"
#include "millwright/pipeline/pipeline.hpp"
#include "millwright/stage_registry.hpp"

namespace millwright {

/// Reads a pipeline's declaration from JSON (docs/pipeline-json.md); its sections are listed in sections.hpp. Missing sections take
/// documented defaults. Errors name section, key, and the nearest known one.
result<pipeline_parts> parse_pipeline_parts(std::string_view json, const stage_registry& registry = builtin_registry());

/// The declaration as JSON, every parameter written out.
[[nodiscard]] std::string to_json(const pipeline_parts& parts);
/// One section of it; empty for an unknown key.
[[nodiscard]] std::string to_json(const pipeline_parts& parts, std::string_view section);

}  // namespace millwright
