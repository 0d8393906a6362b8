#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "millwright/numeric/math.hpp"
#include "millwright/numeric/random.hpp"
#include "millwright/signal/cepstrum.hpp"
#include "millwright/signal/hilbert.hpp"
#include "millwright/signal/mel.hpp"
#include "millwright/signal/octave_levels.hpp"
#include "millwright/signal/sliding_dft.hpp"
#include "millwright/signal/spectral_kurtosis.hpp"
#include "millwright/signal/spectral_lines.hpp"
#include "millwright/signal/stft.hpp"
#include "millwright/signal/welch_stage.hpp"
#include "millwright/signal/zoom_fft.hpp"
#include "millwright/signal/zoom_fft_stage.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

using test::must;

std::vector<double> noise(std::size_t n) {
  std::vector<double> x(n);
  random_stream random(3, 0);
  for (double& v : x) v = random.uniform() - 0.5;
  return x;
}

std::vector<double> tone(std::size_t n, double cycles_per_sample, double amplitude = 1.0) {
  std::vector<double> x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = amplitude * math::cos_pi(2.0 * cycles_per_sample * static_cast<double>(i));
  return x;
}

template <class Real>
std::span<const Real> view(const std::vector<Real>& x) {
  return x;
}

TEST(Welch, StageGivesTheBitsOfTheFunctionAndARest) {
  const auto x = noise(5000);
  welch_stage<double> stage;
  stage.nperseg = 128;
  stage.segments = 20;
  signal_port out;
  const auto items = must(run_signal_stage<double, welch_stage>(stage, x, {1, 100.0, 1, 0.0}, &out));
  ASSERT_EQ(out.columns, 65u);
  const std::size_t count = (5000 - 128) / 64 + 1;  // 77: three averages over 20 and one over 17
  ASSERT_EQ(items.size(), 65u * 4);
  ASSERT_EQ(count, 77u);
  EXPECT_DOUBLE_EQ(out.rate_hz, 100.0 / (64 * 20));
  const auto first = must(welch(view(x).first(128 + 19 * 64), {.fs = 100.0, .nperseg = 128}));
  for (std::size_t k = 0; k < 65; ++k) EXPECT_EQ(items[k], first.values[k]) << k;
}

TEST(Welch, AConstantHasNoPowerAtAnyOffset) {
  for (const double level : {0.1, 1e9, -1e-300}) {
    const std::vector<double> x(777, level);
    for (const auto kind : {detrend_kind::constant, detrend_kind::linear}) {
      for (const double v : must(welch(view(x), {.nperseg = 64, .detrend = kind})).values) EXPECT_EQ(v, 0.0);
    }
  }
}

