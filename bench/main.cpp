// main() of every benchmark: Google Benchmark's own, plus what decides the numbers.
#include <benchmark/benchmark.h>

#include <string>

#include "millwright/numeric/cpu.hpp"
#include "millwright/version.hpp"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::AddCustomContext("millwright", std::string(millwright::version_string));
  benchmark::AddCustomContext("kernel level", std::string(millwright::to_string(millwright::active_kernel_level())));
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
