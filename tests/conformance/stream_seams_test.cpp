// What stands beside a running stream: checkpoints across bundles, shadow judges, shared scratch, monitors, the inbox.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "millwright/pipeline/bundle.hpp"
#include "millwright/pipeline/stream.hpp"
#include "support/rows_support.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

using test::machine_signal;

const pipeline& fitted() {
  static const pipeline model = test::fit_machine(true);
  return model;
}

/// The same training, another declaration of what judges and alarms.
pipeline fitted_with(std::string_view detect, std::string_view alert) {
  std::string text = test::machine_declaration(true, detect);
  const std::string was = R"("alert": {"max_false_episodes_per_week": 1000})";
  const auto at = text.find(was);
  EXPECT_NE(at, std::string::npos);
  text.replace(at, was.size(), std::string(R"("alert": )") + std::string(alert));
  return test::fit_declared(text, 60.0);
}
constexpr std::string_view same_detectors = R"([{"stage": "isolation_forest", "trees": 50}, "mahalanobis"])";

/// A machine whose fault began before `seconds`.
machine_signal faulty(double seconds = 20.0) { return test::simulate_machine(seconds, 3, 5.0); }

std::vector<std::byte> checkpoint_of(const stream& s) {
  std::vector<std::byte> bytes(s.checkpoint_size());
  EXPECT_EQ(test::must(s.write_checkpoint(bytes)), bytes.size());
  return bytes;
}

/// A stream that stands in an episode, `speeds` samples of speed into the signal.
struct interrupted {
  std::vector<std::byte> checkpoint;
  episode open;
  clock_counters clock;
  std::uint64_t windows = 0, episodes = 0;
  std::size_t speeds = 0;
};
interrupted in_an_episode(const pipeline& model, const machine_signal& signal) {
  stream s = test::must(stream::create(model));
  interrupted at;
  bool active = false;
  while (!active && at.speeds < signal.speed.size()) {
    test::push_stretch(s, signal, at.speeds, at.speeds + 1, [&](const window_result& w) {
      active = w.alarm_active;
      if (active) at.open = *w.current_episode;
    });
    ++at.speeds;
  }
  EXPECT_TRUE(active) << "the fault raises an episode";
  at.checkpoint = checkpoint_of(s);
  at.clock = s.counters();
  at.windows = s.windows();
  at.episodes = s.episodes();
  return at;
}

std::vector<std::string> names(const restore_report& report, bool taken) {
  std::vector<std::string> list;
  for (const auto& s : report.sections()) {
    if ((s.outcome == restore_outcome::taken) == taken) list.emplace_back(s.name.view());
  }
  return list;
}
bool holds(const std::vector<std::string>& list, std::string_view name) { return std::find(list.begin(), list.end(), name) != list.end(); }

void expect_same_record(const interrupted& at, stream& s, const machine_signal& signal) {
  EXPECT_EQ(s.windows(), at.windows);
  EXPECT_EQ(s.episodes(), at.episodes);
  for (const auto& [name, member] : clock_counters::list()) EXPECT_EQ(s.counters().*member, at.clock.*member) << name;
  EXPECT_EQ(s.position()[1], at.speeds);
  // The clock goes on where it stood: the next window ends one hop later, and the open episode is the old one.
  bool seen = false;
  test::push_stretch(s, signal, at.speeds, signal.speed.size(), [&](const window_result& w) {
    if (seen) return;
    seen = true;
    ASSERT_NE(w.current_episode, nullptr);
    EXPECT_EQ(w.current_episode->number, at.open.number);
    EXPECT_EQ(w.current_episode->started_at, at.open.started_at);
    EXPECT_EQ(w.current_episode->raised_at, at.open.raised_at);
    EXPECT_GE(w.current_episode->peak_severity, at.open.peak_severity);
  });
  EXPECT_TRUE(seen);
  EXPECT_EQ(s.counters().gaps, at.clock.gaps);
}

