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
  filtered_ = memory.carve<Real>(in.max_items);
  held_ = memory.carve<Real>(columns_);
  signal_port out = in;
  out.rate_hz = in.rate_hz / samples;
  out.delay_s += band_.delay_s() + samples / in.rate_hz;
  out.max_items = in.max_items / interval_ + 1;
  return out;
}

template <class Real>
void peak_hold<Real>::reset() noexcept {
  band_.reset();
  held_samples_ = 0;
  std::fill(held_.begin(), held_.end(), Real(0));
}

template <class Real>
std::size_t peak_hold<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  const std::size_t items = in.size() / columns_;
  std::size_t written = 0;
  std::uint64_t held_samples = held_samples_;
  for (std::size_t c = 0; c < columns_; ++c) {
    band_.filter(c, in.data() + c, columns_, items, filtered_.data(), nullptr);
    held_samples = held_samples_;
    written = 0;
    Real largest = held_[c];
    for (std::size_t i = 0; i < items; ++i) {
      const Real magnitude = std::fabs(filtered_[i]);
      if (!(magnitude <= largest) && !std::isnan(largest)) largest = magnitude;  // a NaN stays to the end of its interval
      if (++held_samples < interval_) continue;
      out[written++ * columns_ + c] = largest;
      largest = Real(0);
      held_samples = 0;
    }
    held_[c] = largest;
  }
  held_samples_ = held_samples;
  band_.advance(items);
  return written * columns_;
}

template <class Real>
std::size_t peak_hold<Real>::flush(std::span<Real>) noexcept {
  return 0;
}

template class peak_hold<float>;
template class peak_hold<double>;

}  // namespace millwright
