#include "millwright/stages.hpp"

#include "millwright/stage_registry.hpp"

namespace millwright {

const stage_registry& builtin_registry() {
  static const stage_registry registry{builtin_stages{}, builtin_thresholds{}, builtin_monitors{}};
  return registry;
}

}  // namespace millwright
