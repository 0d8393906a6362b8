#include "millwright/ingest/inbox.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "support/rows_support.hpp"

namespace millwright {
namespace {

constexpr time_ns second = 1'000'000'000;

/// What a drain handed over, in words.
struct log {
  std::vector<std::string> lines;
  void operator()(const operator_command& c) {
    lines.push_back(std::to_string(c.time / second) + " " + std::string(to_string(c.kind)) + " " + std::to_string(c.episode) + " " +
                    std::string(c.actor.view()));
  }
  void operator()(const external_value& v) {
    lines.push_back(std::to_string(v.time / second) + " " + std::string(v.name.view()) + "=" + std::to_string(static_cast<int>(v.value)));
  }
};
using lines = std::vector<std::string>;

/// An inbox with memory of its own.
class box {
 public:
  explicit box(inbox settings = {}) : in(settings), memory_(0) {
    workspace measure;
    test::must(in.prepare(measure));
    bytes = measure.bytes_used();
    memory_ = test::arena(bytes);
    workspace carve = memory_.take();
    test::must(in.prepare(carve));
    EXPECT_FALSE(carve.exhausted());
    in.reset();
  }
  lines drain(time_ns until) {
    log seen;
    in.drain(until, seen);
    return seen.lines;
  }
  [[nodiscard]] std::vector<std::byte> save() {
    state_writer count;
    in.persist(count);
    std::vector<std::byte> all(count.bytes());
    state_writer writer(all);
    in.persist(writer);
    EXPECT_TRUE(writer.ok());
    return all;
  }
  bool load(const std::vector<std::byte>& from) {
    state_reader reader(from);
    in.persist(reader);
    return reader.ok() && reader.bytes_left() == 0 && in.state_is_valid();
  }

  inbox in;
  std::size_t bytes = 0;

 private:
  test::arena memory_;
};

operator_command acknowledge(std::uint64_t episode, time_ns time = at_once) {
  return {.kind = command_kind::acknowledge, .episode = episode, .actor = "operator-3", .time = time};
}
external_value value(std::string_view name, double v, time_ns time = at_once) { return {.name = name, .value = v, .time = time}; }

TEST(Inbox, HandsOverByTimeValuesBeforeCommandsThenAsTheyCame) {
  box b;
  test::must(b.in.push(acknowledge(1, 20 * second)));
  test::must(b.in.push(acknowledge(2, 10 * second)));
  test::must(b.in.push(value("product", 7, 10 * second)));
  test::must(b.in.push(acknowledge(3, 10 * second)));
  test::must(b.in.push(value("product", 8, 10 * second)));
  test::must(b.in.push(acknowledge(4)));
  test::must(b.in.push(value("hours", 5)));

  EXPECT_EQ(b.drain(9 * second), (lines{"9 hours=5", "9 acknowledge 4 operator-3"}));
  EXPECT_EQ(b.drain(10 * second), (lines{"10 product=7", "10 product=8", "10 acknowledge 2 operator-3", "10 acknowledge 3 operator-3"}));
  EXPECT_EQ(b.drain(19 * second), lines{});
  EXPECT_EQ(b.in.waiting(), 1U);
  EXPECT_EQ(b.drain(1000 * second), lines{"20 acknowledge 1 operator-3"});
  EXPECT_EQ(b.in.waiting(), 0U);
}

TEST(Inbox, AVisitorMayTakeCommandsOnly) {
  box b;
  test::must(b.in.push(value("product", 7, second)));
  test::must(b.in.push(acknowledge(1, second)));
  int commands = 0;
  b.in.drain(second, [&](const operator_command& c) { commands += static_cast<int>(c.episode); });
  EXPECT_EQ(commands, 1);
  EXPECT_EQ(b.in.latest("product"), 7.0);  // applied all the same
}

TEST(Inbox, AValueHoldsFromItsTimeUntilTheNext) {
  box b;
  test::must(b.in.push(value("product", 7, 10 * second)));
  test::must(b.in.push(value("product", 8, 20 * second)));
  EXPECT_EQ(b.in.latest("product"), std::nullopt);
  b.drain(10 * second);
  EXPECT_EQ(b.in.latest("product"), 7.0);
  EXPECT_EQ(b.in.latest("hours"), std::nullopt);
  b.drain(25 * second);
  EXPECT_EQ(b.in.latest("product"), 8.0);
  ASSERT_EQ(b.in.columns().size(), 1U);
  EXPECT_EQ(b.in.columns()[0].since, 20 * second);

  test::must(b.in.push(value("product", 9, 15 * second)));  // came late: what holds is newer
  EXPECT_EQ(b.drain(30 * second), lines{});
  EXPECT_EQ(b.in.latest("product"), 8.0);
  EXPECT_EQ(b.in.counters().values_superseded, 1U);

  test::must(b.in.push(value("product", std::numeric_limits<double>::quiet_NaN())));
  b.drain(31 * second);
  ASSERT_TRUE(b.in.latest("product").has_value());
  EXPECT_NE(*b.in.latest("product"), *b.in.latest("product"));
}

TEST(Inbox, AFullOneRefusesAndCounts) {
  inbox small;
  small.most_commands = 2;
  small.most_values = 3;
  small.most_columns = 2;
  box b(small);
  test::must(b.in.push(acknowledge(1, 9 * second)));
  test::must(b.in.push(acknowledge(2, second)));
  const auto full = b.in.push(acknowledge(3, second));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, errc::limit_exceeded);
  EXPECT_NE(full.error().message().find("most_commands"), std::string::npos);

