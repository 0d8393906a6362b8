// Filters: nanoseconds per sample and column.

#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "millwright/core/signal_stage.hpp"
#include "millwright/filter/sos_cascade.hpp"
#include "millwright/numeric/random.hpp"

namespace millwright {
namespace {

constexpr std::size_t samples = 100'000;

template <class Real>
std::vector<Real> noise(std::size_t n) {
  random_stream random(1, 1);
  std::vector<Real> x(n);
  for (auto& v : x) v = static_cast<Real>(random.normal());
  return x;
}

/// range(0): sections, range(1): columns.
template <class Real>
void sos(benchmark::State& state) {
  const auto sections = static_cast<std::int64_t>(state.range(0));
  const auto columns = static_cast<std::size_t>(state.range(1));
  const auto design = design_sos({.order = 2 * sections, .high_hz = 0.15});
  auto ready = detail::prepare_on_heap(sos_cascade{}, [&](sos_cascade& c, workspace& w) { return c.prepare(*design, columns, w); });
  const auto x = noise<Real>(samples);
  std::vector<Real> y(x.size());
  for (auto _ : state) {
    ready->object.process(x.data(), y.data(), samples / columns);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(samples));
}
BENCHMARK(sos<double>)->ArgsProduct({{1, 2, 3, 4, 8}, {1, 2, 8}});
BENCHMARK(sos<float>)->Args({4, 1})->Args({4, 8});

}  // namespace
}  // namespace millwright
