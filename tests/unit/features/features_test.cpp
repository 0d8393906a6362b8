#include <gtest/gtest.h>
#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <random>

#include "millwright/features/spectrum_view.hpp"
#include "unit/features/features_support.hpp"

namespace millwright {
namespace {

using test::all_features;
using test::extraction;

std::vector<float> noise(std::size_t n, std::uint32_t seed = 1) {
  std::mt19937 engine(seed);
  std::vector<float> x(n);
  for (auto& v : x) {
    double sum = -6.0;
    for (int k = 0; k < 12; ++k) sum += static_cast<double>(engine()) / 4294967296.0;
    v = static_cast<float>(sum);
  }
  return x;
}

std::string refusal(extraction&& x) {
  const auto out = x.prepare();
  if (out) return "accepted";
  EXPECT_FALSE(out.error().mend.empty());
  return out.error().message();
}

struct row {
  std::vector<std::string> names;
  std::vector<double> values;
  std::uint32_t quality = 0;
  double operator[](std::string_view name) const {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) return values[i];
    }
    ADD_FAILURE() << "no column " << name;
    return -777.0;
  }
};

/// All features of one window of channel "x" at 1000 Hz.
row all_of(const std::vector<float>& samples, const std::vector<std::uint8_t>& quality_bits = {}) {
  extraction x(all_features("x", 1000.0, "", samples.size()));
  x.with_channel("x", 1000.0, {samples.size()});
  const auto out = x.prepare();
  EXPECT_TRUE(out) << out.error().message();
  row r;
  r.values = x.run(samples, quality_bits);
  r.quality = x.quality_of_row;
  for (const auto& name : x.extractor.names) r.names.push_back(name.substr(2));
  for (double v : r.values) EXPECT_FALSE(std::isinf(v));
  return r;
}

constexpr auto band = "band_rms(f_lo=100.000000,f_hi=200.000000)";
const auto undefined = bits(quality::undefined_feature);

TEST(Features, ColumnsComeInTheOrderGivenWithCanonicalNames) {
  extraction x({"b.rms", "a.total_power(nperseg=16)", "a.mean", "b@long.mean", "a.std(ddof=0)"});
  x.with_channel("a", 100.0, {32, 64}, channel_role::context).with_channel("b", 100.0, {32, 64});
  x.in.windows[1].label = "long";
  const auto out = x.prepare();
  ASSERT_TRUE(out) << out.error().message();
  const std::vector<std::string> expected = {"b.rms", "a.total_power(nperseg=16)", "a.mean", "b@long.mean", "a.std"};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(out->columns[i].name, expected[i]);
    EXPECT_EQ(out->columns[i].is_context, expected[i][0] == 'a');
  }
  const std::vector<float> a(32, 1.0f), b(32, -2.0f), a_long(64, 3.0f), b_long(64, 4.0f);
  const auto values =
      x.run_all({{extraction::view_of(a), extraction::view_of(b)}, {extraction::view_of(a_long), extraction::view_of(b_long)}});
  EXPECT_EQ(values, (std::vector<double>{2.0, 0.0, 1.0, 4.0, 0.0}));
}

TEST(Features, RefusesWhatCannotBeExtracted) {
  const auto one = [](std::string name) { return extraction({std::move(name)}).with_channel("vib_x", 1000.0, {100}); };
  EXPECT_NE(refusal(extraction({})).find("no feature is named"), std::string::npos);
  EXPECT_NE(refusal(one("vibx.rms")).find("did you mean \"vib_x\""), std::string::npos);
  EXPECT_NE(refusal(one("vib_x@1s.rms")).find("no window with the label \"1s\""), std::string::npos);
  EXPECT_NE(refusal(one("vib_x.rsm")).find("did you mean \"rms\""), std::string::npos);
  EXPECT_NE(refusal(one("vib_x.band_rms(f_lo=1,f_hi=500.1)")).find("at most 500 Hz"), std::string::npos);
  EXPECT_EQ(refusal(one("vib_x.band_rms(f_lo=1,f_hi=500)")), "accepted");
  EXPECT_NE(refusal(one("vib_x.total_power(nperseg=101)")).find("at most 100"), std::string::npos);
  EXPECT_EQ(refusal(one("vib_x.total_power(nperseg=100)")), "accepted");
  EXPECT_NE(refusal(extraction({"x.rms"}).with_channel("x", 1000.0, {0})).find("has no samples"), std::string::npos);
  EXPECT_NE(refusal(extraction({"x.total_power"}).with_channel("x", 0.0, {10})).find("not a positive number"), std::string::npos);
  EXPECT_NE(refusal(extraction({"x.std", "x.rms", "x.std(ddof=0)"}).with_channel("x", 1.0, {10})).find("named twice"), std::string::npos);
}

