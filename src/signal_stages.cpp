#include "millwright/signal_stages.hpp"

#include <cmath>
#include <string>

namespace millwright {

namespace detail {

result<void> check_signal_port(const signal_port& in, std::size_t wanted_columns, std::string_view stage) {
  if (in.columns == 0 || (wanted_columns != 0 && in.columns != wanted_columns)) {
    const std::string wanted = wanted_columns == 0 ? std::string("at least one") : std::to_string(wanted_columns);
    return error(errc::invalid_argument, stage, "the input has " + std::to_string(in.columns) + " columns", "give " + wanted);
  }
  if (!(in.rate_hz > 0.0) || !std::isfinite(in.rate_hz)) {
    return error(errc::invalid_argument, stage, "the sampling rate is not a positive number", "give the rate of the input in hertz");
  }
  if (in.max_items == 0) {
    return error(errc::invalid_argument, stage, "max_items is 0", "give the largest number of items that one call will bring");
  }
  return {};
}

}  // namespace detail

template <class Real>
const signal_stage_registry<Real>& builtin_signal_registry() {
  static const signal_stage_registry<Real> registry{builtin_signal_stages{}};
  return registry;
}
template const signal_stage_registry<float>& builtin_signal_registry();
template const signal_stage_registry<double>& builtin_signal_registry();

}  // namespace millwright