TEST(Checkpoint, GoesOnUnderAnotherThreshold) {
  const machine_signal signal = faulty();
  const interrupted at = in_an_episode(fitted(), signal);
  const pipeline stricter = fitted_with(same_detectors, R"({"max_false_episodes_per_week": 200})");
  ASSERT_NE(stricter->evidence.threshold, fitted()->evidence.threshold);
  ASSERT_NE(stricter->fingerprint, fitted()->fingerprint);
  stream s = test::must(stream::create(stricter));
  const restore_report report = test::must(s.restore_checkpoint(at.checkpoint));
  EXPECT_TRUE(report.complete()) << names(report, false).front();
  expect_same_record(at, s, signal);
}

TEST(Checkpoint, GoesOnUnderOtherDetectorsAndSaysWhatItDropped) {
  const machine_signal signal = faulty();
  const pipeline lagged =
      fitted_with(R"([{"stage": "mahalanobis", "lags": 2}, "isolation_forest"])", R"({"max_false_episodes_per_week": 1000})");
  const interrupted at = in_an_episode(lagged, signal);
  const pipeline other = fitted_with(R"([{"stage": "pca_monitor", "lags": 3}])", R"({"max_false_episodes_per_week": 1000})");
  stream s = test::must(stream::create(other));
  const restore_report report = test::must(s.restore_checkpoint(at.checkpoint));
  const auto taken = names(report, true);
  const auto dropped = names(report, false);
  for (const char* kept : {"front", "episode", "contributors", "delays", "counters", "inbox", "monitor.0"})
    EXPECT_TRUE(holds(taken, kept)) << kept;
  EXPECT_TRUE(holds(dropped, "detect.0")) << "the lags of another detector";
  EXPECT_TRUE(holds(dropped, "smooth")) << "scores of other detectors";
  EXPECT_EQ(report.dropped(), dropped.size());
  expect_same_record(at, s, signal);
}

TEST(Checkpoint, OfOtherChannelsIsRefused) {
  const interrupted at = in_an_episode(fitted(), faulty());
  const pipeline stranger = test::fit_machine(false);
  stream s = test::must(stream::create(stranger));
  const auto refused = s.restore_checkpoint(at.checkpoint);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::incompatible);
  EXPECT_EQ(s.windows(), 0u);
}

TEST(Checkpoint, OfOtherWindowsKeepsTheEpisodeAndStartsTheSamplesAnew) {
  const machine_signal signal = faulty();
  const interrupted at = in_an_episode(fitted(), signal);
  std::string text = test::machine_declaration(true);
  const std::string was = R"("length": ["256"])";
  text.replace(text.find(was), was.size(), R"("length": ["128"])");
  stream s = test::must(stream::create(test::fit_declared(text, 60.0)));
  const restore_report report = test::must(s.restore_checkpoint(at.checkpoint));
  EXPECT_TRUE(holds(names(report, false), "front"));
  EXPECT_TRUE(holds(names(report, true), "episode"));
  EXPECT_EQ(s.position()[0], 0u);
  EXPECT_EQ(s.episodes(), at.episodes);
}

TEST(Shadow, LeavesEveryByteOfThePrimaryAsItWas) {
  const machine_signal signal = faulty();
  const pipeline candidate = fitted_with(R"([{"stage": "mahalanobis", "lags": 1}])", R"({"max_false_episodes_per_week": 10})");
  test::bit_hash alone, watched;
  stream s = test::must(stream::create(fitted()));
  test::push_stretch(s, signal, 0, signal.speed.size(), [&](const window_result& w) { alone.add_window(w); });
  std::vector<double> of_itself;
  {
    stream c = test::must(stream::create(candidate));
    test::push_stretch(c, signal, 0, signal.speed.size(), [&](const window_result& w) { of_itself.push_back(w.severity); });
  }
  stream with = test::must(stream::create(fitted()));
  test::must(with.add_shadow(candidate));
  test::must(with.add_shadow(fitted()));
  std::vector<double> shadowed;
  std::size_t scored = 0;
  test::push_stretch(with, signal, 0, signal.speed.size(), [&](const window_result& w) {
    watched.add_window(w);
    ASSERT_EQ(w.shadows.size(), 2u);
    shadowed.push_back(w.shadows[0].severity);
    scored += w.shadows[0].scored ? 1 : 0;
    EXPECT_EQ(w.shadows[1].scored, w.scored);
    if (w.scored) {
      EXPECT_EQ(w.shadows[1].severity, w.severity) << "its own model judges as it does";
    }
  });
  EXPECT_EQ(watched.value(), alone.value());
  EXPECT_EQ(with.episodes(), s.episodes());
  EXPECT_GT(scored, 50u);
  ASSERT_EQ(shadowed.size(), of_itself.size());
  for (std::size_t i = 0; i < shadowed.size(); ++i) {
    EXPECT_TRUE(shadowed[i] == of_itself[i] || (std::isnan(shadowed[i]) && std::isnan(of_itself[i]))) << i;
  }
}