TEST(Features, MemoryIsExactAndShortageIsAnError) {
  extraction x(all_features("x", 1000.0, "64"));
  x.with_channel("x", 1000.0, {500});
  ASSERT_TRUE(x.prepare());
  const std::unique_ptr<std::byte, void (*)(std::byte*)> memory(static_cast<std::byte*>(std::aligned_alloc(64, x.bytes)),
                                                                [](std::byte* p) { std::free(p); });
  workspace exact({memory.get(), x.bytes});
  EXPECT_TRUE(x.extractor.prepare(x.in, exact));
  EXPECT_EQ(exact.bytes_used(), x.bytes);
  workspace short_of_it({memory.get(), x.bytes - 64});
  const auto out = x.extractor.prepare(x.in, short_of_it);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, errc::out_of_memory);
}

TEST(Features, ValuesDoNotDependOnWhatElseIsAsked) {
  auto names = all_features("x", 1000.0, "", 777);
  for (const auto& name : all_features("x", 1000.0, "128")) names.push_back(name);
  names.push_back("x.peak_frequency(rank=5)");
  names.push_back("x.log_rms");
  const auto samples = noise(777);
  extraction together(names);
  together.with_channel("x", 1000.0, {samples.size()});
  ASSERT_TRUE(together.prepare());
  const auto values = together.run(samples);
  EXPECT_EQ(together.quality_of_row, 0u);
  for (std::size_t i = 0; i < names.size(); ++i) {
    extraction alone({names[i]});
    alone.with_channel("x", 1000.0, {samples.size()});
    ASSERT_TRUE(alone.prepare());
    EXPECT_EQ(alone.run(samples)[0], values[i]) << names[i];
  }
}

TEST(Features, NothingIsCarriedFromFrameToFrame) {
  extraction x(all_features("x", 1000.0, "64"));
  x.with_channel("x", 1000.0, {300});
  ASSERT_TRUE(x.prepare());
  const auto first = x.run(noise(300, 1));
  auto storm = noise(300, 2);
  for (auto& v : storm) v = std::nanf("");
  x.run(storm);
  EXPECT_EQ(x.run(noise(300, 1)), first);
  // A copy made before prepare works on its own.
  extraction other(x.extractor.names);
  other.with_channel("x", 1000.0, {300});
  other.extractor = x.extractor;
  ASSERT_TRUE(other.prepare());
  EXPECT_EQ(other.run(noise(300, 1)), first);
}

TEST(Features, ConstantWindowHasAmplitudesButNoRatios) {
  for (const float level : {0.1f, -3.0f, 0.0f, 1e30f, 16777215.0f, 1e-45f}) {
    const auto r = all_of(std::vector<float>(129, level));
    EXPECT_EQ(r.quality, undefined);
    EXPECT_EQ(r["mean"], static_cast<double>(level));
    EXPECT_NEAR(r["rms"], std::abs(static_cast<double>(level)), 1e-15 * std::abs(static_cast<double>(level)));
    EXPECT_EQ(r["peak"], std::abs(static_cast<double>(level)));
    for (const char* name : {"std", "peak_to_peak", "line_length", "zero_crossings", "hjorth_activity", "total_power", band}) {
      EXPECT_EQ(r[name], 0.0) << name << " of " << level;
    }
    for (const char* name :
         {"crest", "shape", "impulse", "clearance", "skewness", "kurtosis", "hjorth_mobility", "hjorth_complexity", "spectral_centroid",
          "spectral_spread", "spectral_entropy", "spectral_flatness", "spectral_rolloff", "peak_frequency", "peak_amplitude"}) {
      EXPECT_TRUE(std::isnan(r[name])) << name << " of " << level;
    }
  }
}

