// Real FFT by length, precision and kernel level, beside FFTW when its shared library can be loaded.

#include <benchmark/benchmark.h>

#include <string>

#include "fftw_library.hpp"
#include "millwright/numeric/cpu.hpp"
#include "prepared_fft.hpp"

namespace millwright {
namespace {

template <class Real>
void forward(benchmark::State& state, kernel_level level) {
  const kernel_level before = active_kernel_level();
  if (!force_kernel_level(level)) return state.SkipWithError("level not available");
  prepared_fft<Real> fft(static_cast<std::size_t>(state.range(0)));
  if (!fft.is_ready) return state.SkipWithError("prepare failed");
  for (auto _ : state) {
    fft.run();
    benchmark::ClobberMemory();
  }
  static_cast<void>(force_kernel_level(before));
}

template <class Real>
void fftw_forward(benchmark::State& state, fftw_library<Real> fftw, unsigned flags) {
  const auto n = static_cast<std::size_t>(state.range(0));
  fft_arrays<Real> arrays(n);
  void* plan = fftw.plan(static_cast<int>(n), arrays.x.get(), reinterpret_cast<Real(*)[2]>(arrays.bins.get()), flags);
  arrays.fill(n);
  for (auto _ : state) {
    fftw.execute(plan);
    benchmark::ClobberMemory();
  }
  fftw.destroy(plan);
}

/// What a function over arrays pays for its plan.
void borrow(benchmark::State& state) {
  for (auto _ : state) {
    auto fft = fft_lease<real_fft<double>>::borrow(static_cast<std::size_t>(state.range(0)));
    benchmark::DoNotOptimize(fft);
  }
}

template <class Benchmark>
void with_lengths(Benchmark* b) {
  for (const int n : {256, 1024, 2560, 4096, 16384}) b->Arg(n);
}

template <class Real>
void register_precision(const std::string& precision) {
  for (const kernel_level level :
       {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
    if (!is_available(level)) continue;
    const std::string name = "rfft_" + precision + "/" + std::string(to_string(level));
    with_lengths(benchmark::RegisterBenchmark(name.c_str(), [level](benchmark::State& s) { forward<Real>(s, level); })->Arg(65537));
  }
  const auto fftw = fftw_library<Real>::load();
  if (!fftw.found()) return;
  const auto add = [&](const char* planner, unsigned flags) {
    const std::string name = "rfft_" + precision + "/fftw_" + planner;
    auto* b = benchmark::RegisterBenchmark(name.c_str(), [fftw, flags](benchmark::State& s) { fftw_forward<Real>(s, fftw, flags); });
    if (flags == fftw.estimate) b->Arg(65537);  // measuring that length takes minutes
    with_lengths(b);
  };
  add("estimate", fftw.estimate);  // first: measuring leaves wisdom behind that estimates use, too
  add("measure", fftw.measure);
}

const bool registered = [] {
  register_precision<double>("double");
  register_precision<float>("float");
  benchmark::RegisterBenchmark("fft_lease/borrow", borrow)->Arg(1024);
  return true;
}();

}  // namespace
}  // namespace millwright
