// The promise of the library as one number: fits a pipeline on a fixed signal, streams a fault through it, and hashes every
// feature, score, severity and episode. The hash is the same for every compiler, optimisation level, kernel level and
// architecture. When it changes on purpose, numerics_id (version.hpp) and the changelog change with it.
#include <gtest/gtest.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "millwright/numeric/cpu.hpp"
#include "millwright/pipeline/bundle.hpp"
#include "millwright/pipeline/stream.hpp"
#include "millwright/version.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

constexpr std::uint64_t committed_signal_hash = 0x7e1719b3c5388cd3;
constexpr std::uint64_t committed_model_hash = 0x70dcdeb21b964b68;
constexpr std::uint64_t committed_result_hash = 0xbd727d26d0a917ca;

std::vector<kernel_level> available_levels() {
  std::vector<kernel_level> levels;
  for (const kernel_level level :
       {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
    if (is_available(level)) levels.push_back(level);
  }
  return levels;
}

struct fingerprints {
  std::uint64_t model = 0;
  std::uint64_t result = 0;
  std::uint64_t episodes = 0;
};

/// What was learned, and the golden vectors; without the header, which names the version of the library, and the checksum over it.
std::uint64_t hash_of_tensors(const std::vector<std::byte>& bundle) {
  std::uint64_t header = 0;
  std::memcpy(&header, bundle.data(), sizeof header);
  test::bit_hash hash;
  for (std::size_t i = 8 + static_cast<std::size_t>(header); i + 32 < bundle.size(); ++i) hash.add(bundle[i]);
  return hash.value();
}

fingerprints run_everything() {
  const pipeline model = test::fit_machine(true);
  fingerprints found;
  found.model = hash_of_tensors(test::must(write_bundle(model)));

  const test::machine_signal signal = test::simulate_machine(30.0, 2, 10.0);
  stream s = test::must(stream::create(model));
  test::bit_hash results;
  test::push_stretch(s, signal, 0, signal.speed.size(), [&](const window_result& w) { results.add_window(w); });
  found.result = results.value();
  found.episodes = s.episodes();
  return found;
}

TEST(Determinism, TheTestSignalItselfIsTheSameEverywhere) {
  const test::machine_signal s = test::simulate_machine(30.0, 2, 10.0);
  test::bit_hash hash;
  for (const float v : s.vibration) hash.add(v);
  for (const float v : s.speed) hash.add(v);
  std::printf("signal hash  0x%016" PRIx64 "\n", hash.value());
  EXPECT_EQ(hash.value(), committed_signal_hash);
}

TEST(Determinism, EveryKernelLevelGivesTheCommittedBytes) {
  for (const kernel_level level : available_levels()) {
    SCOPED_TRACE(std::string(to_string(level)));
    test::must(force_kernel_level(level));
    const fingerprints found = run_everything();
    std::printf("%-7s model 0x%016" PRIx64 "  result 0x%016" PRIx64 "  (%s)\n", std::string(to_string(level)).c_str(), found.model,
                found.result, std::string(numerics_id).c_str());
    EXPECT_EQ(found.model, committed_model_hash) << "fitting: learned arrays and golden vectors";
    EXPECT_EQ(found.result, committed_result_hash) << "streaming: features, scores, severities, episodes";
    EXPECT_GE(found.episodes, 1u) << "the fault must be seen, or the hash would cover less than it says";
  }
}

}  // namespace
}  // namespace millwright
