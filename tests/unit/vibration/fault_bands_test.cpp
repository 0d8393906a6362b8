#include "millwright/vibration/fault_bands.hpp"

#include <gtest/gtest.h>
#include <cmath>
#include <limits>

#include "millwright/numeric/math.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

/// Background 1 (or 2 in every third bin, so that the median is 1), lines at given bins.
std::vector<double> spectrum_with(std::initializer_list<std::pair<std::size_t, double>> lines) {
  std::vector<double> values(501, 1.0);
  for (std::size_t k = 0; k < values.size(); k += 3) values[k] = 2.0;
  for (const auto& [bin, value] : lines) values[bin] = value;
  return values;
}

template <class Real>
line_spectrum<Real> half_hertz(const std::vector<Real>& values) {
  return {values, 0.5, false, 1.0};
}

TEST(FaultBands, ALineIsFoundWithinItsTolerance) {
  const auto values = spectrum_with({{102, 11.0}, {110, 50.0}, {0, 1e6}});
  std::vector<double> scratch(values.size());
  const auto line = read_line<double>(half_hertz(values), 50.0, {}, scratch);
  EXPECT_DOUBLE_EQ(line.frequency, 51.0);  // 2 % of 50 Hz is 2 bins; 55 Hz is too far off
  EXPECT_DOUBLE_EQ(line.magnitude, 11.0);
  EXPECT_DOUBLE_EQ(line.background, 1.0);
  EXPECT_DOUBLE_EQ(line.energy, 121.0 + 1.0 + 1.0 + 1.0 + 1.0);  // bins 100, 101, 103, 104
}

TEST(FaultBands, SnrIsTheMeanRatioInDecibels) {
  const auto values = spectrum_with({{100, 31.0}, {200, 61.0}, {300, 28.0}});
  std::vector<double> scratch(values.size());
  EXPECT_NEAR(fault_snr<double>(half_hertz(values), 50.0, 3, {}, scratch), 20.0 * std::log10(40.0), 1e-12);
  // Squares with is_power give the same; so do float values.
  std::vector<double> power;
  std::vector<float> single;
  for (const double v : values) {
    power.push_back(v * v);
    single.push_back(static_cast<float>(v));
  }
  EXPECT_NEAR(fault_snr<double>({power, 0.5, true, 1.0}, 50.0, 3, {}, scratch), 20.0 * std::log10(40.0), 1e-12);
  std::vector<float> scratch32(values.size());
  EXPECT_NEAR(fault_snr<float>(half_hertz(single), 50.0, 3, {}, scratch32), 20.0 * std::log10(40.0), 1e-5);
  // Harmonics beyond the last bin, 250 Hz, are left out.
  EXPECT_NEAR(fault_snr<double>(half_hertz(values), 100.0, 9, {}, scratch), 20.0 * std::log10((61.0 + 2.0) / 2.0), 1e-12);
}

TEST(FaultBands, SidebandsAreMeasuredAgainstTheirLines) {
  const auto values = spectrum_with({{100, 40.0}, {80, 10.0}, {120, 6.0}, {200, 60.0}, {180, 20.0}, {220, 14.0}});
  std::vector<double> scratch(values.size());
  EXPECT_NEAR(sideband_ratio<double>(half_hertz(values), 50.0, 10.0, 2, 1, {}, scratch), 0.5, 1e-12);
  EXPECT_DOUBLE_EQ(harmonic_energy<double>(half_hertz(values), 50.0, 1, {}, scratch), 1600.0 + 1.0 + 4.0 + 1.0 + 4.0);  // 98, 99, 101, 102
}

TEST(FaultBands, NothingIsReadBeyondTheSpectrumOrFromNaN) {
  auto values = spectrum_with({{100, 40.0}});
  std::vector<double> scratch(values.size());
  EXPECT_TRUE(std::isnan(read_line<double>(half_hertz(values), 250.5, {}, scratch).magnitude));
  EXPECT_TRUE(std::isnan(read_line<double>(half_hertz(values), 0.0, {}, scratch).magnitude));
  EXPECT_TRUE(std::isnan(read_line<double>(half_hertz(values), std::nan(""), {}, scratch).magnitude));
  EXPECT_TRUE(std::isnan(fault_snr<double>(half_hertz(values), 300.0, 3, {}, scratch)));
  EXPECT_TRUE(std::isnan(fault_snr<double>({}, 300.0, 3, {}, {})));
  values[104] = math::nan;
  EXPECT_TRUE(std::isnan(fault_snr<double>(half_hertz(values), 50.0, 1, {}, scratch)));
  EXPECT_FALSE(std::isnan(fault_snr<double>(half_hertz(values), 100.0, 1, {}, scratch)));
}

