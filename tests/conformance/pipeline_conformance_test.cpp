// Promises of a whole fitted pipeline: any cutting of the input, any interruption, any damage to its file.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "millwright/numeric/cpu.hpp"
#include "millwright/pipeline/bundle.hpp"
#include "millwright/pipeline/stream.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

using test::machine_signal;

const pipeline& fitted(bool with_speed = true) {
  static const pipeline with = test::fit_machine(true, 40.0);
  static const pipeline without = test::fit_machine(false, 40.0);
  return with_speed ? with : without;
}

struct outcome {
  std::uint64_t hash = 0;
  std::uint64_t windows = 0;
  std::uint64_t episodes = 0;
};

outcome run_in_order(const pipeline& model, const machine_signal& signal) {
  stream s = test::must(stream::create(model));
  test::bit_hash hash;
  test::push_stretch(s, signal, 0, signal.speed.size(), [&](const window_result& w) { hash.add_window(w); });
  return {hash.value(), s.windows(), s.episodes()};
}

TEST(Pipeline, SeesTheFaultAndNothingElse) {
  const machine_signal healthy = test::simulate_machine(60.0, 4);
  EXPECT_EQ(run_in_order(fitted(), healthy).episodes, 0u);
  const machine_signal faulty = test::simulate_machine(60.0, 4, 30.0);
  const outcome found = run_in_order(fitted(), faulty);
  EXPECT_GE(found.episodes, 1u);
  EXPECT_EQ(found.windows, 60u * 2000u / 256u);
}

// One group: every cutting of the samples, from single ones to all at once.
TEST(Pipeline, AnyCuttingGivesTheSameBytes) {
  const machine_signal signal = test::simulate_machine(15.0, 5, 8.0);
  const pipeline& model = fitted(false);
  const outcome reference = run_in_order(model, signal);
  random_stream random(6, 0);
  for (int round = 0; round < 6; ++round) {
    stream s = test::must(stream::create(model));
    test::bit_hash hash;
    const std::uint64_t most = round == 0 ? 1 : round == 1 ? signal.vibration_samples : std::uint64_t{1} << (2 * round);
    for (std::size_t at = 0; at < signal.vibration_samples;) {
      const std::size_t wanted = round == 1 ? most : 1 + random.below(most);
      const std::size_t count = std::min<std::size_t>(wanted, signal.vibration_samples - at);
      test::must(s.push(test::vibration_block(signal, at, count), [&](const window_result& w) { hash.add_window(w); }));
      at += count;
    }
    EXPECT_EQ(hash.value(), reference.hash) << "blocks of up to " << most;
  }
}

// A model is shared and never written: one stream a thread, started together, gives what one stream alone gives.
TEST(Pipeline, StreamsOfOneModelRunOnTheirOwn_threads) {
  const machine_signal signal = test::simulate_machine(10.0, 5, 5.0);
  const outcome reference = run_in_order(fitted(), signal);
  std::vector<outcome> found(4);
  std::vector<std::thread> threads;
  for (outcome& o : found) threads.emplace_back([&] { o = run_in_order(fitted(), signal); });
  for (std::thread& t : threads) t.join();
  for (const outcome& o : found) {
    EXPECT_EQ(o.hash, reference.hash);
    EXPECT_EQ(o.windows, reference.windows);
    EXPECT_EQ(o.episodes, reference.episodes);
  }
}

// Two groups: the slow one may run ahead or lag a little, in any steps.
TEST(Pipeline, TheTurnsThatGroupsTakeDoNotMatter) {
  const machine_signal signal = test::simulate_machine(15.0, 5, 8.0);
  const outcome reference = run_in_order(fitted(), signal);
  random_stream random(7, 0);
  for (int round = 0; round < 4; ++round) {
    stream s = test::must(stream::create(fitted()));
    test::bit_hash hash;
    const auto on_window = [&](const window_result& w) { hash.add_window(w); };
    std::size_t fast = 0;
    std::size_t slow = 0;
    while (fast < signal.vibration_samples || slow < signal.speed.size()) {
      const std::size_t speed = std::min<std::size_t>(random.below(4), signal.speed.size() - slow);
      if (speed > 0) test::must(s.push(test::speed_block(signal, slow, speed), on_window));
      slow += speed;
      const std::size_t limit = std::min(signal.vibration_samples, (slow + 3) * 200);  // at most 0.3 s ahead
      if (fast >= limit) continue;
      const std::size_t count = 1 + random.below(limit - fast);
      test::must(s.push(test::vibration_block(signal, fast, count), on_window));
      fast += count;
    }
    EXPECT_EQ(hash.value(), reference.hash) << "round " << round;
  }
}