  test::must(b.in.push(value("a", 1, second)));
  test::must(b.in.push(value("b", 1, second)));
  const auto third_column = b.in.push(value("c", 1, second));
  ASSERT_FALSE(third_column);
  EXPECT_EQ(third_column.error().code, errc::limit_exceeded);
  EXPECT_NE(third_column.error().message().find("\"c\""), std::string::npos);
  test::must(b.in.push(value("a", 2, second)));
  const auto fourth_value = b.in.push(value("a", 3, second));
  ASSERT_FALSE(fourth_value);
  EXPECT_NE(fourth_value.error().message().find("most_values"), std::string::npos);

  const inbox_counters expected{.commands = 2, .values = 3, .commands_lost = 1, .values_lost = 2};
  EXPECT_EQ(b.in.counters(), expected);
  EXPECT_EQ(b.drain(second), (lines{"1 a=1", "1 b=1", "1 a=2", "1 acknowledge 2 operator-3"}));
  test::must(b.in.push(acknowledge(3, second)));  // there is room again
  test::must(b.in.push(value("b", 3)));
}

TEST(Inbox, RefusesWhatMakesNoSense) {
  box b;
  const auto with = [](auto change) {
    operator_command c = acknowledge(1);
    change(c);
    return c;
  };
  using c = operator_command;
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::pair<operator_command, std::string>> bad_commands = {
      {with([](c& x) { x.kind = static_cast<command_kind>(command_kinds); }), "kind"},
      {with([](c& x) { x.actor = ""; }), "no actor"},
      {with([](c& x) { x.actor = std::string(49, 'x'); }), "longer than 48"},
      {with([](c& x) { x.actor = "a\nb"; }), "control"},
      {with([](c& x) { x.text = std::string(161, 'x'); }), "longer than 160"},
      {with([](c& x) { x.text = "\xC3"; }), "UTF-8"},
      {with([](c& x) { x.text = "\xED\xA0\x80"; }), "UTF-8"},                      // a surrogate
      {with([](c& x) { x.text = "\xC0\xAF"; }), "UTF-8"},                          // longer than it need be
      {with([](c& x) { x.text = "\xF4\x90\x80\x80"; }), "UTF-8"},                  // beyond Unicode
      {with([](c& x) { x.text = std::string_view("a\0b", 3); }), "control"},       //
      {with([](c& x) { x.text = "\xC2\x85"; }), "control"},                        // C1: next line
      {with([](c& x) { x.time = std::numeric_limits<time_ns>::max(); }), "1823"},  //
      {with([](c& x) { x.time = at_once + 1; }), "1823"},                          //
      {with([](c& x) { x.duration_s = 1; }), "has a duration"},                    //
      {with([&](c& x) { x.duration_s = nan; }), "has a duration"},                 //
      {with([](c& x) { x.kind = command_kind::shelve; }), "shelving ends"},        //
      {with([](c& x) { x.kind = command_kind::shelve, x.duration_s = -1; }), "out of range"},
      {with([&](c& x) { x.kind = command_kind::maintenance, x.duration_s = nan; }), "out of range"},
      {with([](c& x) { x.kind = command_kind::comment; }), "no text"},
  };
  const std::vector<std::byte> before = b.save();
  for (const auto& [command, complaint] : bad_commands) {
    const auto refused = b.in.push(command);
    ASSERT_FALSE(refused) << complaint;
    EXPECT_EQ(refused.error().code, errc::invalid_argument);
    EXPECT_NE(refused.error().message().find(complaint), std::string::npos) << refused.error().message();
    EXPECT_FALSE(refused.error().mend.empty());
  }
  const std::vector<std::pair<external_value, std::string>> bad_values = {
      {value("", 1), "no name"},
      {value(std::string(65, 'x'), 1), "longer than 64"},
      {value("a\tb", 1), "control"},
      {value("a", std::numeric_limits<double>::infinity()), "infinite"},
      {value("a", 1, std::numeric_limits<time_ns>::max()), "1823"},
  };
  for (const auto& [bad, complaint] : bad_values) {
    const auto refused = b.in.push(bad);
    ASSERT_FALSE(refused) << complaint;
    EXPECT_NE(refused.error().message().find(complaint), std::string::npos) << refused.error().message();
  }
  const inbox_counters expected{.commands_refused = bad_commands.size(), .values_refused = bad_values.size()};
  EXPECT_EQ(b.in.counters(), expected);
  EXPECT_EQ(b.in.waiting(), 0U);
  EXPECT_TRUE(b.in.columns().empty());

  test::must(b.in.push({.kind = command_kind::shelve, .actor = "r\xC3\xA9gis", .text = std::string(160, 'x'), .duration_s = 3600.0}));
  test::must(b.in.push({.kind = command_kind::maintenance, .actor = std::string(48, 'x')}));
  test::must(b.in.push(value(std::string(64, 'x'), 1)));
}

TEST(Inbox, RefusesSettingsOutOfRange) {
  inbox none;
  none.most_commands = 0;
  workspace measure;
  const auto refused = none.prepare(measure);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("most_commands"), std::string::npos);
}