TEST(FaultBands, ABandOutsideTheSpectrumIsNotMeasured) {
  const auto values = spectrum_with({{4, 9.0}});
  const double inf = std::numeric_limits<double>::infinity();
  const double outside[][3] = {{-10.0, -7.5, -5.0}, {-1e300, -1e299, -1e-300}, {251.0, 252.0, 253.0},    {5.0, 4.0, 3.0},
                               {-inf, 1.0, 2.0},    {1.0, 2.0, inf},           {1.0, std::nan(""), 2.0}, {std::nan(""), 1.0, 2.0}};
  for (const auto& [low, center, high] : outside) {
    const auto metric = measure_band<double>(half_hertz(values), {low, center, high, 0, 1, 0});
    EXPECT_TRUE(std::isnan(metric.peak_magnitude) && std::isnan(metric.peak_frequency) && std::isnan(metric.energy)) << low << " " << high;
  }
  // Edges beyond an end are cut to it, also where the centre lies beyond.
  EXPECT_DOUBLE_EQ(measure_band<double>(half_hertz(values), {-10.0, -3.0, 3.0, 0, 1, 0}).peak_frequency, 2.0);
  EXPECT_DOUBLE_EQ(measure_band<double>(half_hertz(values), {-1.0, -0.7, 0.0, 0, 1, 0}).peak_frequency, 0.0);
  EXPECT_DOUBLE_EQ(measure_band<double>(half_hertz(values), {249.6, 300.0, 1e300, 0, 1, 0}).peak_frequency, 250.0);
  EXPECT_DOUBLE_EQ(measure_band<double>(half_hertz(values), {249.6, 300.0, 249.7, 0, 1, 0}).peak_frequency, 250.0);
}

TEST(FaultBands, TheNumberOfHarmonicsIsBounded) {
  const auto values = spectrum_with({{100, 40.0}, {80, 10.0}, {120, 6.0}});
  std::vector<double> scratch(values.size());
  const auto spectrum = half_hertz(values);
  constexpr std::size_t many = std::size_t{1} << 40;
  EXPECT_TRUE(std::isnan(fault_snr<double>(spectrum, 1e-300, many, {}, scratch)));
  EXPECT_TRUE(std::isnan(harmonic_energy<double>(spectrum, 1e-300, many, {}, scratch)));
  EXPECT_TRUE(std::isnan(sideband_ratio<double>(spectrum, 1e-300, 10.0, many, 1, {}, scratch)));
  EXPECT_TRUE(std::isnan(sideband_ratio<double>(spectrum, 50.0, 10.0, 3, many, {}, scratch)));
  EXPECT_FALSE(std::isnan(fault_snr<double>(spectrum, 50.0, most_harmonics, {}, scratch)));
  EXPECT_DOUBLE_EQ(sideband_ratio<double>(spectrum, 50.0, 300.0, 1, most_harmonics, {}, scratch), 0.0);
}

TEST(FaultBands, ALineWithoutBackgroundIsNotInfinite) {
  std::vector<double> values(501, 0.0);
  std::vector<double> scratch(values.size());
  EXPECT_TRUE(std::isnan(fault_snr<double>(half_hertz(values), 50.0, 3, {}, scratch)));
  EXPECT_TRUE(std::isnan(sideband_ratio<double>(half_hertz(values), 50.0, 10.0, 3, 1, {}, scratch)));
  values[100] = 1.0;
  EXPECT_NEAR(fault_snr<double>(half_hertz(values), 50.0, 1, {}, scratch), 300.0, 1e-9);
}

TEST(FaultBands, ShortSpectraAreRead) {
  for (std::size_t n = 0; n < 8; ++n) {
    const std::vector<double> values(n, 1.0);
    std::vector<double> scratch(n);
    for (const double f : {0.1, 0.5, 1.0, 3.0}) {
      EXPECT_FALSE(std::isinf(read_line<double>(half_hertz(values), f, {}, scratch).magnitude));
      EXPECT_FALSE(std::isinf(fault_snr<double>(half_hertz(values), f, 5, {}, scratch)));
    }
  }
}

TEST(FaultBands, BandsFollowHarmonicsAndSidebands) {
  fault_band_settings settings;
  settings.harmonics = {1, 3};
  settings.sidebands = 1;
  settings.sideband_spacing = 25.0;
  settings.width = 4.0;
  const double frequencies[] = {20.0, 100.0};
  const auto bands = test::must(fault_bands(frequencies, settings));
  std::vector<double> centers;
  for (const auto& band : bands) {
    centers.push_back(band.center);
    EXPECT_DOUBLE_EQ(band.high - band.center, 2.0);
  }
  EXPECT_EQ(centers, (std::vector<double>{20, 45, 35, 60, 85, 75, 100, 125, 275, 300, 325}));  // 20 - 25 is left out
  EXPECT_EQ(bands[3].line, 0u);
  EXPECT_EQ(bands[10].harmonic, 3);
  EXPECT_EQ(bands[10].sideband, 1);
  settings.width = 0.0;
  EXPECT_DOUBLE_EQ(test::must(fault_bands(frequencies, settings))[0].low, 19.6);
  settings.sideband_spacing = 0.0;
  EXPECT_FALSE(fault_bands(frequencies, settings));
  const double bad[] = {-1.0};
  EXPECT_FALSE(fault_bands(bad));
}

TEST(FaultBands, MetricsOfABand) {
  const auto values = spectrum_with({{100, 40.0}});
  const auto metric = measure_band<double>(half_hertz(values), {49.0, 50.0, 51.0, 0, 1, 0});
  EXPECT_DOUBLE_EQ(metric.peak_magnitude, 40.0);
  EXPECT_DOUBLE_EQ(metric.peak_frequency, 50.0);
  EXPECT_DOUBLE_EQ(metric.energy, 1600.0 + 1.0 + 4.0 + 1.0 + 4.0);  // bins 98, 99, 101, 102
  const auto narrow = measure_band<double>(half_hertz(values), {50.05, 50.1, 50.15, 0, 1, 0});
  EXPECT_DOUBLE_EQ(narrow.peak_magnitude, 40.0);  // the nearest bin
  EXPECT_TRUE(std::isnan(measure_band<double>(half_hertz(values), {251.0, 252.0, 253.0, 0, 1, 0}).energy));
}

}  // namespace
}  // namespace millwright
