#include "millwright/pipeline/condition.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "millwright/core/arena_memory.hpp"
#include "millwright/pipeline/pipeline_json.hpp"
#include "millwright/signal_stages.hpp"
#include "unit/ingest/scenario.hpp"

namespace {
using namespace ingest_test;

using setting = std::pair<std::string, param_value>;

any_signal_stage<float> stage(std::string_view id, const std::vector<setting>& settings = {}) {
  auto made = *builtin_condition_registry().make(id);
  for (const auto& [name, value] : settings) EXPECT_TRUE(made.set_param(name, value));
  return made;
}

/// Taps that only delay: 1 in the middle, 0 beside it.
any_signal_stage<float> delay(std::size_t taps) {
  std::vector<double> values(taps, 0.0);
  values[taps / 2] = 1.0;
  return stage("fir_filter", {{"taps", values}});
}

std::vector<float> noise(std::size_t n, std::uint32_t seed = 7) {
  std::mt19937 random(seed);
  std::vector<float> out(n);
  for (float& v : out) v = std::uniform_real_distribution<float>(-1, 1)(random);
  return out;
}

samples interleaved(const std::vector<std::vector<float>>& channels, time_ns start) {
  samples s;
  s.channels = channels.size();
  for (std::size_t i = 0; i < channels[0].size(); ++i) {
    for (const auto& c : channels) s.values.push_back(c[i]);
  }
  s.start = start;
  return s;
}

window_policy frames_of(std::string length) {
  window_policy w;
  w.length = {std::move(length)};
  return w;
}

TEST(condition, a_filter_in_a_stream_gives_what_it_gives_in_batch_without_its_start_and_at_the_time_it_belongs_to) {
  const auto x = noise(5000);
  const std::size_t taps = 101;
  fir_filter<float> fir = with_defaults<fir_filter<float>>();
  fir.length = static_cast<std::int64_t>(taps);
  fir.high_hz = 120.0;
  signal_port port;
  port.rate_hz = 1000.0;
  const auto batch = *run_signal_stage(fir, std::span<const float>(x), port);
  rig r(frames_of("256"), {make_channel("a", 1000.0)},
        {{"a", {stage("fir_filter", {{"length", std::int64_t{taps}}, {"high_hz", 120.0}})}}});
  ASSERT_FALSE(r.problem) << r.problem->message();
  r.push(interleaved({x}, 10 * second).whole());
  ASSERT_EQ(r.frames.size(), (x.size() - (taps - 1)) / 256);
  for (std::size_t k = 0; k < r.frames.size(); ++k) {
    for (std::size_t i = 0; i < 256; ++i) ASSERT_EQ(r.frames[k].value(0, i), batch[taps - 1 + k * 256 + i]);
    // The last value of the frame is centred on the sample half the taps before the newest one that it is made of.
    const std::size_t centre = taps - 1 + k * 256 + 255 - (taps - 1) / 2;
    EXPECT_EQ(r.frames[k].end_time, 10 * second + static_cast<time_ns>(centre) * milli);
    EXPECT_TRUE(r.frames[k].enough_valid);
  }
}

TEST(condition, channels_stay_aligned_whatever_their_delays) {
  const auto x = noise(6000);
  for (const bool is_first : {true, false}) {
    rig r(frames_of("200"), {make_channel("a", 1000.0), make_channel("b", 1000.0), make_channel("c", 1000.0)},
          {{is_first ? "a" : "c", {delay(101)}}, {"b", {delay(31), delay(21)}}});
    ASSERT_FALSE(r.problem) << r.problem->message();
    r.push(interleaved({x, x, x}, 0).whole());
    ASSERT_GT(r.frames.size(), 25u);
    for (const auto& f : r.frames) {
      EXPECT_TRUE(f.enough_valid);
      ASSERT_EQ(f.values[0], f.values[1]);
      ASSERT_EQ(f.values[0], f.values[2]);
      const auto last = static_cast<std::size_t>(f.end_time / milli);
      ASSERT_EQ(f.value(0, 199), x[last]);
    }
    EXPECT_EQ(r.windows.counters().overruns, 0u);
    EXPECT_EQ(r.windows.counters().late_groups, 0u);
  }
}

TEST(condition, a_lower_rate_makes_shorter_frames_of_the_same_time) {
  const auto x = noise(8000);
  rig r(frames_of("500ms"), {make_channel("raw", 1000.0), make_channel("low", 1000.0)},
        {{"low", {stage("decimator", {{"factor", std::int64_t{4}}})}}});
  ASSERT_FALSE(r.problem) << r.problem->message();
  EXPECT_EQ(r.model->frames().channels[1].rate_hz, 250.0);
  EXPECT_EQ(r.model->frames().windows[0].lengths, (std::vector<std::size_t>{500, 125}));
  r.push(interleaved({x, x}, 0).whole());
  r.flush();
  decimator<float> same = with_defaults<decimator<float>>();
  signal_port port;
  port.rate_hz = 1000.0;
  const auto batch = *run_signal_stage(same, std::span<const float>(x), port);
  ASSERT_GT(r.frames.size(), 10u);
  std::size_t complete = 0;
  for (const auto& f : r.frames) {
    if (!f.enough_valid) continue;
    ++complete;
    // Output k stands for sample 4 k - 40.
    const auto newest = static_cast<std::size_t>(f.end_time / milli + 40) / 4;
    for (std::size_t i = 0; i < 125; ++i) ASSERT_EQ(f.value(1, i), batch[newest - 124 + i]);
  }
  EXPECT_GE(complete + 2, r.frames.size());  // the first lies in the filter's start, the last waits for what never comes
  EXPECT_EQ(r.windows.counters().overruns, 0u);
}

TEST(condition, what_is_made_of_an_unusable_sample_is_masked_and_nothing_else) {
  auto x = noise(3000);
  x[1000] = std::numeric_limits<float>::quiet_NaN();
  const std::size_t taps = 11;
  rig r(frames_of("100"), {make_channel("a", 1000.0)},
        {{"a", {stage("fir_filter", {{"length", std::int64_t{taps}}, {"high_hz", 100.0}})}}});
  r.push(interleaved({x}, 0).whole());
  std::size_t at = taps - 1;  // newest sample of the item
  std::size_t masked = 0;
  for (const auto& f : r.frames) {
    for (std::size_t i = 0; i < 100; ++i, ++at) {
      const bool is_made_of_it = at >= 1000 && at < 1000 + taps;
      ASSERT_EQ(f.marks[0][i] != 0, is_made_of_it) << at;
      ASSERT_EQ(std::isnan(f.value(0, i)), is_made_of_it) << at;
      masked += f.marks[0][i] != 0 ? 1 : 0;
    }
  }
  EXPECT_EQ(masked, taps);
}

TEST(condition, a_gap_that_is_filled_masks_and_a_new_segment_starts_the_filter_anew) {
  const auto x = noise(2000);
  const std::vector<channel_condition> conditions = {{"a", {stage("sos_filter", {{"band", std::string("highpass")}, {"low_hz", 20.0}})}}};
  rig once(frames_of("100"), {make_channel("a", 1000.0)}, conditions);
  once.push(interleaved({x}, 0).whole());
  rig twice(frames_of("100"), {make_channel("a", 1000.0)}, conditions);
  twice.push(interleaved({x}, 0).whole());
  const std::size_t before = twice.frames.size();
  twice.push(interleaved({x}, 1000 * second).whole());
  ASSERT_EQ(twice.frames.size(), 2 * before);
  for (std::size_t k = 0; k < before; ++k) EXPECT_EQ(twice.frames[before + k].values, once.frames[k].values);

  window_policy w = frames_of("100");
  w.clock.max_gap_s = 1.0;
  rig gap(w, {make_channel("a", 1000.0)}, conditions);
  gap.push(interleaved({x}, 0).whole());
  gap.push(interleaved({x}, 2050 * milli).whole());
  ASSERT_GT(gap.frames.size(), before);
  EXPECT_EQ(gap.windows.counters().missing_samples, 50u);
  EXPECT_TRUE(has(gap.frames[before].quality, quality::missing));
  EXPECT_FALSE(gap.frames[before].enough_valid);
  EXPECT_TRUE(gap.frames.back().enough_valid);
}

TEST(condition, stages_without_delay_keep_the_stamps) {
  samples s = stamped({});
  std::mt19937 random(1);
  for (int i = 0; i < 400; ++i) {
    s.values.push_back(static_cast<float>(i % 17));
    s.stamps.push_back(i * 100 * milli + std::uniform_int_distribution<time_ns>(-20, 20)(random) * milli);
  }
  rig raw(frames_of("50"), {make_channel("a", 10.0)});
  rig filtered(frames_of("50"), {make_channel("a", 10.0)},
               {{"a", {stage("sos_filter", {{"band", std::string("lowpass")}, {"high_hz", 2.0}})}}});
  raw.push(s.whole());
  filtered.push(s.whole());
  ASSERT_EQ(raw.frames.size(), filtered.frames.size());
  for (std::size_t k = 0; k < raw.frames.size(); ++k) EXPECT_EQ(raw.frames[k].end_time, filtered.frames[k].end_time);
}

std::string refusal(const std::vector<channel_condition>& conditions) {
  const rig r(frames_of("100ms"), {make_channel("vib_x", 25600.0), make_channel("off", 25600.0, channel_role::ignore)}, conditions);
  return r.problem ? r.problem->message() : "accepted";
}

TEST(condition, errors_name_channel_and_stage) {
  EXPECT_NE(refusal({{"vib_y", {stage("teager_energy")}}}).find("vib_x"), std::string::npos);
  EXPECT_NE(refusal({{"off", {stage("teager_energy")}}}).find("\"off\""), std::string::npos);
  EXPECT_NE(refusal({{"vib_x", {}}, {"vib_x", {}}}).find("twice"), std::string::npos);
  EXPECT_EQ(refusal({{"vib_x", {}}}), "accepted");
  const std::string band = refusal({{"vib_x", {stage("sos_filter", {{"low_hz", 20000.0}})}}});
  EXPECT_NE(band.find("vib_x"), std::string::npos) << band;
  EXPECT_NE(band.find("sos_filter"), std::string::npos) << band;
  const std::string raised = refusal({{"vib_x", {stage("resampler", {{"up", std::int64_t{2}}, {"down", std::int64_t{1}}})}}});
  EXPECT_NE(raised.find("raises the rate"), std::string::npos) << raised;
  const std::string orders = refusal({{"vib_x", {*builtin_signal_registry<float>().make("order_tracker")}}});
  EXPECT_NE(orders.find("speed_channel"), std::string::npos) << orders;
  for (const auto* table : builtin_signal_registry<float>().stages()) {
    const auto made = *builtin_signal_registry<float>().make(table->id);
    const bool is_listed = static_cast<bool>(builtin_condition_registry().make(table->id));
    EXPECT_EQ(made.conditions(), is_listed) << table->id;
  }
}

// What a stage says of its items is what it does: an item comes when its newest sample has come, and no sample outside its reach changes it
// (by more than a hundredth, where the stage is recursive: several poles decay together to a little more than the slowest one alone).
TEST(condition, ports_say_when_items_come_and_what_they_are_made_of) {
  constexpr double rate = 2560.0;
  const std::vector<any_signal_stage<float>> stages = {
      stage("sos_filter", {{"band", std::string("highpass")}, {"low_hz", 60.0}}),
      stage("sos_filter", {{"low_hz", 100.0}, {"high_hz", 300.0}, {"start", std::string("rest")}}),
      stage("fir_filter", {{"high_hz", 200.0}, {"length", std::int64_t{40}}}),
      stage("decimator"),
      stage("decimator", {{"ftype", std::string("iir")}, {"factor", std::int64_t{3}}}),
      stage("resampler", {{"up", std::int64_t{2}}, {"down", std::int64_t{3}}}),
      stage("resampler", {{"up", std::int64_t{1}}, {"down", std::int64_t{4}}}),
      stage("integrator", {{"low_hz", 30.0}, {"high_hz", 600.0}}),
      stage("integrator", {{"low_hz", 30.0}, {"high_hz", 600.0}, {"order", std::int64_t{2}}}),
      stage("velocity_severity", {{"interval_s", 0.05}, {"settle_s", 0.0}, {"low_hz", 30.0}, {"high_hz", 600.0}}),
      stage("envelope", {{"f_lo_hz", 500.0}, {"f_hi_hz", 900.0}, {"f_max_hz", 80.0}}),
      stage("peak_hold", {{"f_lo_hz", 500.0}, {"f_max_hz", 100.0}}),
      stage("high_frequency_energy", {{"interval_s", 0.02}}),
      stage("teager_energy"),
  };
  std::vector<bool> is_covered(builtin_condition_registry().stages().size(), false);
  const auto x = noise(4000);
  constexpr std::size_t at = 2000;
  auto changed = x;
  changed[at] += 1.0F;
  for (const auto& given : stages) {
    for (std::size_t i = 0; i < is_covered.size(); ++i) {
      is_covered[i] = is_covered[i] || builtin_condition_registry().stages()[i]->id == given.id();
    }
    signal_port port;
    port.rate_hz = rate;
    port.max_items = 1;
    workspace measure;
    auto running = given;
    const auto out = running.prepare(port, measure);
    ASSERT_TRUE(out) << out.error().message();
    auto memory = *detail::arena_memory::take(measure.bytes_used(), "test");
    workspace arena(memory.bytes());
    ASSERT_TRUE(running.prepare(port, arena));
    std::array<std::vector<float>, 2> items;
    std::vector<std::size_t> came_with;
    for (const bool is_changed : {false, true}) {
      running.reset();
      std::vector<float> room(out->max_items);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const float sample = is_changed ? changed[i] : x[i];
        const std::size_t n = running.process(std::span<const float>(&sample, 1), room);
        for (std::size_t k = 0; k < n; ++k) {
          items[is_changed ? 1 : 0].push_back(room[k]);
          if (!is_changed) came_with.push_back(i);
        }
      }
    }
    const double ratio = rate / out->rate_hz;
    ASSERT_EQ(items[0].size(), items[1].size());
    ASSERT_GT(items[0].size(), 30u) << given.id();
    const bool is_recursive = given.id() == "sos_filter" || given.id() == "integrator" || given.id() == "velocity_severity" ||
                              (given.id() == "decimator" && out->delay_s == 0.0);
    const double allowed = is_recursive ? 1e-2 : 0.0;
    double largest = 0.0;
    for (std::size_t k = 0; k < items[0].size(); ++k)
      largest = std::max(largest, std::fabs(static_cast<double>(items[1][k] - items[0][k])));
    ASSERT_GT(largest, 0.0) << given.id();
    for (std::size_t k = 0; k < items[0].size(); ++k) {
      const double newest = out->newest_s * rate + static_cast<double>(k) * ratio;
      EXPECT_LE(static_cast<double>(came_with[k]), newest + 1e-3) << given.id() << " item " << k;
      EXPECT_GT(static_cast<double>(came_with[k]), newest - 1.0) << given.id() << " item " << k;
      const double oldest = newest - out->memory_s * rate;
      const bool is_made_of_it = static_cast<double>(at) <= newest + 1e-3 && static_cast<double>(at) >= oldest - 1e-3;
      const double difference = std::fabs(static_cast<double>(items[1][k] - items[0][k]));
      if (!is_made_of_it) {
        EXPECT_LE(difference, allowed * largest) << given.id() << " item " << k;
      }
    }
    EXPECT_LE(std::fabs(out->first_s * rate), std::max(out->memory_s, out->newest_s) * rate + 1e-9) << given.id();
  }
  EXPECT_TRUE(std::all_of(is_covered.begin(), is_covered.end(), [](bool b) { return b; }));
}

