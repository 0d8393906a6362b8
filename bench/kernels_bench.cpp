// The hot loops by kernel level: a window of 2560 samples, a spectrum of 1281 bins.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/random.hpp"

namespace millwright {
namespace {

using detail::kernel_table;

constexpr std::size_t samples = 2560;
constexpr std::size_t bins = samples / 2 + 1;

struct inputs {
  std::vector<float> x = std::vector<float>(samples);
  std::vector<double> window = std::vector<double>(samples);
  std::vector<double> y = std::vector<double>(samples);
  std::vector<double> z = std::vector<double>(2 * bins);
  std::vector<double> psd = std::vector<double>(bins);

  inputs() {
    random_stream random(1, 1);
    for (auto& v : x) v = static_cast<float>(random.normal());
    for (auto& v : window) v = random.uniform();
    for (auto& v : z) v = random.normal();
    for (auto& v : psd) v = random.uniform();
  }
};

template <class Run>
void add(const kernel_table& kernels, const char* name, std::size_t items, Run run) {
  const std::string full = std::string(name) + "/" + std::string(to_string(kernels.level));
  benchmark::RegisterBenchmark(full.c_str(), [&kernels, items, run](benchmark::State& state) {
    inputs in;
    for (auto _ : state) {
      run(kernels, in);
      benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(items));
  });
}

const bool registered = [] {
  for (const kernel_level level :
       {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
    const kernel_table* found = detail::kernels_of(level);
    if (found == nullptr) continue;
    const kernel_table& k = *found;
    add(k, "raw", samples, [](const kernel_table& t, inputs& in) { benchmark::DoNotOptimize(t.raw(in.x.data(), samples)); });
    add(k, "raw_with_roots", samples,
        [](const kernel_table& t, inputs& in) { benchmark::DoNotOptimize(t.raw_with_roots(in.x.data(), samples)); });
    add(k, "raw_with_roots float64", samples,
        [](const kernel_table& t, inputs& in) { benchmark::DoNotOptimize(t.wide.raw_with_roots(in.window.data(), samples)); });
    add(k, "central", samples, [](const kernel_table& t, inputs& in) { benchmark::DoNotOptimize(t.central(in.x.data(), samples, 0.1)); });
    add(k, "differences", samples,
        [](const kernel_table& t, inputs& in) { benchmark::DoNotOptimize(t.differences(in.x.data(), samples, 0.1)); });
    add(k, "taper", samples, [](const kernel_table& t, inputs& in) { t.taper(in.x.data(), in.window.data(), 0.1, samples, in.y.data()); });
    add(k, "add_power", bins, [](const kernel_table& t, inputs& in) { t.add_power(in.z.data(), bins, in.psd.data()); });
    add(k, "sum", samples, [](const kernel_table& t, inputs& in) { benchmark::DoNotOptimize(t.sum(in.window.data(), samples)); });
    add(k, "dot", samples,
        [](const kernel_table& t, inputs& in) { benchmark::DoNotOptimize(t.dot(in.window.data(), in.y.data(), samples)); });
    add(k, "log", bins, [](const kernel_table& t, inputs& in) { t.log(in.psd.data(), 1e-300, bins, in.y.data()); });
    add(k, "spectral", bins,
        [](const kernel_table& t, inputs& in) { benchmark::DoNotOptimize(t.spectral(in.psd.data(), bins, in.y.data())); });
  }
  return true;
}();

}  // namespace
}  // namespace millwright
