#pragma once

#include <string>
#include <vector>

namespace millwright {

/// What restoring a checkpoint took, section by section. Sections that do not fit the pipeline start anew.
struct restore_report {
  struct dropped_section {
    std::string section;
    std::string reason;
  };
  std::vector<std::string> taken;
  std::vector<dropped_section> dropped;

  [[nodiscard]] bool complete() const noexcept { return dropped.empty(); }
};

}  // namespace millwright
