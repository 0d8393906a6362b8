// What a fit takes from its recordings: their windows, each for itself, and the samples that prove the bundle.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "millwright/numeric/fft.hpp"
#include "millwright/pipeline/bundle.hpp"
#include "millwright/pipeline/fit.hpp"
#include "millwright/version.hpp"
#include "support/bundle_surgery.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

using test::machine_signal;

row_table rows_of(const pipeline_parts& parts, const std::vector<const recording*>& recordings) {
  return test::must(extract_features(parts, recordings));
}

bool same_row(const row_table& a, std::size_t i, const row_table& b, std::size_t j) {
  const auto x = a.view()[i];
  const auto y = b.view()[j];
  const row_meta p = a.view().meta[i];
  const row_meta q = b.view().meta[j];
  return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size_bytes()) == 0 && p.end_time == q.end_time && p.quality == q.quality;
}

// No window holds samples of two recordings, nor does one recording's clock judge the next.
TEST(TrainingRecordings, EachIsForItself) {
  const auto parts = test::must(parse_pipeline_parts(test::machine_declaration(true)));
  const machine_signal first = test::simulate_machine(5.05, 1);  // ends inside a window
  const machine_signal second = test::simulate_machine(4.0, 2);
  const recording a = test::to_recording(first, parts.channels);
  const recording b = test::to_recording(second, parts.channels);
  const row_table alone_a = rows_of(parts, {&a});
  const row_table alone_b = rows_of(parts, {&b});
  const row_table both = rows_of(parts, {&a, &b});
  ASSERT_NE(first.vibration_samples % 256, 0u);
  ASSERT_EQ(both.rows(), alone_a.rows() + alone_b.rows());
  for (std::size_t r = 0; r < both.rows(); ++r) {
    EXPECT_TRUE(r < alone_a.rows() ? same_row(both, r, alone_a, r) : same_row(both, r, alone_b, r - alone_a.rows())) << "window " << r;
  }
}

// Nor where the stamps of one go on where those of another end: a run that was recorded in two files.
TEST(TrainingRecordings, EachIsForItselfThoughTimeGoesOn) {
  const auto parts = test::must(parse_pipeline_parts(test::machine_declaration(false)));
  const machine_signal run = test::simulate_machine(9.0, 1);
  constexpr std::size_t cut = 10100;
  ASSERT_NE(cut % 256, 0u);
  ASSERT_GT(run.vibration_samples, cut + 2560);
  const auto part = [&](std::size_t first, std::size_t last) {
    recorded_group group;
    group.channels = {parts.channels[0], parts.channels[1]};
    group.data = run.vibration.data() + first;
    group.channel_stride = static_cast<std::ptrdiff_t>(run.vibration_samples);
    group.samples = last - first;
    group.segments = {{0, static_cast<time_ns>(static_cast<double>(first) * 1e9 / parts.channels[0].rate_hz)}};
    recording made;
    test::must(made.add(group));
    return made;
  };
  const recording a = part(0, cut);
  const recording b = part(cut, run.vibration_samples);
  const row_table alone_a = rows_of(parts, {&a});
  const row_table alone_b = rows_of(parts, {&b});
  const row_table both = rows_of(parts, {&a, &b});
  ASSERT_EQ(both.rows(), alone_a.rows() + alone_b.rows());
  for (std::size_t r = 0; r < both.rows(); ++r) {
    EXPECT_TRUE(r < alone_a.rows() ? same_row(both, r, alone_a, r) : same_row(both, r, alone_b, r - alone_a.rows())) << "window " << r;
  }
}

// At the end of a recording nothing more comes: the windows that wait for a slower channel are given, with what it has delivered.
TEST(TrainingRecordings, TheLastWindowsDoNotWait) {
  const auto parts = test::must(parse_pipeline_parts(test::machine_declaration(true)));
  machine_signal signal = test::simulate_machine(5.0, 1);
  const recording whole = test::to_recording(signal, parts.channels);
  EXPECT_EQ(rows_of(parts, {&whole}).rows(), signal.vibration_samples / 256);
  signal.speed.resize(signal.speed.size() - 8);
  const recording shorter = test::to_recording(signal, parts.channels);
  const row_table rows = rows_of(parts, {&shorter});
  ASSERT_EQ(rows.rows(), signal.vibration_samples / 256);
  EXPECT_FALSE(has(rows.view().meta[0].quality, quality::late_group));
  EXPECT_TRUE(has(rows.view().meta[rows.rows() - 1].quality, quality::late_group));
}

TEST(TrainingRecordings, TwentyWindowsAreNeeded) {
  for (const std::size_t windows : {19u, 20u}) {
    const auto parts = test::must(parse_pipeline_parts(test::machine_declaration(false)));
    machine_signal signal = test::simulate_machine(0.128 * static_cast<double>(windows), 1);
    ASSERT_EQ(signal.vibration_samples / 256, windows);
    const recording r = test::to_recording(signal, parts.channels);
    const recording* list[] = {&r};
    const auto model = fit_pipeline(parts, list, {});
    EXPECT_EQ(model.has_value(), windows == 20) << windows;
    if (model) continue;
    EXPECT_EQ(model.error().code, errc::invalid_data);
    EXPECT_NE(model.error().message().find("19 of 19"), std::string::npos) << model.error().message();
  }
}