TEST(Features, ConstantWindowCutIntoSegmentsHasNoSpectrum) {
  extraction x(all_features("x", 1000.0, "50"));
  x.with_channel("x", 1000.0, {333});
  ASSERT_TRUE(x.prepare());
  for (std::size_t i = 0; const double v : x.run(std::vector<float>(333, 0.3f))) {
    const bool is_ratio = parse_feature_name(x.extractor.names[i++])->definition->is_ratio;
    EXPECT_TRUE(is_ratio ? std::isnan(v) : v == 0.0) << x.extractor.names[i - 1] << " " << v;
  }
}

TEST(Features, OneAndTwoSamples) {
  const auto one = all_of({2.5f});
  EXPECT_EQ(one.quality, undefined);
  EXPECT_EQ(one["mean"], 2.5);
  EXPECT_EQ(one["rms"], 2.5);
  EXPECT_EQ(one["std"], 0.0);
  EXPECT_EQ(one["total_power"], 0.0);
  for (const char* name : {"line_length", "zero_crossings", "crest", "kurtosis", "spectral_centroid"})
    EXPECT_TRUE(std::isnan(one[name])) << name;

  const auto two = all_of({-1.0f, 3.0f});
  EXPECT_EQ(two["mean"], 1.0);
  EXPECT_EQ(two["std"], 2.0);
  EXPECT_EQ(two["line_length"], 4.0);
  EXPECT_EQ(two["zero_crossings"], 1.0);
  EXPECT_EQ(two["kurtosis"], 1.0);
  EXPECT_EQ(two["hjorth_mobility"], 0.0);
  EXPECT_TRUE(std::isnan(two["hjorth_complexity"]));
  EXPECT_EQ(two["spectral_centroid"], 500.0);
  EXPECT_EQ(two["spectral_flatness"], 1.0);
  EXPECT_TRUE(std::isnan(two["spectral_entropy"]));
  EXPECT_EQ(two["peak_frequency"], 500.0);
}

TEST(Features, DdofNeedsEnoughSamplesAndLogarithmNeedsMoreThanZero) {
  extraction x({"x.std(ddof=1)", "x.log_std", "x.log_peak"});
  x.with_channel("x", 1.0, {1});
  ASSERT_TRUE(x.prepare());
  const auto values = x.run({4.0f});
  EXPECT_EQ(x.quality_of_row, undefined);
  EXPECT_TRUE(std::isnan(values[0]));
  EXPECT_TRUE(std::isnan(values[1]));
  EXPECT_NEAR(values[2], std::log(4.0), 1e-15);
}

TEST(Features, StraightLine) {
  std::vector<float> line(100);
  for (std::size_t i = 0; i < line.size(); ++i) line[i] = 5.0f + 0.25f * static_cast<float>(i);
  const auto r = all_of(line);
  EXPECT_EQ(r["line_length"], 0.25);
  EXPECT_EQ(r["hjorth_mobility"], 0.0);
  EXPECT_TRUE(std::isnan(r["hjorth_complexity"]));
  EXPECT_NEAR(r["skewness"], 0.0, 1e-15);
}

TEST(Features, InvalidSamplesTakeNoPart) {
  auto samples = noise(200);
  std::vector<float> valid;
  std::vector<std::uint8_t> marks(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (i % 17 == 3) {
      samples[i] = std::numeric_limits<float>::quiet_NaN();
      marks[i] = static_cast<std::uint8_t>(bits(quality::not_finite));
    } else if (i > 150 && i < 160) {
      samples[i] = 1e20f;
      marks[i] = static_cast<std::uint8_t>(bits(quality::stuck) | bits(quality::clipped));
    } else {
      valid.push_back(samples[i]);
      if (i % 5 == 0) marks[i] = static_cast<std::uint8_t>(bits(quality::clipped));  // usable
    }
  }
  const auto masked = all_of(samples, marks);
  const auto closed_up = all_of(valid);
  EXPECT_EQ(masked.quality, 0u);
  for (const auto& d : feature_families()[0].features) EXPECT_EQ(masked[d.name], closed_up[d.name]) << d.name;

  // Spectra see the mean of the valid samples: the same as a signal that holds 0 there and has mean 0.
  auto filled = samples;
  double mean = 0.0;
  for (float v : valid) mean += static_cast<double>(v) / static_cast<double>(valid.size());
  for (std::size_t i = 0; i < filled.size(); ++i) {
    if ((marks[i] & unusable_sample) != 0) filled[i] = static_cast<float>(mean);
  }
  const auto reference = all_of(filled);
  for (const auto& name : masked.names) {
    if (parse_feature_name(std::string("x.") + name)->definition->value.kind().id != "spectrum") continue;
    EXPECT_NEAR(masked[name], reference[name], 1e-6 * std::abs(reference[name])) << name;
  }
}

