#include "millwright/rotation/gear_condition_stage.hpp"

#include <cmath>

namespace millwright {

template <class Real>
result<signal_port> gear_condition_stage<Real>::prepare(const signal_port& in, workspace& memory) {
  average_.revolutions = revolutions;
  average_.samples_per_revolution = samples_per_revolution;
  average_.mode = mode;
  MILLWRIGHT_TRY(signal_port out, average_.prepare(in, memory));
  length_ = out.columns;
  gear_parameters gear;
  for (const double count : teeth) {
    if (count != std::floor(count)) return error(errc::invalid_argument, id, "a number of teeth is no whole number", "count them");
    gear.teeth.push_back(static_cast<std::int64_t>(count));
  }
  gear.shaft_harmonics = shaft_harmonics;
  gear.mesh_harmonics = mesh_harmonics.value_or(0);
  gear.sidebands = sidebands;
  gear.half_band = half_band.value_or(0);
  MILLWRIGHT_CHECK(monitor_.prepare(length_, gear, memory));
  averages_ = memory.carve<Real>(length_ * out.max_items);
  out.columns = gear_metrics.size();
  return out;
}

template <class Real>
void gear_condition_stage<Real>::reset() noexcept {
  average_.reset();
  monitor_.reset();
}

template <class Real>
std::size_t gear_condition_stage<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  return write(average_.process(in, averages_), out);
}

template <class Real>
std::size_t gear_condition_stage<Real>::flush(std::span<Real> out) noexcept {
  return write(average_.flush(averages_), out);
}

template <class Real>
std::size_t gear_condition_stage<Real>::write(std::size_t values, std::span<Real> out) noexcept {
  std::size_t written = 0;
  for (std::size_t start = 0; start < values && written + gear_metrics.size() <= out.size(); start += length_) {
    const gear_condition condition = monitor_.compute(averages_.data() + start);
    for (const gear_metric& metric : gear_metrics) out[written++] = detail::to_samples<Real>(condition.*metric.value);
  }
  return written;
}

template class gear_condition_stage<float>;
template class gear_condition_stage<double>;

}  // namespace millwright
