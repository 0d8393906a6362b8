// What a bundle is refused for though its checksum fits: golden vectors that this machine does not reproduce, versions that it does
// not know, sizes beyond the caps.
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "millwright/pipeline/bundle.hpp"
#include "millwright/pipeline/golden.hpp"
#include "support/bundle_surgery.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

using test::opened_bundle;
using bytes_type = std::vector<std::byte>;

const bytes_type& good() {
  static const bytes_type bytes = test::must(write_bundle(test::fit_machine(false, 20.0)));
  return bytes;
}

load_options without_replay() {
  load_options options;
  options.replay = false;
  return options;
}

/// The error of a bundle that must be refused.
error refused(const bytes_type& bytes, const load_options& options = {}) {
  const auto model = read_bundle(bytes, options);
  EXPECT_FALSE(model);
  return model ? error() : model.error();
}

bool mentions(const error& e, std::string_view text) { return e.message().find(text) != std::string::npos; }

// --- golden replay -----------------------------------------------------------------------------------------------------------

TEST(GoldenReplay, RefusesOneBitInAnyColumnOfAnyRow) {
  const pipeline model = test::must(read_bundle(good()));
  const std::size_t features = model->feature_names.size();
  const std::size_t detectors = model->detector_names.size();
  const std::size_t columns = features + detectors + 1;
  ASSERT_EQ(model->golden.columns, columns);
  ASSERT_GE(model->golden.rows, 4u) << "two windows, recorded and amplified";
  for (std::size_t row = 0; row < model->golden.rows; ++row) {
    for (const std::size_t column : {std::size_t{0}, features - 1, features, features + detectors - 1, columns - 1}) {
      opened_bundle changed(good());
      auto& expected = changed.at("golden.expected");
      const std::size_t at = row * columns + column;
      expected.set(at, expected.get<std::uint64_t>(at) ^ 1);
      const error e = refused(changed.bytes());
      EXPECT_EQ(e.code, errc::incompatible);
      EXPECT_TRUE(mentions(e, "row " + std::to_string(row))) << e.message();
      EXPECT_TRUE(mentions(e, column < features               ? model->feature_names[column]
                              : column < features + detectors ? model->detector_names[column - features]
                                                              : "severity"))
          << e.message();
      EXPECT_TRUE(read_bundle(changed.bytes(), without_replay())) << "nothing else is wrong with it";
    }
  }
}

TEST(GoldenReplay, RefusesAnotherModelAndAnotherInput) {
  opened_bundle louder(good());
  auto& input = louder.at("golden.input.0");
  for (std::size_t i = 0; i < 64; ++i) input.set(i, 3.0F * input.get<float>(i));
  EXPECT_EQ(refused(louder.bytes()).code, errc::incompatible);

  opened_bundle shifted(good());
  auto& location = shifted.at("normalize.location");
  location.set(0, location.get<double>(0) + 1.0);
  EXPECT_EQ(refused(shifted.bytes()).code, errc::incompatible);
}

TEST(GoldenReplay, NeedsGoldenVectors) {
  opened_bundle none(good());
  none.remove("golden.expected");
  EXPECT_EQ(refused(none.bytes()).code, errc::corrupt_file);
  opened_bundle without_input(good());
  without_input.remove("golden.input.0");
  EXPECT_EQ(refused(without_input.bytes()).code, errc::corrupt_file);
  opened_bundle empty(good());
  auto& expected = empty.at("golden.expected");
  expected.shape[0] = 0;
  expected.bytes.clear();
  EXPECT_EQ(refused(empty.bytes()).code, errc::corrupt_file);
  opened_bundle narrow(good());
  narrow.at("golden.expected").shape = {narrow.at("golden.expected").bytes.size() / 8, 1};
  EXPECT_EQ(refused(narrow.bytes()).code, errc::corrupt_file);
}

// A bundle of another numerics or FFT need not agree to the bit, but closely.
TEST(GoldenReplay, HoldsAnotherNumericsToATolerance) {
  for (const char* key : {"numerics", "fft_backend"}) {
    opened_bundle foreign(good());
    auto origin = foreign.parsed("provenance");
    ASSERT_TRUE(origin.contains(key));
    origin[key] = "another";
    foreign.set("provenance", origin);
    EXPECT_TRUE(read_bundle(foreign.bytes())) << key;
    auto& expected = foreign.at("golden.expected");
    const double value = expected.get<double>(0);
    ASSERT_NE(value, 0.0);
    expected.set(0, value * (1.0 + 1e-13));
    EXPECT_TRUE(read_bundle(foreign.bytes())) << key;
    expected.set(0, value + 2.0 * golden_tolerance * (1.0 + std::abs(value)));
    EXPECT_EQ(refused(foreign.bytes()).code, errc::incompatible) << key;
    expected.set(0, std::numeric_limits<double>::quiet_NaN());
    EXPECT_EQ(refused(foreign.bytes()).code, errc::incompatible) << key;
  }
}

// --- versions ----------------------------------------------------------------------------------------------------------------