TEST(Features, NoValidSampleGivesNothing) {
  const std::vector<std::uint8_t> marks(64, static_cast<std::uint8_t>(bits(quality::missing)));
  const auto r = all_of(noise(64), marks);
  EXPECT_EQ(r.quality, undefined);
  for (std::size_t i = 0; i < r.values.size(); ++i) EXPECT_TRUE(std::isnan(r.values[i])) << r.names[i];
}

TEST(Features, OneValidSample) {
  std::vector<std::uint8_t> marks(64, static_cast<std::uint8_t>(bits(quality::missing)));
  marks[10] = 0;
  const auto samples = noise(64);
  const auto r = all_of(samples, marks);
  EXPECT_EQ(r["mean"], static_cast<double>(samples[10]));
  EXPECT_EQ(r["total_power"], 0.0);
  EXPECT_TRUE(std::isnan(r["spectral_centroid"]));
}

TEST(Features, UnmarkedNonFiniteSampleGivesNaNForItsChannelOnly) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
    extraction x({"a.peak", "a.total_power(nperseg=16)", "b.peak", "b.total_power(nperseg=16)"});
    x.with_channel("a", 1.0, {64}).with_channel("b", 1.0, {64});
    ASSERT_TRUE(x.prepare());
    auto a = noise(64);
    a[40] = bad;
    const auto b = noise(64, 2);
    const auto values = x.run_all({{extraction::view_of(a), extraction::view_of(b)}});
    EXPECT_EQ(x.quality_of_row, undefined);
    EXPECT_TRUE(std::isnan(values[0]) && std::isnan(values[1]));
    EXPECT_GT(values[2], 0.0);
    EXPECT_GT(values[3], 0.0);
  }
}

TEST(Features, FrameOfAnotherShapeGivesNaN) {
  extraction x({"x.rms", "x.total_power"});
  x.with_channel("x", 1.0, {64});
  ASSERT_TRUE(x.prepare());
  const auto values = x.run(noise(63));
  EXPECT_TRUE(std::isnan(values[0]) && std::isnan(values[1]));
  EXPECT_EQ(x.quality_of_row, undefined);
  EXPECT_TRUE(std::isnan(x.run_all({})[0]));
}

TEST(Features, ScaleFree) {
  const auto base = noise(512);
  const auto reference = all_of(base);
  for (const float scale : {0x1p100f, 0x1p-100f}) {
    auto scaled = base;
    for (auto& v : scaled) v *= scale;  // exact
    const auto r = all_of(scaled);
    EXPECT_EQ(r.quality, 0u);
    for (const auto& name : r.names) {
      const auto& d = *parse_feature_name(std::string("x.") + name)->definition;
      if (d.name == "mfcc") continue;  // decibels, with a floor
      const double s = static_cast<double>(scale);
      const double gain = d.of == unit::channel_unit ? s : d.of == unit::channel_unit_squared ? s * s : 1.0;
      EXPECT_NEAR(r[name] / gain, reference[name], 1e-11 * std::abs(reference[name])) << name << " scaled by " << scale;
    }
  }
  std::vector<float> denormal(64);
  for (std::size_t i = 0; i < denormal.size(); ++i) denormal[i] = std::numeric_limits<float>::denorm_min() * static_cast<float>(i % 7);
  const auto r = all_of(denormal);
  EXPECT_EQ(r.quality, 0u);
  EXPECT_EQ(r["max"], 6.0 * static_cast<double>(std::numeric_limits<float>::denorm_min()));
  EXPECT_NEAR(r["kurtosis"], 1.76, 0.05);
}

