// Rows of the front against features computed from its frames: where the fastest group's features are computed before slower groups have
// delivered, and where they are not, the bytes are the same.
#include "millwright/pipeline/front.hpp"

#include <cstring>
#include <fstream>

#include "core/prepare_with_memory.hpp"
#include "unit/ingest/scenario.hpp"

namespace {
using namespace ingest_test;

struct seen_row {
  row_meta meta;
  std::vector<std::uint64_t> values;  ///< as bits
  bool operator==(const seen_row& other) const {
    return meta.end_time == other.meta.end_time && meta.quality == other.meta.quality && values == other.values;
  }
};

seen_row copy_of(std::span<const double> values, const row_meta& meta) {
  seen_row out{meta, std::vector<std::uint64_t>(values.size())};
  std::memcpy(out.values.data(), values.data(), values.size_bytes());
  return out;
}

feature_extractor features_of(const std::vector<channel>& channels) {
  feature_extractor made;
  for (const channel& c : channels) {
    for (const char* feature : {".rms", ".mean", ".kurtosis", ".zero_crossings"}) made.names.push_back(c.name + feature);
  }
  return made;
}

/// A front that gives rows, with its memory.
class row_rig {
 public:
  row_rig(const scenario& s, const feature_extractor& features, const std::vector<channel_condition>& conditions = {}) {
    auto prepared = front::prepare(s.channels, s.settings, conditions, features);
    EXPECT_TRUE(prepared) << prepared.error().message();
    model = std::make_unique<const front>(*std::move(prepared));
    const auto create = [&](workspace& w) -> result<void> {
      stream = front::instance::create(*model, w);
      return {};
    };
    memory_ = *detail::prepare_with_memory(create);
    workspace measure;
    const auto measured = front::instance::create(*model, measure);
    static_cast<void>(measured);
    sizes = measure.sizes();
    stream.reset_scratch();
    stream.reset();
  }
  ~row_rig() {
    stream.destroy_state();
    stream.destroy_scratch();
  }
  row_rig(const row_rig&) = delete;
  row_rig& operator=(const row_rig&) = delete;

  void push(const sample_block& block) {
    ASSERT_TRUE(stream.push(block, [&](std::span<const double> row, const row_meta& meta) { rows.push_back(copy_of(row, meta)); }));
  }
  void flush() {
    stream.flush([&](std::span<const double> row, const row_meta& meta) { rows.push_back(copy_of(row, meta)); });
  }
  [[nodiscard]] std::vector<std::byte> checkpoint() {
    state_writer measure;
    stream.persist(measure);
    std::vector<std::byte> bytes(measure.bytes());
    state_writer writer(bytes);
    stream.persist(writer);
    return bytes;
  }

  std::unique_ptr<const front> model;
  front::instance stream;
  memory_sizes sizes;
  std::vector<seen_row> rows;

 private:
  detail::arena_memory memory_;
};

/// The same from frames, whose samples wait.
class frame_rig {
 public:
  frame_rig(const scenario& s, feature_extractor features) : frames_(s.settings, s.channels), features_(std::move(features)) {
    const auto prepare = [&](workspace& w) -> result<void> {
      MILLWRIGHT_TRY(const port columns, features_.prepare(frames_.model->frames(), w));
      row_.resize(columns.columns.size());
      return {};
    };
    memory_ = *detail::prepare_with_memory(prepare);
    features_.reset();
  }
  void push(const sample_block& block) {
    ASSERT_TRUE(frames_.windows.push_frames(block, [&](const frame_set& set) { compute(set); }));
  }
  void flush() {
    frames_.windows.flush_frames([&](const frame_set& set) { compute(set); });
  }
  [[nodiscard]] rig& frames() noexcept { return frames_; }
  std::vector<seen_row> rows;

 private:
  void compute(const frame_set& set) {
    ASSERT_EQ(set.shown, frame_set::part::whole);
    row_meta meta;
    meta.end_time = set.end_time;
    meta.quality = set.quality | features_.process(set.windows, row_);
    if (!set.enough_valid || has(meta.quality, quality::undefined_feature)) meta.quality |= bits(quality::not_scored);
    rows.push_back(copy_of(row_, meta));
  }

  rig frames_;
  feature_extractor features_;
  std::vector<double> row_;
  detail::arena_memory memory_;
};

bool waits_as_results(const row_rig& rows, frame_rig& frames) {
  workspace measure;
  static_cast<void>(front::instance::create(*frames.frames().model, measure));
  return rows.sizes.state < measure.sizes().state;
}

TEST(front_conformance, rows_are_those_of_the_frames_for_any_cutting) {
  std::size_t rows = 0;
  std::size_t early = 0;
  std::size_t not_scored = 0;
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    const scenario s = random_scenario(seed);
    frame_rig expected(s, features_of(s.channels));
    for (const samples& d : s.deliveries) expected.push(d.whole());
    expected.flush();
    std::vector<std::byte> state;
    for (const std::size_t size : {std::size_t{1} << 40, std::size_t{1}, std::size_t{13}}) {
      row_rig r(s, features_of(s.channels));
      early += waits_as_results(r, expected) ? 1 : 0;
      for (const samples& d : s.deliveries) {
        for (std::size_t at = 0; at < d.size(); at += size) r.push(d.cut(at, std::min(size, d.size() - at)));
      }
      const auto bytes = r.checkpoint();
      if (state.empty()) state = bytes;
      ASSERT_EQ(bytes, state) << seed;
      r.flush();
      ASSERT_EQ(r.rows.size(), expected.rows.size()) << seed;
      for (std::size_t i = 0; i < r.rows.size(); ++i) {
        ASSERT_TRUE(r.rows[i] == expected.rows[i]) << "seed " << seed << " row " << i;
        not_scored += has(r.rows[i].meta.quality, quality::not_scored) ? 1 : 0;
      }
      rows += r.rows.size();
    }
  }
  EXPECT_GT(rows, 5000u);
  EXPECT_GT(early, 30u);
  EXPECT_GT(not_scored, 100u);
  EXPECT_GT(rows - not_scored, 100u);
}

