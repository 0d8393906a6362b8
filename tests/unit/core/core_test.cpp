// The small vocabulary that everything stands on: errors, workspace, archives, parameters, type erasure.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "millwright/calibrate/running_median.hpp"
#include "millwright/core/any_stage.hpp"
#include "millwright/core/archive.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/stage_registry.hpp"

namespace millwright {
namespace {

TEST(Error, MessageSaysWhatWhereAndHowToMend) {
  const error e(errc::invalid_data, "ingest", "the rate is wrong", "record at 25600 Hz");
  EXPECT_EQ(e.message(), "millwright: the rate is wrong\n  at: ingest\n  mend: record at 25600 Hz");
  EXPECT_EQ(error(errc::io_error, "", "x").message(), "millwright: x");
}

TEST(Error, LongTextIsCutNotOverrun) {
  const std::string long_text(5000, 'a');
  const error e(errc::io_error, long_text, long_text, long_text);
  EXPECT_EQ(e.where.view().size(), 80u);
  EXPECT_EQ(e.what.view().size(), 320u);
}

TEST(Result, HoldsAValueOrAnError) {
  const result<int> good = 3;
  const result<int> bad = error(errc::not_fitted, "here", "no");
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 3);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, errc::not_fitted);
}

TEST(Workspace, MeasuresWhatItThenCarves) {
  const auto take = [](workspace& w) {
    const auto a = w.carve<double>(3);
    const auto b = w.carve<std::uint8_t>(65);
    const auto c = w.carve<float>(0);
    return std::tuple{a, b, c};
  };
  workspace measure;
  static_cast<void>(take(measure));
  EXPECT_EQ(measure.bytes_used(), 64u + 128u);
  alignas(64) std::array<std::byte, 192> memory;
  memory.fill(std::byte{0xff});
  workspace arena(memory);
  const auto [a, b, c] = take(arena);
  EXPECT_FALSE(arena.exhausted());
  EXPECT_EQ(a.size(), 3u);
  EXPECT_EQ(a[2], 0.0);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(b.data()) % 64, 0u);
  EXPECT_TRUE(c.empty());
  EXPECT_TRUE(arena.carve<double>(1).empty());
  EXPECT_TRUE(arena.exhausted());
}

TEST(Workspace, SizesThatOverflowAreRefused) {
  workspace measure;
  EXPECT_TRUE(measure.carve<double>(static_cast<std::size_t>(-1) / 8).empty());
  EXPECT_TRUE(measure.exhausted());
}

TEST(Archive, ReadsBackAndRefusesShortageAndForeignLengths) {
  std::array<double, 3> values = {1, 2, 3};
  std::span<double> span(values);
  bool yes = true;
  std::int32_t n = -7;
  std::vector<std::byte> bytes(100);
  state_writer writer(bytes);
  writer(yes, n, span);
  ASSERT_TRUE(writer.ok());
  ASSERT_EQ(writer.bytes(), 1u + 4u + 8u + 24u);
  state_writer counter;
  counter(yes, n, span);
  EXPECT_EQ(counter.bytes(), writer.bytes());

  for (std::size_t cut = 0; cut <= writer.bytes(); ++cut) {
    std::array<double, 3> read = {};
    std::span<double> read_span(read);
    bool read_yes = false;
    std::int32_t read_n = 0;
    state_reader reader(std::span<const std::byte>(bytes).first(cut));
    reader(read_yes, read_n, read_span);
    EXPECT_EQ(reader.ok(), cut == writer.bytes());
    if (reader.ok()) {
      EXPECT_EQ(read_n, -7);
      EXPECT_EQ(read, values);
    }
  }
  std::array<double, 2> shorter = {};
  std::span<double> shorter_span(shorter);
  state_reader reader(bytes);
  reader(yes, n, shorter_span);
  EXPECT_FALSE(reader.ok());
}

TEST(Archive, ABoolIsZeroOrOne) {
  const std::array<std::byte, 1> two = {std::byte{2}};
  bool value = false;
  state_reader reader(two);
  reader(value);
  EXPECT_FALSE(reader.ok());
}

TEST(Params, UnknownNamesAndWrongTypesAreNamed) {
  running_median stage;
  const auto unknown = set_param(stage, "window", param_value(std::int64_t{3}));
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().mend.view().find("windows"), std::string_view::npos);
  const auto wrong = set_param(stage, "windows", param_value(std::string("three")));
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().mend.view().find("an integer"), std::string_view::npos);
  EXPECT_FALSE(set_param(stage, "windows", param_value(2.5)));
  ASSERT_TRUE(set_param(stage, "windows", param_value(2.0)));
  EXPECT_EQ(stage.windows, 2);
}

TEST(AnyStage, CopiesAreIndependent) {
  any_stage a(functions_of<running_median>());
  any_stage b = a;
  ASSERT_TRUE(b.set_param("windows", param_value(std::int64_t{9})));
  EXPECT_EQ(a.as<running_median>()->windows, 1);
  EXPECT_EQ(b.as<running_median>()->windows, 9);
  EXPECT_FALSE(a.learns());
}

TEST(Registry, UnknownStagesGetASuggestion) {
  const stage_registry registry{stage_list<running_median>{}};
  ASSERT_TRUE(registry.make("running_median"));
  const auto unknown = registry.make("runing_median");
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().mend.view().find("did you mean \"running_median\""), std::string_view::npos);
}

}  // namespace
}  // namespace millwright
