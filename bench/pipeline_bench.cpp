// The whole chain of a gateway on one core: clock, windows, features, normaliser, both detectors, calibration, alarm. Two
// vibration channels at 25.6 kHz in windows of 2560 samples, the default features of both, isolation forest and Mahalanobis.
// items_per_second counts single samples of all channels.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "millwright/data/recording.hpp"
#include "millwright/numeric/cpu.hpp"
#include "millwright/numeric/random.hpp"
#include "millwright/pipeline/bundle.hpp"
#include "millwright/pipeline/fit.hpp"
#include "millwright/pipeline/stream.hpp"

namespace {

using namespace millwright;

constexpr std::size_t channels = 2;
constexpr double rate_hz = 25'600.0;
constexpr std::size_t window = 2560;

template <class T>
T must(result<T> r) {
  if (r) return *std::move(r);
  std::fprintf(stderr, "%s\n", r.error().message().c_str());
  std::exit(1);
}

/// Coloured noise, planar.
std::vector<float> vibration(std::size_t samples, std::uint64_t seed) {
  std::vector<float> values(channels * samples);
  for (std::size_t c = 0; c < channels; ++c) {
    random_stream random(seed, c);
    double before = 0.0;
    double before_that = 0.0;
    for (std::size_t i = 0; i < samples; ++i) {
      const double y = 0.5 * before - 0.8 * before_that + random.normal();
      before_that = before;
      before = y;
      values[c * samples + i] = static_cast<float>(y);
    }
  }
  return values;
}

const pipeline& fitted() {
  static const pipeline model = [] {
    pipeline_parts parts = must(parse_pipeline_parts(R"({
      "channels": [{"name": "vib_x", "unit": "g", "rate_hz": 25600}, {"name": "vib_y", "unit": "g", "rate_hz": 25600}],
      "window": {"length": ["2560"]}})"));
    constexpr std::size_t samples = 600 * window;
    const std::vector<float> values = vibration(samples, 1);
    recorded_group group;
    group.channels = parts.channels;
    group.data = values.data();
    group.channel_stride = samples;
    group.samples = samples;
    recording normal;
    if (const auto added = normal.add(group); !added) std::exit(1);
    const recording* list[] = {&normal};
    return must(fit_pipeline(std::move(parts), list, {}));
  }();
  return model;
}

void push(benchmark::State& state, kernel_level level, std::size_t block_samples) {
  if (!force_kernel_level(level)) {
    state.SkipWithError("this kernel level is not available here");
    return;
  }
  const pipeline& model = fitted();
  stream s = must(stream::create(model));
  constexpr std::size_t samples = 64 * window;
  const std::vector<float> values = vibration(samples, 2);
  std::uint64_t windows = 0;
  const auto on_window = [&](const window_result& w) {
    benchmark::DoNotOptimize(w.severity);
    ++windows;
  };
  for (auto _ : state) {
    for (std::size_t at = 0; at < samples; at += block_samples) {
      sample_block block;
      block.data = values.data() + at;
      block.channels = channels;
      block.samples = std::min(block_samples, samples - at);
      block.channel_stride = samples;
      if (!s.push(block, on_window)) state.SkipWithError("push failed");
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * samples * channels));
  state.SetLabel(std::string(to_string(level)));
  state.counters["Msample/s"] =
      benchmark::Counter(static_cast<double>(state.iterations() * samples * channels) * 1e-6, benchmark::Counter::kIsRate);
  state.counters["windows/s"] = benchmark::Counter(static_cast<double>(windows), benchmark::Counter::kIsRate);
  state.counters["features"] = static_cast<double>(model.feature_names().size());
  state.counters["state_bytes"] = static_cast<double>(model.memory_needed().state);
  state.counters["bundle_bytes"] = static_cast<double>(must(write_bundle(model)).size());
}

// One registration per level that this machine has, and small blocks at the best of them.
const bool registered = [] {
  for (const kernel_level level :
       {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
    if (!is_available(level)) continue;
    benchmark::RegisterBenchmark(("pipeline/" + std::string(to_string(level))).c_str(), push, level, window);
  }
  benchmark::RegisterBenchmark("pipeline/blocks_of_64", push, active_kernel_level(), std::size_t{64});
  return true;
}();

}  // namespace
