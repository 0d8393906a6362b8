// The law of framing: any cutting of the same samples in the same order gives the same frames, the same counters and the
// same state, bit for bit; and a stream that stops and goes on from a checkpoint is the same stream.
#include <array>
#include <cmath>
#include <limits>

#include "unit/ingest/ingest_support.hpp"

namespace {
using namespace ingest_test;

/// A stream as a driver would deliver it: groups in turn, with everything that goes wrong in the field.
struct scenario {
  window_policy settings;
  std::vector<channel> channels;
  std::vector<samples> deliveries;
};

scenario random_scenario(std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  const auto share = [&] { return std::uniform_real_distribution<double>(0.0, 1.0)(random); };
  scenario s;
  window_policy& w = s.settings;
  w.length = pick(0, 1) == 0 ? std::vector<std::string>{"100"} : std::vector<std::string>{"64", "500ms"};
  w.hop = std::array<std::string, 4>{"", "17", "33.3ms", "1"}[static_cast<std::size_t>(pick(0, 3))];
  w.min_valid_share = 0.9;
  w.clock.max_gap_s = pick(0, 1) == 0 ? 0.0 : 0.3;
  w.clock.max_lag_s = pick(0, 1) == 0 ? 0.0 : 0.25;
  w.clock.stuck_after_vibration = pick(0, 2) == 0 ? 5 : 40;
  const std::array<double, 3> rates = {200.0, 11.0, 70.0};
  const auto groups = static_cast<std::size_t>(pick(1, 3));
  for (std::size_t g = 0; g < groups; ++g) {
    for (int c = pick(1, 2); c > 0; --c) {
      channel made = make_channel("c" + std::to_string(s.channels.size()), rates[g]);
      if (pick(0, 1) == 0) made.range_high = 0.95;
      s.channels.push_back(made);
    }
  }
  std::vector<time_ns> now(groups, 100 * second);
  std::vector<std::size_t> width(groups, 0);
  for (const channel& c : s.channels) {
    for (std::size_t g = 0; g < groups; ++g) width[g] += c.rate_hz == rates[g] ? 1u : 0u;
  }
  std::vector<bool> begun(groups, false);
  for (int turn = 0; turn < 60; ++turn) {
    const auto g = static_cast<std::size_t>(pick(0, static_cast<int>(groups) - 1));
    const double period = 1e9 / rates[g];
    samples d;
    d.group = g;
    d.channels = width[g];
    const auto n = static_cast<std::size_t>(1.0 + share() * 0.6 * rates[g]);
    bool stuck = false;
    for (std::size_t i = 0; i < n; ++i) {
      if (share() < 0.01) stuck = !stuck;
      for (std::size_t c = 0; c < d.channels; ++c) {
        float v = stuck ? 0.25F : static_cast<float>(share());
        if (share() < 0.01) v = std::numeric_limits<float>::quiet_NaN();
        if (share() < 0.002) v = std::numeric_limits<float>::infinity();
        d.values.push_back(v);
      }
    }
    const double fate = share();
    if (fate < 0.1) now[g] += static_cast<time_ns>(share() * 1.0e9);   // a gap
    if (fate > 0.95) now[g] -= static_cast<time_ns>(share() * 3.0e9);  // late, or set back
    if (fate > 0.93 && fate < 0.95) now[g] = now[0];
    const int kind = begun[g] ? pick(0, 2) : 1;
    begun[g] = true;
    if (kind == 1) d.start = now[g];
    if (kind == 2) {
      for (std::size_t i = 0; i < n; ++i) {
        const double wander = (share() - 0.5) * 0.6;
        d.stamps.push_back(now[g] + static_cast<time_ns>((static_cast<double>(i) + wander) * period));
        if (share() < 0.01) d.stamps.back() = d.stamps.front();
        if (share() < 0.005) d.stamps.back() = continues_previous;
        if (share() < 0.005) d.stamps.back() += static_cast<time_ns>(share() * 0.5e9);
      }
    }
    now[g] += static_cast<time_ns>(static_cast<double>(n) * period);
    s.deliveries.push_back(std::move(d));
  }
  return s;
}

/// Runs a scenario with blocks of the size that `next_size` says.
template <class NextSize>
void run(rig& r, const scenario& s, NextSize&& next_size) {
  for (const samples& d : s.deliveries) {
    for (std::size_t at = 0; at < d.size();) {
      const std::size_t n = std::min<std::size_t>(next_size(), d.size() - at);
      r.push(d.cut(at, n));
      at += n;
    }
  }
}

std::vector<std::uint64_t> values_of(const clock_counters& c) {
  std::vector<std::uint64_t> out;
  for (const auto& [name, member] : clock_counters::list()) out.push_back(c.*member);
  return out;
}

TEST(framing_conformance, every_cutting_gives_the_same_frames_counters_and_state) {
  std::size_t frames = 0;
  clock_counters total;
  for (std::uint32_t seed = 0; seed < 120; ++seed) {
    const scenario s = random_scenario(seed);
    rig whole(s.settings, s.channels);
    ASSERT_FALSE(whole.problem) << whole.problem->message();
    run(whole, s, [] { return std::size_t{1} << 40; });
    const auto state = whole.checkpoint();
    const auto tail = whole.frames.size();
    whole.flush();
    frames += whole.frames.size();
    for (const auto& [name, member] : clock_counters::list()) total.*member += whole.windows.counters().*member;

    std::mt19937 random(seed + 1000);
    const std::vector<std::size_t> sizes = {1, 7, 1000, 0};
    for (const std::size_t size : sizes) {
      rig cut(s.settings, s.channels);
      run(cut, s, [&] { return size != 0 ? size : std::uniform_int_distribution<std::size_t>(1, 40)(random); });
      ASSERT_EQ(cut.frames.size(), tail) << "seed " << seed << " size " << size;
      ASSERT_TRUE(cut.windows.state_is_valid()) << seed;
      ASSERT_EQ(cut.checkpoint(), state) << "seed " << seed << " size " << size;
      cut.flush();
      ASSERT_TRUE(cut.frames == whole.frames) << "seed " << seed << " size " << size;
      ASSERT_EQ(values_of(cut.windows.counters()), values_of(whole.windows.counters()));
    }
  }
  // The scenarios mean something only if every kind of event is among them.
  EXPECT_GT(frames, 5000u);
  for (const auto& [name, member] : clock_counters::list()) {
    EXPECT_TRUE(total.*member > 0 || name == "bad_stamps" || name == "overruns") << name;
  }
}

TEST(framing_conformance, a_stream_goes_on_from_a_checkpoint_as_if_it_had_not_stopped) {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    const scenario s = random_scenario(seed);
    rig whole(s.settings, s.channels);
    run(whole, s, [] { return std::size_t{50}; });

    std::mt19937 random(seed);
    auto current = std::make_unique<rig>(s.settings, s.channels);
    std::vector<seen_frame> frames;
    for (const samples& d : s.deliveries) {
      for (std::size_t at = 0; at < d.size();) {
        const std::size_t n = std::min<std::size_t>(std::uniform_int_distribution<std::size_t>(1, 60)(random), d.size() - at);
        current->push(d.cut(at, n));
        at += n;
        if (std::uniform_int_distribution<int>(0, 5)(random) == 0) {
          const auto bytes = current->checkpoint();
          frames.insert(frames.end(), current->frames.begin(), current->frames.end());
          current = std::make_unique<rig>(s.settings, s.channels);
          ASSERT_TRUE(current->restore(bytes)) << "seed " << seed;
        }
      }
    }
    frames.insert(frames.end(), current->frames.begin(), current->frames.end());
    ASSERT_TRUE(frames == whole.frames) << "seed " << seed;
    ASSERT_EQ(current->checkpoint(), whole.checkpoint()) << "seed " << seed;
  }
}

