// What calibrates the tails of a pipeline: every training window scored by models that saw neither it nor a window that shares
// samples with it. Computed here once more, from the stages alone, and compared to the bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "millwright/alarm/annunciator.hpp"
#include "millwright/pipeline/fit.hpp"
#include "support/rows_support.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

/// A declaration, the recording it is fitted on, and the pipeline.
struct fitted_case {
  std::string declaration;
  std::size_t overlapping = 0;  ///< windows on either side of one that share samples with it
  row_table rows;               ///< all windows of the recording
  row_table usable;
  port features;
  std::vector<pipeline> model;
};

test::machine_signal training_signal() {
  test::machine_signal s = test::simulate_machine(24.0, 1);
  // Windows that cannot be learned from, in the middle: NaN, and a stuck sensor.
  for (std::size_t i = 0; i < 40; ++i) s.vibration[9000 + i] = std::numeric_limits<float>::quiet_NaN();
  for (std::size_t i = 0; i < 500; ++i) s.vibration[s.vibration_samples + 20000 + i] = 1.0F;
  // Three speeds; the lowest only at the start, so that the models of one block do not know it and number the others differently.
  for (std::size_t i = 0; i < s.speed.size(); ++i) {
    const float level = i < 80 && i % 40 < 20 ? 900.0F : i % 40 < 20 ? 1500.0F : 2100.0F;
    s.speed[i] = level + static_cast<float>(i % 7);
  }
  return s;
}

fitted_case fit(const std::string& declaration, std::size_t overlapping) {
  fitted_case c{declaration, overlapping, row_table(0), row_table(0), {}, {}};
  const auto parts = test::must(parse_pipeline_parts(declaration));
  const test::machine_signal signal = training_signal();
  const recording source = test::to_recording(signal, parts.channels);
  const recording* list[] = {&source};
  c.rows = test::must(extract_features(parts, list));
  c.model.push_back(test::must(fit_pipeline(parts, list, {})));
  for (const auto& name : c.model[0]->feature_names) c.features.columns.push_back({name, name.starts_with("speed.")});
  c.usable = row_table(c.rows.columns());
  for (std::size_t r = 0; r < c.rows.rows(); ++r) {
    const auto row = c.rows.view()[r];
    const row_meta meta = c.rows.view().meta[r];
    if (has(meta.quality, quality::not_scored)) continue;
    if (std::all_of(row.begin(), row.end(), [](double v) { return std::isfinite(v); })) c.usable.append(row, meta);
  }
  return c;
}

std::vector<double> column(const row_table& table, std::size_t c) {
  std::vector<double> values;
  for (std::size_t r = 0; r < table.rows(); ++r) values.push_back(table.view()[r][c]);
  return values;
}

/// Scores of one detector over the usable windows, block by block, each by models of the others. One result per window: NaN where
/// the fold's normaliser does not know the context.
std::vector<double> cross_fitted(const fitted_case& c, std::size_t detector) {
  const auto parts = test::must(parse_pipeline_parts(c.declaration));
  const std::size_t n = c.usable.rows();
  const auto folds = static_cast<std::size_t>(parts.fit.folds);
  std::vector<double> scores;
  for (std::size_t k = 0; k < folds; ++k) {
    const std::size_t first = n * k / folds;
    const std::size_t last = n * (k + 1) / folds;
    row_table seen(c.usable.columns());
    for (std::size_t r = 0; r < n; ++r) {
      if (r + c.overlapping < first || r >= last + c.overlapping) seen.append(c.usable.view()[r], c.usable.view().meta[r]);
    }
    any_stage normalize = *parts.normalize;
    test::must(normalize.fit(c.features, seen.view()));
    test::ready<any_stage> normalizer(normalize, c.features);
    any_stage detect = parts.detect[detector];
    test::must(detect.fit(normalizer.out, normalizer.process(seen.view()).view()));
    normalizer.stage.reset();
    const row_table held_out = normalizer.process(c.usable.slice(first, last - first));
    test::ready<any_stage> scorer(detect, normalizer.out);
    const std::vector<double> found = column(scorer.process(held_out.view()), 0);
    for (std::size_t r = 0; r < found.size(); ++r) {
      const bool known = !has(held_out.view().meta[r].quality, quality::not_scored);
      scores.push_back(known ? found[r] : std::numeric_limits<double>::quiet_NaN());
    }
  }
  return scores;
}

