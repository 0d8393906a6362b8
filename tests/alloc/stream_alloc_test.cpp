// Between stream::create and its destruction nothing is allocated, freed or locked and no system call is made.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "alloc/allocation_counter.hpp"
#include "millwright/numeric/cpu.hpp"
#include "support/prepared_stage.hpp"
#include "support/rows_support.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

const pipeline& fitted() {
  static const pipeline model = test::fit_machine(true, 40.0);
  return model;
}

// Without these the tests below would also pass with a watch that sees nothing.
TEST(Watch, SeesAllocations) {
  test::watch w;
  auto* leak = new std::vector<int>(100);
  delete leak;
  const auto seen = w.stop();
  EXPECT_EQ(seen.allocations, 2u);
  EXPECT_EQ(seen.frees, 2u);
}

TEST(Watch, SeesSystemCalls) {
  if (!test::watch::sees_system_calls())
    GTEST_SKIP() << "this kernel or architecture has no syscall user dispatch: system calls are not counted";
  test::watch w;
  static_cast<void>(getppid());
  const auto seen = w.stop();
  EXPECT_EQ(seen.system_calls, 1u);
}

TEST(Stream, TouchesNothingOutsideItsMemoryWhileItRuns) {
  const test::machine_signal signal = test::simulate_machine(20.0, 3, 5.0);
  for (const kernel_level level :
       {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
    if (!is_available(level)) continue;
    test::must(force_kernel_level(level));
    stream s = test::must(stream::create(fitted()));
    std::uint64_t windows = 0;
    std::vector<std::byte> checkpoint(s.checkpoint_size());
    test::watch w;
    test::push_stretch(s, signal, 0, signal.speed.size(), [&](const window_result&) { ++windows; });
    const auto written = s.write_checkpoint(checkpoint);
    const auto restored = s.restore_checkpoint(checkpoint);
    s.flush([](const window_result&) {});
    s.reset();
    const auto seen = w.stop();
    EXPECT_TRUE(seen.none()) << to_string(level) << ": " << seen.text();
    EXPECT_TRUE(written);
    EXPECT_TRUE(restored);
    EXPECT_GE(windows, 150u);
  }
}

TEST(Stream, TakesNothingFromTheHeapWhenMemoryIsGiven) {
  const pipeline& model = fitted();
  const memory_sizes sizes = model.memory_needed();
  test::arena memory(sizes.state + sizes.scratch), state(sizes.state), scratch_memory(sizes.scratch);
  const test::machine_signal signal = test::simulate_machine(2.0, 3);
  std::uint64_t windows = 0;
  test::watch w;
  {
    auto whole = stream::create(model, memory.bytes());
    auto scratch = stream_scratch::create(model, scratch_memory.bytes());
    auto shared = scratch ? stream::create(model, *scratch, state.bytes()) : result<stream>(scratch.error());
    for (auto* s : {&whole, &shared}) {
      if (!*s) continue;
      test::push_stretch(**s, signal, 0, signal.speed.size(), [&](const window_result&) { ++windows; });
      stream moved = std::move(**s);
      moved.reset();
    }
  }
  const auto seen = w.stop();
  EXPECT_TRUE(seen.none()) << seen.text();
  EXPECT_GE(windows, 20u);
}

TEST(Stream, RaisingEpisodesAndBadSamplesAllocateNothingEither) {
  test::machine_signal signal = test::simulate_machine(20.0, 3, 5.0);
  for (std::size_t i = 2000; i < 2300; ++i) signal.vibration[i] = std::nanf("");  // masked
  for (std::size_t i = 5000; i < 5400; ++i) signal.vibration[i] = 1.0F;           // stuck
  stream s = test::must(stream::create(fitted()));
  test::watch w;
  std::size_t episodes = 0;
  for (std::size_t i = 0; i < signal.speed.size(); ++i) {
    sample_block speed = test::speed_block(signal, i, 1);
    if (i == 60) speed.start_time = 7'000'000'000;  // a gap of one second
    if (i == 90) speed.start_time = 0;              // and a clock that is set back
    sample_block vibration = test::vibration_block(signal, i * 200, 200);
    vibration.start_time = speed.start_time;
    const auto first = s.push(speed);
    if (first) episodes += first->size();
    const auto second = s.push(vibration);
    if (second) episodes += second->size();
  }
  sample_block wrong = test::vibration_block(signal, 0, 10);
  wrong.group = 99;
  const bool refused = !s.push(wrong);
  const auto seen = w.stop();
  EXPECT_TRUE(seen.none()) << seen.text();
  EXPECT_TRUE(refused);
  EXPECT_GE(episodes, 1u);
  EXPECT_GE(s.counters().not_finite, 300u);
  EXPECT_GE(s.counters().stuck, 300u);
}

class StageMemory : public testing::TestWithParam<std::string_view> {};
INSTANTIATE_TEST_SUITE_P(Registry, StageMemory, testing::ValuesIn(test::stage_ids()), [](const auto& p) { return std::string(p.param); });

TEST_P(StageMemory, ProcessTouchesNothingOutsideItsMemory) {
  for (const auto& variant : test::row_variants_of(GetParam())) {
    test::prepared_stage p(test::fitted_stage(variant));
    const row_table rows = test::example_rows(64, 20);
    row_table out(p.out.columns.size());
    out.resize(rows.rows());
    rows_view view = out.view();
    std::vector<double> contributions(6);
    test::watch w;
    for (int round = 0; round < 3; ++round) {
      p.stage.process(rows.view(), view);
      if (p.stage.explains()) p.stage.explain(rows.view()[0], contributions);
      p.stage.reset();
    }
    const auto seen = w.stop();
    EXPECT_TRUE(seen.none()) << variant.name() << ": " << seen.text();
  }
}

}  // namespace
}  // namespace millwright