TEST(framing_conformance, a_damaged_checkpoint_is_refused_or_harmless) {
  std::size_t refused = 0;
  for (std::uint32_t seed = 0; seed < 12; ++seed) {
    const scenario s = random_scenario(seed);
    rig sound(s.settings, s.channels);
    for (std::size_t i = 0; i < s.deliveries.size() / 2; ++i) sound.push(s.deliveries[i].whole());
    const auto bytes = sound.checkpoint();
    std::mt19937 random(seed);
    const auto positions = std::min<std::size_t>(bytes.size(), 400);
    for (std::size_t k = 0; k < positions + 200; ++k) {
      auto damaged = bytes;
      // Every one of the first bytes, where the indices of the first group are, then anywhere; one bit, or a whole word of ones.
      const std::size_t at = k < positions ? k : std::uniform_int_distribution<std::size_t>(0, bytes.size() - 1)(random);
      if (k % 2 == 0) {
        damaged[at] ^= std::byte{1} << std::uniform_int_distribution<int>(0, 7)(random);
      } else {
        for (std::size_t i = at; i < std::min(at + 8, bytes.size()); ++i) damaged[i] = std::byte{0xFF};
      }
      rig r(s.settings, s.channels);
      if (!r.restore(damaged)) {
        ++refused;
        continue;
      }
      // Accepted: it may give other frames, but never touch foreign memory (the sanitizers look on).
      for (std::size_t i = s.deliveries.size() / 2; i < std::min(s.deliveries.size(), s.deliveries.size() / 2 + 6); ++i)
        r.push(s.deliveries[i].whole());
      r.flush();
    }
    for (std::size_t cut = 0; cut < bytes.size(); cut += 97) {
      rig r(s.settings, s.channels);
      EXPECT_FALSE(r.restore({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cut)}));
    }
  }
  EXPECT_GT(refused, 100u);
}