TEST(Pipeline, EveryKernelLevelGivesTheSameBytes) {
  const machine_signal signal = test::simulate_machine(15.0, 5, 8.0);
  const kernel_level before = active_kernel_level();
  test::must(force_kernel_level(kernel_level::scalar));
  const outcome reference = run_in_order(fitted(), signal);
  for (const kernel_level level : {kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
    if (!is_available(level)) continue;
    test::must(force_kernel_level(level));
    EXPECT_EQ(run_in_order(fitted(), signal).hash, reference.hash) << to_string(level);
  }
  test::must(force_kernel_level(before));
}

TEST(Pipeline, StreamsShareTheModelAndNothingElse) {
  const machine_signal one = test::simulate_machine(15.0, 5, 8.0);
  const machine_signal two = test::simulate_machine(15.0, 8);
  const std::uint64_t alone_one = run_in_order(fitted(), one).hash;
  const std::uint64_t alone_two = run_in_order(fitted(), two).hash;
  stream a = test::must(stream::create(fitted()));
  stream b = test::must(stream::create(fitted()));
  test::bit_hash hash_a;
  test::bit_hash hash_b;
  for (std::size_t i = 0; i < one.speed.size(); ++i) {
    test::push_stretch(a, one, i, i + 1, [&](const window_result& w) { hash_a.add_window(w); });
    test::push_stretch(b, two, i, i + 1, [&](const window_result& w) { hash_b.add_window(w); });
  }
  EXPECT_EQ(hash_a.value(), alone_one);
  EXPECT_EQ(hash_b.value(), alone_two);
  a.reset();
  test::bit_hash again;
  test::push_stretch(a, one, 0, one.speed.size(), [&](const window_result& w) { again.add_window(w); });
  EXPECT_EQ(again.value(), alone_one) << "after reset";
}

TEST(Pipeline, ACheckpointAnywhereChangesNothing) {
  const machine_signal signal = test::simulate_machine(15.0, 5, 8.0);
  const std::uint64_t reference = run_in_order(fitted(), signal).hash;
  random_stream random(9, 0);
  for (int round = 0; round < 12; ++round) {
    const auto cut = static_cast<std::size_t>(random.below(signal.speed.size()));
    const auto extra = static_cast<std::size_t>(random.below(200));  // inside a window too
    test::bit_hash hash;
    const auto on_window = [&](const window_result& w) { hash.add_window(w); };
    std::vector<std::byte> bytes;
    {
      stream s = test::must(stream::create(fitted()));
      test::push_stretch(s, signal, 0, cut, on_window);
      test::must(s.push(test::speed_block(signal, cut, 1), on_window));
      if (extra > 0) test::must(s.push(test::vibration_block(signal, cut * 200, extra), on_window));
      bytes.resize(s.checkpoint_size());
      static_cast<void>(test::must(s.write_checkpoint(bytes)));
    }
    stream s = test::must(stream::create(fitted()));
    test::push_stretch(s, signal, 20, 25, [](const window_result&) {});  // whatever it did before is gone
    test::must(s.restore_checkpoint(bytes));
    EXPECT_EQ(s.position()[0], cut * 200 + extra);
    EXPECT_EQ(s.position()[1], cut + 1);
    test::must(s.push(test::vibration_block(signal, cut * 200 + extra, 200 - extra), on_window));
    test::push_stretch(s, signal, cut + 1, signal.speed.size(), on_window);
    EXPECT_EQ(hash.value(), reference) << "cut at " << cut << " + " << extra;
  }
}

TEST(Pipeline, ADamagedCheckpointIsRefusedAndTheStreamStartsAnew) {
  const machine_signal signal = test::simulate_machine(5.0, 5);
  const std::uint64_t reference = run_in_order(fitted(), signal).hash;
  stream s = test::must(stream::create(fitted()));
  test::push_stretch(s, signal, 0, 20, [](const window_result&) {});
  std::vector<std::byte> bytes(s.checkpoint_size());
  static_cast<void>(test::must(s.write_checkpoint(bytes)));

  for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 97) {
    EXPECT_FALSE(s.restore_checkpoint(std::span(bytes).first(size))) << size << " bytes";
  }
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 1 + bytes.size() * 8 / 211) {
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(s.restore_checkpoint(bytes)) << "bit " << bit;
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
  }
  const auto other = s.restore_checkpoint(bytes);
  EXPECT_TRUE(other) << "undamaged";

  std::vector<std::byte> broken(bytes.begin(), bytes.end() - 1);
  EXPECT_FALSE(s.restore_checkpoint(broken));
  test::bit_hash hash;
  test::push_stretch(s, signal, 0, signal.speed.size(), [&](const window_result& w) { hash.add_window(w); });
  EXPECT_EQ(hash.value(), reference) << "a refused checkpoint leaves a fresh stream";
}

TEST(Pipeline, TheBundleGivesTheSamePipelineAndTheSameBytes) {
  const auto bytes = test::must(write_bundle(fitted()));
  const pipeline read = test::must(read_bundle(bytes));
  EXPECT_EQ(test::must(write_bundle(read)), bytes);
  const machine_signal signal = test::simulate_machine(15.0, 5, 8.0);
  EXPECT_EQ(run_in_order(read, signal).hash, run_in_order(fitted(), signal).hash);
}

TEST(Pipeline, FittingTwiceGivesTheSameBytes) {
  EXPECT_EQ(test::must(write_bundle(test::fit_machine(true, 30.0))), test::must(write_bundle(test::fit_machine(true, 30.0))));
}

TEST(Pipeline, ACutOffBundleIsAnErrorAtEveryLength) {
  const auto bytes = test::must(write_bundle(fitted(false)));
  load_options options;
  options.replay = false;
  // Every length near the ends and a sample of those between: the checksum makes each of them as good as any other.
  const std::size_t step = 1 + bytes.size() / 1500;
  for (std::size_t size = 0; size < bytes.size(); size += size < 600 || size + 600 > bytes.size() ? 1 : step) {
    EXPECT_FALSE(read_bundle(std::span(bytes).first(size), options)) << size << " of " << bytes.size() << " bytes";
  }
}

TEST(Pipeline, AFlippedBitIsAnErrorAnywhere) {
  auto bytes = test::must(write_bundle(fitted(false)));
  load_options options;
  options.replay = false;
  const std::size_t step = 1 + bytes.size() * 8 / 3001;
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += step) {
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(read_bundle(bytes, options)) << "bit " << bit;
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
  }
  EXPECT_TRUE(read_bundle(bytes, options));
}

}  // namespace
}  // namespace millwright
