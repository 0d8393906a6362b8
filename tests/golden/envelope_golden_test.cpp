// Envelope spectra and pre-whitening against SciPy; envelope.json is made by generate_envelope.py.

#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "millwright/vibration/envelope_spectrum.hpp"
#include "millwright/vibration/prewhitening.hpp"
#include "support/paths.hpp"

namespace millwright {
namespace {

template <class Real>
class EnvelopeGolden : public testing::Test {};
using real_types = testing::Types<float, double>;
TYPED_TEST_SUITE(EnvelopeGolden, real_types);

nlohmann::json read_cases() {
  std::ifstream file(test::source_file("tests/golden/envelope.json"));
  return nlohmann::json::parse(file, nullptr, false);
}

template <class Real>
std::vector<Real> samples_of(const nlohmann::json& item) {
  std::vector<Real> samples;
  for (const auto& i : item["samples"]) samples.push_back(static_cast<Real>(i.get<double>() * item["scale"].get<double>()));
  return samples;
}

TYPED_TEST(EnvelopeGolden, SpectraAreThoseOfTheFullRate) {
  const double tolerance = std::is_same_v<TypeParam, double> ? 1e-12 : 2e-5;
  const double floor = std::is_same_v<TypeParam, double> ? 1e-3 : 0.05;
  const auto golden = read_cases();
  ASSERT_FALSE(golden.is_discarded());
  std::size_t compared = 0;
  for (const auto& item : golden["cases"]) {
    const auto samples = samples_of<TypeParam>(item);
    const double rate = item["rate"].get<double>();
    for (const auto& wanted : item["spectra"]) {
      envelope_settings settings;
      settings.f_lo_hz = wanted["band"][0].get<double>();
      settings.f_hi_hz = wanted["band"][1].get<double>();
      settings.squared = wanted["squared"].get<bool>();
      settings.prewhiten = wanted["prewhiten"].get<bool>();
      SCOPED_TRACE("n " + std::to_string(samples.size()) + " band " + wanted["band"].dump() + " squared " + wanted["squared"].dump() +
                   " prewhiten " + wanted["prewhiten"].dump());
      const auto spectrum = envelope_spectrum<TypeParam>(samples, rate, settings);
      ASSERT_TRUE(spectrum) << spectrum.error().message();
      EXPECT_NEAR(spectrum->bin_hz, rate / static_cast<double>(samples.size()), 1e-9);
      const auto expected = wanted["magnitude"].get<std::vector<double>>();
      const double largest = *std::max_element(expected.begin(), expected.end());
      ASSERT_LE(spectrum->magnitude.size(), expected.size());
      for (std::size_t k = 0; k < expected.size(); ++k) {
        // What is not given is nothing.
        const double found = k < spectrum->magnitude.size() ? static_cast<double>(spectrum->magnitude[k]) : 0.0;
        EXPECT_NEAR(found, expected[k], tolerance * std::max(largest, floor)) << "bin " << k;
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 2000u);
}

TYPED_TEST(EnvelopeGolden, WhitenedFramesAreSciPys) {
  const double tolerance = std::is_same_v<TypeParam, double> ? 1e-13 : 1e-4;
  for (const auto& item : read_cases()["cases"]) {
    const auto samples = samples_of<TypeParam>(item);
    const auto whitened = prewhiten<TypeParam>(samples);
    ASSERT_TRUE(whitened) << whitened.error().message();
    for (std::size_t i = 0; i < samples.size(); ++i) {
      EXPECT_NEAR(static_cast<double>((*whitened)[i]), item["whitened"][i].get<double>(), tolerance)
          << "sample " << i << " of " << samples.size();
    }
  }
}

}  // namespace
}  // namespace millwright
