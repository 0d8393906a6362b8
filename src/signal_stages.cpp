#include "millwright/signal_stages.hpp"

namespace millwright {

template <class Real>
const signal_stage_registry<Real>& builtin_signal_registry() {
  static const signal_stage_registry<Real> registry{builtin_signal_stages{}};
  return registry;
}
template const signal_stage_registry<float>& builtin_signal_registry();
template const signal_stage_registry<double>& builtin_signal_registry();

}  // namespace millwright
