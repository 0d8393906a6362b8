// `millwright inspect` and `millwright verify` on bundles that are as they should be.
#include <gtest/gtest.h>

#include <string>

#include "core/json.hpp"
#include "millwright/numeric/cpu.hpp"
#include "millwright/pipeline/bundle.hpp"
#include "tool/tool_data.hpp"
#include "tool/tool_support.hpp"

namespace millwright {
namespace {

using detail::json;
using test::run_program;

TEST(ToolInspect, TellsWhatTheBundleHolds) {
  const pipeline model = test::must(load_bundle(test::context_bundle()));
  const auto r = run_program({"inspect", test::context_bundle(), "--json"});
  ASSERT_EQ(r.code, 0) << r.err;
  const json j = test::must(detail::parse_json(r.out, "inspect"));
  EXPECT_TRUE(j["checksum_ok"].get<bool>());
  EXPECT_TRUE(j["loads_here"].get<bool>());
  EXPECT_EQ(j["stream_bytes"].get<std::size_t>(), model.memory_needed().state + model.memory_needed().scratch);
  EXPECT_EQ(j["features"].size(), model.feature_names().size());
  EXPECT_EQ(j["features"][0], model.feature_names()[0]);
  EXPECT_EQ(j["provenance"]["name"], "small machine");
  EXPECT_EQ(j["threshold"]["threshold"].get<double>(), model->evidence.threshold);
  EXPECT_EQ(j["pipeline"]["alarm"]["refractory_s"].get<double>(), 1.0);
  EXPECT_EQ(j["golden"]["rows"].get<std::size_t>(), model->golden.rows);
  ASSERT_EQ(j["regimes"].size(), 2u);
  EXPECT_NEAR(j["regimes"][0]["centre"]["speed"].get<double>(), 1200.0, 10.0);
  EXPECT_NEAR(j["regimes"][1]["centre"]["speed"].get<double>(), 1800.0, 10.0);
  EXPECT_EQ(j["regimes"][0]["training_windows"].get<std::uint64_t>() + j["regimes"][1]["training_windows"].get<std::uint64_t>(),
            model->origin.training_rows);
}

TEST(ToolInspect, SaysTheSameToPeople) {
  const auto r = run_program({"inspect", test::context_bundle()});
  ASSERT_EQ(r.code, 0) << r.err;
  for (const char* word : {"checksum fits", "for each stream", "small machine", "extrapolated", "isolation_forest", "trees=50",
                           "regimes (2)", "vib_x.log_rms", "speed.mean", "centre speed=1"}) {
    EXPECT_NE(r.out.find(word), std::string::npos) << word << "\n" << r.out;
  }
}

TEST(ToolInspect, MeasuresTheCostOfEveryFeatureOnRequest) {
  const auto r = run_program({"inspect", test::context_bundle(), "--cost", "--json"});
  ASSERT_EQ(r.code, 0) << r.err;
  const json j = test::must(detail::parse_json(r.out, "inspect"));
  ASSERT_EQ(j["cost"]["features"].size(), j["features"].size());
  double sum = 0.0;
  for (std::size_t i = 0; i < j["features"].size(); ++i) {
    const json& f = j["cost"]["features"][i];
    EXPECT_EQ(f["feature"], j["features"][i]);
    EXPECT_FALSE(f["view"].get<std::string>().empty());
    ASSERT_TRUE(f["own_ns"].is_number() && f["view_ns"].is_number()) << f["feature"];
    EXPECT_GT(f["view_ns"].get<double>(), 0.0) << f["feature"];
    sum += f["own_ns"].get<double>() + f["view_ns"].get<double>();
  }
  EXPECT_NEAR(j["cost"]["total_ns"].get<double>(), sum, 1e-6 * sum);

  const auto text = run_program({"inspect", test::context_bundle(), "--cost"});
  ASSERT_EQ(text.code, 0) << text.err;
  EXPECT_NE(text.out.find("cost on this machine"), std::string::npos) << text.out;
  EXPECT_FALSE(test::must(detail::parse_json(run_program({"inspect", test::context_bundle(), "--json"}).out, "inspect")).contains("cost"));
}

TEST(ToolVerify, ReplaysAtEveryLevel) {
  const auto r = run_program({"verify", test::context_bundle()});
  EXPECT_EQ(r.code, 0) << r.out;
  EXPECT_EQ(r.out.find("FAILED"), std::string::npos) << r.out;
  for (const kernel_level level :
       {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
    EXPECT_EQ(r.out.find("golden " + std::string(to_string(level))) != std::string::npos, is_available(level)) << to_string(level);
  }
  const auto as_json = run_program({"verify", test::context_bundle(), "--json"});
  EXPECT_TRUE(test::must(detail::parse_json(as_json.out, "verify"))["ok"].get<bool>());
}

}  // namespace
}  // namespace millwright