void push_some(box& b) {
  test::must(b.in.push(acknowledge(1, 20 * second)));
  test::must(b.in.push({.kind = command_kind::shelve, .actor = "shift 2", .text = "sensor", .time = 12 * second, .duration_s = 60}));
  test::must(b.in.push(value("product", 7, 10 * second)));
  test::must(b.in.push(value("hours", 5, 15 * second)));
  b.drain(11 * second);
  (void)b.in.push(value("", 1));
}

TEST(Inbox, ContinuesFromACheckpoint) {
  box first;
  push_some(first);
  const std::vector<std::byte> bytes = first.save();
  EXPECT_EQ(bytes.size(), box().save().size());  // whatever waits

  box second_box;
  test::must(second_box.in.push(value("other", 1)));
  ASSERT_TRUE(second_box.load(bytes));
  EXPECT_EQ(second_box.in.counters(), first.in.counters());
  EXPECT_EQ(second_box.in.latest("product"), 7.0);
  test::must(first.in.push(acknowledge(9, 15 * second)));
  test::must(second_box.in.push(acknowledge(9, 15 * second)));
  EXPECT_EQ(second_box.drain(100 * second), first.drain(100 * second));
  EXPECT_EQ(second_box.save(), first.save());
  second_box.in.reset();
  EXPECT_EQ(second_box.save(), box().save());
}

