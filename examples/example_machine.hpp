// Stands in for what a gateway has: a bundle that somebody fitted, and a driver that delivers samples.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "millwright/data/recording.hpp"
#include "millwright/millwright.hpp"
#include "millwright/numeric/random.hpp"

/// Vibration of a pump at 4 kHz. After `fault_at_s` something in it begins to knock.
class example_driver {
 public:
  static constexpr double rate_hz = 4000.0;

  example_driver(std::uint64_t seed, double seconds, double fault_at_s) : noise_(seed, 0), seconds_(seconds), fault_at_s_(fault_at_s) {}

  /// The next tenth of a second; an empty block at the end.
  millwright::sample_block next() {
    millwright::sample_block block;
    if (time_s_ >= seconds_) return block;
    for (float& value : buffer_) {
      double push = 0.1 * noise_.normal();
      if (time_s_ >= fault_at_s_ && sample_ % 80 == 0) push += 2.0;
      const double y = 0.4 * before_ - 0.9 * before_that_ + push;
      before_that_ = before_;
      before_ = y;
      value = static_cast<float>(y);
      ++sample_;
      time_s_ = static_cast<double>(sample_) / rate_hz;
    }
    block.data = buffer_.data();
    block.channels = 1;
    block.samples = buffer_.size();
    return block;
  }

 private:
  millwright::random_stream noise_;
  double seconds_;
  double fault_at_s_;
  double time_s_ = 0.0;
  std::uint64_t sample_ = 0;
  double before_ = 0.0;
  double before_that_ = 0.0;
  std::vector<float> buffer_ = std::vector<float>(400);
};

/// Fits a minute of normal operation and saves the bundle; usually a notebook does this, with days of it. A minute cannot prove
/// that false episodes stay below one a week, so this example is content with more.
inline millwright::result<void> make_example_bundle(const std::string& path) {
  using namespace millwright;
  MILLWRIGHT_TRY(pipeline_parts parts, parse_pipeline_parts(R"({
    "channels": [{"name": "vibration", "unit": "g", "rate_hz": 4000}],
    "window": {"length": ["100ms"]},
    "alert": {"max_false_episodes_per_week": 1000}})"));
  std::vector<float> samples;
  example_driver driver(1, 60.0, 1e9);
  while (const sample_block block = driver.next()) samples.insert(samples.end(), block.data, block.data + block.samples);
  recorded_group group;
  group.channels = parts.channels;
  group.data = samples.data();
  group.samples = samples.size();
  recording normal;
  MILLWRIGHT_CHECK(normal.add(group));
  const recording* recordings[] = {&normal};
  provenance origin;
  origin.name = "example pump";
  MILLWRIGHT_TRY(const pipeline model, fit_pipeline(std::move(parts), recordings, origin));
  return save_bundle(model, path);
}
