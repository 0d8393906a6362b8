#include "millwright/vibration/envelope_spectrum.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>
#include <limits>

#include "millwright/core/signal_stage.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/vibration/prewhitening.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

constexpr double rate = 8192.0;

/// (1 + depth cos(2 pi modulation t)) cos(2 pi carrier t)
std::vector<double> modulated_tone(std::size_t n, double carrier, double modulation, double depth) {
  std::vector<double> x(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double t = static_cast<double>(i) / rate;
    x[i] = (1.0 + depth * math::cos_pi(2.0 * modulation * t)) * math::cos_pi(2.0 * carrier * t);
  }
  return x;
}

TEST(EnvelopeSpectrum, ModulatedToneReadsHalfItsDepth) {
  const auto x = modulated_tone(4096, 2000.0, 64.0, 0.6);
  envelope_settings settings;
  settings.f_lo_hz = 1500.0;
  settings.f_hi_hz = 2500.0;
  settings.squared = false;
  const auto magnitude = test::must(envelope_spectrum<double>(x, rate, settings)).magnitude;
  EXPECT_NEAR(magnitude[32], 0.3, 1e-12);
  settings.squared = true;  // (1 + m cos)^2 = 1 + m^2 / 2 + 2 m cos + m^2 / 2 cos(2 ...)
  const auto squared = test::must(envelope_spectrum<double>(x, rate, settings)).magnitude;
  EXPECT_NEAR(squared[32], 0.6, 1e-12);
  EXPECT_NEAR(squared[64], 0.09, 1e-12);
  EXPECT_NEAR(squared[0], 0.0, 1e-12);
}

TEST(EnvelopeSpectrum, EnergyScaleGivesTheMeanSquare) {
  const auto x = modulated_tone(4096, 2000.0, 60.7, 0.2);  // between bins
  envelope_settings settings;
  settings.f_lo_hz = 1500.0;
  settings.f_hi_hz = 2500.0;
  settings.squared = false;
  const auto magnitude = test::must(envelope_spectrum<double>(x, rate, settings)).magnitude;
  double sum = 0.0;
  for (std::size_t k = 25; k < 36; ++k) sum += magnitude[k] * magnitude[k];
  EXPECT_NEAR(envelope_energy_scale * sum, 0.5 * 0.2 * 0.2, 1e-4 * 0.02);
}

TEST(EnvelopeSpectrum, NarrowBandsTakeFewInstants) {
  envelope_transform<double> narrow;
  envelope_transform<double> wide;
  envelope_transform<double> plain;
  workspace memory;
  ASSERT_TRUE(narrow.prepare(4096, 4096.0, {500.0, 600.0, true, false}, memory));
  ASSERT_TRUE(wide.prepare(4096, 4096.0, {0.0, 0.0, true, false}, memory));
  ASSERT_TRUE(plain.prepare(4096, 4096.0, {500.0, 600.0, false, false}, memory));
  EXPECT_GE(narrow.samples(), 2u * 101u + 1u);
  EXPECT_LE(narrow.samples(), 216u);
  EXPECT_EQ(wide.samples(), 4096u);
  EXPECT_EQ(plain.samples(), 4096u);
  EXPECT_EQ(narrow.bins(), narrow.samples() / 2 + 1);
  EXPECT_DOUBLE_EQ(narrow.samples_rate_hz(), static_cast<double>(narrow.samples()));
}

TEST(EnvelopeSpectrum, EnvelopeOfAToneIsItsSquaredAmplitude) {
  const auto x = modulated_tone(1024, 2000.0, 64.0, 0.0);
  struct both {
    envelope_transform<double> envelope;
    real_fft<double> fft;
    void reset() noexcept {
      envelope.reset();
      fft.reset();
    }
  };
  auto ready = test::must(detail::prepare_on_heap(both(), [](both& t, workspace& memory) -> result<void> {
    MILLWRIGHT_CHECK(t.fft.prepare(1024, memory));
    return t.envelope.prepare(1024, rate, {1600.0, 2400.0, true, false}, memory);
  }));
  std::vector<std::complex<double>> bins(513);
  ready.object.fft.forward(x.data(), bins.data());
  std::vector<double> e(ready.object.envelope.samples());
  ready.object.envelope.envelope(bins.data(), e.data());
  for (const double v : e) EXPECT_NEAR(v, 1.0, 1e-12);
}

