// A front with every kind of condition stage: creation in given memory, running and the end take nothing from the heap.
#include "millwright/pipeline/front.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "alloc/allocation_counter.hpp"
#include "millwright/signal_stages.hpp"
#include "support/prepared_stage.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

any_signal_stage<float> stage(std::string_view id, const std::vector<std::pair<std::string, param_value>>& settings = {}) {
  auto made = test::must(builtin_condition_registry().make(id));
  for (const auto& [name, value] : settings) EXPECT_TRUE(made.set_param(name, value)) << name;
  return made;
}

TEST(Front, CreationRunAndEndTakeNothingFromTheHeap) {
  const std::vector<channel_condition> conditions = {
      {"own_sections", {stage("sos_filter", {{"sections", std::vector<double>{0.5, 0.5, 0.0, 1.0, -0.2, 0.0}}})}},
      {"own_taps", {stage("fir_filter", {{"taps", std::vector<double>(31, 1.0 / 31.0)}})}},
      {"long_text", {stage("fir_filter", {{"window", std::string("kaiser(beta=8.6543)")}, {"high_hz", 2000.0}}), stage("teager_energy")}},
      {"decimated", {stage("decimator"), stage("decimator", {{"ftype", std::string("iir")}})}},
      {"resampled", {stage("resampler", {{"up", std::int64_t{2}}, {"down", std::int64_t{5}}})}},
      {"velocity", {stage("integrator")}},
      {"severity", {stage("velocity_severity", {{"interval_s", 0.01}, {"settle_s", 0.05}})}},
      {"envelope", {stage("envelope", {{"f_max_hz", 500.0}})}},
      {"peaks", {stage("peak_hold")}},
      {"energy", {stage("high_frequency_energy", {{"interval_s", 0.01}})}},
  };
  std::vector<channel> channels(conditions.size() + 2);
  feature_extractor features;
  for (std::size_t c = 0; c < channels.size(); ++c) {
    channels[c].name = c < conditions.size() ? conditions[c].channel : c == conditions.size() ? "plain" : "speed";
    channels[c].rate_hz = c + 1 < channels.size() ? 25600.0 : 10.0;
    channels[c].role = c + 1 < channels.size() ? channel_role::vibration : channel_role::context;
    features.names.push_back(channels[c].name + ".mean");
  }
  window_policy window;
  window.length = {"100ms"};
  window.min_valid_share = 0.0;
  const front model = test::must(front::prepare(channels, window, conditions, features));
  workspace measure;
  static_cast<void>(front::instance::create(model, measure));
  test::arena memory(measure.bytes_used());
  const std::size_t vibrations = channels.size() - 1;
  std::vector<float> samples(vibrations * 25600);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<float>(std::sin(0.37 * static_cast<double>(i)));
  samples[5000] = std::nanf("");
  std::vector<float> speed(10, 1500.0F);

  std::size_t rows = 0;
  std::size_t finite = 0;
  const auto keep = [&](std::span<const double> row, const row_meta&) {
    ++rows;
    for (const double v : row) finite += std::isfinite(v) ? 1 : 0;
  };
  test::watch w;
  workspace arena(memory.bytes());
  front::instance stream = front::instance::create(model, arena);
  stream.reset_scratch();
  stream.reset();
  bool is_taken = true;
  for (int round = 0; round < 3; ++round) {
    sample_block block;
    block.data = samples.data();
    block.channels = vibrations;
    block.samples = 25600;
    block.channel_stride = 1;
    block.sample_stride = static_cast<std::ptrdiff_t>(vibrations);
    if (round == 2) block.start_time = 1'000'000'000'000;  // a new segment
    is_taken = stream.push(block, keep) && is_taken;
    sample_block slow;
    slow.group = 1;
    slow.data = speed.data();
    slow.channels = 1;
    slow.samples = 10;
    slow.channel_stride = 10;
    is_taken = stream.push(slow, keep) && is_taken;
  }
  stream.flush(keep);
  state_writer count;
  stream.persist(count);
  stream.destroy_state();
  stream.destroy_scratch();
  const auto seen = w.stop();
  EXPECT_TRUE(seen.none()) << seen.text();
  EXPECT_FALSE(arena.exhausted());
  EXPECT_TRUE(is_taken);
  EXPECT_GT(rows, 25u);
  EXPECT_GT(finite, rows * 6);
  EXPECT_GT(count.bytes(), 0u);
}

}  // namespace
}  // namespace millwright
