#include "millwright/calibrate/running_median.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "millwright/numeric/math.hpp"
#include "millwright/numeric/random.hpp"

namespace millwright {
namespace {

struct prepared {
  explicit prepared(std::int64_t windows, std::size_t columns) {
    stage.windows = windows;
    port in;
    for (std::size_t c = 0; c < columns; ++c) in.columns.push_back({"c" + std::to_string(c), false});
    workspace measure;
    EXPECT_TRUE(stage.prepare(in, measure));
    memory.resize(measure.bytes_used() + workspace::alignment);
    auto* start = memory.data() + (workspace::alignment - reinterpret_cast<std::uintptr_t>(memory.data()) % workspace::alignment);
    workspace arena({start, measure.bytes_used()});
    EXPECT_TRUE(stage.prepare(in, arena));
    EXPECT_FALSE(arena.exhausted());
    stage.reset();
  }
  running_median stage;
  std::vector<std::byte> memory;
};

std::vector<double> run(running_median& stage, std::vector<double> values) {
  std::vector<double> out(values.size());
  std::vector<row_meta> meta(values.size());
  stage.process({values.data(), values.size(), 1, 1, meta.data()}, {out.data(), out.size(), 1, 1, meta.data()});
  return out;
}

TEST(RunningMedian, AgreesWithSortingTheLastWindows) {
  random_stream random(1, 2);
  std::vector<double> values(200);
  for (double& v : values) v = random.uniform();
  for (const std::int64_t windows : {1, 2, 5, 8, 31}) {
    prepared p(windows, 1);
    const auto out = run(p.stage, values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t first = i + 1 >= static_cast<std::size_t>(windows) ? i + 1 - static_cast<std::size_t>(windows) : 0;
      std::vector<double> last(values.begin() + static_cast<std::ptrdiff_t>(first), values.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      std::sort(last.begin(), last.end());
      const std::size_t m = last.size() / 2;
      EXPECT_EQ(out[i], last.size() % 2 == 1 ? last[m] : 0.5 * (last[m - 1] + last[m])) << windows << " at " << i;
    }
  }
}

TEST(RunningMedian, RowsThatCarryNoScoreLeaveTheStateAlone) {
  prepared p(3, 1);
  const auto out = run(p.stage, {1.0, math::nan, 2.0, math::nan, 3.0});
  EXPECT_EQ(out[0], 1.0);
  EXPECT_TRUE(std::isnan(out[1]));
  EXPECT_EQ(out[2], 1.5);
  EXPECT_TRUE(std::isnan(out[3]));
  EXPECT_EQ(out[4], 2.0);
}

TEST(RunningMedian, ContinuesAfterRestoreAndRefusesImpossibleState) {
  prepared whole(4, 1), first(4, 1), second(4, 1);
  const std::vector<double> values = {5, 1, 4, 2, 3, 9, 8, 7};
  const auto expected = run(whole.stage, values);
  run(first.stage, {values.begin(), values.begin() + 5});
  std::vector<std::byte> bytes(1024);
  state_writer writer(bytes);
  first.stage.persist(writer);
  ASSERT_TRUE(writer.ok());
  state_reader reader(std::span<const std::byte>(bytes).first(writer.bytes()));
  second.stage.persist(reader);
  ASSERT_TRUE(reader.ok());
  const auto rest = run(second.stage, {values.begin() + 5, values.end()});
  for (std::size_t i = 0; i < rest.size(); ++i) EXPECT_EQ(rest[i], expected[i + 5]);

  const std::uint64_t impossible = 5;
  std::memcpy(bytes.data() + 8, &impossible, sizeof impossible);
  state_reader hostile(std::span<const std::byte>(bytes).first(writer.bytes()));
  second.stage.persist(hostile);
  EXPECT_FALSE(second.stage.state_is_valid());
}

TEST(RunningMedian, RefusesALengthOutOfRange) {
  running_median stage;
  stage.windows = 0;
  workspace measure;
  const auto port_or = stage.prepare(port::of({"score"}), measure);
  ASSERT_FALSE(port_or);
  EXPECT_EQ(port_or.error().code, errc::invalid_argument);
}

}  // namespace
}  // namespace millwright
