// How long a window waits for a slower channel: two of the longest windows, but a second at least, unless the clock's policy says.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "millwright/pipeline/fit.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

/// Vibration samples after which the first window comes, when the speed never does.
std::size_t samples_until_the_first_window(const std::string& clock) {
  std::string declaration = test::machine_declaration(true);
  declaration.insert(1, clock);
  const pipeline model = test::fit_declared(declaration, 20.0);
  const test::machine_signal signal = test::simulate_machine(5.0, 3);
  stream s = test::must(stream::create(model));
  std::size_t windows = 0;
  std::size_t at = 0;
  while (windows == 0 && at < signal.vibration_samples) {
    test::must(s.push(test::vibration_block(signal, at++, 1), [&](const window_result& w) {
      ++windows;
      EXPECT_TRUE(has(w.quality, quality::late_group));
      EXPECT_FALSE(w.scored);
    }));
  }
  return at;
}

// Windows have 256 samples at 2000 Hz.
TEST(StreamLag, IsASecondForShortWindows) { EXPECT_EQ(samples_until_the_first_window(""), 256u + 2000u); }

TEST(StreamLag, IsWhatThePolicySays) {
  EXPECT_EQ(samples_until_the_first_window(R"("clock": {"max_lag_s": 0.25}, )"), 256u + 500u);
  EXPECT_EQ(samples_until_the_first_window(R"("clock": {"max_lag_s": 2}, )"), 256u + 4000u);
}

TEST(StreamLag, IsTwoWindowsForLongOnes) {
  const std::string declaration = R"({"channels": [{"name": "vib_x", "rate_hz": 2000}, {"name": "vib_y", "rate_hz": 2000},
      {"name": "speed", "unit": "rpm", "role": "context", "rate_hz": 10}], "window": {"length": ["2000"], "hop": "500"},
      "features": ["vib_x.rms", "vib_y.rms", "speed.mean"], "detect": ["mahalanobis"]})";
  const pipeline model = test::fit_declared(declaration, 30.0);
  const test::machine_signal signal = test::simulate_machine(5.0, 3);
  stream s = test::must(stream::create(model));
  std::size_t windows = 0;
  std::size_t at = 0;
  while (windows == 0 && at < signal.vibration_samples)
    test::must(s.push(test::vibration_block(signal, at++, 1), [&](const window_result&) { ++windows; }));
  EXPECT_EQ(at, 2000u + 4000u);
}

}  // namespace
}  // namespace millwright
