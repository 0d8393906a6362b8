// Spectra against SciPy and NumPy; spectra.json is made by generate_spectra.py.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "millwright/signal/cepstrum.hpp"
#include "millwright/signal/hilbert.hpp"
#include "millwright/signal/mel.hpp"
#include "millwright/signal/spectral_kurtosis.hpp"
#include "millwright/signal/stft.hpp"
#include "millwright/signal/welch.hpp"
#include "millwright/signal/zoom_fft.hpp"
#include "support/paths.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

using test::must;

template <class Real>
class SpectraGolden : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(test::source_file("tests/golden/spectra.json"));
    golden = nlohmann::json::parse(file, nullptr, false);
    ASSERT_FALSE(golden.is_discarded());
    rate_hz = golden["rate_hz"].get<double>();
    first = samples("x");
    second = samples("y");
  }
  std::vector<Real> samples(const char* name) {
    std::vector<Real> values;
    for (const auto& i : golden["signals"][name]) values.push_back(static_cast<Real>(i.get<double>() * golden["scale"].get<double>()));
    return values;
  }
  /// Within 1e-10 (float32: 1e-4) of each value; far below the largest one, within 1e-13 (2e-6) of that.
  template <class T>
  void expect(const char* name, const std::vector<T>& found) {
    const auto expected = golden["values"][name].get<std::vector<double>>();
    const bool is_single = std::is_same_v<Real, float>;
    double largest = 0.0;
    for (const double v : expected) largest = std::max(largest, std::abs(v));
    ASSERT_EQ(found.size(), expected.size()) << name;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double slack = (is_single ? 1e-4 : 1e-10) * std::abs(expected[i]) + (is_single ? 2e-6 : 1e-13) * largest;
      EXPECT_NEAR(static_cast<double>(found[i]), expected[i], slack) << name << " " << i;
    }
  }
  void expect(const char* name, const std::vector<std::complex<Real>>& found) {
    std::vector<Real> pairs;
    for (const auto& z : found) {
      pairs.push_back(z.real());
      pairs.push_back(z.imag());
    }
    expect(name, pairs);
  }

  nlohmann::json golden;
  double rate_hz = 0.0;
  std::vector<Real> first, second;
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(SpectraGolden, Precisions);

TYPED_TEST(SpectraGolden, Averages) {
  using Real = TypeParam;
  const std::span<const Real> x = this->first;
  const std::span<const Real> y = this->second;
  welch_options o{.fs = this->rate_hz};
  for (const char* window : {"hann", "flattop", "kaiser(beta=8.6)"}) {
    for (const std::size_t nperseg : {32u, 33u}) {
      o.window = must(parse_taper(window));
      o.nperseg = nperseg;
      const auto name = "welch " + std::string(window) + " " + std::to_string(nperseg);
      this->expect(name.c_str(), must(welch(x, o)).values);
    }
  }
  o = {.fs = this->rate_hz, .nperseg = 30, .detrend = detrend_kind::linear, .average = spectrum_average::median};
  this->expect("welch median linear", must(welch(x, o)).values);
  o = {.fs = this->rate_hz, .nperseg = 31, .noverlap = 7, .nfft = 40, .return_onesided = false};
  const auto both = must(welch(x, o));
  this->expect("welch two-sided", both.values);
  EXPECT_DOUBLE_EQ(both.frequency_hz[19], 47.5);
  EXPECT_DOUBLE_EQ(both.frequency_hz[20], -50.0);
  this->expect("periodogram", must(periodogram(x, {.fs = this->rate_hz, .scaling = spectrum_scaling::spectrum})).values);
  o = {.fs = this->rate_hz, .nperseg = 32};
  this->expect("csd", must(csd(x, y, o)).values);
  this->expect("coherence", must(coherence(x, y, o)).values);
}

TYPED_TEST(SpectraGolden, ShortTime) {
  using Real = TypeParam;
  const std::span<const Real> x = this->first;
  const auto z = must(stft(x, {.fs = this->rate_hz, .nperseg = 32}));
  this->expect("stft", z.values);
  EXPECT_EQ(z.time_s[1], 0.16);
  const auto back = must(istft<Real>(z.values, {.fs = this->rate_hz, .nperseg = 32}));
  ASSERT_GE(back.size(), x.size());
  const double slack = sizeof(Real) == sizeof(float) ? 1e-5 : 1e-13;
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(back[i], x[i], slack);
  this->expect("spectrogram", must(spectrogram(x, {.fs = this->rate_hz, .nperseg = 32})).values);
  this->expect("spectral_kurtosis", must(spectral_kurtosis(x, {.fs = this->rate_hz, .nperseg = 32})).values);
  const mel_options mel{
      .fs = this->rate_hz, .nperseg = 64, .n_mels = 6, .f_lo = 2.0, .scale = mel_scale::htk, .is_area_normalized = false, .n_mfcc = 4};
  this->expect("log_mel", must(log_mel(x, mel)).values);
  this->expect("mfcc", must(mfcc(x, mel)).values);
}

TYPED_TEST(SpectraGolden, WholeSignal) {
  using Real = TypeParam;
  const std::span<const Real> x = this->first;
  this->expect("hilbert", must(hilbert(x)));
  this->expect("zoom_fft", must(zoom_fft(x, {.fs = this->rate_hz, .f_lo = 10.0, .f_hi = 15.0, .m = 20})));
  this->expect("real_cepstrum", must(real_cepstrum(x)));
  this->expect("power_cepstrum", must(power_cepstrum(x)));
}

}  // namespace
}  // namespace millwright
