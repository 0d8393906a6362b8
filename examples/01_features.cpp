// Features of a signal in memory: a few lines, no pipeline, nothing fitted.
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "millwright/features/features.hpp"
#include "millwright/millwright.hpp"
#include "millwright/numeric/random.hpp"

namespace mw = millwright;

int main() {
  // One second of a machine: its shaft at 25 Hz, noise, and a bearing that knocks 90 times a second at 3 kHz.
  constexpr double rate_hz = 12'800.0;
  std::vector<float> vibration(12'800);
  mw::random_stream noise(1, 0);
  for (std::size_t i = 0; i < vibration.size(); ++i) {
    const double t = static_cast<double>(i) / rate_hz;
    const double since_knock = std::fmod(t, 1.0 / 90.0);
    const double knock = std::exp(-since_knock * 800.0) * std::sin(6.283185307 * 3000.0 * since_knock);
    vibration[i] = static_cast<float>(std::sin(6.283185307 * 25.0 * t) + 0.1 * noise.normal() + 2.0 * knock);
  }

  const std::vector<std::string> names = {"rms", "kurtosis", "crest", "band_rms(f_lo=2500,f_hi=3500)", "spectral_centroid"};
  const auto values = mw::extract_features(names, vibration, rate_hz);
  if (!values) {
    std::fprintf(stderr, "%s\n", values.error().message().c_str());
    return 1;
  }
  for (std::size_t i = 0; i < names.size(); ++i) std::printf("%-36s %.6g\n", names[i].c_str(), (*values)[i]);

  // A name that does not exist is an error that says so, never a silent zero.
  const auto wrong = mw::extract_features({"kurtossis"}, vibration, rate_hz);
  std::printf("\n%s\n", wrong ? "this should not happen" : wrong.error().message().c_str());
  return wrong ? 1 : 0;
}