TEST(Inbox, RefusesACheckpointOfAnotherRoomOrCutShort) {
  box b;
  push_some(b);
  std::vector<std::byte> bytes = b.save();
  inbox larger;
  larger.most_commands = 17;
  EXPECT_FALSE(box(larger).load(bytes));
  for (const std::size_t size : {std::size_t{0}, std::size_t{8}, bytes.size() / 2, bytes.size() - 1}) {
    EXPECT_FALSE(box().load({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)})) << size;
  }
}

// Any byte of a checkpoint may be wrong: either the state is refused, or it is one that works on and survives its own checkpoint.
TEST(Inbox, AnyCorruptByteIsRefusedOrHarmless) {
  box original;
  push_some(original);
  const std::vector<std::byte> bytes = original.save();
  std::size_t refused = 0;
  std::mt19937 random(1);
  box b;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::vector<std::byte> bent = bytes;
    bent[i] ^= static_cast<std::byte>(1U + random() % 255U);
    if (!b.load(bent)) {
      ++refused;
      continue;
    }
    b.drain((time_ns{1} << 62) - 1);
    EXPECT_TRUE(b.in.state_is_valid()) << i;
    EXPECT_EQ(b.in.waiting(), 0U) << i;
  }
  EXPECT_GT(refused, bytes.size() * 3 / 4);  // most bytes are unused places, which must be empty
}

// Against the plain definition: sort all entries by (time, kind, arrival), hand over those that are due.
TEST(Inbox, AgreesWithASortOfAllEntries) {
  std::mt19937 random(7);
  inbox roomy;
  roomy.most_commands = roomy.most_values = 300;
  box b(roomy);
  struct expected {
    time_ns time;
    int kind;
    std::string line;
  };
  std::vector<expected> waiting;
  time_ns now = 0;
  std::size_t handed = 0;
  for (int step = 0; step < 2000; ++step) {
    const time_ns time = now + static_cast<time_ns>(random() % 20U) * second;
    if (random() % 2U == 0) {
      test::must(b.in.push(acknowledge(static_cast<std::uint64_t>(step), time)));
      waiting.push_back({time, 1, std::to_string(time / second) + " acknowledge " + std::to_string(step) + " operator-3"});
    } else {
      const std::string name = "x" + std::to_string(step % 3);
      test::must(b.in.push(value(name, step, time)));
      waiting.push_back({time, 0, std::to_string(time / second) + " " + name + "=" + std::to_string(step)});
    }
    if (random() % 8U != 0) continue;
    now += static_cast<time_ns>(random() % 10U) * second;
    std::stable_sort(waiting.begin(), waiting.end(),
                     [](const expected& x, const expected& y) { return x.time != y.time ? x.time < y.time : x.kind < y.kind; });
    lines due;
    while (!waiting.empty() && waiting.front().time <= now) {
      due.push_back(waiting.front().line);
      waiting.erase(waiting.begin());
    }
    ASSERT_EQ(b.drain(now), due) << "step " << step;
    handed += due.size();
  }
  EXPECT_GT(handed, 1500U);
  EXPECT_EQ(b.in.waiting(), waiting.size());
}

TEST(Inbox, TakesWhatItMeasuresAndNoMore) {
  const box b;
  EXPECT_LE(b.bytes, 6400U);
  EXPECT_EQ(sizeof(operator_command), 248U);
  EXPECT_EQ(sizeof(inbox::column), 88U);
}

}  // namespace
}  // namespace millwright
