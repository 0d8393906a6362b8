#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <tuple>

#include "millwright/core/stage_role.hpp"
#include "millwright/pipeline/pipeline.hpp"

namespace millwright {

/// A section of a pipeline's declaration, as people see it.
struct section_info {
  std::string_view key;             ///< in JSON, and (with underscores) in Python
  std::optional<stage_role> role;   ///< of the stages in it; none: settings only
  std::size_t fewest = 0;           ///< entries
  std::size_t most = 1;             ///< more than one: a list
  std::string_view default_stages;  ///< ids that an absent section means, "a|b"; empty: settings only
  std::string_view stored_as;       ///< how its stages are called in a bundle, before the dot; empty: settings only
  std::string_view doc;
};

/// A section and its slot in pipeline_parts: `slot(parts)` is a reference, constant when the parts are.
template <class Slot>
struct section : section_info {
  Slot slot;
};
template <class Slot>
section(section_info, Slot) -> section<Slot>;

/// THE list of sections, in the order in which a declaration is read and a sample passes. JSON, bundle tensors and versions, inspect, the
/// Python signature and the docs walk it.
inline constexpr auto sections =
    std::tuple{section{section_info{"channels", {}, 1, 1024, "", "", "the signals: name, unit, role, rate, measuring range"},
                       [](auto& parts) -> auto& {return parts.channels;
}  // namespace millwright
}
, section{section_info{"clock", {}, 0, 1, "", "", "what happens to time that is not perfect"},
          [](auto& parts) -> auto& {return parts.window.clock;
}
}
, section{section_info{"window", {}, 0, 1, "", "", "length and distance of the windows that are scored"},
          [](auto& parts) -> auto& {return parts.window;
}
}
, section{section_info{"features", {}, 0, 4096, "", "", "what is computed of each window; absent: a default set for each channel"},
          [](auto& parts) -> auto& {return parts.features;
}
}
, section{section_info{"normalize", stage_role::normalizer, 0, 1, "context_normalizer", "normalize",
                       "makes features comparable across operating contexts"},
          [](auto& parts) -> auto& {return parts.normalize;
}
}
, section{section_info{"detect", stage_role::detector, 1, 64, "isolation_forest|mahalanobis", "detect", "detectors: each gives one score"},
          [](auto& parts) -> auto& {return parts.detect;
}
}
, section{section_info{"smooth", stage_role::smoother, 0, 1, "running_median", "smooth", "over the scores of each detector"},
          [](auto& parts) -> auto& {return parts.smooth;
}
}
, section{section_info{"calibrate", stage_role::calibrator, 0, 1, "", "detector_tails", "how scores become severities"},
          [](auto& parts) -> auto& {return parts.detector_tails;
}
}
, section{section_info{"fuse", stage_role::fusion, 0, 1, "cauchy_fusion", "fuse", "how the detectors' severities become one"},
          [](auto& parts) -> auto& {return parts.fuse;
}
}
,
    // Not declared: its settings follow from "calibrate" (settle_fused_tail).
    section{section_info{"", stage_role::calibrator, 0, 1, "", "fused_tail", "how the fused severity becomes one of all windows"},
            [](auto& parts) -> auto& {return parts.fused_tail;
}
}
, section{section_info{"alert", stage_role::threshold, 0, 1, "alert_budget", "alert", "how the alarm threshold is chosen"},
          [](auto& parts) -> auto& {return parts.threshold;
}
}
, section{section_info{"alarm", stage_role::alarm_rule, 0, 1, "", "alarm", "how severities become episodes"},
          [](auto& parts) -> auto& {return parts.alarms;
}
}
, section{section_info{"monitor", stage_role::monitor, 0, 64, "scoring_monitor", "monitor", "what looks on"},
          [](auto& parts) -> auto& {return parts.monitors;
}
}
, section{section_info{"fit", {}, 0, 1, "", "", "the held-out scheme, and the golden vectors"}, [](auto& parts) -> auto& {return parts.fit;
}
}
,
}
;

/// Whether a slot holds stages: with a role, versions, and learned arrays or state.
template <class Slot>
inline constexpr bool holds_stages = requires {
  Slot::role;
};
template <>
inline constexpr bool holds_stages<any_stage> = true;
template <>
inline constexpr bool holds_stages<any_threshold> = true;
template <>
inline constexpr bool holds_stages<any_monitor> = true;
template <class Any>
inline constexpr bool holds_stages<std::optional<Any>> = holds_stages<Any>;
template <>
inline constexpr bool holds_stages<std::vector<any_stage>> = true;
template <>
inline constexpr bool holds_stages<std::vector<any_monitor>> = true;

/// Calls f(section) for each, in order.
template <class F>
constexpr void for_each_section(F&& f) {
  std::apply([&](const auto&... s) { (f(s), ...); }, sections);
}

}  // namespace millwright
