// One row through each stage after the features, as a stream does it, and batches through the detectors; fits for scale.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "millwright/alarm/alarm.hpp"
#include "millwright/calibrate/cauchy_fusion.hpp"
#include "millwright/calibrate/tail_calibration.hpp"
#include "millwright/context/context_normalizer.hpp"
#include "millwright/detect/covariance/mahalanobis.hpp"
#include "millwright/detect/forest/isolation_forest.hpp"
#include "millwright/numeric/random.hpp"

namespace {

using namespace millwright;

constexpr std::size_t features = 60;
constexpr std::size_t training_rows = 2000;

port columns(std::size_t count) {
  port p;
  for (std::size_t c = 0; c < count; ++c) p.columns.push_back({std::to_string(c), false});
  return p;
}

row_table normal_rows(std::size_t rows, std::size_t width, std::uint64_t seed) {
  random_stream random(seed, 0);
  row_table table(width);
  std::vector<double> values(width);
  for (std::size_t r = 0; r < rows; ++r) {
    for (double& v : values) v = random.normal();
    table.append(values, {static_cast<time_ns>(r), 0, -1});
  }
  return table;
}

template <class Stage>
Stage fit(Stage stage, std::size_t width) {
  if constexpr (learner<Stage>) {
    if (!stage.observe(columns(width), normal_rows(training_rows, width, 1).view()) || !stage.finish()) std::abort();
  }
  return stage;
}

struct alignas(workspace::alignment) line {
  std::byte bytes[workspace::alignment];
};

/// `batch` rows at a time; different rows in turn, so that branches and caches see a stream.
template <class Stage>
void process(benchmark::State& state, Stage stage, std::size_t width) {
  const auto batch = static_cast<std::size_t>(state.range(0));
  stage = fit(std::move(stage), width);
  workspace measure;
  const auto out_port = stage.prepare(columns(width), measure);
  std::vector<line> lines(measure.bytes_used() / sizeof(line));
  workspace memory(std::as_writable_bytes(std::span(lines)));
  if (!out_port || !stage.prepare(columns(width), memory)) std::abort();
  stage.reset();
  const row_table rows = normal_rows(std::max<std::size_t>(1024, batch), width, 2);
  row_table out(out_port->columns.size());
  out.resize(batch);
  std::size_t first = 0;
  for (auto _ : state) {
    stage.process(rows.slice(first, batch), out.view());
    benchmark::DoNotOptimize(out.view().values);
    benchmark::ClobberMemory();
    first = first + 2 * batch <= rows.rows() ? first + batch : 0;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
}

void normalizer(benchmark::State& state) { process(state, context_normalizer(), features); }
void forest(benchmark::State& state) { process(state, isolation_forest(), features); }
void distance(benchmark::State& state) { process(state, mahalanobis(), features); }
void tails(benchmark::State& state) { process(state, tail_calibration(), 2); }
void fusion(benchmark::State& state) { process(state, cauchy_fusion(), 2); }
BENCHMARK(normalizer)->Arg(1);
BENCHMARK(forest)->Arg(1)->Arg(1024);
BENCHMARK(distance)->Arg(1)->Arg(1024);
BENCHMARK(tails)->Arg(1);
BENCHMARK(fusion)->Arg(1);

/// 100 trees of 256 on 32 columns: the size that other libraries' figures are for.
void forest_100x256(benchmark::State& state) {
  isolation_forest f;
  f.trees = 100;
  f.out_of_box_weight = 0.0;
  process(state, f, 32);
}
BENCHMARK(forest_100x256)->Arg(1)->Arg(1024);

template <class Stage>
void learn(benchmark::State& state, std::size_t width) {
  const row_table rows = normal_rows(training_rows, width, 1);
  for (auto _ : state) {
    Stage stage;
    if (!stage.observe(columns(width), rows.view()) || !stage.finish()) std::abort();
    benchmark::DoNotOptimize(stage);
  }
}
void fit_forest(benchmark::State& state) { learn<isolation_forest>(state, features); }
void fit_distance(benchmark::State& state) { learn<mahalanobis>(state, features); }
void fit_normalizer(benchmark::State& state) { learn<context_normalizer>(state, features); }
void fit_tails(benchmark::State& state) { learn<tail_calibration>(state, 2); }
BENCHMARK(fit_forest)->Unit(benchmark::kMillisecond);
BENCHMARK(fit_distance)->Unit(benchmark::kMillisecond);
BENCHMARK(fit_normalizer)->Unit(benchmark::kMillisecond);
BENCHMARK(fit_tails)->Unit(benchmark::kMillisecond);

void alarm_update(benchmark::State& state) {
  millwright::alarm machine;  // POSIX has a function of that name
  machine.threshold = 4.0;
  line lines[64];
  workspace memory(std::as_writable_bytes(std::span(lines)));
  if (!machine.prepare(memory)) std::abort();
  machine.reset();
  time_ns now = 0;
  for (auto _ : state) {
    now += 1'000'000;
    benchmark::DoNotOptimize(machine.update(now, static_cast<double>(now % 7'000'000) * 1e-6, true, 0));
  }
}
BENCHMARK(alarm_update);

}  // namespace