TEST(EnvelopeSpectrum, FramesAreIndependent) {
  auto frames = modulated_tone(512, 2000.0, 64.0, 0.6);
  const auto single = test::must(envelope_spectrum<double>(frames, rate));
  auto second = frames;
  second[100] = std::numeric_limits<double>::quiet_NaN();
  auto all = frames;
  all.insert(all.end(), second.begin(), second.end());
  all.insert(all.end(), frames.begin(), frames.end());
  const auto found = test::must(envelope_spectra<double>(all, 512, rate));
  ASSERT_EQ(found.magnitude.size(), 3 * single.magnitude.size());
  for (std::size_t k = 0; k < found.bins; ++k) {
    EXPECT_EQ(found.magnitude[k], single.magnitude[k]);
    EXPECT_TRUE(std::isnan(found.magnitude[found.bins + k]));
    EXPECT_EQ(found.magnitude[2 * found.bins + k], single.magnitude[k]);
  }
}

TEST(EnvelopeSpectrum, OddInputGivesNumbersOrErrorsNeverInfinity) {
  const std::vector<double> constant(256, 3.0);
  for (const bool prewhiten : {false, true}) {
    const auto flat = test::must(envelope_spectrum<double>(constant, rate, {0.0, 0.0, true, prewhiten}));
    for (const double v : flat.magnitude) EXPECT_EQ(v, 0.0);
  }
  const std::vector<float> huge(256, 3e38f);
  std::vector<float> loud(256);
  for (std::size_t i = 0; i < loud.size(); ++i) loud[i] = i % 2 == 0 ? 1e30f : -1e30f;
  for (const auto& x : {huge, loud}) {
    const auto spectrum = test::must(envelope_spectrum<float>(x, rate));
    for (const float v : spectrum.magnitude) EXPECT_FALSE(std::isinf(v));
  }
  EXPECT_FALSE(envelope_spectrum<double>({}, rate));
  EXPECT_FALSE(envelope_spectrum<double>(std::span(constant).first(1), rate));
  EXPECT_FALSE(envelope_spectrum<double>(constant, 0.0));
  EXPECT_FALSE(envelope_spectrum<double>(constant, rate, {2000.0, 1000.0, true, false}));
  EXPECT_FALSE(envelope_spectrum<double>(constant, rate, {1000.0, 5000.0, true, false}));
  EXPECT_FALSE(envelope_spectrum<double>(constant, rate, {std::nan(""), 2000.0, true, false}));
  EXPECT_FALSE(envelope_spectrum<double>(constant, rate, {1000.0, 1040.0, true, false}));  // bins are 32 Hz apart
  EXPECT_FALSE(envelope_spectra<double>(constant, 100, rate));
}

TEST(Prewhitening, FlattensTheSpectrumAndKeepsZeros) {
  auto x = modulated_tone(1000, 1000.0, 30.0, 0.8);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += 1e-3 * math::sin_pi(0.37 * static_cast<double>(i * i % 997));
  const auto whitened = test::must(prewhiten<double>(x));
  double squares = 0.0;
  for (const double v : whitened) squares += v * v;
  EXPECT_NEAR(squares, 1.0, 1e-9);
  const std::vector<double> zeros(100, 0.0);
  EXPECT_EQ(test::must(prewhiten<double>(zeros)), zeros);
  auto broken = x;
  broken[7] = math::infinity;
  for (const double v : test::must(prewhiten<double>(broken))) EXPECT_TRUE(std::isnan(v));
  EXPECT_FALSE(prewhiten<double>({}));
}

TEST(Prewhitening, ScaleDoesNotMatter) {
  auto x = modulated_tone(1000, 1000.0, 30.0, 0.8);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += 1e-3 * math::sin_pi(0.37 * static_cast<double>(i * i % 997));
  const auto whitened = test::must(prewhiten<double>(x));
  const auto lines = test::must(envelope_spectrum<double>(x, rate, {0.0, 0.0, true, true}));
  for (const double scale : {0x1p-600, 0x1p530, 0x1p1000}) {  // powers of two: the same bits
    auto scaled = x;
    for (double& v : scaled) v *= scale;
    EXPECT_EQ(test::must(prewhiten<double>(scaled)), whitened) << scale;
    EXPECT_EQ(test::must(envelope_spectrum<double>(scaled, rate, {0.0, 0.0, true, true})).magnitude, lines.magnitude) << scale;
  }
}

}  // namespace
}  // namespace millwright