TEST(BundleVersion, AnotherFormatIsRefused) {
  const int known = std::stoi(opened_bundle(good()).text("format_version"));
  for (const std::string& version : {std::to_string(known + 1), std::string("0"), std::string("-1"), std::string(), std::string("one")}) {
    opened_bundle changed(good());
    changed.text("format_version") = version;
    const error e = refused(changed.bytes(), without_replay());
    EXPECT_EQ(e.code, errc::incompatible) << version;
    EXPECT_TRUE(mentions(e, "format version")) << e.message();
  }
  opened_bundle other(good());
  other.text("format") = "somebody else's";
  EXPECT_EQ(refused(other.bytes(), without_replay()).code, errc::incompatible);
}

TEST(BundleVersion, AStageOfTheFutureOrOfNoVersionIsRefused) {
  opened_bundle whole(good());
  const auto versions = whole.parsed("stage_versions");
  ASSERT_GE(versions.size(), 8u) << "normaliser, two detectors, smoothing, two tails, fusion, alarm";
  for (const auto& [section, version] : versions.items()) {
    const auto found = version.get<std::int64_t>();
    for (const std::int64_t other : {found + 1, found + 65536, std::int64_t{0}, -found}) {
      opened_bundle changed(good());
      auto list = versions;
      list[section] = other;
      changed.set("stage_versions", list);
      const error e = refused(changed.bytes(), without_replay());
      EXPECT_EQ(e.code, errc::incompatible) << section << " " << other;
      EXPECT_TRUE(mentions(e, section)) << e.message();
    }
    opened_bundle silent(good());
    auto list = versions;
    list.erase(section);
    silent.set("stage_versions", list);
    EXPECT_EQ(refused(silent.bytes(), without_replay()).code, errc::incompatible) << section;
  }
}

// --- caps --------------------------------------------------------------------------------------------------------------------

TEST(BundleCap, OfTheFile) {
  load_options options;
  options.max_file_bytes = good().size();
  EXPECT_TRUE(read_bundle(good(), options));
  EXPECT_TRUE(summarize_bundle(good(), options));
  options.max_file_bytes = good().size() - 1;
  EXPECT_EQ(refused(good(), options).code, errc::limit_exceeded);
  const auto summary = summarize_bundle(good(), options);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, errc::limit_exceeded);

  const std::string path = testing::TempDir() + "bundle_cap.safetensors";
  test::must(save_bundle(test::must(read_bundle(good())), path));
  const auto loaded = load_bundle(path, options);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, errc::limit_exceeded);
  options.max_file_bytes = good().size();
  EXPECT_TRUE(load_bundle(path, options));
  std::remove(path.c_str());
}

TEST(BundleCap, OfTheMemoryOfAStream) {
  load_options options = without_replay();
  options.max_stream_bytes = 4096;
  EXPECT_EQ(refused(good(), options).code, errc::limit_exceeded);

  // A window of 2^26 samples is a legal declaration; the default cap keeps a small file from asking for it.
  opened_bundle greedy(good());
  auto declaration = greedy.parsed("pipeline");
  declaration["window"]["length"] = {"67108864"};
  greedy.set("pipeline", declaration);
  EXPECT_EQ(refused(greedy.bytes(), without_replay()).code, errc::limit_exceeded);
}

TEST(BundleCap, OfTheGoldenRows) {
  const pipeline model = test::must(read_bundle(good()));
  for (const std::size_t rows : {16u, 17u, 4000u}) {
    opened_bundle many(good());
    auto& expected = many.at("golden.expected");
    expected.shape[0] = rows;
    expected.bytes.assign(rows * model->golden.columns * sizeof(double), std::byte{0});
    const auto read = read_bundle(many.bytes(), without_replay());
    EXPECT_EQ(read.has_value(), rows <= 16) << rows << " rows";
    if (read) continue;
    EXPECT_EQ(read.error().code, errc::corrupt_file);
  }
}

TEST(BundleCap, OfTheDeclaration) {
  opened_bundle many(good());
  auto declaration = many.parsed("pipeline");
  const auto detector = declaration["detect"][0];
  while (declaration["detect"].size() <= 64) declaration["detect"].push_back(detector);
  many.set("pipeline", declaration);
  EXPECT_EQ(refused(many.bytes(), without_replay()).code, errc::limit_exceeded);
}

// --- tensors -----------------------------------------------------------------------------------------------------------------

TEST(BundleTensors, OneThatBelongsToNobodyIsRefused) {
  for (const char* name : {"stowaway", "normalize.stowaway", "detect.2.scores", "golden.input.1", "alarm."}) {
    opened_bundle changed(good());
    changed.add({name, dtype::f64, {1}, bytes_type(8)});
    EXPECT_FALSE(read_bundle(changed.bytes(), without_replay())) << name;
  }
}

TEST(BundleTensors, OneThatIsMissingIsRefused) {
  for (const char* name :
       {"normalize.location", "detect.0.threshold", "detector_tails.scores", "fused_tail.threshold", "alarm.threshold"}) {
    opened_bundle changed(good());
    changed.remove(name);
    EXPECT_FALSE(read_bundle(changed.bytes(), without_replay())) << name;
  }
}

}  // namespace
}  // namespace millwright
