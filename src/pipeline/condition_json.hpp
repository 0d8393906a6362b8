#pragma once

#include <vector>

#include "core/json.hpp"
#include "millwright/pipeline/condition.hpp"

namespace millwright::detail {

/// The section "condition": {"vib_x": [{"stage": "sos_filter", "band": "highpass", "low_hz": 10}, "teager_energy"]}. Channels are not
/// looked up here. Errors name channel, stage and key.
[[nodiscard]] result<std::vector<channel_condition>> conditions_from_json(const json& section);
/// The same section, every setting written out.
[[nodiscard]] json conditions_to_json(const std::vector<channel_condition>& conditions);

}  // namespace millwright::detail
