#include "millwright/filter/fir_design.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "millwright/numeric/math.hpp"

namespace millwright {
namespace {

constexpr const char* here = "firwin";

/// sin(pi x) / (pi x)
double sinc(double x) noexcept { return x == 0.0 ? 1.0 : math::sin_pi(x) / (math::pi * x); }

error refuse(std::string_view what, std::string_view mend) { return {errc::invalid_argument, here, what, mend}; }

}  // namespace

result<std::vector<double>> firwin(std::size_t taps, std::span<const double> edges_hz, double rate_hz, bool pass_zero, const taper& window,
                                   bool scale) {
  if (taps == 0 || taps > max_taps) return refuse("the number of taps must be 1 to " + std::to_string(max_taps), "101 is a usual length");
  if (!(rate_hz > 0.0) || !std::isfinite(rate_hz)) return refuse("the sampling rate must be positive", "give samples per second");
  if (edges_hz.empty()) return refuse("there is no band edge", "give at least one");
  std::vector<double> edges;  // of the pass bands, in units of half the rate, two each
  if (pass_zero) edges.push_back(0.0);
  double last = 0.0;
  for (const double edge_hz : edges_hz) {
    const double edge = edge_hz / (0.5 * rate_hz);
    if (!(edge > last && edge < 1.0)) {
      return refuse("band edge " + std::to_string(edge_hz) + " Hz does not fit a rate of " + std::to_string(rate_hz) + " Hz",
                    "edges must ascend strictly between 0 and half the rate");
    }
    edges.push_back(edge);
    last = edge;
  }
  if (edges.size() % 2 == 1) {
    if (taps % 2 == 0) return refuse("an even number of taps cannot pass half the rate", "take one tap more");
    edges.push_back(1.0);
  }
  MILLWRIGHT_CHECK(validate_taper(window));
  MILLWRIGHT_TRY(const std::vector<double> weights, get_window(window, taps, false));

  const double middle = 0.5 * static_cast<double>(taps - 1);
  std::vector<double> h(taps);
  for (std::size_t i = 0; i < taps; ++i) {
    const double at = static_cast<double>(i) - middle;
    for (std::size_t e = 0; e < edges.size(); e += 2) h[i] += edges[e + 1] * sinc(edges[e + 1] * at) - edges[e] * sinc(edges[e] * at);
    h[i] *= weights[i];
  }
  if (scale) {
    const double centre = edges[0] == 0.0 ? 0.0 : edges[1] == 1.0 ? 1.0 : 0.5 * (edges[0] + edges[1]);
    double gain = 0.0;
    for (std::size_t i = 0; i < taps; ++i) gain += h[i] * math::cos_pi((static_cast<double>(i) - middle) * centre);
    for (double& tap : h) tap /= gain;
  }
  if (!std::all_of(h.begin(), h.end(), [](double tap) { return std::isfinite(tap); })) {
    return refuse(
        "the taper " + std::string(to_string(window.kind)) + " leaves no gain in the pass band of " + std::to_string(taps) + " taps",
        "take more taps, or a taper that is not 0 at its ends (hamming)");
  }
  return h;
}

result<std::vector<double>> firwin(std::size_t taps, filter_band band, double low_hz, double high_hz, double rate_hz, const taper& window) {
  const double both[] = {low_hz, high_hz};
  const std::span<const double> edges(both);
  switch (band) {
    case filter_band::lowpass: return firwin(taps, edges.last(1), rate_hz, true, window);
    case filter_band::highpass: return firwin(taps, edges.first(1), rate_hz, false, window);
    case filter_band::bandpass: return firwin(taps, edges, rate_hz, false, window);
    case filter_band::bandstop: break;
  }
  return firwin(taps, edges, rate_hz, true, window);
}

double kaiser_beta(double attenuation_db) noexcept {
  if (attenuation_db > 50.0) return 0.1102 * (attenuation_db - 8.7);
  if (attenuation_db > 21.0) return 0.5842 * math::pow(attenuation_db - 21.0, 0.4) + 0.07886 * (attenuation_db - 21.0);
  return 0.0;
}

result<kaiser_estimate> kaiserord(double ripple_db, double width) {
  const double attenuation = std::fabs(ripple_db);
  if (!(attenuation >= 8.0) || !(attenuation <= 1000.0)) {
    return error(errc::invalid_argument, "kaiserord", "the ripple must be 8 to 1000 dB below the pass band", "60 is usual");
  }
  const double taps = (attenuation - 7.95) / 2.285 / (math::pi * width) + 1.0;
  if (!(width > 0.0 && width <= 1.0) || taps > static_cast<double>(max_taps)) {
    return error(errc::invalid_argument, "kaiserord", "the transition width does not fit",
                 "give it as a share of half the sampling rate, above 0 and at most 1");
  }
  return kaiser_estimate{static_cast<std::size_t>(std::ceil(taps)), kaiser_beta(attenuation)};
}

std::complex<double> fir_response(std::span<const double> taps, double frequency) noexcept {
  double re = 0.0;
  double im = 0.0;
  for (std::size_t i = 0; i < taps.size(); ++i) {
    // The phase modulo a turn first: 2 f i loses digits otherwise.
    const double turns = frequency * static_cast<double>(i);
    const double phase = 2.0 * (turns - std::floor(turns));
    re += taps[i] * math::cos_pi(phase);
    im -= taps[i] * math::sin_pi(phase);
  }
  return {re, im};
}

}  // namespace millwright
