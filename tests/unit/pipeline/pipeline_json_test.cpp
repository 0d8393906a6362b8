#include "millwright/pipeline/pipeline_json.hpp"
#include "millwright/threshold/alert_budget.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace millwright {
namespace {

constexpr std::string_view smallest = R"({"channels": [{"name": "vib_x", "rate_hz": 1000}], "window": {"length": "100ms"}})";

/// The error of a declaration that must be refused.
error refused(std::string_view json) {
  const auto parts = parse_pipeline_parts(json);
  EXPECT_FALSE(parts) << json;
  return parts ? error() : parts.error();
}

bool mentions(const error& e, std::string_view text) { return e.message().find(text) != std::string::npos; }

TEST(PipelineJson, TheSmallestDeclarationTakesDocumentedDefaults) {
  const auto parts = parse_pipeline_parts(smallest);
  ASSERT_TRUE(parts) << parts.error().message();
  EXPECT_EQ(parts->normalize->id(), "context_normalizer");
  ASSERT_EQ(parts->detect.size(), 2u);
  EXPECT_EQ(parts->detect[0].id(), "isolation_forest");
  EXPECT_EQ(parts->detect[1].id(), "mahalanobis");
  EXPECT_EQ(parts->smooth->id(), "running_median");
  EXPECT_EQ(parts->fuse->id(), "cauchy_fusion");
  ASSERT_EQ(parts->threshold->id(), "alert_budget");
  EXPECT_EQ(parts->threshold->as<alert_budget>()->max_false_episodes_per_week, 1.0);
  ASSERT_EQ(parts->monitors.size(), 1u);
  EXPECT_EQ(parts->monitors[0].id(), "scoring_monitor");
  EXPECT_EQ(parts->fit.folds, 5);
  EXPECT_GT(parts->features.names.size(), 20u);
  EXPECT_EQ(parts->fused_tail.highest_shape, 0.0) << "fused severities have an exponential tail";
}

TEST(PipelineJson, WritingReadsBackToTheSameText) {
  const auto parts = parse_pipeline_parts(R"json({
    "channels": [{"name": "vib_x", "unit": "g", "rate_hz": 25600.5, "range_low": -50, "range_high": 50},
                 {"name": "speed", "role": "context", "rate_hz": 10}],
    "clock": {"max_gap_s": 0.5}, "window": {"length": ["100ms", "1s"], "hop": "50ms", "min_valid_share": 0.9},
    "features": ["vib_x.rms", "vib_x@1s.band_rms(f_lo=500,f_hi=1500)", "speed.mean"],
    "normalize": {"by": ["speed"], "regimes": 3}, "detect": [{"stage": "isolation_forest", "trees": 50, "seed": 7}],
    "smooth": {"stage": "running_median", "windows": 5}, "calibrate": {"tail_quantile": 0.9},
    "alert": {"max_false_episodes_per_week": 0.5}, "alarm": {"on_count": 2, "on_window": 4}, "fit": {"folds": 3}})json");
  ASSERT_TRUE(parts) << parts.error().message();
  const std::string text = to_json(*parts);
  const auto again = parse_pipeline_parts(text);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(to_json(*again), text);
  EXPECT_EQ(again->channels[0].rate_hz, 25600.5);
  EXPECT_EQ(again->channels[0].range_high, 50.0);
  EXPECT_FALSE(again->channels[1].range_high);
  EXPECT_EQ(again->window.clock.max_gap_s, 0.5);
  EXPECT_EQ(again->alarms.on_window, 4);
}

TEST(PipelineJson, UnknownNamesAreRefusedWithTheNearestOne) {
  EXPECT_TRUE(mentions(refused(R"({"chanels": []})"), "did you mean \"channels\""));
  EXPECT_TRUE(mentions(refused(R"({"channels": [{"name": "a", "rate_h": 1}]})"), "did you mean \"rate_hz\""));
  EXPECT_TRUE(mentions(refused(R"({"channels": [{"name": "a", "rate_hz": 1}], "detect": ["isolation_forrest"]})"),
                       "did you mean \"isolation_forest\""));
  EXPECT_TRUE(mentions(refused(R"({"channels": [{"name": "a", "rate_hz": 1}], "alarm": {"on_cuont": 1}})"), "did you mean \"on_count\""));
}

