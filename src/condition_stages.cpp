#include "millwright/signal_stages.hpp"

namespace millwright {

const signal_stage_registry<float>& builtin_condition_registry() {
  static const signal_stage_registry<float> registry{builtin_condition_stages{}};
  return registry;
}

}  // namespace millwright
