#pragma once

#include <string_view>
#include <vector>

#include "millwright/core/any_stage.hpp"
#include "millwright/monitor/any_monitor.hpp"
#include "millwright/threshold/any_threshold.hpp"

namespace millwright {

/// The stages a program knows by name. A gateway that passes shorter lists does not link the others.
class stage_registry {
 public:
  template <row_stage... Stages, threshold_stage... Thresholds, monitor_stage... Monitors>
  explicit stage_registry(stage_list<Stages...>, threshold_list<Thresholds...> = threshold_list<>(),
                          monitor_list<Monitors...> = monitor_list<>())
      : stages_{&functions_of<Stages>()...},
        thresholds_{&threshold_functions_of<Thresholds>()...},
        monitors_{&monitor_functions_of<Monitors>()...} {}

  [[nodiscard]] const std::vector<const stage_functions*>& stages() const noexcept { return stages_; }
  [[nodiscard]] const std::vector<const threshold_functions*>& thresholds() const noexcept { return thresholds_; }
  [[nodiscard]] const std::vector<const monitor_functions*>& monitors() const noexcept { return monitors_; }

  /// A stage with default parameters. Error: unknown id, with the nearest known one.
  [[nodiscard]] result<any_stage> make(std::string_view id) const;
  [[nodiscard]] result<any_threshold> make_threshold(std::string_view id) const;
  [[nodiscard]] result<any_monitor> make_monitor(std::string_view id) const;

 private:
  std::vector<const stage_functions*> stages_;
  std::vector<const threshold_functions*> thresholds_;
  std::vector<const monitor_functions*> monitors_;
};

/// The registry of the library's own stages, which stages.hpp lists.
[[nodiscard]] const stage_registry& builtin_registry();

}  // namespace millwright
