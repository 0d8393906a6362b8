// A small machine to fit pipelines on: two vibration channels and, at another rate, its speed. Only + - * / and the library's own
// random numbers, so the signal has the same bits on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "millwright/data/recording.hpp"
#include "millwright/numeric/random.hpp"
#include "millwright/pipeline/fit.hpp"
#include "millwright/pipeline/pipeline.hpp"
#include "millwright/pipeline/stream.hpp"
#include "support/must.hpp"

namespace millwright::test {

struct machine_signal {
  static constexpr double vibration_rate_hz = 2000.0;
  static constexpr double speed_rate_hz = 10.0;
  std::vector<float> vibration;  // planar: vib_x, then vib_y
  std::vector<float> speed;
  std::size_t vibration_samples = 0;
};

/// Noise through two resonances, whose level follows the speed, which changes every 8 s. From `fault_from_s` on, impulses every
/// 50 ms ring the resonance of vib_x, growing for 2 s.
inline machine_signal simulate_machine(double seconds, std::uint64_t seed, double fault_from_s = 1e9) {
  machine_signal s;
  s.vibration_samples = static_cast<std::size_t>(seconds * machine_signal::vibration_rate_hz);
  const auto speed_samples = static_cast<std::size_t>(seconds * machine_signal::speed_rate_hz);
  random_stream noise(seed, 0);
  random_stream load(seed, 1);
  std::vector<double> speed(speed_samples);
  double level = 1500.0;
  for (std::size_t i = 0; i < speed_samples; ++i) {
    if (i % 80 == 0) level = load.uniform() < 0.5 ? 1200.0 : 1800.0;
    speed[i] = level + 5.0 * load.normal();
    s.speed.push_back(static_cast<float>(speed[i]));
  }
  s.vibration.resize(2 * s.vibration_samples);
  double x1 = 0.0, x2 = 0.0, y1 = 0.0, y2 = 0.0;
  for (std::size_t i = 0; i < s.vibration_samples; ++i) {
    const std::size_t at = i * speed_samples / s.vibration_samples;
    const double strength = speed[at] * speed[at] * 1e-7;
    double push = strength * noise.normal();
    const double t = static_cast<double>(i) / machine_signal::vibration_rate_hz;
    if (t >= fault_from_s && i % 100 == 0) {
      const double growth = (t - fault_from_s) * 0.5;
      push += (growth < 1.0 ? growth : 1.0) * 8.0;
    }
    const double x = 0.6 * x1 - 0.85 * x2 + push;
    const double y = 1.2 * y1 - 0.75 * y2 + strength * noise.normal() + 0.1 * push;
    x2 = x1;
    x1 = x;
    y2 = y1;
    y1 = y;
    s.vibration[i] = static_cast<float>(x);
    s.vibration[s.vibration_samples + i] = static_cast<float>(y);
  }
  return s;
}

/// The declaration of a pipeline over the machine; `with_speed` adds the slow context channel and three regimes.
inline std::string machine_declaration(bool with_speed,
                                       std::string_view detect = R"([{"stage": "isolation_forest", "trees": 50}, "mahalanobis"])") {
  std::string text = R"({"channels": [{"name": "vib_x", "unit": "g", "rate_hz": 2000}, {"name": "vib_y", "unit": "g", "rate_hz": 2000})";
  if (with_speed) text += R"(, {"name": "speed", "unit": "rpm", "role": "context", "rate_hz": 10})";
  text += R"(], "window": {"length": ["256"]}, "detect": )";
  text.append(detect) += ",";
  if (with_speed) text += R"( "normalize": {"by": ["speed"], "regimes": 2},)";
  // A minute of training proves little: with the default budget the threshold would lie beyond any fault.
  return text + R"( "alert": {"max_false_episodes_per_week": 1000}, "alarm": {"refractory_s": 1}})";
}

/// Blocks of the machine's signal as a recording, without a copy; `s` must outlive it.
inline recording to_recording(const machine_signal& s, const std::vector<channel>& channels) {
  recording r;
  recorded_group vibration;
  vibration.channels = {channels[0], channels[1]};
  vibration.data = s.vibration.data();
  vibration.channel_stride = static_cast<std::ptrdiff_t>(s.vibration_samples);
  vibration.samples = s.vibration_samples;
  must(r.add(vibration));
  if (channels.size() > 2) {
    recorded_group speed;
    speed.channels = {channels[2]};
    speed.data = s.speed.data();
    speed.samples = s.speed.size();
    must(r.add(speed));
  }
  return r;
}

inline pipeline fit_declared(std::string_view declaration, double seconds) {
  pipeline_parts parts = must(parse_pipeline_parts(declaration));
  const machine_signal training = simulate_machine(seconds, 1);
  const recording r = to_recording(training, parts.channels);
  const recording* list[] = {&r};
  provenance origin;
  origin.name = "small machine";
  origin.created_utc = "2026-01-01T00:00:00Z";
  return must(fit_pipeline(std::move(parts), list, origin));
}
inline pipeline fit_machine(bool with_speed, double seconds = 60.0) { return fit_declared(machine_declaration(with_speed), seconds); }

/// The vibration samples [first, first + count) as a block.
inline sample_block vibration_block(const machine_signal& s, std::size_t first, std::size_t count) {
  sample_block b;
  b.group = 0;
  b.data = s.vibration.data() + first;
  b.channels = 2;
  b.samples = count;
  b.channel_stride = static_cast<std::ptrdiff_t>(s.vibration_samples);
  return b;
}
inline sample_block speed_block(const machine_signal& s, std::size_t first, std::size_t count) {
  sample_block b;
  b.group = 1;
  b.data = s.speed.data() + first;
  b.channels = 1;
  b.samples = count;
  b.channel_stride = static_cast<std::ptrdiff_t>(s.speed.size());
  return b;
}

/// Pushes a stretch of the signal, [from, to) in samples of speed (200 of vibration each), the slow group first.
template <class OnWindow>
void push_stretch(stream& s, const machine_signal& signal, std::size_t from, std::size_t to, OnWindow&& on_window) {
  constexpr std::size_t ratio = 200;
  for (std::size_t i = from; i < to; ++i) {
    if (s.groups().size() > 1) must(s.push(speed_block(signal, i, 1), on_window));
    must(s.push(vibration_block(signal, i * ratio, ratio), on_window));
  }
}

/// 64-bit FNV-1a over the bytes of values; enough to tell whether two runs gave the same bits.
class bit_hash {
 public:
  template <class T>
  void add(const T& value) noexcept {
    const auto* bytes = reinterpret_cast<const unsigned char*>(&value);
    for (std::size_t i = 0; i < sizeof value; ++i) hash_ = (hash_ ^ bytes[i]) * 0x100000001b3u;
  }
  /// Every NaN counts as the same one: its sign and payload are the processor's choice.
  void add_number(double value) noexcept {
    if (value != value)
      add(std::uint64_t{0x7ff8000000000000u});
    else
      add(value);
  }
  /// All of a window's result, the episode included.
  void add_window(const window_result& w) noexcept {
    add(w.end_time);
    add(w.quality);
    add(w.regime);
    add(static_cast<std::uint8_t>(w.scored));
    for (const double v : w.features) add_number(v);
    for (const double v : w.scores) add_number(v);
    for (const double v : w.severities) add_number(v);
    add_number(w.severity);
    add(static_cast<std::uint8_t>(w.alarm_active));
    add(static_cast<std::uint8_t>(w.event));
    if (w.current_episode == nullptr) return;
    const episode& e = *w.current_episode;
    add(e.number);
    add(e.started_at);
    add(e.raised_at);
    add(e.cleared_at);
    add_number(e.peak_severity);
    add(e.peak_at);
    add(static_cast<std::uint8_t>(e.priority));
    for (const auto& c : e.contributors) {
      add(c.feature);
      add_number(c.share);
      add_number(c.deviation);
    }
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325u;
};

}  // namespace millwright::test
