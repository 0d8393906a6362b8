#include "millwright/vibration/high_frequency_energy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "vibration/band_edges.hpp"

namespace millwright {

template <class Real>
result<signal_port> high_frequency_energy<Real>::prepare(const signal_port& in, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  const double low_hz = f_lo_hz.value_or(0.25 * in.rate_hz);
  MILLWRIGHT_TRY(const auto band, detail::design_band(in.rate_hz, low_hz, f_hi_hz, transition_hz, id));
  const double samples = std::floor(interval_s * in.rate_hz + 0.5);
  if (!(samples >= 1.0 && samples < 1e15)) {
    return error(errc::invalid_argument, id, "the interval is shorter than one sample", "lengthen interval_s");
  }
  columns_ = in.columns;
  interval_ = static_cast<std::size_t>(samples);
  is_rms_ = measure == "rms";
  MILLWRIGHT_CHECK(band_.prepare(band, columns_, in.max_items, id, memory));
  take_own(memory);
  signal_port out = in;
  out.rate_hz = in.rate_hz / samples;
  out.delay_s += band_.delay_s() + 0.5 * samples / in.rate_hz;
  out.max_items = in.max_items / interval_ + 1;
  out.first_s += 0.5 * (samples - 1.0) / in.rate_hz - band_.delay_s();
  out.newest_s += (samples - 1.0) / in.rate_hz;
  out.memory_s += 2.0 * band_.delay_s() + (samples - 1.0) / in.rate_hz;
  out.start_s += 2.0 * band_.delay_s() + (samples - 1.0) / in.rate_hz;
  return out;
}

template <class Real>
void high_frequency_energy<Real>::take(workspace& memory) noexcept {
  band_.take(memory);
  take_own(memory);
}

template <class Real>
void high_frequency_energy<Real>::take_own(workspace& memory) noexcept {
  filtered_ = memory.carve_scratch<Real>(columns_ * band_.max_output_items());
  squares_ = memory.carve<double>(columns_);
  lowest_ = memory.carve<Real>(columns_);
  highest_ = memory.carve<Real>(columns_);
}

template <class Real>
void high_frequency_energy<Real>::reset() noexcept {
  band_.reset();
  begin_interval();
}

template <class Real>
void high_frequency_energy<Real>::begin_interval() noexcept {
  held_samples_ = 0;
  std::fill(squares_.begin(), squares_.end(), 0.0);
  std::fill(lowest_.begin(), lowest_.end(), std::numeric_limits<Real>::max());
  std::fill(highest_.begin(), highest_.end(), std::numeric_limits<Real>::lowest());
}

template <class Real>
std::size_t high_frequency_energy<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  const std::size_t values = band_.process(in, filtered_);
  std::size_t written = 0;
  for (std::size_t start = 0; start < values; start += columns_) {
    for (std::size_t c = 0; c < columns_; ++c) {
      const Real x = filtered_[start + c];
      squares_[c] += static_cast<double>(x) * static_cast<double>(x);
      lowest_[c] = std::min(lowest_[c], x);
      highest_[c] = std::max(highest_[c], x);
    }
    if (++held_samples_ < interval_) continue;
    for (std::size_t c = 0; c < columns_; ++c) {
      // The sum of squares is not finite after a sample that is not a number; the extremes pass over it. An overflow is no amplitude.
      const Real rms = static_cast<Real>(std::sqrt(squares_[c] / static_cast<double>(interval_)));
      const Real value = is_rms_ || !std::isfinite(rms) ? rms : highest_[c] - lowest_[c];
      out[written++] = detail::to_samples<Real>(static_cast<double>(value));
    }
    begin_interval();
  }
  return written;
}

template <class Real>
std::size_t high_frequency_energy<Real>::flush(std::span<Real>) noexcept {
  return 0;
}

template class high_frequency_energy<float>;
template class high_frequency_energy<double>;

}  // namespace millwright
