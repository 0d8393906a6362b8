#include "millwright/detect/forest/forest_refresh.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "millwright/detect/accepted_buffer.hpp"
#include "millwright/numeric/math.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

using test::columns;
using test::fitted;
using test::normal_rows;

isolation_forest small_forest() {
  isolation_forest f;
  f.trees = 60;
  f.samples = 64;
  f.seed = 5;
  return f;
}

/// Thresholds of tree t.
std::vector<double> tree_of(const isolation_forest& f, std::size_t t) {
  const auto values = f.threshold_.values();
  return {values.begin() + f.tree_start_[t], values.begin() + f.tree_start_[t + 1]};
}

row_table moved_rows(std::size_t count, std::uint64_t seed, double shift) {
  row_table rows = normal_rows(count, 3, seed);
  for (std::size_t r = 0; r < count; ++r) rows.view()[r][0] += shift;
  return rows;
}

TEST(forest_refresh, drops_the_oldest_trees_and_appends_new_ones_on_any_number_of_threads) {
  const auto first = fitted(small_forest(), columns(3), normal_rows(500, 3, 1).view());
  const row_table rows = normal_rows(300, 3, 2);
  const auto next = test::must(refresh_forest(first, rows.view(), {0.1, 0}));
  ASSERT_EQ(next.tree_start_.size(), first.tree_start_.size());
  for (std::size_t t = 0; t < 54; ++t) EXPECT_EQ(tree_of(next, t), tree_of(first, t + 6)) << t;
  for (std::size_t t = 54; t < 60; ++t) EXPECT_NE(tree_of(next, t), tree_of(first, t)) << t;
  EXPECT_TRUE(test::same_model(test::must(refresh_forest(first, rows.view(), {0.1, 0})), next)) << "the same twice";
  isolation_forest threaded = first;
  threaded.threads = 3;
  EXPECT_TRUE(test::same_model(test::must(refresh_forest(threaded, rows.view(), {0.1, 0})), next));
  const auto other = test::must(refresh_forest(first, rows.view(), {0.1, 1}));
  EXPECT_NE(tree_of(other, 59), tree_of(next, 59)) << "each generation draws other trees";
  for (std::size_t c = 0; c < 3; ++c) {
    double low = rows.view()[0][c];
    for (std::size_t r = 0; r < rows.rows(); ++r) low = std::min(low, rows.view()[r][c]);
    EXPECT_NEAR(next.box_low_[c], 0.9 * first.box_low_[c] + 0.1 * low, 1e-12);
  }
}

TEST(forest_refresh, a_month_of_daily_refreshes_follows_a_change_and_one_does_not) {
  const auto first = fitted(small_forest(), columns(3), normal_rows(500, 3, 1).view());
  const row_table later = moved_rows(40, 3, 6.0);
  const auto mean_score = [&](const isolation_forest& f) {
    const row_table scores = test::run(f, columns(3), later.view());
    double sum = 0.0;
    for (std::size_t r = 0; r < scores.rows(); ++r) sum += scores.view()[r][0];
    return sum / static_cast<double>(scores.rows());
  };
  isolation_forest model = first;
  double after_one = 0.0;
  for (std::uint64_t day = 0; day < 60; ++day) {
    model = test::must(refresh_forest(model, moved_rows(200, 10 + day, 6.0).view(), {1.0 / 30.0, day}));
    if (day == 0) after_one = mean_score(model);
  }
  EXPECT_GT(after_one, 0.9 * mean_score(first));
  EXPECT_LT(mean_score(model), 0.75 * mean_score(first));
}

TEST(forest_refresh, says_what_it_cannot_do) {
  const auto first = fitted(small_forest(), columns(3), normal_rows(500, 3, 1).view());
  const row_table rows = normal_rows(300, 3, 2);
  EXPECT_EQ(refresh_forest(isolation_forest(), rows.view()).error().code, errc::not_fitted);
  EXPECT_EQ(refresh_forest(first, normal_rows(300, 2, 2).view()).error().code, errc::incompatible);
  EXPECT_EQ(refresh_forest(first, rows.slice(0, 63)).error().code, errc::invalid_data);
  for (const double share : {0.0, -1.0, 1.5, math::nan})
    EXPECT_EQ(refresh_forest(first, rows.view(), {share, 0}).error().code, errc::invalid_argument);
  EXPECT_TRUE(refresh_forest(first, rows.view(), {1.0, 0})) << "all trees";
}

// ---- accepted_buffer ----------------------------------------------------------------------------------------------------

