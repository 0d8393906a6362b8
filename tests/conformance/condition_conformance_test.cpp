// Filters, decimators, detectors of energy between clock and frames, under everything that goes wrong in the field: any cutting gives the
// same frames and the same state, and a stream goes on from a checkpoint as if it had not stopped.
#include "millwright/signal_stages.hpp"
#include "unit/ingest/scenario.hpp"

namespace {
using namespace ingest_test;

any_signal_stage<float> random_stage(std::mt19937& random, double rate_hz) {
  const auto make = [](std::string_view id) { return *builtin_condition_registry().make(id); };
  const int kind = std::uniform_int_distribution<int>(0, 5)(random);
  auto made = make(std::array<std::string_view, 6>{"sos_filter", "fir_filter", "decimator", "resampler", "teager_energy",
                                                   "integrator"}[static_cast<std::size_t>(kind)]);
  const auto set = [&](std::string_view name, const param_value& value) { EXPECT_TRUE(made.set_param(name, value)); };
  if (kind == 0) {
    set("band", std::string("highpass"));
    set("low_hz", 0.05 * rate_hz);
  } else if (kind == 1) {
    set("length", std::int64_t{std::uniform_int_distribution<int>(1, 24)(random)});
    set("high_hz", 0.2 * rate_hz);
  } else if (kind == 2) {
    set("factor", std::int64_t{std::uniform_int_distribution<int>(1, 3)(random)});
    set("order", std::int64_t{std::uniform_int_distribution<int>(2, 12)(random)});
    if (std::uniform_int_distribution<int>(0, 2)(random) == 0) set("ftype", std::string("iir"));
  } else if (kind == 3) {
    set("up", std::int64_t{2});
    set("down", std::int64_t{std::uniform_int_distribution<int>(2, 5)(random)});
  } else if (kind == 5) {
    set("low_hz", 0.02 * rate_hz);
    set("high_hz", 0.3 * rate_hz);
  }
  return made;
}

struct conditioned {
  scenario stream;
  std::vector<channel_condition> conditions;
};

conditioned random_conditioned(std::uint32_t seed) {
  conditioned made{random_scenario(seed), {}};
  made.stream.settings.length = {made.stream.settings.length[0] == "100" ? "400ms" : "200ms"};
  made.stream.settings.hop = seed % 3 == 0 ? std::optional<std::string>() : "150ms";
  made.stream.settings.min_valid_share = 0.5;
  std::mt19937 random(seed + 77);
  for (const channel& c : made.stream.channels) {
    if (std::uniform_int_distribution<int>(0, 3)(random) == 0) continue;
    channel_condition& condition = made.conditions.emplace_back();
    condition.channel = c.name;
    for (int n = std::uniform_int_distribution<int>(1, 2)(random); n > 0; --n) condition.stages.push_back(random_stage(random, c.rate_hz));
    // The rate that the second one sees is not the channel's; what does not fit it is left out by trying.
    const std::vector<channel_condition> alone = {condition};
    if (front::prepare_frames(made.stream.channels, made.stream.settings, alone)) continue;
    condition.stages.pop_back();
    if (condition.stages.empty()) made.conditions.pop_back();
  }
  return made;
}

TEST(condition_conformance, every_cutting_gives_the_same_frames_counters_and_state) {
  std::size_t frames = 0;
  std::size_t valid = 0;
  std::size_t masked = 0;
  for (std::uint32_t seed = 0; seed < 80; ++seed) {
    const conditioned c = random_conditioned(seed);
    rig whole(c.stream.settings, c.stream.channels, c.conditions);
    ASSERT_FALSE(whole.problem) << whole.problem->message();
    run(whole, c.stream, [] { return std::size_t{1} << 40; });
    ASSERT_TRUE(whole.windows.state_is_valid());
    const auto state = whole.checkpoint();
    const std::size_t tail = whole.frames.size();
    whole.flush();
    frames += whole.frames.size();
    for (const seen_frame& f : whole.frames) {
      valid += f.enough_valid ? 1 : 0;
      masked += f.enough_valid ? 0 : 1;
    }
    std::mt19937 random(seed + 1000);
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{0}}) {
      rig cut(c.stream.settings, c.stream.channels, c.conditions);
      run(cut, c.stream, [&] { return size != 0 ? size : std::uniform_int_distribution<std::size_t>(1, 40)(random); });
      ASSERT_EQ(cut.frames.size(), tail) << "seed " << seed << " size " << size;
      ASSERT_EQ(cut.checkpoint(), state) << "seed " << seed << " size " << size;
      cut.flush();
      ASSERT_TRUE(cut.frames == whole.frames) << "seed " << seed << " size " << size;
      ASSERT_EQ(values_of(cut.windows.counters()), values_of(whole.windows.counters())) << "seed " << seed << " size " << size;
    }
  }
  EXPECT_GT(frames, 1000u);
  EXPECT_GT(valid, 200u);
  EXPECT_GT(masked, 200u);
}

TEST(condition_conformance, a_stream_goes_on_from_a_checkpoint_as_if_it_had_not_stopped) {
  for (std::uint32_t seed = 0; seed < 30; ++seed) {
    const conditioned c = random_conditioned(seed);
    rig whole(c.stream.settings, c.stream.channels, c.conditions);
    run(whole, c.stream, [] { return std::size_t{50}; });
    std::mt19937 random(seed);
    auto current = std::make_unique<rig>(c.stream.settings, c.stream.channels, c.conditions);
    std::vector<seen_frame> frames;
    for (const samples& d : c.stream.deliveries) {
      current->push(d.whole());
      if (std::uniform_int_distribution<int>(0, 3)(random) != 0) continue;
      const auto bytes = current->checkpoint();
      frames.insert(frames.end(), current->frames.begin(), current->frames.end());
      current = std::make_unique<rig>(c.stream.settings, c.stream.channels, c.conditions);
      ASSERT_TRUE(current->restore(bytes)) << "seed " << seed;
    }
    frames.insert(frames.end(), current->frames.begin(), current->frames.end());
    ASSERT_TRUE(frames == whole.frames) << "seed " << seed;
    ASSERT_EQ(current->checkpoint(), whole.checkpoint()) << "seed " << seed;
  }
}

TEST(condition_conformance, a_damaged_checkpoint_is_refused_or_harmless) {
  std::size_t refused = 0;
  std::mt19937 random(5);
  for (std::uint32_t seed = 0; seed < 10; ++seed) {
    const conditioned c = random_conditioned(seed);
    rig sound(c.stream.settings, c.stream.channels, c.conditions);
    for (std::size_t i = 0; i < c.stream.deliveries.size() / 2; ++i) sound.push(c.stream.deliveries[i].whole());
    const auto bytes = sound.checkpoint();
    for (std::size_t k = 0; k < 300; ++k) {
      auto damaged = bytes;
      const std::size_t at =
          std::uniform_int_distribution<std::size_t>(0, std::min<std::size_t>(bytes.size(), k % 2 == 0 ? 1500 : bytes.size()) - 1)(random);
      for (std::size_t i = at; i < std::min(at + (k % 3 == 0 ? 8 : 1), bytes.size()); ++i) damaged[i] ^= std::byte{0xFF};
      rig r(c.stream.settings, c.stream.channels, c.conditions);
      if (!r.restore(damaged)) {
        ++refused;
        continue;
      }
      for (std::size_t i = c.stream.deliveries.size() / 2; i < c.stream.deliveries.size(); ++i) r.push(c.stream.deliveries[i].whole());
      r.flush();
    }
  }
  EXPECT_GT(refused, 100u);
}

}  // namespace
