// Wavelet transforms by kernel level: nanoseconds a sample of the signal, all levels of the transform together.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "millwright/core/signal_stage.hpp"
#include "millwright/numeric/cpu.hpp"
#include "millwright/numeric/random.hpp"
#include "millwright/wavelet/modwt.hpp"
#include "millwright/wavelet/wavelet_packets.hpp"
#include "millwright/wavelet/wavelet_transform.hpp"

namespace millwright {
namespace {

template <class Real>
std::vector<Real> noise(std::size_t n) {
  random_stream random(1, n);
  std::vector<Real> x(n);
  for (auto& v : x) v = static_cast<Real>(random.normal());
  return x;
}

/// Runs compute of a prepared transform at one level.
template <class Real, class Transform, class Prepare>
void run(benchmark::State& state, kernel_level level, Prepare prepare) {
  const kernel_level before = active_kernel_level();
  if (!force_kernel_level(level)) return state.SkipWithError("the level is not available");
  const auto n = static_cast<std::size_t>(state.range(0));
  auto ready = detail::prepare_on_heap(Transform(), [&](Transform& t, workspace& memory) { return prepare(t, n, memory); });
  const auto x = noise<Real>(n);
  for (auto _ : state) {
    ready->object.compute(x.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  static_cast<void>(force_kernel_level(before));
}

template <class Real>
void register_precision(const std::string& precision, kernel_level level, const wavelet& db4) {
  const std::string suffix = "_" + precision + "/" + std::string(to_string(level));
  benchmark::RegisterBenchmark(("wavedec_db4_5" + suffix).c_str(),
                               [=](benchmark::State& s) {
                                 run<Real, wavelet_transform<Real>>(s, level, [&](auto& t, std::size_t n, workspace& memory) {
                                   return t.prepare(db4, wavelet_mode::symmetric, 5, n, memory);
                                 });
                               })
      ->Arg(4096)
      ->Arg(65536);
  benchmark::RegisterBenchmark(("packets_db4_4" + suffix).c_str(), [=](benchmark::State& s) {
    run<Real, wavelet_packet_transform<Real>>(
        s, level, [&](auto& t, std::size_t n, workspace& memory) { return t.prepare(db4, wavelet_mode::periodization, 4, n, memory); });
  })->Arg(4096);
  benchmark::RegisterBenchmark(("modwt_db4_4" + suffix).c_str(), [=](benchmark::State& s) {
    run<Real, modwt_transform<Real>>(s, level, [&](auto& t, std::size_t n, workspace& memory) { return t.prepare(db4, 4, n, memory); });
  })->Arg(4096);
}

const bool registered = [] {
  const wavelet db4 = *wavelet::from_name("db4");
  for (const kernel_level level :
       {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
    if (!is_available(level)) continue;
    register_precision<double>("double", level, db4);
    register_precision<float>("float", level, db4);
  }
  return true;
}();

}  // namespace
}  // namespace millwright