class buffer_on_memory {
 public:
  explicit buffer_on_memory(const accepted_buffer& settings) : buffer(settings), memory_(0) {
    workspace measure;
    test::must(buffer.prepare(1, measure));
    memory_ = test::arena(measure.bytes_used());
    workspace carve = memory_.take();
    test::must(buffer.prepare(1, carve));
    EXPECT_FALSE(carve.exhausted());
    buffer.reset();
  }
  void offer(double seconds, double value, double severity = 0.0, bool alarm = false, std::uint32_t flags = 0) {
    buffer.offer({&value, 1}, {static_cast<time_ns>(seconds * 1e9), flags, 0}, severity, alarm);
  }
  [[nodiscard]] std::vector<double> kept() const {
    std::vector<double> values;
    for (std::size_t r = 0; r < buffer.rows().rows; ++r) values.push_back(buffer.rows()[r][0]);
    std::sort(values.begin(), values.end());
    return values;
  }
  accepted_buffer buffer;

 private:
  test::arena memory_;
};

accepted_buffer short_times() {
  accepted_buffer b;
  b.capacity = 8;
  b.interval_s = 10.0;
  b.quarantine_s = 100.0;
  b.settle_s = 50.0;
  return b;
}

TEST(accepted_buffer, keeps_rows_a_quarantine_later) {
  buffer_on_memory b(short_times());
  for (int i = 0; i < 10; ++i) b.offer(10.0 * i, i);
  EXPECT_TRUE(b.kept().empty());
  EXPECT_EQ(b.buffer.waiting(), 10U);
  b.offer(121.0, 12);
  EXPECT_EQ(b.kept(), (std::vector<double>{0, 1, 2}));
  for (int i = 13; i < 40; ++i) b.offer(10.0 * i, i);
  EXPECT_EQ(b.kept().size(), 8U) << "the last ones";
  EXPECT_EQ(b.kept().back(), 29.0);
}

TEST(accepted_buffer, an_alarm_throws_out_what_waits_and_what_follows_soon) {
  buffer_on_memory b(short_times());
  for (int i = 0; i < 15; ++i) b.offer(10.0 * i, i);
  const auto before = b.kept();
  b.offer(150.0, 15, 9.0, true);
  EXPECT_EQ(b.buffer.waiting(), 0U);
  for (int i = 16; i < 20; ++i) b.offer(10.0 * i, i);  // within settle_s
  EXPECT_EQ(b.buffer.waiting(), 0U);
  b.offer(200.0, 20);
  EXPECT_EQ(b.buffer.waiting(), 1U);
  EXPECT_EQ(b.kept(), before);
}

TEST(accepted_buffer, takes_only_quiet_known_finite_rows_now_and_then) {
  buffer_on_memory b(short_times());
  b.offer(0.0, 1.0, 1.31);
  b.offer(1.0, 1.0, math::nan);
  b.offer(2.0, math::nan);
  b.offer(3.0, math::infinity);
  b.offer(4.0, 1.0, 0.0, false, bits(quality::not_scored));
  b.offer(5.0, 1.0, 0.0, false, bits(quality::novel_context));
  EXPECT_EQ(b.buffer.waiting(), 0U);
  b.offer(6.0, 1.0);
  b.offer(15.9, 1.0);  // too soon
  b.offer(5.0, 1.0);   // from the past
  EXPECT_EQ(b.buffer.waiting(), 1U);
  b.offer(16.0, 1.0);
  EXPECT_EQ(b.buffer.waiting(), 2U);
}

TEST(accepted_buffer, goes_on_after_a_checkpoint_and_refuses_damage) {
  buffer_on_memory a(short_times());
  for (int i = 0; i < 25; ++i) a.offer(10.0 * i, i);
  state_writer count;
  a.buffer.persist(count);
  std::vector<std::byte> bytes(count.bytes());
  state_writer writer(bytes);
  a.buffer.persist(writer);
  buffer_on_memory b(short_times());
  state_reader reader(bytes);
  b.buffer.persist(reader);
  ASSERT_TRUE(reader.ok() && b.buffer.state_is_valid());
  for (int i = 25; i < 60; ++i) {
    a.offer(10.0 * i, i);
    b.offer(10.0 * i, i);
    ASSERT_EQ(a.kept(), b.kept());
  }
  random_stream random(1, 0);
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::byte> damaged = bytes;
    damaged[random.below(80)] = static_cast<std::byte>(random.below(256));
    state_reader damaged_reader(damaged);
    b.buffer.persist(damaged_reader);
    if (!damaged_reader.ok() || !b.buffer.state_is_valid()) continue;
    b.offer(1e6, 1.0);
  }
}

TEST(accepted_buffer, a_quarantine_without_end_is_refused) {
  accepted_buffer b;
  b.interval_s = 0.0;
  workspace measure;
  EXPECT_EQ(b.prepare(3, measure).error().code, errc::limit_exceeded);
  b.quarantine_s = 0.0;
  EXPECT_TRUE(b.prepare(3, measure)) << "none at all";
}

}  // namespace
}  // namespace millwright
