// Real FFT by length, precision and kernel level, beside FFTW when its shared library can be loaded (never linked: it is GPL).

#include <benchmark/benchmark.h>
#include <dlfcn.h>

#include <complex>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "millwright/cpu.hpp"
#include "millwright/fft.hpp"
#include "millwright/random.hpp"

namespace millwright {
namespace {

struct free_memory {
  void operator()(void* p) const noexcept { std::free(p); }
};

template <class T>
std::unique_ptr<T, free_memory> aligned(std::size_t bytes) {
  const std::size_t lines = (bytes + workspace::alignment - 1) / workspace::alignment;
  return std::unique_ptr<T, free_memory>(static_cast<T*>(std::aligned_alloc(workspace::alignment, lines * workspace::alignment)));
}

template <class Real>
void fill(Real* x, std::size_t n) {
  random_stream random(1, n);
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<Real>(random.normal());
}

template <class Real>
void forward(benchmark::State& state, kernel_level level) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const kernel_level before = active_kernel_level();
  if (!force_kernel_level(level)) return state.SkipWithError("level not available");
  real_fft<Real> fft;
  workspace measure;
  if (!fft.prepare(n, measure)) return state.SkipWithError("prepare failed");
  const auto memory = aligned<std::byte>(measure.bytes_used());
  workspace carve(std::span(memory.get(), measure.bytes_used()));
  if (!fft.prepare(n, carve)) return state.SkipWithError("prepare failed");
  fft.reset();
  const auto x = aligned<Real>(n * sizeof(Real));
  const auto bins = aligned<std::complex<Real>>((n / 2 + 1) * sizeof(std::complex<Real>));
  fill(x.get(), n);
  for (auto _ : state) {
    fft.forward(x.get(), bins.get());
    benchmark::ClobberMemory();
  }
  static_cast<void>(force_kernel_level(before));
}

/// The few functions of FFTW that a transform needs, in one precision.
template <class Real>
struct fftw_functions {
  void* (*plan)(int, Real*, Real (*)[2], unsigned) = nullptr;
  void (*execute)(void*) = nullptr;
  void (*destroy)(void*) = nullptr;

  static fftw_functions load(const char* library, const std::string& prefix) {
    fftw_functions found;
    void* handle = dlopen(library, RTLD_NOW);
    if (handle == nullptr) return found;
    found.plan = reinterpret_cast<decltype(found.plan)>(dlsym(handle, (prefix + "_plan_dft_r2c_1d").c_str()));
    found.execute = reinterpret_cast<decltype(found.execute)>(dlsym(handle, (prefix + "_execute").c_str()));
    found.destroy = reinterpret_cast<decltype(found.destroy)>(dlsym(handle, (prefix + "_destroy_plan").c_str()));
    return found;
  }
};

template <class Real>
void fftw_forward(benchmark::State& state, fftw_functions<Real> fftw, unsigned flags) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const auto x = aligned<Real>(n * sizeof(Real));
  const auto bins = aligned<Real>((n / 2 + 1) * 2 * sizeof(Real));
  void* plan = fftw.plan(static_cast<int>(n), x.get(), reinterpret_cast<Real(*)[2]>(bins.get()), flags);
  fill(x.get(), n);
  for (auto _ : state) {
    fftw.execute(plan);
    benchmark::ClobberMemory();
  }
  fftw.destroy(plan);
}

constexpr unsigned fftw_measure = 0;
constexpr unsigned fftw_estimate = 64;

template <class Benchmark>
void with_lengths(Benchmark* b) {
  for (const int n : {256, 1024, 2560, 4096, 16384}) b->Arg(n);
}

template <class Real>
void register_precision(const std::string& precision, const char* library, const std::string& prefix) {
  for (const kernel_level level :
       {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
    if (!is_available(level)) continue;
    const std::string name = "rfft_" + precision + "/" + std::string(to_string(level));
    with_lengths(benchmark::RegisterBenchmark(name.c_str(), [level](benchmark::State& s) { forward<Real>(s, level); })->Arg(65537));
  }
  const auto fftw = fftw_functions<Real>::load(library, prefix);
  if (fftw.plan == nullptr || fftw.execute == nullptr || fftw.destroy == nullptr) return;
  const auto add = [&](const char* planner, unsigned flags) {
    const std::string name = "rfft_" + precision + "/fftw_" + planner;
    auto* b = benchmark::RegisterBenchmark(name.c_str(), [fftw, flags](benchmark::State& s) { fftw_forward<Real>(s, fftw, flags); });
    if (flags == fftw_estimate) b->Arg(65537);  // measuring that length takes minutes
    with_lengths(b);
  };
  add("estimate", fftw_estimate);  // first: measuring leaves wisdom behind that estimates use, too
  add("measure", fftw_measure);
}

const bool registered = [] {
  register_precision<double>("double", "libfftw3.so.3", "fftw");
  register_precision<float>("float", "libfftw3f.so.3", "fftwf");
  return true;
}();

}  // namespace
}  // namespace millwright