std::vector<double> sorted_numbers(std::vector<double> values) {
  std::erase_if(values, [](double v) { return std::isnan(v); });
  std::sort(values.begin(), values.end());
  return values;
}

bool same_bits(std::span<const double> a, std::span<const double> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

/// The declaration: windows of 256 and 512 samples, `hop` apart.
std::string declaration(const std::string& hop, const std::string& rest, bool with_speed = false) {
  std::string text = R"({"channels": [{"name": "vib_x", "rate_hz": 2000}, {"name": "vib_y", "rate_hz": 2000})";
  if (with_speed) text += R"(, {"name": "speed", "unit": "rpm", "role": "context", "rate_hz": 10})";
  text += R"(], "window": {"length": ["256", "512"], "hop": ")" + hop + R"("},
      "features": ["vib_x.rms", "vib_x.kurtosis", "vib_y@512.rms", "vib_y.crest")";
  if (with_speed) text += R"(, "speed.mean")";
  return text + R"(], "detect": [{"stage": "knn_distance", "neighbors": 1}, "mahalanobis"], )" + rest + "}";
}

class HeldOutScores : public testing::TestWithParam<std::pair<const char*, std::size_t>> {};

TEST_P(HeldOutScores, AreThoseOfModelsThatDidNotSeeTheWindowNorItsNeighbours) {
  const auto [hop, overlapping] = GetParam();
  const fitted_case c = fit(declaration(hop, R"("fit": {"folds": 4})"), overlapping);
  const pipeline& model = c.model[0];
  ASSERT_LT(c.usable.rows(), c.rows.rows()) << "some windows cannot be learned from";
  EXPECT_EQ(model->origin.training_rows, c.usable.rows());
  EXPECT_EQ(model->origin.dropped_rows, c.rows.rows() - c.usable.rows());
  EXPECT_EQ(model->origin.training_start, c.usable.view().meta[0].end_time);
  EXPECT_EQ(model->origin.training_end, c.usable.view().meta[c.usable.rows() - 1].end_time);

  const tail_calibration& tails = model->parts.detector_tails;
  ASSERT_EQ(tails.rows_, static_cast<std::int64_t>(c.usable.rows()));
  const std::size_t kept = tails.scores_.shape()[1];
  ASSERT_EQ(kept, c.usable.rows()) << "none thinned out";
  for (std::size_t d = 0; d < 2; ++d) {
    const std::vector<double> expected = sorted_numbers(cross_fitted(c, d));
    EXPECT_TRUE(same_bits(tails.scores_.values().subspan(d * kept, kept), expected)) << model->detector_names[d];
  }
}

// Hops of half a window and less: what overlaps must be left out on both sides, and not more than that.
INSTANTIATE_TEST_SUITE_P(Hops, HeldOutScores,
                         testing::Values(std::pair{"512", 0u}, std::pair{"256", 1u}, std::pair{"200", 2u}, std::pair{"128", 3u},
                                         std::pair{"64", 7u}),
                         [](const auto& hop) { return std::string("hop_") + hop.param.first; });

// The final models are fitted on every usable window.
TEST(FinalModels, AreThoseOfAllUsableWindows) {
  const fitted_case c = fit(declaration("128", R"("fit": {"folds": 3})"), 3);
  const auto parts = test::must(parse_pipeline_parts(c.declaration));
  any_stage normalize = *parts.normalize;
  test::must(normalize.fit(c.features, c.usable.view()));
  test::ready<any_stage> normalizer(normalize, c.features);
  const row_table z = normalizer.process(c.usable.view());
  for (std::size_t d = 0; d < parts.detect.size(); ++d) {
    any_stage detect = parts.detect[d];
    test::must(detect.fit(normalizer.out, z.view()));
    const auto expected = detect.get_model();
    const auto found = c.model[0]->parts.detect[d].get_model();
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_EQ(found[i].bytes.size(), expected[i].bytes.size());
      EXPECT_EQ(std::memcmp(found[i].bytes.data(), expected[i].bytes.data(), found[i].bytes.size()), 0) << found[i].name;
    }
  }
}