TEST(front_conformance, rows_go_on_from_a_checkpoint) {
  for (std::uint32_t seed = 0; seed < 30; ++seed) {
    const scenario s = random_scenario(seed);
    row_rig whole(s, features_of(s.channels));
    auto current = std::make_unique<row_rig>(s, features_of(s.channels));
    std::vector<seen_row> rows;
    for (const samples& d : s.deliveries) {
      whole.push(d.whole());
      current->push(d.whole());
      const auto bytes = current->checkpoint();
      rows.insert(rows.end(), current->rows.begin(), current->rows.end());
      current = std::make_unique<row_rig>(s, features_of(s.channels));
      state_reader reader(bytes);
      current->stream.persist(reader);
      ASSERT_TRUE(reader.ok() && reader.bytes_left() == 0 && current->stream.state_is_valid());
    }
    ASSERT_TRUE(rows == whole.rows) << seed;
  }
}

TEST(front_conformance, rows_go_on_from_a_checkpoint_of_version_1) {
  std::ifstream in(test::source_file("tests/golden/framing_version_1.bin"), std::ios::binary);
  std::uint32_t seed = 0;
  std::uint64_t size = 0;
  std::uint64_t rest = 0;
  std::size_t cases = 0;
  while (in.read(reinterpret_cast<char*>(&seed), 4) && in.read(reinterpret_cast<char*>(&size), 8) && size < 1'000'000) {
    std::vector<std::byte> bytes(static_cast<std::size_t>(size));
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    in.read(reinterpret_cast<char*>(&rest), 8);
    ++cases;
    const scenario s = random_scenario(seed);
    frame_rig expected(s, features_of(s.channels));
    row_rig r(s, features_of(s.channels));
    state_reader one(bytes);
    state_reader two(bytes);
    expected.frames().windows.read_version_1(one);
    r.stream.read_version_1(two);
    ASSERT_TRUE(one.ok() && two.ok());
    for (std::size_t i = s.deliveries.size() / 2; i < s.deliveries.size(); ++i) {
      expected.push(s.deliveries[i].whole());
      r.push(s.deliveries[i].whole());
    }
    expected.flush();
    r.flush();
    EXPECT_TRUE(r.rows == expected.rows) << seed;
    EXPECT_FALSE(r.rows.empty());
  }
  EXPECT_EQ(cases, 8u);
}

TEST(front_conformance, a_feature_that_needs_the_speed_of_a_slower_group_waits_for_it) {
  scenario s;
  s.settings.length = {"1s"};
  s.channels = {make_channel("vib", 1000.0), make_channel("speed", 2.0, channel_role::context)};
  s.channels[1].unit = "Hz";
  feature_extractor features;
  features.names = {"vib.order_rms(order=1)", "vib.rms", "speed.mean"};
  features.speed_channel = "speed";
  std::mt19937 random(3);
  samples fast, slow;
  fast.start = slow.start = 0;
  slow.group = 1;
  for (int i = 0; i < 5000; ++i) fast.values.push_back(std::uniform_real_distribution<float>(-1, 1)(random));
  for (int i = 0; i < 10; ++i) slow.values.push_back(20.0F + static_cast<float>(i));
  row_rig waits(s, features);
  frame_rig expected(s, features);
  EXPECT_FALSE(waits_as_results(waits, expected));
  features.names.erase(features.names.begin());
  row_rig does_not(s, features);
  EXPECT_LT(does_not.sizes.state, waits.sizes.state / 2);
  for (int part = 0; part < 5; ++part) {  // the slower group always comes last
    for (auto* r : {&waits, &does_not}) {
      r->push(fast.cut(static_cast<std::size_t>(part) * 1000, 1000));
      r->push(slow.cut(static_cast<std::size_t>(part) * 2, 2));
    }
    expected.push(fast.cut(static_cast<std::size_t>(part) * 1000, 1000));
    expected.push(slow.cut(static_cast<std::size_t>(part) * 2, 2));
  }
  ASSERT_EQ(waits.rows.size(), 5u);
  EXPECT_TRUE(waits.rows == expected.rows);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_FALSE(has(waits.rows[i].meta.quality, quality::not_scored));
    EXPECT_EQ(does_not.rows[i].values[0], waits.rows[i].values[1]);
    EXPECT_EQ(does_not.rows[i].values[1], waits.rows[i].values[2]);
  }
}

}  // namespace
