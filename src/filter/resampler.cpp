#include "millwright/filter/resampler.hpp"

#include <algorithm>
#include <numeric>

#include "millwright/filter/fir_design.hpp"

namespace millwright {

result<std::vector<double>> resampler_taps(std::size_t up, std::size_t down, double beta) {
  const std::size_t larger = std::max(up, down);
  MILLWRIGHT_TRY(auto taps, firwin(20 * larger + 1, filter_band::lowpass, 0.0, 1.0 / static_cast<double>(larger), 2.0,
                                   taper{taper_kind::kaiser, beta}));
  for (double& tap : taps) tap *= static_cast<double>(up);
  return taps;
}

template <class Real>
result<signal_port> resampler<Real>::prepare(const signal_port& in, workspace& memory) {
  const std::int64_t common = std::gcd(up, down);
  const auto rise = static_cast<std::size_t>(up / common);
  const auto fall = static_cast<std::size_t>(down / common);
  std::vector<double> taps = {1.0};
  if (rise != fall) {
    MILLWRIGHT_TRY(taps, resampler_taps(rise, fall, beta));
  }
  const std::size_t middle = (taps.size() - 1) / 2;
  MILLWRIGHT_CHECK(polyphase_.prepare(taps, rise, fall, middle, polyphase_fir<Real>::length::same, in.columns, in.max_items, memory));
  signal_port out = in;
  out.rate_hz = in.rate_hz * static_cast<double>(rise) / static_cast<double>(fall);
  out.max_items = polyphase_.max_output_items();
  const double reach_s = static_cast<double>(taps.size() - 1) / static_cast<double>(rise) / in.rate_hz;
  out.newest_s += 0.5 * reach_s;
  out.memory_s += reach_s;
  out.start_s += reach_s;
  return out;
}

template <class Real>
void resampler<Real>::reset() noexcept {
  polyphase_.reset();
}

template <class Real>
std::size_t resampler<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  return polyphase_.process(in, out);
}

template <class Real>
std::size_t resampler<Real>::flush(std::span<Real> out) noexcept {
  return polyphase_.flush(out);
}

template class resampler<float>;
template class resampler<double>;

}  // namespace millwright