/// FNV-1a of everything that a stream gave.
class hash {
 public:
  void add(const void* data, std::size_t size) noexcept {
    const auto* bytes = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < size; ++i) value_ = (value_ ^ bytes[i]) * 1099511628211ULL;
  }
  template <class T>
  void add(const T& value) noexcept {
    add(&value, sizeof value);
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_ = 14695981039346656037ULL;
};

// Written down from the class that did clock, marks and rings in one, before it became gridder and framer: the same bytes for ever.
TEST(framing_conformance, frames_are_the_bytes_that_they_have_always_been) {
  hash all;
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    const scenario s = random_scenario(seed);
    rig r(s.settings, s.channels);
    run(r, s, [] { return std::size_t{37}; });
    r.flush();
    hash one;
    for (const seen_frame& f : r.frames) {
      one.add(f.end_time);
      one.add(f.quality);
      one.add(f.enough_valid);
      for (const auto& values : f.values) one.add(values.data(), values.size() * sizeof(values[0]));
      for (const auto& marks : f.marks) one.add(marks.data(), marks.size());
      for (const std::size_t valid : f.valid) one.add(std::uint64_t{valid});
    }
    for (const std::uint64_t counter : values_of(r.windows.counters())) one.add(counter);
    all.add(one.value());
  }
  EXPECT_EQ(all.value(), 0xfd6df54ce166a642ULL);
}

TEST(framing_conformance, reset_is_a_new_stream) {
  const scenario s = random_scenario(5);
  rig fresh(s.settings, s.channels);
  run(fresh, s, [] { return std::size_t{13}; });
  rig used(s.settings, s.channels);
  run(used, s, [] { return std::size_t{29}; });
  used.windows.reset();
  used.frames.clear();
  run(used, s, [] { return std::size_t{13}; });
  EXPECT_TRUE(used.frames == fresh.frames);
  EXPECT_EQ(used.checkpoint(), fresh.checkpoint());
}

}  // namespace
