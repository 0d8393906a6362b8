#include "millwright/vibration/peak_hold.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "vibration/band_edges.hpp"

namespace millwright {

template <class Real>
result<signal_port> peak_hold<Real>::prepare(const signal_port& in, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_TRY(const auto band, detail::design_band(in.rate_hz, f_lo_hz, f_hi_hz, transition_hz, id));
  const double samples = std::floor(in.rate_hz / (2.56 * f_max_hz) * (1.0 + 1e-12));
  if (!(samples >= 1.0 && samples < 1e9)) {
    return error(errc::invalid_argument, id,
                 "f_max " + std::to_string(f_max_hz) + " Hz does not fit a rate of " + std::to_string(in.rate_hz),
                 "give f_max <= rate / 2.56");
  }
  columns_ = in.columns;
  interval_ = static_cast<std::size_t>(samples);
  MILLWRIGHT_CHECK(band_.prepare(band, columns_, in.max_items, id, memory));
  take_own(memory);
  signal_port out = in;
  out.rate_hz = in.rate_hz / samples;
  out.delay_s += band_.delay_s() + samples / in.rate_hz;
  out.max_items = in.max_items / interval_ + 1;
  out.first_s += 0.5 * (samples - 1.0) / in.rate_hz - band_.delay_s();
  out.newest_s += (samples - 1.0) / in.rate_hz;
  out.memory_s += 2.0 * band_.delay_s() + (samples - 1.0) / in.rate_hz;
  out.start_s += 2.0 * band_.delay_s() + (samples - 1.0) / in.rate_hz;
  return out;
}

template <class Real>
void peak_hold<Real>::take(workspace& memory) noexcept {
  band_.take(memory);
  take_own(memory);
}

template <class Real>
void peak_hold<Real>::take_own(workspace& memory) noexcept {
  filtered_ = memory.carve_scratch<Real>(columns_ * band_.max_output_items());
  held_ = memory.carve<Real>(columns_);
}

template <class Real>
void peak_hold<Real>::reset() noexcept {
  band_.reset();
  held_samples_ = 0;
  std::fill(held_.begin(), held_.end(), Real(0));
}

template <class Real>
std::size_t peak_hold<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  const std::size_t values = band_.process(in, filtered_);
  std::size_t written = 0;
  for (std::size_t start = 0; start < values; start += columns_) {
    for (std::size_t c = 0; c < columns_; ++c) {
      const Real magnitude = std::fabs(filtered_[start + c]);
      if (!(magnitude <= held_[c]) && !std::isnan(held_[c])) held_[c] = magnitude;  // a NaN stays to the end of its interval
    }
    if (++held_samples_ < interval_) continue;
    for (std::size_t c = 0; c < columns_; ++c) {
      out[written++] = detail::to_samples<Real>(static_cast<double>(held_[c]));  // an overflow is no amplitude
      held_[c] = Real(0);
    }
    held_samples_ = 0;
  }
  return written;
}

template <class Real>
std::size_t peak_hold<Real>::flush(std::span<Real>) noexcept {
  return 0;
}

template class peak_hold<float>;
template class peak_hold<double>;

}  // namespace millwright