TEST(Features, LargestFloatsDoNotOverflow) {
  std::vector<float> x(100);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = (i % 3 == 0 ? -1.0f : 1.0f) * std::numeric_limits<float>::max();
  const auto r = all_of(x);
  EXPECT_EQ(r.quality, 0u);
  EXPECT_NEAR(r["kurtosis"], 1.0 / (0.34 * 0.66) - 3.0, 1e-12);  // 34 of 100 values are negative
}

TEST(Features, MomentsSurviveALargeOffset) {
  auto base = noise(4096);
  auto shifted = base;
  for (std::size_t i = 0; i < base.size(); ++i) {
    base[i] = std::round(base[i] * 1000.0f) * 8.0f;  // multiples of 8 are exact up to 1.3e8
    shifted[i] = base[i] + 1e8f;
  }
  const auto a = all_of(base);
  const auto b = all_of(shifted);
  for (const char* name :
       {"std", "hjorth_activity", "skewness", "kurtosis", "peak_to_peak", "line_length", "hjorth_mobility", "hjorth_complexity",
        "zero_crossings", band, "total_power", "spectral_centroid", "spectral_entropy", "peak_frequency"}) {
    EXPECT_NEAR(b[name], a[name], 1e-6 * std::abs(a[name])) << name;
  }
}

TEST(Features, SpectrumHoldsTheSignalsPower) {
  // Parseval, exact for one segment: sum S df = sum (w x)^2 / sum w^2.
  const auto x = noise(1000);
  const auto r = all_of(x);
  double mean = 0.0;
  for (float v : x) mean += static_cast<double>(v) / 1000.0;
  double weighted = 0.0;
  double squares = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double w = 0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * static_cast<double>(i) / 1000.0);
    weighted += w * w * (static_cast<double>(x[i]) - mean) * (static_cast<double>(x[i]) - mean);
    squares += w * w;
  }
  EXPECT_NEAR(r["total_power"], weighted / squares, 1e-12 * r["total_power"]);
}

TEST(Features, AdjacentBandsAddUpToTheWhole) {
  for (const std::size_t n : {1000u, 1001u, 8u, 3u}) {
    extraction x({"x.total_power", "x.band_energy(f_lo=0,f_hi=0.3)", "x.band_energy(f_lo=0.3,f_hi=123.456)",
                  "x.band_energy(f_lo=123.456,f_hi=124)", "x.band_energy(f_lo=124,f_hi=500)", "x.band_energy(f_lo=0,f_hi=500)"});
    x.with_channel("x", 1000.0, {n});
    ASSERT_TRUE(x.prepare());
    const auto v = x.run(noise(n));
    EXPECT_NEAR(v[1] + v[2] + v[3] + v[4], v[0], 1e-12 * v[0]);
    EXPECT_NEAR(v[5], v[0], 1e-12 * v[0]);
    EXPECT_GT(v[3], 0.0);
  }
}

TEST(Features, TonesAreFoundByRank) {
  std::vector<float> x(1000);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double t = 2.0 * std::numbers::pi * static_cast<double>(i) / 1000.0;
    x[i] = static_cast<float>(0.5 * std::sin(100.3 * t) + 2.0 * std::cos(40.0 * t) + 1.0 * std::sin(333.0 * t));
  }
  extraction e({"x.peak_frequency", "x.peak_amplitude", "x.peak_frequency(rank=2)", "x.peak_amplitude(rank=2)", "x.peak_frequency(rank=3)",
                "x.peak_amplitude(rank=3)"});
  e.with_channel("x", 1000.0, {1000});
  ASSERT_TRUE(e.prepare());
  const auto v = e.run(x);
  EXPECT_NEAR(v[0], 40.0, 1e-3);
  EXPECT_NEAR(v[1], 2.0, 1e-3);
  EXPECT_NEAR(v[2], 333.0, 1e-3);
  EXPECT_NEAR(v[3], 1.0, 1e-3);
  EXPECT_NEAR(v[4], 100.3, 0.02);
  EXPECT_NEAR(v[5], 0.5, 0.02);
}

