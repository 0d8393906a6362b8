// Cost of the feature extractor: 2 channels x 2560 float32 samples at 25.6 kHz (the demo's chain), or one channel x 4096.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "millwright/features/features.hpp"
#include "millwright/numeric/cpu.hpp"

namespace millwright {
namespace {

constexpr double rate_hz = 25'600.0;

struct free_memory {
  void operator()(std::byte* p) const noexcept { std::free(p); }
};

void run(benchmark::State& state, const std::vector<std::string>& features, std::size_t channel_count = 2,
         std::size_t window_samples = 2560) {
  frame_port in;
  in.windows.emplace_back();
  feature_extractor extractor;
  extractor.shaft_hz = 29.5;
  std::vector<std::vector<float>> samples(channel_count);
  std::vector<frame_view> views;
  std::uint32_t random = 1;
  for (std::size_t c = 0; c < channel_count; ++c) {
    channel of;
    of.name = std::string(1, static_cast<char>('a' + c));
    of.rate_hz = rate_hz;
    in.channels.push_back(of);
    in.windows[0].lengths.push_back(window_samples);
    for (const auto& f : features) extractor.names.push_back(of.name + "." + f);
    for (std::size_t i = 0; i < window_samples; ++i) {
      random = random * 1664525u + 1013904223u;
      samples[c].push_back(static_cast<float>(random >> 8) * 0x1p-23f - 1.0f);
    }
    views.push_back({samples[c].data(), nullptr, window_samples, window_samples, rate_hz});
  }
  workspace measure;
  if (const auto counted = extractor.prepare(in, measure); !counted) return state.SkipWithError(counted.error().message().c_str());
  const std::unique_ptr<std::byte, free_memory> memory(
      static_cast<std::byte*>(std::aligned_alloc(workspace::alignment, measure.bytes_used())));
  workspace carve({memory.get(), measure.bytes_used()});
  if (const auto carved = extractor.prepare(in, carve); !carved) return state.SkipWithError(carved.error().message().c_str());
  extractor.reset();

  const frame whole = {views};
  std::vector<double> out(extractor.names.size());
  for (auto _ : state) {
    benchmark::DoNotOptimize(extractor.process({&whole, 1}, out));
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(channel_count * window_samples));
  state.SetLabel(std::string(to_string(active_kernel_level())));
  state.counters["features"] = static_cast<double>(extractor.names.size());
  state.counters["bytes"] = static_cast<double>(measure.bytes_used());
}

std::vector<std::string> names_of(std::string_view family_name, const std::string& nperseg = "") {
  std::vector<std::string> names;
  for (const auto& family : feature_families()) {
    if (family.name != family_name) continue;
    for (const auto& d : family.features) {
      std::string arguments;
      const auto add = [&](std::string_view name, std::string_view value) {
        if (!arguments.empty()) arguments += ',';
        ((arguments += name) += '=') += value;
      };
      for (const auto& a : d.arguments) {
        if (a.name == "f_lo") add(a.name, "500");
        if (a.name == "f_hi") add(a.name, "1500");
        if (a.name == "f0") add(a.name, "100");
        if (a.name == "order" && a.is_required) add(a.name, "3.58");
        if (a.name == "band" || a.name == "coefficient") add(a.name, "1");
        if (a.name == "nperseg" && !nperseg.empty()) add(a.name, nperseg);
      }
      names.push_back(std::string(d.name) + (arguments.empty() ? "" : "(" + arguments + ")"));
    }
  }
  return names;
}

std::vector<std::string> joined(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<std::string> defaults() {
  channel of;
  of.name = "x";
  of.rate_hz = rate_hz;
  auto names = default_feature_names(of);
  for (auto& name : names) name = name.substr(2);
  return names;
}

void everything(benchmark::State& state) {
  run(state, joined(joined(names_of("time"), names_of("spectral")), names_of("spectral", "512")));
}
void default_set(benchmark::State& state) { run(state, defaults()); }
void time_family(benchmark::State& state) { run(state, names_of("time")); }
void spectral_family(benchmark::State& state) { run(state, names_of("spectral")); }
void welch_512(benchmark::State& state) { run(state, names_of("spectral", "512")); }
void rms_only(benchmark::State& state) { run(state, {"rms"}); }
void one_band(benchmark::State& state) { run(state, {"band_rms(f_lo=500,f_hi=1500)"}); }

constexpr std::size_t long_window = 4096;
const std::vector<std::string> eleven = {"mean",  "std",     "rms",       "peak",     "peak_to_peak", "crest",
                                         "shape", "impulse", "clearance", "skewness", "kurtosis"};

/// Eleven features of the time domain: the row of docs and of bench/peers/signal_features.py.
void time_eleven_4096(benchmark::State& state) { run(state, eleven, 1, long_window); }
/// Time, spectrum and wavelet energies of one window.
void chain_4096(benchmark::State& state) {
  auto names = joined(eleven, {"spectral_centroid", "spectral_spread", "spectral_entropy", "spectral_flatness", "spectral_rolloff",
                               "peak_frequency", "wavelet_entropy"});
  for (const char* edges : {"f_lo=400,f_hi=800", "f_lo=800,f_hi=1600", "f_lo=1600,f_hi=3200", "f_lo=3200,f_hi=6400"}) {
    names.push_back(std::string("band_rms(") + edges + ")");
  }
  for (const char* band : {"0", "1", "2", "3", "4", "5"}) names.push_back(std::string("wavelet_energy(band=") + band + ")");
  run(state, names, 1, long_window);
}
void distribution_4096(benchmark::State& state) { run(state, names_of("distribution"), 1, long_window); }
void autocorrelation_4096(benchmark::State& state) { run(state, {"autocorrelation"}, 1, long_window); }
void permutation_entropy_4096(benchmark::State& state) { run(state, {"permutation_entropy"}, 1, long_window); }
void sample_entropy_4096(benchmark::State& state) { run(state, {"sample_entropy"}, 1, long_window); }
void fatigue_4096(benchmark::State& state) { run(state, names_of("fatigue"), 1, long_window); }
void envelope_4096(benchmark::State& state) { run(state, names_of("envelope"), 1, long_window); }
void wavelet_4096(benchmark::State& state) { run(state, names_of("wavelet"), 1, long_window); }
void cepstral_4096(benchmark::State& state) { run(state, names_of("cepstral"), 1, long_window); }

BENCHMARK(time_eleven_4096);
BENCHMARK(chain_4096);
BENCHMARK(distribution_4096);
BENCHMARK(autocorrelation_4096);
BENCHMARK(permutation_entropy_4096);
BENCHMARK(sample_entropy_4096);
BENCHMARK(fatigue_4096);
BENCHMARK(envelope_4096);
BENCHMARK(wavelet_4096);
BENCHMARK(cepstral_4096);
BENCHMARK(everything);
BENCHMARK(default_set);
BENCHMARK(time_family);
BENCHMARK(spectral_family);
BENCHMARK(welch_512);
BENCHMARK(rms_only);
BENCHMARK(one_band);

}  // namespace
}  // namespace millwright