std::string declaration(const std::string& condition) {
  return R"({"channels": [{"name": "vib_x", "rate_hz": 25600}], "window": {"length": "100ms"}, "condition": )" + condition + "}";
}

TEST(condition, json_reads_what_it_writes_and_names_what_is_wrong) {
  const auto parts =
      parse_pipeline_parts(declaration(R"({"vib_x": [{"stage": "sos_filter", "band": "highpass", "low_hz": 10}, "teager_energy"]})"));
  ASSERT_TRUE(parts) << parts.error().message();
  ASSERT_EQ(parts->condition.size(), 1u);
  ASSERT_EQ(parts->condition[0].stages.size(), 2u);
  EXPECT_EQ(parts->condition[0].stages[1].id(), "teager_energy");
  const std::string text = to_json(*parts);
  const auto again = parse_pipeline_parts(text);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(to_json(*again), text);

  // Default features of a channel whose rate was lowered fit that rate.
  const auto lowered = parse_pipeline_parts(declaration(R"({"vib_x": {"stage": "decimator", "factor": 8}})"));
  ASSERT_TRUE(lowered) << lowered.error().message();
  const auto made = front::prepare(lowered->channels, lowered->window, lowered->condition, lowered->features);
  EXPECT_TRUE(made) << made.error().message();

  const auto message = [](const std::string& condition) {
    const auto refused = parse_pipeline_parts(declaration(condition));
    return refused ? std::string("accepted") : refused.error().message();
  };
  const std::string key = message(R"({"vib_x": [{"stage": "sos_filter", "low": 10}]})");
  for (const char* part : {"vib_x", "sos_filter", "\"low\"", "low_hz"}) EXPECT_NE(key.find(part), std::string::npos) << key;
  EXPECT_NE(message(R"({"vib_x": ["order_tracker"]})").find("speed_channel"), std::string::npos);
  EXPECT_NE(message(R"({"vib_x": ["sos_filtre"]})").find("sos_filter"), std::string::npos);
  EXPECT_NE(message(R"({"vib_x": 3})").find("not a list"), std::string::npos);
  EXPECT_NE(message(R"([1])").find("not a JSON object"), std::string::npos);
  EXPECT_NE(message(R"({"vib_x": [{"low_hz": 10}]})").find("no name"), std::string::npos);
  EXPECT_NE(message(R"({"vib_x": [{"stage": "sos_filter", "order": 99}]})").find("order"), std::string::npos);
  EXPECT_EQ(to_json(*parse_pipeline_parts(declaration("null"))).find("condition"), std::string::npos);
}

}  // namespace
