// A bundle of an earlier version says by -1, 0, "" and numbers as text what is absent, a word or a number today.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "millwright/detect/forest/extended_isolation_forest.hpp"
#include "millwright/detect/forest/isolation_forest.hpp"
#include "millwright/detect/forest/quantized_forest.hpp"
#include "millwright/detect/kernel/one_class_svm.hpp"
#include "millwright/detect/kernel/svdd.hpp"
#include "millwright/pipeline/pipeline_json.hpp"

namespace millwright {
namespace {

// As the version before wrote it, every parameter of it.
constexpr std::string_view earlier =
    R"json({"alarm":{"deadband":1.0,"off_windows":5,"on_count":3,"on_window":5,"refractory_s":300.0,"smoothing_windows":1},
"alert":{"confidence":0.8,"max_false_episodes_per_week":1.0},
"calibrate":{"by_regime":false,"highest_shape":0.25,"lowest_shape":0.0,"max_scores":4096,"min_peaks":50,"min_regime_rows":200,"tail_quantile":0.98},
"channels":[{"name":"vib_x","rate_hz":2000.0,"role":"vibration","unit":"g"},
{"name":"speed","rate_hz":10.0,"role":"context","unit":"rpm"}],
"clock":{"jitter_tolerance":0.5,"late_tolerance_s":1.0,"max_gap_s":0.0,"max_lag_s":0.0,"stuck_after_context":0,"stuck_after_process":0,"stuck_after_slow":0,"stuck_after_vibration":64},
"detect":[{"explanation":"path","max_depth":0,"missing":"refuse","out_of_box_weight":1.0,"samples":256,"seed":0,"stage":"isolation_forest","threads":1,"trees":200},
{"categorical":[],"coefficients":"normal","column_choice":"uniform","dimensions":2,"explanation":"path","max_depth":-1,"missing":"refuse","out_of_box_weight":1.0,"penalize_range":false,"samples":256,"scoring":"depth","seed":0,"split":"random","stage":"extended_isolation_forest","threads":0,"trees":200,"tries":1},
{"contamination":0.01,"max_depth":7,"out_of_box_weight":1.0,"precision":"float32","pruning_tolerance":0.0,"samples":256,"seed":0,"stage":"quantized_forest","threads":1,"trees":100},
{"estimator":"oas","lags":0,"location":"median","shrinkage":0.1,"stage":"mahalanobis","support":0.75,"winsor":0.0},
{"bandwidth":0.0,"lags":0,"max_memory":256,"method":"aakr","ridge":0.001,"scaling":"standard","selection":"k_center","stage":"aakr"},
{"cache_mb":200,"coef0":0.0,"degree":3,"gamma":"0.5","kernel":"rbf","max_iterations":1000000,"nu":0.1,"stage":"one_class_svm","standardize":false,"tolerance":0.001},
{"cache_mb":200,"coef0":0.0,"degree":3,"gamma":"auto","kernel":"rbf","max_iterations":1000000,"nu":0.1,"stage":"svdd","standardize":false,"tolerance":0.001},
{"features":256,"gamma":"scale","map":"nystroem","nu":0.1,"seed":0,"stage":"approximate_one_class_svm","standardize":false,"tolerance":0.0001}],
"features":{"names":["vib_x.rms","vib_x.order_rms(order=2)","speed.mean"],"shaft_hz":0.0,"speed_channel":"speed"},
"fit":{"folds":5,"golden_windows":2},
"fuse":{"stage":"cauchy_fusion","weights":[]},
"normalize":{"by":[],"edge_counts":[],"edges":[],"method":"kmeans","min_rows":30,"novelty_factor":1.5,"novelty_margin":0.5,"regimes":4,"stage":"context_normalizer"},
"smooth":{"stage":"running_median","windows":1},
"window":{"hop":"","length":["100ms"],"min_valid_share":1.0}})json";

param_value setting(const any_stage& stage, std::string_view wanted) {
  for (const auto& [name, value] : stage.get_params()) {
    if (name == wanted) return value;
  }
  return std::string("there is no such setting");
}

TEST(EarlierDeclaration, OfABundleIsReadAsItWasMeant) {
  const auto parts = parse_pipeline_parts(earlier, builtin_registry(), declared_by::bundle);
  ASSERT_TRUE(parts) << parts.error().message();
  const clock_policy& clock = parts->window.clock;
  EXPECT_FALSE(clock.max_gap_s || clock.max_lag_s || clock.stuck_after_process || clock.stuck_after_slow || clock.stuck_after_context);
  EXPECT_EQ(clock.stuck_after_vibration, 64);
  EXPECT_FALSE(parts->window.hop || parts->features.shaft_hz);
  EXPECT_EQ(parts->features.speed_channel, "speed");
  ASSERT_EQ(parts->detect.size(), 8u);
  const auto* forest = parts->detect[0].as<isolation_forest>();
  EXPECT_TRUE(forest->max_depth.is("auto"));
  EXPECT_EQ(forest->threads, number_or_word<std::int64_t>(1));
  const auto* extended = parts->detect[1].as<extended_isolation_forest>();
  EXPECT_TRUE(extended->max_depth.is("unlimited"));
  EXPECT_TRUE(extended->threads.is("all"));
  EXPECT_EQ(parts->detect[2].as<quantized_forest>()->max_depth, number_or_word<std::int64_t>(7));
  EXPECT_EQ(setting(parts->detect[3], "winsor"), param_value());
  EXPECT_EQ(setting(parts->detect[4], "bandwidth"), param_value(std::string("auto")));
  EXPECT_EQ(parts->detect[5].as<one_class_svm>()->gamma, number_or_word<double>(0.5));
  EXPECT_TRUE(parts->detect[6].as<svdd>()->gamma.is("auto"));
}

TEST(EarlierDeclaration, IsWrittenAgainInTodaysWords) {
  const auto parts = parse_pipeline_parts(earlier, builtin_registry(), declared_by::bundle);
  ASSERT_TRUE(parts) << parts.error().message();
  const std::string text = to_json(*parts);
  EXPECT_NE(text.find(R"("max_gap_s":null)"), std::string::npos) << text;
  const auto again = parse_pipeline_parts(text);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(to_json(*again), text);
}

TEST(EarlierDeclaration, OfAUserIsRefusedAndTheNewWayNamed) {
  const std::string channels = R"({"channels": [{"name": "a", "rate_hz": 1000}], "window": {"length": "1s"}, )";
  const auto refusal = [&](const std::string& rest) {
    const auto parts = parse_pipeline_parts(channels + rest + "}");
    return parts ? std::string("accepted") : parts.error().message();
  };
  for (const std::string rest : {R"("clock": {"max_gap_s": 0})", R"("clock": {"stuck_after_slow": 0})", R"("features": {"shaft_hz": 0})",
                                 R"("detect": [{"stage": "mahalanobis", "winsor": 0}])"}) {
    EXPECT_NE(refusal(rest).find("or none (null in JSON, None in Python)"), std::string::npos) << refusal(rest);
  }
  EXPECT_NE(refusal(R"("detect": [{"stage": "isolation_forest", "max_depth": 0}])").find("or \"auto\""), std::string::npos);
  EXPECT_NE(refusal(R"("detect": [{"stage": "extended_isolation_forest", "max_depth": -1}])").find("or \"unlimited\""), std::string::npos);
  EXPECT_NE(refusal(R"("detect": [{"stage": "svdd", "gamma": "0.5"}])").find("not as a text"), std::string::npos);
}

}  // namespace
}  // namespace millwright
