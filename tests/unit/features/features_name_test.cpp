#include <gtest/gtest.h>
#include <algorithm>
#include <fstream>
#include <sstream>

#include "support/paths.hpp"
#include "unit/features/features_support.hpp"

namespace millwright {
namespace {

std::string canonical(std::string_view text) {
  const auto parsed = parse_feature_name(text);
  return parsed ? parsed->canonical() : std::string("error: ") + parsed.error().message();
}

std::string refusal(std::string_view text) {
  const auto parsed = parse_feature_name(text);
  if (parsed) return std::string("accepted as ") + parsed->canonical();
  EXPECT_EQ(parsed.error().code, errc::invalid_argument);
  EXPECT_FALSE(parsed.error().mend.empty());
  return parsed.error().message();
}

TEST(FeatureName, HasItsParts) {
  const auto parsed = parse_feature_name("vib_x@1s.log_band_rms(f_lo=500,f_hi=1500.5,nperseg=512)");
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->channel, "vib_x");
  EXPECT_EQ(parsed->window, "1s");
  EXPECT_TRUE(parsed->is_log);
  EXPECT_EQ(parsed->definition, find_feature("band_rms"));
  EXPECT_EQ(parsed->argument("f_lo", -1.0), 500.0);
  EXPECT_EQ(parsed->argument("f_hi", -1.0), 1500.5);
  EXPECT_EQ(parsed->argument("nperseg", -1.0), 512.0);
  EXPECT_EQ(parsed->argument("rank", -1.0), -1.0);
}

TEST(FeatureName, CanonicalFormLeavesDefaultsOutAndOrdersTheRest) {
  EXPECT_EQ(canonical("x.std(ddof=0)"), "x.std");
  EXPECT_EQ(canonical("x.std(ddof=1.0)"), "x.std(ddof=1)");
  EXPECT_EQ(canonical("x.std()"), "x.std");
  EXPECT_EQ(canonical(" x.band_energy( nperseg = 256 , f_hi = 1.50e3,f_lo=0.1 ) "), "x.band_energy(f_lo=0.1,f_hi=1500,nperseg=256)");
  EXPECT_EQ(canonical("x.band_energy(f_lo=-0.0,f_hi=3)"), "x.band_energy(f_lo=0,f_hi=3)");
  EXPECT_EQ(canonical("x.spectral_rolloff(share=.85)"), "x.spectral_rolloff");
  EXPECT_EQ(canonical("x.peak_frequency(rank=2)"), "x.peak_frequency(rank=2)");
}

TEST(FeatureName, ChannelAndWindowMayHoldDotsAndBrackets) {
  const auto parsed = parse_feature_name("plant.line(3).vib@0.5s.kurtosis(excess=1)");
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->channel, "plant.line(3).vib");
  EXPECT_EQ(parsed->window, "0.5s");
  EXPECT_EQ(parsed->canonical(), "plant.line(3).vib@0.5s.kurtosis(excess=1)");
  EXPECT_EQ(canonical("plant.line(3).vib.rms"), "plant.line(3).vib.rms");
}

TEST(FeatureName, ParseOfCanonicalIsTheSameForEveryFeature) {
  std::size_t count = 0;
  for (const auto& family : feature_families()) {
    for (const auto& d : family.features) {
      for (const bool at_default : {true, false}) {
        std::string arguments;
        for (const auto& a : d.arguments) {
          if (at_default && !a.is_required) continue;
          const double value = a.is_integer ? a.high : a.name == "f_hi" ? 1234.5678901234567 : std::clamp(0.1 + 0.2, a.low, a.high);
          const std::string written = a.choices == nullptr ? std::to_string(value) : std::string(a.choices().back());
          ((((arguments += arguments.empty() ? "" : ",") += a.name) += '=') += written);
        }
        for (const std::string prefix : {"", "log_"}) {
          const bool is_signed = !d.is_non_negative || (!at_default && !d.signed_by.empty());
          if (!prefix.empty() && is_signed) continue;
          std::string text = "c@w.";
          (text += prefix) += d.name;
          if (!arguments.empty()) ((text += '(') += arguments) += ')';
          const auto first = parse_feature_name(text);
          ASSERT_TRUE(first) << first.error().message();
          const auto second = parse_feature_name(first->canonical());
          ASSERT_TRUE(second) << second.error().message();
          EXPECT_EQ(*first, *second) << text;
          EXPECT_EQ(first->canonical(), second->canonical());
          ++count;
        }
      }
    }
  }
  EXPECT_GT(count, 80u);
}

TEST(FeatureName, NumbersSurviveTheRoundTripInEveryBit) {
  for (const double value : {0.1, 1.0 / 3.0, 12345.678901234567, 1e-9, 99999.99999999999}) {
    feature_name name;
    name.channel = "x";
    name.definition = find_feature("band_energy");
    name.arguments = {value, 1e6, 0, 0};
    const auto again = parse_feature_name(name.canonical());
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->argument("f_lo", -1.0), value);
  }
}

TEST(FeatureName, RefusesWithTheNearestKnownName) {
  EXPECT_NE(refusal("x.kurtsis").find("did you mean \"kurtosis\""), std::string::npos) << refusal("x.kurtsis");
  EXPECT_NE(refusal("x.log_rns").find("did you mean \"rms\""), std::string::npos) << refusal("x.log_rns");
  EXPECT_NE(refusal("x.band_energy(f_low=1,f_hi=2)").find("did you mean \"f_lo\""), std::string::npos);
  EXPECT_NE(refusal("x.rms(ddof=1)").find("has no argument \"ddof\""), std::string::npos);
}