TEST(Shadow, StateGoesIntoTheCheckpoint) {
  const machine_signal signal = faulty(8.0);
  const pipeline candidate = fitted_with(R"([{"stage": "mahalanobis", "lags": 2}])", R"({"max_false_episodes_per_week": 10})");
  const auto run = [&](std::size_t cut) {
    test::bit_hash hash;
    const auto keep = [&](const window_result& w) {
      hash.add_window(w);
      hash.add_number(w.shadows[0].severity);
    };
    stream first = test::must(stream::create(fitted()));
    test::must(first.add_shadow(candidate));
    test::push_stretch(first, signal, 0, cut, keep);
    const auto bytes = checkpoint_of(first);
    stream second = test::must(stream::create(fitted()));
    test::must(second.add_shadow(candidate));
    EXPECT_TRUE(test::must(second.restore_checkpoint(bytes)).complete());
    test::push_stretch(second, signal, cut, signal.speed.size(), keep);
    stream bare = test::must(stream::create(fitted()));
    EXPECT_TRUE(holds(names(test::must(bare.restore_checkpoint(bytes)), false), "shadow.0.detect.0"));
    return hash.value();
  };
  EXPECT_EQ(run(10), run(41));
}

TEST(Shadow, OfOtherFeaturesIsRefused) {
  stream s = test::must(stream::create(fitted()));
  const auto refused = s.add_shadow(test::fit_machine(false));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::incompatible);
  EXPECT_EQ(s.shadows(), 0u);
  for (std::size_t i = 0; i < stream::max_shadows; ++i) test::must(s.add_shadow(fitted()));
  EXPECT_FALSE(s.add_shadow(fitted()));
}

TEST(Scratch, IsSharedByStreamsThatTakeTurns) {
  const machine_signal first = faulty(), second = test::simulate_machine(20.0, 9);
  const auto alone = [](const machine_signal& signal) {
    test::bit_hash hash;
    stream s = test::must(stream::create(fitted()));
    test::push_stretch(s, signal, 0, signal.speed.size(), [&](const window_result& w) { hash.add_window(w); });
    return hash.value();
  };
  const std::uint64_t wanted_first = alone(first), wanted_second = alone(second);
  stream_scratch scratch = test::must(stream_scratch::create(fitted()));
  test::bit_hash hash_first, hash_second;
  stream a = test::must(stream::create(fitted(), scratch));
  {
    stream passing = test::must(stream::create(fitted(), scratch));  // its end must not take the others' scratch along
    test::push_stretch(passing, second, 0, 5, [](const window_result&) {});
  }
  stream b = test::must(stream::create(fitted(), scratch));
  for (std::size_t i = 0; i < first.speed.size(); ++i) {
    test::push_stretch(a, first, i, i + 1, [&](const window_result& w) { hash_first.add_window(w); });
    test::push_stretch(b, second, i, i + 1, [&](const window_result& w) { hash_second.add_window(w); });
  }
  EXPECT_EQ(hash_first.value(), wanted_first);
  EXPECT_EQ(hash_second.value(), wanted_second);
}

TEST(Scratch, OfAnotherModelIsRefused) {
  const pipeline other = test::fit_machine(false);
  stream_scratch scratch = test::must(stream_scratch::create(other));
  EXPECT_FALSE(stream::create(fitted(), scratch));
}