// A window that is not usable does not count either.
TEST(TrainingRecordings, TwentyUsableWindowsAreNeeded) {
  const auto parts = test::must(parse_pipeline_parts(test::machine_declaration(false)));
  machine_signal signal = test::simulate_machine(0.128 * 21, 1);
  for (const std::size_t window : {3u, 7u}) signal.vibration[window * 256 + 5] = std::numeric_limits<float>::quiet_NaN();
  const recording r = test::to_recording(signal, parts.channels);
  const recording* list[] = {&r};
  const auto model = fit_pipeline(parts, list, {});
  ASSERT_FALSE(model);
  EXPECT_NE(model.error().message().find("19 of 21"), std::string::npos) << model.error().message();
}

// The samples that ride in the bundle prove something on the target: they are numbers, and their windows get a severity.
TEST(TrainingRecordings, GoldenVectorsAreNumbersWhateverTheRecordingBeginsWith) {
  const auto parts = test::must(parse_pipeline_parts(test::machine_declaration(true)));
  machine_signal signal = test::simulate_machine(20.0, 1);
  for (std::size_t i = 0; i < 40; ++i) signal.vibration[i] = std::numeric_limits<float>::quiet_NaN();
  signal.vibration[signal.vibration_samples + 3] = std::numeric_limits<float>::infinity();
  const recording r = test::to_recording(signal, parts.channels);
  const recording* list[] = {&r};
  const pipeline model = test::must(fit_pipeline(parts, list, {}));
  const auto bytes = test::must(write_bundle(model));
  test::opened_bundle bundle(bytes);
  for (const char* name : {"golden.input.0", "golden.input.1"}) {
    const auto& input = bundle.at(name);
    ASSERT_GT(input.bytes.size(), 0u);
    for (std::size_t i = 0; i < input.bytes.size() / sizeof(float); ++i)
      ASSERT_TRUE(std::isfinite(input.get<float>(i))) << name << " " << i;
  }
  const auto& expected = bundle.at("golden.expected");
  ASSERT_EQ(expected.shape[0], 4u) << "two windows as recorded, two amplified";
  for (std::size_t row = 0; row < expected.shape[0]; ++row) {
    const double severity = expected.get<double>((row + 1) * expected.shape[1] - 1);
    EXPECT_TRUE(std::isfinite(severity)) << "row " << row;
  }
  // Amplified means eightfold, context aside: its level would only be unknown to the normaliser.
  for (std::size_t f = 0; f < model->feature_names.size(); ++f) {
    const double recorded = expected.get<double>(expected.shape[1] + f);
    const double amplified = expected.get<double>(3 * expected.shape[1] + f);
    if (model->feature_names[f].starts_with("speed.")) {
      EXPECT_EQ(amplified, recorded) << model->feature_names[f];
    } else if (model->feature_names[f] == "vib_y.log_rms") {
      EXPECT_NEAR(amplified - recorded, std::log(8.0), 1e-6);
    }
  }
  EXPECT_TRUE(read_bundle(bytes));
}

TEST(TrainingRecordings, TheCallbackCanStopTheFitAtEveryStep) {
  const auto parts = test::must(parse_pipeline_parts(test::machine_declaration(false)));
  const machine_signal signal = test::simulate_machine(5.0, 1);
  const recording r = test::to_recording(signal, parts.channels);
  const recording* list[] = {&r};
  std::vector<double> shares;
  static_cast<void>(test::must(fit_pipeline(parts, list, {}, [&](double share, std::string_view) {
    shares.push_back(share);
    return true;
  })));
  ASSERT_GE(shares.size(), 8u) << "features, five blocks, final models, calibration, done";
  EXPECT_EQ(shares.front(), 0.0);
  EXPECT_EQ(shares.back(), 1.0);
  for (std::size_t i = 1; i < shares.size(); ++i) EXPECT_GT(shares[i], shares[i - 1]);
  for (std::size_t stop = 0; stop + 1 < shares.size(); ++stop) {
    std::size_t calls = 0;
    const auto model = fit_pipeline(parts, list, {}, [&](double, std::string_view) { return calls++ != stop; });
    ASSERT_FALSE(model) << stop;
    EXPECT_EQ(calls, stop + 1) << "nothing is done after it said stop";
    EXPECT_NE(model.error().message().find("stopped"), std::string::npos);
  }
}

TEST(TrainingRecordings, TheBundleSaysWhereItComesFrom) {
  const auto parts = test::must(parse_pipeline_parts(test::machine_declaration(false)));
  const machine_signal signal = test::simulate_machine(5.0, 1);
  const recording r = test::to_recording(signal, parts.channels);
  const recording* list[] = {&r};
  provenance origin;
  origin.name = "pump 7";
  origin.created_utc = "2026-01-02T03:04:05Z";
  origin.notes = "after the overhaul";
  const pipeline read = test::must(read_bundle(test::must(write_bundle(test::must(fit_pipeline(parts, list, origin))))));
  EXPECT_EQ(read->origin.name, "pump 7");
  EXPECT_EQ(read->origin.created_utc, "2026-01-02T03:04:05Z");
  EXPECT_EQ(read->origin.notes, "after the overhaul");
  EXPECT_EQ(read->origin.library_version, version_string);
  EXPECT_EQ(read->origin.numerics, numerics_id);
  EXPECT_EQ(read->origin.fft_backend, std::string_view(real_fft<double>::backend()));
  EXPECT_EQ(read->origin.training_rows, signal.vibration_samples / 256);
  EXPECT_EQ(read->origin.dropped_rows, 0u);
}

}  // namespace
}  // namespace millwright