TEST(FeatureName, RefusesWhatIsNotAName) {
  EXPECT_NE(refusal("rms").find("no channel"), std::string::npos);
  EXPECT_NE(refusal(".rms").find("no channel"), std::string::npos);
  EXPECT_NE(refusal("").find("no channel"), std::string::npos);
  EXPECT_NE(refusal("x@.rms").find("must not be empty"), std::string::npos);
  EXPECT_NE(refusal("@1s.rms").find("must not be empty"), std::string::npos);
  EXPECT_NE(refusal("x.").find("there is no feature"), std::string::npos);
  EXPECT_NE(refusal("x.std(ddof=1").find("not closed"), std::string::npos);
  EXPECT_NE(refusal("x.std)").find("without a"), std::string::npos);
  EXPECT_NE(refusal("x.std(1)").find("name=value"), std::string::npos);
  EXPECT_NE(refusal("x.std(ddof=1,)").find("name=value"), std::string::npos);
  EXPECT_NE(refusal("x.std(ddof=1,ddof=1)").find("given twice"), std::string::npos);
}

TEST(FeatureName, RefusesValuesOutOfRange) {
  for (const char* text : {"x.std(ddof=2)", "x.std(ddof=0.5)", "x.std(ddof=nan)", "x.std(ddof=inf)", "x.std(ddof=)", "x.std(ddof=1x)",
                           "x.peak_frequency(rank=0)", "x.peak_frequency(rank=17)", "x.spectral_rolloff(share=1)",
                           "x.total_power(nperseg=-1)", "x.band_rms(f_lo=-1,f_hi=2)", "x.std(ddof=1e999)"}) {
    EXPECT_NE(refusal(text).find("mend: give "), std::string::npos) << text << ": " << refusal(text);
  }
  EXPECT_NE(refusal("x.band_rms(f_lo=2,f_hi=2)").find("band is empty"), std::string::npos);
  EXPECT_NE(refusal("x.band_rms(f_hi=2)").find("\"f_lo\" is missing"), std::string::npos);
}

TEST(FeatureName, LogarithmOnlyOfWhatCannotBeNegative) {
  EXPECT_EQ(canonical("x.log_kurtosis"), "x.log_kurtosis");
  for (const char* text : {"x.log_mean", "x.log_skewness", "x.log_min", "x.log_max", "x.log_kurtosis(excess=1)"}) {
    EXPECT_NE(refusal(text).find("can be negative"), std::string::npos) << text;
  }
}

TEST(FeatureName, NoInputCrashesTheParser) {
  const std::string alphabet = "x.@()=,-+e019log_rms \xff";
  std::uint32_t random = 7;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    random = random * 1664525u + 1013904223u;
    const std::size_t length = (random >> 16) % 40;
    for (std::size_t k = 0; k < length; ++k) {
      random = random * 1664525u + 1013904223u;
      text += alphabet[(random >> 16) % alphabet.size()];
    }
    if (const auto parsed = parse_feature_name(text)) {
      EXPECT_EQ(canonical(parsed->canonical()), parsed->canonical());
    }
  }
  EXPECT_FALSE(parse_feature_name(std::string(1'000'000, 'a')));
  EXPECT_FALSE(parse_feature_name(std::string("x.std(") + std::string(1'000'000, ',') + ")"));
}

TEST(FeatureTable, NamesAreUniqueAndRowsComplete) {
  std::vector<std::string_view> seen;
  for (const auto& family : feature_families()) {
    EXPECT_FALSE(family.features.empty());
    for (const auto& d : family.features) {
      EXPECT_EQ(find_feature(d.name), &d) << d.name;
      EXPECT_FALSE(d.name.starts_with("log_")) << d.name;
      EXPECT_LE(d.arguments.size(), max_feature_arguments);
      EXPECT_FALSE(d.doc.empty() || d.formula.empty() || d.source.empty()) << d.name;
      for (const auto& a : d.arguments) {
        EXPECT_FALSE(a.doc.empty()) << d.name << " " << a.name;
        if (a.choices != nullptr) continue;
        EXPECT_TRUE(a.is_required || (a.low <= a.initial && a.initial <= a.high)) << d.name << " " << a.name;
      }
    }
  }
}

TEST(FeatureTable, DocsHoldTheGeneratedTable) {
  std::ifstream file(test::source_file("docs/features.md"));
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str().find(features_markdown()), std::string::npos) << "put this into docs/features.md:\n" << features_markdown();
}

TEST(DefaultFeatures, AreCanonicalAndWorkAtAnyRate) {
  for (const double rate_hz : {25'600.0, 12'000.0, 1.0, 0.1, 1'000'000.0}) {
    for (const auto role :
         {channel_role::vibration, channel_role::process, channel_role::slow, channel_role::context, channel_role::state}) {
      channel of;
      of.name = "a.b";
      of.rate_hz = rate_hz;
      of.role = role;
      const auto names = default_feature_names(of);
      EXPECT_FALSE(names.empty());
      for (const auto& name : names) EXPECT_EQ(canonical(name), name);
      test::extraction x(names);
      x.with_channel("a.b", rate_hz, {256}, role);
      const auto out = x.prepare();
      EXPECT_TRUE(out) << out.error().message();
    }
  }
  channel ignored;
  ignored.role = channel_role::ignore;
  EXPECT_TRUE(default_feature_names(ignored).empty());
}

}  // namespace
}  // namespace millwright
