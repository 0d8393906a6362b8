// Real FFT at every kernel level beside FFTW (planned with MEASURE), in one process and in turn, as JSON rows for signal_fft.py.

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "fftw_library.hpp"
#include "millwright/numeric/cpu.hpp"
#include "prepared_fft.hpp"

namespace millwright {
namespace {

constexpr int repetitions = 15;
constexpr double repetition_ns = 2.5e6;

/// Processor time, so that what else runs on the machine counts less.
double now_ns() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return 1e9 * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec);
}

template <class Run>
double time_ns(Run& run, std::size_t calls) {
  const double start = now_ns();
  for (std::size_t i = 0; i < calls; ++i) {
    run();
    __asm__ volatile("" ::: "memory");  // every result is kept
  }
  return now_ns() - start;
}

template <class Run>
std::size_t calls_per_repetition(Run& run) {
  std::size_t calls = 1;
  while (time_ns(run, calls) < repetition_ns) calls *= 2;
  return calls;
}

double median(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

template <class Real>
bool print_rows(const char* precision, const fftw_library<Real>& fftw, const char* separator) {
  for (const std::size_t n : {256ul, 1024ul, 4096ul, 16384ul}) {
    fft_arrays<Real> arrays(n);
    void* plan = fftw.plan(static_cast<int>(n), arrays.x.get(), reinterpret_cast<Real(*)[2]>(arrays.bins.get()), fftw.measure);
    if (plan == nullptr) return false;
    arrays.fill(n);
    auto theirs = [&] { fftw.execute(plan); };
    const std::size_t their_calls = calls_per_repetition(theirs);
    for (const kernel_level level :
         {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
      if (!force_kernel_level(level)) continue;
      prepared_fft<Real> fft(n);
      if (!fft.is_ready) return false;
      auto ours = [&] { fft.run(); };
      const std::size_t our_calls = calls_per_repetition(ours);
      std::vector<double> our_times, their_times;
      for (int i = 0; i < repetitions; ++i) {
        our_times.push_back(time_ns(ours, our_calls) / static_cast<double>(our_calls));
        their_times.push_back(time_ns(theirs, their_calls) / static_cast<double>(their_calls));
      }
      std::printf("%s\n  {\"workload\": \"fft %s %zu\", \"level\": \"%s\", \"ours_ns\": %.1f, \"peer\": \"fftw\", \"peer_ns\": %.1f}",
                  separator, precision, n, std::string(to_string(level)).c_str(), median(our_times), median(their_times));
      separator = ",";
    }
    fftw.destroy(plan);
  }
  return true;
}

int run() {
  const auto in_double = fftw_library<double>::load();
  const auto in_float = fftw_library<float>::load();
  if (!in_double.found() || !in_float.found()) {
    std::fputs("FFTW's shared libraries are not installed (Debian: libfftw3-double3 libfftw3-single3)\n", stderr);
    return 2;
  }
  std::printf("{\"fftw\": \"%s, %s\", \"rows\": [", in_double.version.c_str(), in_float.version.c_str());
  if (!print_rows("f64", in_double, "") || !print_rows("f32", in_float, ",")) return 1;
  std::puts("\n]}");
  return 0;
}

}  // namespace
}  // namespace millwright

int main() { return millwright::run(); }