TEST(Welch, MedianIgnoresAnImpact) {
  auto x = noise(20'000);
  const auto clean = must(welch(view(x), {.nperseg = 64, .average = spectrum_average::median}));
  x[5000] = 1e6;
  const auto hit = must(welch(view(x), {.nperseg = 64, .average = spectrum_average::median}));
  for (std::size_t k = 1; k < hit.values.size(); ++k) EXPECT_NEAR(hit.values[k] / clean.values[k], 1.0, 0.05);
  EXPECT_DOUBLE_EQ(median_bias(1), 1.0);
  EXPECT_DOUBLE_EQ(median_bias(3), 1.0 - 0.5 + 1.0 / 3.0);
  EXPECT_NEAR(median_bias(100'001), math::log(2.0), 1e-5);
}

TEST(Welch, RefusesBadSettings) {
  const auto x = noise(100);
  const auto fails = [&](const welch_options& o) {
    const auto r = welch(view(x), o);
    return !r && r.error().code == errc::invalid_argument;
  };
  EXPECT_TRUE(fails({.fs = 0.0}));
  EXPECT_TRUE(fails({.fs = std::numeric_limits<double>::infinity()}));
  EXPECT_TRUE(fails({.nperseg = 0}));
  EXPECT_TRUE(fails({.nperseg = 32, .noverlap = 32}));
  EXPECT_TRUE(fails({.nperseg = 32, .nfft = 31}));
  EXPECT_TRUE(fails({.window = {taper_kind::gaussian, 0.0}}));
  EXPECT_TRUE(fails({.window_values = std::vector<double>(101, 1.0)}));
  EXPECT_TRUE(must(welch(view(std::vector<double>()))).values.empty());
}

TEST(Coherence, OneForAFilteredCopyNoneForNothing) {
  const auto x = noise(4000);
  std::vector<double> y(x.size());
  for (std::size_t i = 2; i < x.size(); ++i) y[i] = 3.0 * x[i] - x[i - 2];
  for (const double c : must(coherence(view(x), view(y), {.nperseg = 64})).values) EXPECT_GT(c, 0.9);
  const std::vector<double> nothing(4000, 0.0);
  for (const double c : must(coherence(view(x), view(nothing), {.nperseg = 64})).values) EXPECT_TRUE(std::isnan(c));
}

TEST(Stft, ABadSampleSpoilsOnlyItsFrames) {
  auto x = noise(1000);
  x[300] = std::numeric_limits<double>::quiet_NaN();
  const auto z = must(stft(view(x), {.nperseg = 64, .boundary = stft_boundary::none, .padded = false}));
  const std::size_t bins = 33;
  for (std::size_t i = 0; i < z.time_s.size(); ++i) {
    const bool holds_it = i * 32 <= 300 && 300 < i * 32 + 64;
    EXPECT_EQ(std::isnan(z.values[i * bins + 3].real()), holds_it) << i;
  }
}

TEST(Stft, ShapeIsKnownBeforeTheWork) {
  EXPECT_EQ(must(shape_of_stft(0, {})).frames, 0u);
  const auto shape = must(shape_of_stft(1, {}));
  EXPECT_EQ(shape.settings.nperseg, 1u);
  EXPECT_EQ(shape.bins, 1u);
  EXPECT_FALSE(shape_of_stft(10, {.nperseg = 10, .noverlap = 10}));
  EXPECT_FALSE(shape_of_stft(1, {.fs = -1.0}));
  EXPECT_TRUE(is_invertible(must(get_window("hann", 64)), 32));
  EXPECT_FALSE(is_invertible(must(get_window("hann", 64)), 0));
  EXPECT_FALSE(is_invertible({}, 0));
}

TEST(Istft, RefusesFramesOfAnotherSize) {
  const std::vector<std::complex<double>> z(34);
  EXPECT_FALSE(istft<double>(z, {.nperseg = 64}));
  EXPECT_TRUE(must(istft<double>({}, {.nperseg = 64})).empty());
}

TEST(Hilbert, QuadratureOfATone) {
  const auto z = must(hilbert(view(tone(400, 0.05))));
  for (std::size_t i = 0; i < z.size(); ++i) EXPECT_NEAR(z[i].imag(), math::sin_pi(0.1 * static_cast<double>(i)), 1e-12);
  const auto f = must(instantaneous_frequency(view(tone(400, 0.05)), 1000.0));
  ASSERT_EQ(f.size(), 399u);
  for (const double v : f) EXPECT_NEAR(v, 50.0, 1e-8);
  EXPECT_FALSE(hilbert<double>({}));
  EXPECT_TRUE(std::isnan(must(instantaneous_frequency(view(std::vector<double>(5, 0.0)), 1.0))[0]));
}

TEST(Hilbert, StageGivesAsManyItemsAsCameInAndRefusesEvenTaps) {
  for (const std::size_t n : {0u, 1u, 5u, 64u, 65u, 300u}) {
    const auto x = noise(n);
    const auto out = must(run_signal_stage<double, hilbert_stage>({}, x, {1, 100.0, 1, 0.0}));
    ASSERT_EQ(out.size(), 2 * n);
    for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(out[2 * i], x[i]);
  }
  hilbert_stage<double> even;
  even.taps = 64;
  workspace measure;
  EXPECT_FALSE(even.prepare({1, 100.0, 10, 0.0}, measure));
}

TEST(Hilbert, StageGivesNoInfinity) {
  std::vector<double> x(300, 1.0);
  x[150] = math::infinity;
  const auto out = must(run_signal_stage<double, hilbert_stage>({}, x, {1, 100.0, 1, 0.0}));
  for (const double v : out) EXPECT_FALSE(std::isinf(v));
  EXPECT_TRUE(std::isnan(out[2 * 150]));
  EXPECT_FALSE(std::isnan(out[2 * 150 - 130]) || std::isnan(out[2 * 150 + 131]));
}

TEST(Hilbert, AmplitudesAtTheEndsOfTheRange) {
  for (const double size : {1e200, 1e-170, 1e-300}) {
    auto x = tone(400, 0.05);
    for (double& v : x) v *= size;
    for (const double a : must(instantaneous_amplitude(view(x)))) EXPECT_NEAR(a / size, 1.0, 1e-6);
    for (const double f : must(instantaneous_frequency(view(x), 1000.0))) EXPECT_NEAR(f, 50.0, 1e-3);
  }
}

TEST(SlidingDft, ForgetsABadSampleWithTheWindow) {
  for (const double bad : {math::nan, math::infinity, -math::infinity}) {
    auto x = tone(300, 0.05);
    sliding_dft<double> stage;
    stage.frequencies_hz = {0.0, 50.0};
    stage.length = 40;
    const auto clean = must(run_signal_stage(stage, view(x), {1, 1'000.0, 1, 0.0}));
    x[101] = bad;
    const auto out = must(run_signal_stage(stage, view(x), {1, 1'000.0, 1, 0.0}));
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t item = i / 4;
      EXPECT_EQ(std::isnan(out[i]), item >= 101 && item < 141) << item;
      EXPECT_FALSE(std::isinf(out[i]));
      if (item >= 141) {
        EXPECT_NEAR(out[i], clean[i], 1e-12);
      }
    }
  }
}

TEST(Welch, PowerBeyondTheRangeOfFloatIsNaN) {
  std::vector<float> x(256);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = i % 4 < 2 ? 1e25F : -1e25F;
  const auto psd = must(welch(std::span<const float>(x), {.nperseg = 64}));
  std::size_t beyond = 0;
  for (const float v : psd.values) {
    EXPECT_FALSE(std::isinf(v));
    beyond += std::isnan(v) ? 1 : 0;
  }
  EXPECT_GT(beyond, 0u);
}

TEST(SpectralLines, NumbersWithoutMeaningGiveNaNAndCountsHaveALimit) {
  const std::vector<double> psd(11, 1.0);
  for (const double df : {0.0, -1.0, math::nan, math::infinity}) {
    EXPECT_TRUE(std::isnan(band_energy(view(psd), df, 10.0, 1.0, 5.0)));
    EXPECT_TRUE(std::isnan(velocity_rms(view(psd), df, 10.0, 1.0, 5.0)));
    EXPECT_TRUE(std::isnan(find_line(view(psd), df, 1.0, 0.0, peak_interpolation::none).amplitude));
  }
  EXPECT_FALSE(std::isinf(band_energy(view(psd), 1e-300, 10.0, 1.0, 5.0)));
  EXPECT_TRUE(std::isnan(band_energy(view(psd), 1.0, math::nan, 1.0, 5.0)));
  EXPECT_TRUE(std::isnan(find_line(view(psd), 1.0, 1.0, math::nan, peak_interpolation::none).amplitude));
  constexpr auto huge = static_cast<std::size_t>(-1);
  EXPECT_EQ(find_harmonics(view(psd), 1.0, 1.0, huge, 0.0).error().code, errc::limit_exceeded);
  EXPECT_EQ(find_sidebands(view(psd), 1.0, 5.0, 1.0, huge, 0.0).error().code, errc::limit_exceeded);
  EXPECT_EQ(gamnitudes(view(psd), 1.0, 0.5, huge).error().code, errc::limit_exceeded);
}

TEST(SpectralLines, VelocityFromASpectrumOfAcceleration) {
  const double rate_hz = 12'800.0;
  const auto rms_of = [&](double frequency_hz, double amplitude) {
    std::vector<double> x(102'400);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = amplitude * math::sin_pi(2.0 * frequency_hz * static_cast<double>(i) / rate_hz);
    const auto psd = must(welch(view(x), {.fs = rate_hz, .nperseg = 51'200}));
    return velocity_rms(view(psd.values), 0.25, 0.5 * rate_hz);
  };
  EXPECT_NEAR(1000.0 * rms_of(160.0, std::sqrt(2.0) * 9.80665), 9.75486, 5e-5);
  EXPECT_NEAR(1000.0 * rms_of(160.1, std::sqrt(2.0) * 9.80665), 9.75486 * 160.0 / 160.1, 5e-5);
  EXPECT_LT(rms_of(9.0, 1.0), 1e-7);
  EXPECT_NEAR(rms_of(11.0, 1.0) * std::sqrt(2.0) * 2.0 * math::pi * 11.0, 1.0, 1e-3);
  EXPECT_LT(rms_of(1'010.0, 1.0), 1e-8);
  // White noise: the integral of 1 / (2 pi f)^2 over the band, which parts of edge bins belong to.
  const std::vector<double> flat(6'401, 1.0);
  const double expected = std::sqrt((1.0 / 10.3 - 1.0 / 900.7) / (4.0 * math::pi * math::pi));
  EXPECT_NEAR(velocity_rms(view(flat), 1.0, 6'400.0, 10.3, 900.7) / expected, 1.0, 2e-3);
}

TEST(SpectralLines, BandsAddUpAndEdgesAreShared) {
  const std::vector<double> psd = {1.0, 2.0, 3.0, 4.0, 5.0};  // df 2, rate 16
  EXPECT_DOUBLE_EQ(band_energy(view(psd), 2.0, 8.0, 0.0, 8.0), 30.0);
  EXPECT_DOUBLE_EQ(band_energy(view(psd), 2.0, 8.0, 1.0, 3.0), 4.0);
  EXPECT_DOUBLE_EQ(band_energy(view(psd), 2.0, 8.0, 1.5, 2.0), 1.0);
  EXPECT_DOUBLE_EQ(band_energy(view(psd), 2.0, 8.0, 7.0, 100.0), 10.0);
  EXPECT_DOUBLE_EQ(band_ratio(view(psd), 2.0, 8.0, 1.0, 3.0), 4.0 / 30.0);
  EXPECT_TRUE(std::isnan(band_energy(view(psd), 2.0, 8.0, 3.0, 1.0)));
  EXPECT_TRUE(std::isnan(band_energy<double>({}, 2.0, 8.0, 1.0, 2.0)));
  EXPECT_TRUE(std::isnan(band_energy(view(psd), 2.0, 8.0, math::nan, 2.0)));
}

TEST(SpectralLines, LinesOutsideTheSpectrumAreNaN) {
  const std::vector<double> power = {0.0, 0.5, 0.0, 2.0, 0.0};
  EXPECT_DOUBLE_EQ(find_line(view(power), 1.0, 1.2, 0.0, peak_interpolation::none).amplitude, 1.0);
  EXPECT_DOUBLE_EQ(find_line(view(power), 1.0, 2.0, 1.0, peak_interpolation::quadratic).frequency_hz, 3.0);
  EXPECT_TRUE(std::isnan(find_line(view(power), 1.0, 4.6, 0.5, peak_interpolation::none).amplitude));
  EXPECT_TRUE(std::isnan(find_line(view(power), 1.0, -3.0, 0.5, peak_interpolation::none).frequency_hz));
  const auto found = must(find_sidebands(view(power), 1.0, 3.0, 2.0, 1, 0.1));
  EXPECT_DOUBLE_EQ(found.ratio, 0.5);
  EXPECT_TRUE(std::isnan(found.upper[0].amplitude));
  const auto peaks = must(find_spectral_peaks(view(power), 1.0, 9));
  ASSERT_EQ(peaks.size(), 2u);
  EXPECT_DOUBLE_EQ(peaks[0].frequency_hz, 3.0);
  EXPECT_FALSE(find_spectral_peaks(view(power), 0.0, 1));
  EXPECT_FALSE(find_harmonics(view(power), 1.0, 0.0, 1, 0.0));
}

TEST(Octave, FrequenciesOfTheStandard) {
  const auto thirds = must(fractional_octave_bands(3, 900.0, 1100.0));
  ASSERT_EQ(thirds.size(), 1u);
  EXPECT_NEAR(thirds[0].low_hz, 891.251, 5e-4);
  EXPECT_NEAR(thirds[0].high_hz, 1122.018, 5e-4);
  EXPECT_EQ(must(fractional_octave_bands(1, 31.0, 16'000.0)).size(), 10u);
  EXPECT_FALSE(fractional_octave_bands(0, 1.0, 2.0));
  EXPECT_FALSE(fractional_octave_bands(3, 0.0, 2.0));
  const std::vector<double> psd(11, 1.0);
  const auto energies = octave_band_energies(view(psd), 100.0, 1000.0, thirds);
  EXPECT_TRUE(std::isnan(energies[0]));  // reaches beyond half the rate
  EXPECT_TRUE(std::isnan(level_db(0.0)));
  EXPECT_NEAR(level_db(4.0, 2.0), 0.0, 1e-15);
}

TEST(Cepstrum, LengthsOneAndTwoAndSilence) {
  EXPECT_NEAR(must(real_cepstrum(view(std::vector<double>{2.0})))[0], math::log(2.0), 1e-15);
  EXPECT_EQ(must(real_cepstrum(view(std::vector<double>{0.0, 0.0})))[1], 0.0);
  EXPECT_FALSE(real_cepstrum<double>({}));
  EXPECT_FALSE(gamnitudes(view(std::vector<double>(10, 0.0)), 100.0, 0.0, 1));
  EXPECT_FALSE(gamnitudes(view(std::vector<double>(10, 0.0)), 100.0, 10.0, 1, 0.05));
}

TEST(Mel, ScalesGoThereAndBack) {
  for (const auto scale : {mel_scale::slaney, mel_scale::htk}) {
    for (const double hz : {0.0, 30.0, 999.0, 1000.0, 1001.0, 12'000.0})
      EXPECT_NEAR(mel_to_hz(hz_to_mel(hz, scale), scale), hz, 1e-10 * (hz + 1.0));
  }
  EXPECT_NEAR(hz_to_mel(1000.0, mel_scale::slaney), 15.0, 1e-12);
  EXPECT_NEAR(hz_to_mel(1000.0, mel_scale::htk), 999.985, 1e-3);
}

TEST(ZoomFft, RefusesWhatItCannotDo) {
  const auto x = noise(10);
  EXPECT_FALSE(zoom_fft<double>({}, {}));
  EXPECT_FALSE(zoom_fft(view(x), {.fs = 0.0}));
  EXPECT_FALSE(zoom_fft(view(x), {.f_hi = math::nan}));
  EXPECT_FALSE(zoom_fft(view(x), {.m = 1, .endpoint = true}));
  EXPECT_EQ(must(zoom_fft(view(x), {})).size(), 10u);
}

TEST(SlidingDft, KeepsTheAmplitudeOfASteadyToneAndForgetsABadSample) {
  sliding_dft<double> stage;
  stage.frequencies_hz = {50.0};
  stage.length = 40;
  auto x = tone(2000, 0.05, 3.0);
  x[100] = std::numeric_limits<double>::infinity();
  const auto out = must(run_signal_stage<double, sliding_dft>(stage, x, {1, 1000.0, 1, 0.0}));
  ASSERT_EQ(out.size(), 4000u);
  EXPECT_FALSE(std::isfinite(out[2 * 110]));
  for (std::size_t i = 100 + 2 * 40; i < 2000; ++i) {
    EXPECT_NEAR(out[2 * i], 3.0, 1e-12);
    EXPECT_NEAR(out[2 * i + 1], 0.0, 1e-12);
  }
  stage.frequencies_hz = {501.0};
  workspace measure;
  EXPECT_FALSE(stage.prepare({1, 1000.0, 10, 0.0}, measure));
  stage.frequencies_hz = {};
  EXPECT_FALSE(stage.prepare({1, 1000.0, 10, 0.0}, measure));
}

TEST(ZoomStage, ShowsTonesInsideTheBandAndNoneFromOutside) {
  zoom_fft_stage<double> stage;  // 100 .. 200 Hz
  constexpr double rate_hz = 2000.0;
  const double line_hz = rate_hz / (10 * 256);
  const std::size_t count = 64;
  const auto amplitude = [&](double hz, std::size_t line) {
    signal_port out;
    const auto items = must(run_signal_stage<double, zoom_fft_stage>(stage, tone(20'000, hz / rate_hz, 3.0), {1, rate_hz, 1, 0.0}, &out));
    EXPECT_EQ(out.columns, 2 * (2 * count + 1));
    EXPECT_DOUBLE_EQ(out.rate_hz, rate_hz / (10 * 128));
    EXPECT_GE(items.size(), 5 * out.columns);
    const double* frame = items.data() + 3 * out.columns;
    return std::sqrt(frame[2 * line] * frame[2 * line] + frame[2 * line + 1] * frame[2 * line + 1]);
  };
  for (const int offset : {-64, -20, 0, 7, 64}) {
    const double hz = 150.0 + static_cast<double>(offset) * line_hz;
    EXPECT_NEAR(amplitude(hz, static_cast<std::size_t>(static_cast<int>(count) + offset)), 3.0, 0.003) << offset;
  }
  // What would fold onto the centre is 80 dB down; a neighbour on the grid does not leak.
  for (const double hz : {350.0, 550.0, 950.0}) EXPECT_LT(amplitude(hz, count), 3e-4) << hz;
  EXPECT_LT(amplitude(150.0 + 10.0 * line_hz, count), 3e-4);
  stage.f_hi = 100.0;
  workspace measure;
  EXPECT_FALSE(stage.prepare({1, rate_hz, 10, 0.0}, measure));
  stage.f_hi = 1001.0;
  EXPECT_FALSE(stage.prepare({1, rate_hz, 10, 0.0}, measure));
}

}  // namespace
}  // namespace millwright
