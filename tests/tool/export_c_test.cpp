// `millwright export-c`: a bundle's packed forest as a C header.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "millwright/export/c99.hpp"
#include "millwright/pipeline/bundle.hpp"
#include "millwright/pipeline/fit.hpp"
#include "millwright/pipeline/pipeline_json.hpp"
#include "tool/tool_data.hpp"
#include "tool/tool_support.hpp"

namespace millwright {
namespace {

using test::run_program;

const std::string& packed_bundle() {
  static const std::string path = [] {
    pipeline_parts parts = test::must(parse_pipeline_parts(R"({"channels": [{"name": "vib_x", "unit": "g", "rate_hz": 2000},
      {"name": "vib_y", "unit": "g", "rate_hz": 2000}], "window": {"length": ["256"]},
      "detect": [{"stage": "quantized_forest", "trees": 20}, "mahalanobis", {"stage": "quantized_forest", "trees": 10, "precision": "fixed16"}]})"));
    const test::machine_signal training = test::simulate_machine(30.0, 1);
    const recording r = test::to_recording(training, parts.channels);
    const recording* list[] = {&r};
    provenance origin;
    origin.name = "small machine";
    origin.created_utc = "2026-01-01T00:00:00Z";
    std::string file = test::scratch("packed.safetensors");
    test::must(save_bundle(test::must(fit_pipeline(std::move(parts), list, origin)), file));
    return file;
  }();
  return path;
}

TEST(ToolExportC, WritesTheHeaderThatTheLibraryWrites) {
  const pipeline model = test::must(load_bundle(packed_bundle()));
  const std::string file = test::scratch("forest.h");
  const auto r = run_program({"export-c", packed_bundle(), "--detector", "quantized_forest_2", "--prefix", "pump", "--out", file});
  ASSERT_EQ(r.code, 0) << r.err;
  const std::string header = test::read_text(file);
  const auto tables = [](const std::string& text) { return text.substr(text.find("#ifndef")); };
  EXPECT_EQ(tables(header), tables(test::must(export_c99(*model->parts.detect[2].as<quantized_forest>(), {"pump", {}, {}, {}}))));
  for (const char* text : {"small machine, fitted 2026-01-01T00:00:00Z", "context_normalizer", "[0] vib_x."})
    EXPECT_NE(header.find(text), std::string::npos) << text;
  const auto piped = run_program({"export-c", packed_bundle(), "--detector", "quantized_forest"});
  EXPECT_EQ(piped.code, 0) << piped.err;
  EXPECT_NE(piped.out.find("forest_score(const float x"), std::string::npos);
}

TEST(ToolExportC, SaysWhichForestItWants) {
  const auto several = run_program({"export-c", packed_bundle()});
  EXPECT_EQ(several.code, 2);
  EXPECT_NE(several.err.find("quantized_forest, quantized_forest_2"), std::string::npos) << several.err;
  EXPECT_EQ(run_program({"export-c", packed_bundle(), "--detector", "mahalanobis"}).code, 2);
  EXPECT_EQ(run_program({"export-c", packed_bundle(), "--detector", "quantized_forest", "--prefix", "7"}).code, 2);
  const auto none = run_program({"export-c", test::plain_bundle()});
  EXPECT_EQ(none.code, 4);
  EXPECT_NE(none.err.find("fit the pipeline with a quantized_forest"), std::string::npos) << none.err;
  EXPECT_EQ(run_program({"export-c", "missing.safetensors"}).code, 4);
  EXPECT_EQ(run_program({"export-c", packed_bundle(), "--detector", "quantized_forest", "--out", "/nonexistent/forest.h"}).code, 6);
}

}  // namespace
}  // namespace millwright
