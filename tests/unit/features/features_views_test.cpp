// The plan: which views are computed, how often, and what they are given.
#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>
#include <utility>

#include "millwright/features/presets.hpp"
#include "millwright/features/spectrum_view.hpp"
#include "millwright/features/time_view.hpp"
#include "millwright/features/wavelet_views.hpp"
#include "millwright/numeric/random.hpp"
#include "millwright/wavelet/wavelet.hpp"
#include "unit/features/features_support.hpp"

namespace millwright {
namespace {

using test::extraction;

std::vector<float> noise(std::size_t n) {
  random_stream random(7, 0);
  std::vector<float> x(n);
  for (auto& v : x) v = static_cast<float>(random.normal());
  return x;
}

std::size_t count_of(const feature_extractor& extractor, std::string_view kind) {
  const auto plan = extractor.plan();
  return static_cast<std::size_t>(std::count_if(plan.begin(), plan.end(), [&](const auto& v) { return v.kind->id == kind; }));
}

TEST(FeatureViews, AreComputedOnceForAllFeaturesThatShareThem) {
  extraction x(test::all_features("x", 1000.0, "", 300));
  x.extractor.names.push_back("x.envelope_kurtosis(f_lo=30,f_hi=90)");
  x.extractor.names.push_back("x.peak_frequency(rank=3)");
  x.extractor.names.push_back("x.total_power(nperseg=300)");  // the whole window, said otherwise
  x.with_channel("x", 1000.0, {300});
  ASSERT_TRUE(x.prepare());
  for (const auto& view : x.extractor.plan()) {
    EXPECT_EQ(count_of(x.extractor, view.kind->id), view.kind->id == "envelope" ? 2u : 1u) << view.kind->id;
  }
  EXPECT_EQ(count_of(x.extractor, "time"), 1u);
  for (const char* shared : {"spectrum", "frame_fft", "sorted", "autocorrelation"}) EXPECT_EQ(count_of(x.extractor, shared), 1u);
  // Every column is read from exactly one view, and every view stands after those it needs.
  std::vector<std::size_t> columns;
  const auto plan = x.extractor.plan();
  for (std::size_t v = 0; v < plan.size(); ++v) {
    columns.insert(columns.end(), plan[v].columns.begin(), plan[v].columns.end());
    for (const std::size_t needed : plan[v].needs) EXPECT_LT(needed, v);
  }
  std::sort(columns.begin(), columns.end());
  for (std::size_t c = 0; c < columns.size(); ++c) EXPECT_EQ(columns[c], c);
  EXPECT_EQ(columns.size(), x.extractor.names.size());
}

TEST(FeatureViews, TheComprehensiveSetTransformsTheFrameOnceForEachTaperAndLength) {
  constexpr std::size_t length = 4096;
  const channel vibration{"x", "g", channel_role::vibration, 25'600.0, {}, {}};
  auto names = comprehensive_features(vibration, length);
  names.insert(names.end(),
               {"x.mfcc(coefficient=1)", "x.gamnitude(f0=100)", "x.total_power(nperseg=512)", "x.spectral_slope(nperseg=512)"});
  extraction x(names);
  x.with_channel("x", 25'600.0, {length});
  ASSERT_TRUE(x.prepare());
  const auto plan = x.extractor.plan();
  // A kind of view and its key say the taper and the length.
  for (std::size_t a = 0; a < plan.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      EXPECT_FALSE(plan[a].kind->id == plan[b].kind->id && plan[a].key == plan[b].key) << plan[a].kind->id;
    }
  }
  for (const char* once : {"frame_fft", "sorted", "autocorrelation", "cepstrum", "mfcc"})
    EXPECT_EQ(count_of(x.extractor, once), 1u) << once;
  EXPECT_EQ(count_of(x.extractor, "spectrum"), 2u);  // the whole window and 512 samples
  // The cepstral views have no transform of the frame of their own.
  for (const auto& [reader, source] : {std::pair{"cepstrum", "frame_fft"}, std::pair{"mfcc", "spectrum"}}) {
    for (const auto& view : plan) {
      if (view.kind->id != reader) continue;
      ASSERT_EQ(view.needs.size(), 1u);
      EXPECT_EQ(plan[view.needs[0]].kind->id, source);
      if (view.kind->id == "mfcc") {
        EXPECT_EQ(plan[view.needs[0]].key[0], static_cast<double>(length));
      }
    }
  }
}

TEST(FeatureViews, OnlyWhatIsAskedForIsPlanned) {
  extraction x({"a.rms", "b.total_power", "b.total_power(nperseg=16)", "b.peak_frequency(nperseg=16)"});
  x.with_channel("a", 10.0, {64}).with_channel("b", 10.0, {64});
  ASSERT_TRUE(x.prepare());
  EXPECT_EQ(count_of(x.extractor, "time"), 2u);
  EXPECT_EQ(count_of(x.extractor, "spectrum"), 2u);
  EXPECT_EQ(x.extractor.plan().size(), 4u);
  EXPECT_EQ(x.extractor.plan()[3].key[0], 16.0);
}

TEST(FeatureViews, ChannelsOfEqualShapeShareMemory) {
  const auto bytes_of = [](int channels) {
    extraction x({});
    for (int c = 0; c < channels; ++c) {
      const std::string name = std::string(1, static_cast<char>('a' + c));
      x.with_channel(name, 1000.0, {4096});
      x.extractor.names.push_back(name + ".peak_frequency");
      x.extractor.names.push_back(name + ".total_power(nperseg=256)");
    }
    EXPECT_TRUE(x.prepare());
    return x.bytes;
  };
  EXPECT_EQ(bytes_of(8), bytes_of(1));
}

TEST(FeatureViews, Float64SamplesAreComputedWithAsTheyAre) {
  // Numbers that float32 cannot hold: narrowing would lose the signal altogether.
  std::vector<double> x;
  for (const float v : noise(1000)) x.push_back(1e9 + 1e-3 * static_cast<double>(v));
  std::vector<double> without_offset = x;
  for (double& v : without_offset) v -= 1e9;  // exact
  const std::vector<std::string> names = {"std", "kurtosis", "line_length", "zero_crossings", "spectral_centroid", "peak_amplitude"};
  const auto with = extract_features(names, std::span<const double>(x), 1000.0);
  const auto without = extract_features(names, std::span<const double>(without_offset), 1000.0);
  ASSERT_TRUE(with && without);
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_NEAR((*with)[i], (*without)[i], 1e-4 * std::abs((*without)[i])) << names[i];
}

TEST(FeatureViews, Float64SamplesThatAreFloat32GiveTheSame) {
  auto narrow = noise(777);
  narrow[5] = std::nanf("");
  const std::vector<double> wide(narrow.begin(), narrow.end());
  std::vector<std::string> names;
  for (const auto& name : test::all_features("x", 100.0)) {
    if (!parse_feature_name(name)->definition->needs_shaft) names.push_back(name.substr(2));
  }
  const auto a = extract_features(names, std::span<const float>(narrow), 100.0);
  const auto b = extract_features(names, std::span<const double>(wide), 100.0);
  ASSERT_TRUE(a && b) << a.error().message();
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_NEAR((*b)[i], (*a)[i], 1e-13 * std::abs((*a)[i])) << names[i];
}

TEST(FeatureViews, ConstantFloat64WindowHasNoSpread) {
  const std::vector<double> x(1001, 0.1);  // sums of 0.1 are not exact
  const auto values = extract_features({"std", "mean", "kurtosis", "total_power", "line_length"}, std::span<const double>(x), 10.0);
  ASSERT_TRUE(values);
  EXPECT_EQ((*values)[0], 0.0);
  EXPECT_EQ((*values)[1], 0.1);
  EXPECT_TRUE(std::isnan((*values)[2]));
  EXPECT_EQ((*values)[3], 0.0);
  EXPECT_EQ((*values)[4], 0.0);
}

TEST(FeatureViews, SquaresThatOverflowLeaveNothingDefined) {
  const std::vector<double> x = {1e200, -1e200, 1e200};
  const auto values = extract_features({"rms", "max", "total_power"}, std::span<const double>(x), 10.0);
  ASSERT_TRUE(values);
  for (const double v : *values) EXPECT_TRUE(std::isnan(v));
}

/// A tone at twice the shaft's speed of 30 Hz, and the channel that tells the speed.
struct tone {
  std::vector<float> vibration = std::vector<float>(1000);
  std::vector<float> speed;
  tone() {
    for (std::size_t i = 0; i < vibration.size(); ++i) {
      vibration[i] = static_cast<float>(std::sin(2.0 * 3.14159265358979 * 60.0 * static_cast<double>(i) / 1000.0));
    }
  }
  double order_two(extraction x, const std::vector<std::uint8_t>& speed_quality = {}) const {
    x.with_channel("vib", 1000.0, {1000});
    x.with_channel("speed", 10.0, {speed.empty() ? 1 : speed.size()});
    x.in.channels[1].unit = unit;
    const auto prepared = x.prepare();
    if (!prepared) {
      ADD_FAILURE() << prepared.error().message();
      return -1.0;
    }
    const std::vector<float> one = {1.0f};
    return x.run_all({{extraction::view_of(vibration), extraction::view_of(speed.empty() ? one : speed, speed_quality)}})[0];
  }
  std::string unit = "rpm";
};

TEST(ShaftSpeed, FixedOrFromAChannel) {
  extraction fixed({"vib.order_rms(order=2)"});
  fixed.extractor.shaft_hz = 30.0;
  EXPECT_NEAR(tone().order_two(std::move(fixed)), std::sqrt(0.5), 1e-6);

  extraction measured({"vib.order_rms(order=2)"});
  measured.extractor.shaft_hz.reset();
  measured.extractor.speed_channel = "speed";
  tone rpm;
  rpm.speed = {1700.0f, 1900.0f};  // mean 1800 rpm = 30 Hz
  EXPECT_NEAR(rpm.order_two(std::move(measured)), std::sqrt(0.5), 1e-6);

  extraction hertz({"vib.order_rms(order=2)"});
  hertz.extractor.shaft_hz.reset();
  hertz.extractor.speed_channel = "speed";
  tone hz;
  hz.unit = "Hz";
  hz.speed = {30.0f, 3000.0f, 30.0f};
  EXPECT_NEAR(hz.order_two(std::move(hertz), {0, static_cast<std::uint8_t>(bits(quality::stuck)), 0}), std::sqrt(0.5), 1e-6);
}

TEST(ShaftSpeed, StandingOrUnknownGivesNaN) {
  for (const float speed : {0.0f, -5.0f, std::nanf("")}) {
    extraction x({"vib.order_rms(order=2)"});
    x.extractor.shaft_hz.reset();
    x.extractor.speed_channel = "speed";
    tone t;
    t.speed = {speed};
    EXPECT_TRUE(std::isnan(t.order_two(std::move(x))));
  }
}

TEST(ShaftSpeed, RefusalsSayWhatIsMissing) {
  const auto refusal = [](std::optional<double> shaft_hz, const std::optional<std::string>& channel, const std::string& unit) {
    extraction x({"vib.order_rms"});
    x.extractor.shaft_hz = shaft_hz;
    x.extractor.speed_channel = channel;
    x.with_channel("vib", 1000.0, {100}).with_channel("speed", 10.0, {1});
    x.in.channels[1].unit = unit;
    const auto out = x.prepare();
    return out ? std::string("accepted") : out.error().message();
  };
  EXPECT_NE(refusal(std::nullopt, std::nullopt, "rpm").find("give shaft_hz, or speed_channel"), std::string::npos);
  EXPECT_NE(refusal(std::nullopt, "sped", "rpm").find("did you mean \"speed\""), std::string::npos);
  EXPECT_NE(refusal(std::nullopt, "speed", "km/h").find("unit of speed_channel"), std::string::npos);
  EXPECT_NE(refusal(25.0, "speed", "rpm").find("both given"), std::string::npos);
  EXPECT_NE(refusal(-1.0, std::nullopt, "rpm").find("shaft_hz"), std::string::npos);
  EXPECT_EQ(refusal(std::nullopt, "speed", "Hz"), "accepted");
  EXPECT_EQ(refusal(25.0, std::nullopt, ""), "accepted");
}

TEST(FeatureArgument, TextsAreNumbersOfChoices) {
  const auto parsed = parse_feature_name("x.wavelet_energy(band=2,wavelet=sym8)");
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(wavelet::names()[static_cast<std::size_t>(parsed->argument("wavelet", -1.0))], "sym8");
  EXPECT_EQ(parsed->canonical(), "x.wavelet_energy(band=2,wavelet=sym8)");
  const auto plain = parse_feature_name("x.wavelet_energy(band=2,level=5,wavelet=db4)");
  ASSERT_TRUE(plain) << plain.error().message();
  EXPECT_EQ(plain->canonical(), "x.wavelet_energy(band=2)");
  EXPECT_EQ(wavelet::names()[static_cast<std::size_t>(default_wavelet)], "db4");
  const auto wrong = parse_feature_name("x.wavelet_energy(band=2,wavelet=db44)");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message().find("did you mean \"db4\""), std::string::npos) << wrong.error().message();
  EXPECT_FALSE(parse_feature_name("x.wavelet_energy(band=2,wavelet=4)"));
}

}  // namespace
}  // namespace millwright
