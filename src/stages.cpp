#include "millwright/stages.hpp"

namespace millwright {

const stage_registry& builtin_registry() {
  static const stage_registry registry{builtin_stages{}};
  return registry;
}

}  // namespace millwright