TEST(Features, EqualPeaksGoToTheLowerFrequencyAndMissingOnesAreNaN) {
  // A spectrum made by hand: bins 2 and 5 equal, a plateau at 7 and 8, the last bin a peak.
  const std::vector<double> power = {9.0, 1.0, 4.0, 1.0, 1.0, 4.0, 0.0, 2.0, 2.0, 1.0, 3.0};
  spectrum_view view;
  view.power = power;
  view.segment = 20;
  view.bin_hz = 10.0;
  view.amplitude_scale = 1.0;
  find_peaks(view, 16);
  ASSERT_EQ(view.peak_count, 4u);
  const std::vector<std::uint32_t> expected = {2, 5, 10, 7};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(view.peaks[i], expected[i]) << i;
  for (std::size_t wanted = 1; wanted < 4; ++wanted) {
    auto few = view;
    find_peaks(few, wanted);
    ASSERT_EQ(few.peak_count, wanted);
    for (std::size_t i = 0; i < wanted; ++i) EXPECT_EQ(few.peaks[i], expected[i]) << i << " of " << wanted;
  }
  EXPECT_NEAR(refined_peak(view, 1).frequency_hz, 20.0, 1e-12);
  EXPECT_NEAR(refined_peak(view, 2).frequency_hz, 50.0, 1e-12);  // a neighbour without power: not refined
  EXPECT_EQ(refined_peak(view, 3).frequency_hz, 100.0);
  EXPECT_NEAR(refined_peak(view, 1).amplitude, 2.0, 1e-12);
  EXPECT_TRUE(std::isnan(refined_peak(view, 5).frequency_hz));

  // Eight samples have four bins above DC, so there is no 16th peak.
  extraction e({"x.peak_frequency(rank=16)"});
  e.with_channel("x", 8.0, {8});
  ASSERT_TRUE(e.prepare());
  EXPECT_TRUE(std::isnan(e.run({1, 2, 3, 4, 4, 3, 2, 1})[0]));
  EXPECT_EQ(e.quality_of_row, undefined);
}

TEST(Features, RolloffSplitsThePower) {
  const auto x = noise(2000);
  extraction e({"x.spectral_rolloff(share=0.3)", "x.band_energy(f_lo=0,f_hi=1)", "x.total_power"});
  e.with_channel("x", 1000.0, {2000});
  ASSERT_TRUE(e.prepare());
  const double edge = e.run(x)[0];
  extraction split({std::string("x.band_energy(f_lo=0,f_hi=") + std::to_string(edge + 0.25) + ")",
                    std::string("x.band_energy(f_lo=0,f_hi=") + std::to_string(edge - 0.25) + ")", "x.total_power"});
  split.with_channel("x", 1000.0, {2000});
  ASSERT_TRUE(split.prepare());
  const auto v = split.run(x);
  EXPECT_GE(v[0] / v[2], 0.299);
  EXPECT_LE(v[1] / v[2], 0.301);
}

TEST(ExtractFeatures, OneCallForSignalsInMemory) {
  auto samples = noise(300);
  const auto values = extract_features({"mean", "log_rms", "peak_frequency(nperseg=64)"}, samples, 1000.0);
  ASSERT_TRUE(values) << values.error().message();
  extraction x({"x.mean", "x.log_rms", "x.peak_frequency(nperseg=64)"});
  x.with_channel("x", 1000.0, {300});
  ASSERT_TRUE(x.prepare());
  EXPECT_EQ(*values, x.run(samples));

  samples[7] = std::nanf("");
  const std::vector<signal> signals = {{"a", 1000.0, samples}, {"b", 10.0, std::span(samples).first(5)}};
  const auto two = extract_features({"b.max", "a.mean"}, signals);
  ASSERT_TRUE(two) << two.error().message();
  EXPECT_TRUE(std::isfinite((*two)[1]));
  EXPECT_FALSE(extract_features({"b.max"}, std::span<const float>(samples), 1.0));
  EXPECT_FALSE(extract_features({"max"}, std::span<const float>(), 1.0));
}

static_assert(std::copyable<feature_extractor>);
static_assert(noexcept(std::declval<feature_extractor&>().process(std::span<const frame>(), std::span<double>())));

}  // namespace
}  // namespace millwright
