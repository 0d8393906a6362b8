// A whole pipeline of detectors with memory of earlier rows: the promises of pipeline_conformance_test.cpp hold for it too.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "millwright/pipeline/bundle.hpp"
#include "millwright/pipeline/stream.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

using test::machine_signal;

const pipeline& fitted() {
  static const pipeline model = test::fit_declared(
      test::machine_declaration(false, R"([{"stage": "mahalanobis", "lags": 2}, {"stage": "knn_distance", "neighbors": 3},
        {"stage": "kmeans_distance", "lags": 1}, "aakr", {"stage": "aakr", "method": "mset", "lags": 1}, {"stage": "autoencoder", "epochs": 5}])"),
      40.0);
  return model;
}

struct outcome {
  std::uint64_t hash = 0;
  std::uint64_t episodes = 0;
  std::string scored;
};

/// Pushes the signal `piece` samples at a time; with `interrupted`, each piece by a new stream that takes over the state of the last.
outcome run(const pipeline& model, const machine_signal& signal, std::size_t piece, bool interrupted = false) {
  stream s = test::must(stream::create(model));
  test::bit_hash hash;
  outcome result;
  for (std::size_t at = 0; at < signal.vibration_samples; at += piece) {
    const std::size_t count = std::min(piece, signal.vibration_samples - at);
    test::must(s.push(test::vibration_block(signal, at, count), [&](const window_result& w) {
      hash.add_window(w);
      result.scored += w.scored ? 'x' : '-';
    }));
    result.episodes = s.episodes();
    if (!interrupted) continue;
    std::vector<std::byte> state(s.checkpoint_size());
    static_cast<void>(test::must(s.write_checkpoint(state)));
    stream next = test::must(stream::create(model));
    test::must(next.restore_checkpoint(state));
    s = std::move(next);
  }
  result.hash = hash.value();
  return result;
}

TEST(LaggedPipeline, SeesTheFaultInAnyCuttingAndAfterAnyInterruption) {
  machine_signal signal = test::simulate_machine(30.0, 5, 15.0);
  for (std::size_t i = 10000; i < 10256; ++i) signal.vibration[i] = std::nanf("");
  const outcome whole = run(fitted(), signal, signal.vibration_samples);
  EXPECT_GE(whole.episodes, 1u);
  EXPECT_EQ(whole.scored.substr(0, 6), "--xxxx") << "two rows must come before the first score";
  const std::size_t gap = whole.scored.find('-', 2);
  ASSERT_NE(gap, std::string::npos);
  const std::size_t after = whole.scored.find('x', gap);
  EXPECT_GE(after - gap, 3u) << "the gap and two rows after it";
  EXPECT_EQ(whole.scored.find('-', after), std::string::npos);
  for (const std::size_t piece : {100, 256, 1111}) EXPECT_EQ(run(fitted(), signal, piece).hash, whole.hash) << piece;
  EXPECT_EQ(run(fitted(), signal, 700, true).hash, whole.hash);
}

TEST(LaggedPipeline, TheBundleGivesTheSameBytes) {
  const machine_signal signal = test::simulate_machine(10.0, 6, 5.0);
  const auto bytes = test::must(write_bundle(fitted()));
  const pipeline read = test::must(read_bundle(bytes));
  EXPECT_EQ(run(read, signal, 1000).hash, run(fitted(), signal, 1000).hash);
  EXPECT_EQ(test::must(write_bundle(read)), bytes);
}

}  // namespace
}  // namespace millwright
