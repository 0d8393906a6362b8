// Envelope spectrum of one frame from its FFT bins, beside the real FFT of the frame; fast kurtogram; streaming envelope.

#include <benchmark/benchmark.h>

#include <vector>

#include "millwright/core/signal_stage.hpp"
#include "millwright/numeric/cpu.hpp"
#include "millwright/vibration/envelope.hpp"
#include "millwright/vibration/envelope_spectrum.hpp"
#include "millwright/vibration/kurtogram.hpp"

namespace millwright {
namespace {

constexpr double rate_hz = 25'600.0;

template <class Real>
std::vector<Real> noise(std::size_t n) {
  std::vector<Real> x(n);
  std::uint32_t random = 1;
  for (Real& v : x) {
    random = random * 1664525u + 1013904223u;
    v = static_cast<Real>(random >> 8) * Real(0x1p-23) - Real(1);
  }
  return x;
}

template <class Real>
void real_fft_4096(benchmark::State& state) {
  constexpr std::size_t n = 4096;
  auto ready = detail::prepare_on_heap(real_fft<Real>(), [](real_fft<Real>& fft, workspace& memory) { return fft.prepare(n, memory); });
  const auto x = noise<Real>(n);
  std::vector<std::complex<Real>> bins(n / 2 + 1);
  for (auto _ : state) {
    ready->object.forward(x.data(), bins.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(real_fft_4096<float>);
BENCHMARK(real_fft_4096<double>);

/// Argument: bandwidth as a share of rate / 2, in eighths.
template <class Real>
void envelope_from_bins_4096(benchmark::State& state) {
  constexpr std::size_t n = 4096;
  envelope_settings settings;
  settings.f_lo_hz = state.range(0) == 8 ? 0.0 : 2000.0;
  settings.f_hi_hz = settings.f_lo_hz + 0.5 * rate_hz * static_cast<double>(state.range(0)) / 8.0;
  settings.squared = state.range(1) != 0;
  auto ready = detail::prepare_on_heap(envelope_transform<Real>(), [&](envelope_transform<Real>& transform, workspace& memory) {
    return transform.prepare(n, rate_hz, settings, memory);
  });
  if (!ready) return state.SkipWithError(ready.error().message().c_str());
  const auto values = noise<Real>(2 * (n / 2 + 1));
  std::vector<std::complex<Real>> bins(n / 2 + 1);
  for (std::size_t k = 0; k < bins.size(); ++k) bins[k] = {values[2 * k], values[2 * k + 1]};
  std::vector<Real> magnitude(ready->object.bins());
  for (auto _ : state) {
    ready->object.forward_power(bins.data(), magnitude.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(envelope_from_bins_4096<float>)->ArgNames({"eighths", "squared"})->ArgsProduct({{1, 2, 4, 6}, {1}})->Args({2, 0})->Args({8, 1});
BENCHMARK(envelope_from_bins_4096<double>)->ArgNames({"eighths", "squared"})->ArgsProduct({{1, 2, 4, 6}, {1}})->Args({2, 0})->Args({8, 1});

void kurtogram(benchmark::State& state) {
  const auto x = noise<double>(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(fast_kurtogram<double>(x, rate_hz));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(kurtogram)->Arg(25'600)->Arg(121'265)->Unit(benchmark::kMillisecond);

template <class Real>
void envelope_stream(benchmark::State& state) {
  const auto x = noise<Real>(25'600);
  envelope<Real> stage;
  stage.f_lo_hz = 2000.0;
  stage.f_hi_hz = 4000.0;
  stage.f_max_hz = 500.0;
  for (auto _ : state) benchmark::DoNotOptimize(run_signal_stage<Real, envelope>(stage, x, {1, rate_hz, 0, 0.0}));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(x.size()));
}
BENCHMARK(envelope_stream<float>)->Unit(benchmark::kMicrosecond);
BENCHMARK(envelope_stream<double>)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace millwright