// With tails by regime, a held-out window counts for the regime that the final normaliser gives it: each fold numbers its own.
// Three samples of speed, 0.3 s, belong to the longest window, so nine of them overlap on either side.
TEST(TailsByRegime, CountTheRegimesOfTheFinalNormaliser) {
  const fitted_case c = fit(declaration("64",
                                        R"("normalize": {"by": ["speed"], "regimes": 3}, "fit": {"folds": 3},
                                           "calibrate": {"by_regime": true, "min_regime_rows": 20})",
                                        true),
                            9);
  const pipeline& model = c.model[0];
  test::ready<any_stage> normalizer(*model->parts.normalize, c.features);
  const row_table z = normalizer.process(c.usable.view());
  const std::vector<double> scores = cross_fitted(c, 0);
  std::map<std::int32_t, std::vector<double>> by_regime;
  std::size_t known = 0;
  for (std::size_t r = 0; r < z.rows(); ++r) {
    if (std::isnan(scores[r])) continue;
    by_regime[z.view().meta[r].regime].push_back(scores[r]);
    ++known;
  }
  ASSERT_EQ(by_regime.size(), 2u) << "no model that was tried on the lowest speed had seen it";

  const tail_calibration& tails = model->parts.detector_tails;
  ASSERT_EQ(tails.regime_.size(), by_regime.size());
  EXPECT_EQ(tails.rows_, static_cast<std::int64_t>(known));
  std::size_t at = 0;
  for (std::size_t i = 0; i < tails.regime_.size(); ++i) {
    const std::vector<double> expected = sorted_numbers(by_regime[tails.regime_[i]]);
    ASSERT_EQ(tails.regime_rows_[i], static_cast<std::int64_t>(expected.size())) << "regime " << tails.regime_[i];
    // The scores of the first detector, then those of the second.
    EXPECT_TRUE(same_bits(tails.regime_scores_.values().subspan(at, expected.size()), expected)) << "regime " << tails.regime_[i];
    at += 2 * expected.size();
  }
}

// Tails, threshold and alarm learn from held-out severities alone, so what the fused tail was fitted to is what the budget saw.
TEST(HeldOutSeverities, SetTheThreshold) {
  const fitted_case c = fit(declaration("256", R"("alert": {"max_false_episodes_per_week": 5000}, "fit": {"folds": 4})"), 1);
  const pipeline& model = c.model[0];
  row_table raw(2);
  const std::vector<double> first = cross_fitted(c, 0);
  const std::vector<double> second = cross_fitted(c, 1);
  for (std::size_t r = 0; r < first.size(); ++r) raw.append(std::vector<double>{first[r], second[r]}, c.usable.view().meta[r]);
  const port detectors = port::of(model->detector_names);
  test::ready<tail_calibration> tails(model->parts.detector_tails, detectors);
  const row_table severities = tails.process(raw.view());
  test::ready<any_stage> fusion(*model->parts.fuse, tails.out);
  const row_table fused = fusion.process(severities.view());
  const tail_calibration& last = model->parts.fused_tail;
  EXPECT_TRUE(same_bits(last.scores_.values(), sorted_numbers(column(fused, 0))));
  EXPECT_EQ(last.shape_[0], 0.0) << "a severity has an exponential tail";
  test::ready<tail_calibration> fused_tail(last, fusion.out);
  const auto verdict = test::must(learn_threshold(*model->parts.threshold, fused_tail.process(fused.view()).view(), model->parts.alarms));
  EXPECT_EQ(model->evidence.threshold, verdict.threshold);
  EXPECT_EQ(model->parts.alarms.threshold, verdict.threshold);
  EXPECT_EQ(model->evidence.weeks, verdict.weeks);
  EXPECT_EQ(model->evidence.false_episodes, verdict.false_episodes);
  EXPECT_EQ(model->parts.alarms.extrapolated != 0, verdict.extrapolated);
}

}  // namespace
}  // namespace millwright