TEST(Memory, IsWhatWasToldAndNotAByteMore) {
  const memory_sizes sizes = fitted().memory_needed();
  EXPECT_GT(sizes.state, 0u);
  EXPECT_GT(sizes.scratch, 0u);
  EXPECT_EQ(sizes.total(), sizes.plan + sizes.state + sizes.scratch);
  const std::size_t both = sizes.state + sizes.scratch;
  test::arena whole(both), state(sizes.state), scratch_memory(sizes.scratch);
  EXPECT_TRUE(stream::create(fitted(), whole.bytes().first(both)));
  EXPECT_FALSE(stream::create(fitted(), whole.bytes().first(both - 1)));
  EXPECT_FALSE(stream::create(fitted(), whole.bytes().subspan(8)));
  EXPECT_FALSE(stream_scratch::create(fitted(), scratch_memory.bytes().first(sizes.scratch - 1)));
  stream_scratch scratch = test::must(stream_scratch::create(fitted(), scratch_memory.bytes().first(sizes.scratch)));
  EXPECT_FALSE(stream::create(fitted(), scratch, state.bytes().first(sizes.state - 1)));
  EXPECT_TRUE(stream::create(fitted(), scratch, state.bytes().first(sizes.state)));
}

TEST(Monitor, SeesEveryWindowAndChangesNone) {
  machine_signal signal = faulty();
  for (std::size_t i = 4000; i < 6000; ++i) signal.vibration[i] = std::nanf("");
  std::uint64_t windows = 0, not_scored = 0, not_finite = 0;
  stream s = test::must(stream::create(fitted()));
  test::push_stretch(s, signal, 0, signal.speed.size(), [&](const window_result& w) {
    ++windows;
    not_scored += w.scored ? 0 : 1;
    not_finite += !w.scored && has(w.quality, quality::not_finite) ? 1 : 0;
  });
  ASSERT_GT(not_finite, 0u);
  const auto said = [](const stream& of) {
    std::vector<std::pair<std::string, monitor_report>> list;
    of.report([&](const monitor_report& r) { list.emplace_back(r.measure, r); });
    return list;
  };
  const auto reports = said(s);
  ASSERT_GE(reports.size(), 2u);
  EXPECT_EQ(reports[0].first, "not_scored");
  EXPECT_EQ(reports[0].second.windows, windows);
  EXPECT_DOUBLE_EQ(reports[0].second.value, static_cast<double>(not_scored) / static_cast<double>(windows));
  const auto reason = std::find_if(reports.begin(), reports.end(), [](const auto& r) { return r.first == "not_scored.not_finite"; });
  ASSERT_NE(reason, reports.end());
  EXPECT_DOUBLE_EQ(reason->second.value, static_cast<double>(not_finite) / static_cast<double>(windows));
  stream restored = test::must(stream::create(fitted()));
  EXPECT_TRUE(std::isnan(said(restored)[0].second.value)) << "nothing seen yet";
  test::must(restored.restore_checkpoint(checkpoint_of(s)));
  EXPECT_EQ(said(restored)[0].second.value, reports[0].second.value);
  EXPECT_EQ(said(restored).size(), reports.size());
}

TEST(Inbox, WaitsForItsTimeAndSurvivesACheckpoint) {
  const machine_signal signal = faulty(8.0);
  operator_command later;
  later.kind = command_kind::comment;
  later.actor = std::string_view("operator 3");
  later.text = std::string_view("oil changed");
  later.time = 4'000'000'000;
  external_value product;
  product.name = std::string_view("product");
  product.value = 17.0;
  product.time = 2'000'000'000;
  stream s = test::must(stream::create(fitted()));
  test::must(s.push(later));
  test::must(s.push(product));
  test::push_stretch(s, signal, 0, 30, [](const window_result&) {});  // three seconds
  EXPECT_EQ(s.received().waiting(), 1u) << "the comment";
  EXPECT_EQ(s.received().latest("product"), 17.0);
  stream next = test::must(stream::create(fitted()));
  test::must(next.restore_checkpoint(checkpoint_of(s)));
  EXPECT_EQ(next.received().waiting(), 1u);
  EXPECT_EQ(next.received().latest("product"), 17.0);
  test::push_stretch(next, signal, 30, 60, [](const window_result&) {});
  EXPECT_EQ(next.received().waiting(), 0u);
  operator_command nobody = later;
  nobody.actor = std::string_view();
  EXPECT_FALSE(next.push(nobody));
}

}  // namespace
}  // namespace millwright
