// The law of framing: any cutting of the same samples in the same order gives the same frames, the same counters and the
// same state, bit for bit; and a stream that stops and goes on from a checkpoint is the same stream.
#include <fstream>

#include "unit/ingest/scenario.hpp"

namespace {
using namespace ingest_test;

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

std::uint64_t hash_of(const rig& r) {
  hash all;
  for (const seen_frame& f : r.frames) {
    all.add(f.end_time);
    all.add(f.quality);
    all.add(f.enough_valid);
    for (const auto& values : f.values) all.add(values.data(), values.size() * sizeof(values[0]));
    for (const auto& marks : f.marks) all.add(marks.data(), marks.size());
    for (const std::size_t valid : f.valid) all.add(std::uint64_t{valid});
  }
  for (const std::uint64_t counter : values_of(r.windows.counters())) all.add(counter);
  return all.value();
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

// Written down from the class that did clock, marks and rings in one, before it became gridder and framer: the same bytes for ever.
TEST(framing_conformance, frames_are_the_bytes_that_they_have_always_been) {
  hash all;
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    const scenario s = random_scenario(seed);
    rig r(s.settings, s.channels);
    run(r, s, [] { return std::size_t{37}; });
    r.flush();
    all.add(hash_of(r));
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

/// What the class of before wrote in the middle of some streams, and the hash of what it gave from there on.
struct old_checkpoint {
  std::uint32_t seed = 0;
  std::vector<std::byte> bytes;
  std::uint64_t rest = 0;
};

std::vector<old_checkpoint> old_checkpoints() {
  std::ifstream in(test::source_file("tests/golden/framing_version_1.bin"), std::ios::binary);
  std::vector<old_checkpoint> list;
  old_checkpoint c;
  std::uint64_t size = 0;
  while (in.read(reinterpret_cast<char*>(&c.seed), 4) && in.read(reinterpret_cast<char*>(&size), 8) && size < 1'000'000) {
    c.bytes.resize(static_cast<std::size_t>(size));
    in.read(reinterpret_cast<char*>(c.bytes.data()), static_cast<std::streamsize>(size));
    in.read(reinterpret_cast<char*>(&c.rest), 8);
    list.push_back(c);
  }
  return list;
}

void push_second_half(rig& r, const scenario& s) {
  for (std::size_t i = s.deliveries.size() / 2; i < s.deliveries.size(); ++i) r.push(s.deliveries[i].whole());
  r.flush();
}

TEST(framing_conformance, a_checkpoint_of_version_1_goes_on_with_the_same_bytes) {
  const auto list = old_checkpoints();
  ASSERT_EQ(list.size(), 8u);
  for (const old_checkpoint& c : list) {
    const scenario s = random_scenario(c.seed);
    rig r(s.settings, s.channels);
    state_reader reader(c.bytes);
    r.windows.read_version_1(reader);
    ASSERT_TRUE(reader.ok()) << c.seed;
    EXPECT_EQ(reader.bytes_left(), 0u) << c.seed;
    push_second_half(r, s);
    EXPECT_EQ(hash_of(r), c.rest) << c.seed;
  }
}

TEST(framing_conformance, a_damaged_checkpoint_of_version_1_is_refused_or_harmless) {
  std::mt19937 random(1);
  std::size_t refused = 0;
  for (const old_checkpoint& c : old_checkpoints()) {
    const scenario s = random_scenario(c.seed);
    for (int k = 0; k < 400; ++k) {
      auto damaged = c.bytes;
      const std::size_t at = std::uniform_int_distribution<std::size_t>(0, (k % 2 == 0 ? damaged.size() : 600) - 1)(random);
      for (std::size_t i = at; i < std::min(at + (k % 3 == 0 ? 8 : 1), damaged.size()); ++i) damaged[i] ^= std::byte{0xFF};
      rig r(s.settings, s.channels);
      state_reader reader(damaged);
      r.windows.read_version_1(reader);
      if (!reader.ok()) {
        ++refused;
        continue;
      }
      push_second_half(r, s);
    }
  }
  EXPECT_GT(refused, 50u);
}

}  // namespace