TEST(PipelineJson, ValuesOutOfRangeAndOfTheWrongKindAreRefused) {
  const std::string channels = R"("channels": [{"name": "a", "rate_hz": 1}])";
  for (const std::string rest :
       {R"("detect": [{"stage": "isolation_forest", "trees": 0}])", R"("detect": [{"stage": "isolation_forest", "trees": 2.5}])",
        R"("detect": [])", R"("detect": {})", R"("detect": [3])", R"("features": [])", R"("features": [1])",
        R"("alert": {"max_false_episodes_per_week": -1})", R"("window": {"min_valid_share": "high"})", R"("window": [1])",
        R"("fit": {"folds": 1})", R"("normalize": {"by": [["x"]]})", R"("clock": {"max_gap_s": "long"})"}) {
    refused("{" + channels + ", " + rest + "}");
  }
}

/// `count` times the item, # being its number, with commas between.
std::string repeated(std::string_view item, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) text += ',';
    for (const char c : item) {
      if (c == '#')
        text += std::to_string(i);
      else
        text += c;
    }
  }
  return text;
}

// A declaration comes in files from elsewhere: what it may ask for has bounds.
TEST(PipelineJson, ListsHaveCaps) {
  const auto channels = [](std::size_t count) {
    return R"({"channels": [)" + repeated(R"({"name": "c#", "rate_hz": 1})", count) + R"(], "features": ["c0.rms"]})";
  };
  const std::string one = R"({"channels": [{"name": "a", "rate_hz": 1000}], )";
  constexpr std::string_view feature = R"json("a.quantile(p=0.#)")json";
  const auto features = [&](std::size_t count) { return one + R"("features": [)" + repeated(feature, count) + "]}"; };
  const auto named = [&](std::size_t count) {
    return one + R"("features": {"shaft_hz": 25, "names": [)" + repeated(feature, count) + "]}}";
  };
  const auto detectors = [&](std::size_t count) { return one + R"("detect": [)" + repeated(R"("mahalanobis")", count) + "]}"; };
  const auto allowed = [](const std::string& text) {
    const auto parts = parse_pipeline_parts(text);
    EXPECT_TRUE(parts) << parts.error().message();
  };
  allowed(channels(1024));
  allowed(features(4096));
  allowed(named(4096));
  allowed(detectors(64));
  EXPECT_EQ(refused(channels(1025)).code, errc::limit_exceeded);
  EXPECT_EQ(refused(features(4097)).code, errc::limit_exceeded);
  EXPECT_EQ(refused(named(4097)).code, errc::limit_exceeded);
  EXPECT_EQ(refused(detectors(65)).code, errc::limit_exceeded);
}

TEST(PipelineJson, ImpossibleChannelsAreRefused) {
  for (const std::string_view channel :
       {R"({"rate_hz": 1})", R"({"name": "a"})", R"({"name": "a", "rate_hz": 0})", R"({"name": "a", "rate_hz": -5})",
        R"({"name": "a", "rate_hz": "fast"})", R"({"name": "a.b", "rate_hz": 1})", R"({"name": "a b", "rate_hz": 1})",
        R"({"name": "a", "rate_hz": 1, "role": "boss"})", R"("a")", R"({"name": "a", "rate_hz": 1}, {"name": "a", "rate_hz": 2})",
        R"({"name": "a", "rate_hz": 1, "range_low": "x"})"}) {
    refused("{\"channels\": [" + std::string(channel) + "]}");
  }
}

TEST(PipelineJson, TextThatIsNotADeclarationIsRefused) {
  for (const std::string_view text : {"", "{", "[]", "3", "null", "{\"channels\": 3}", "\xff\xfe"}) refused(text);
  EXPECT_EQ(refused(std::string(100, '[')).code, errc::limit_exceeded);
}

}  // namespace
}  // namespace millwright
