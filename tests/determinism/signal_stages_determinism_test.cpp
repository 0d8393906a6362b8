// The promise of the library for signal stages: one number for each, over its output in float and in double under every variant of
// its settings. The same for every compiler, optimisation level, kernel level and architecture. When one changes on purpose, the
// changelog says so under Numerics.
#include <gtest/gtest.h>

#include <cinttypes>
#include <cstdio>
#include <string>
#include <vector>

#include "millwright/cpu.hpp"
#include "support/running_signal_stage.hpp"

namespace millwright {
namespace {

struct committed_hash {
  std::string_view id;
  std::uint64_t value;
};

constexpr committed_hash committed_hashes[] = {
    {"sos_filter", 0x09697b089f603a32},
    {"fir_filter", 0xd15ae431a5f09daa},
    {"decimator", 0x7d60bd7a09e766df},
    {"resampler", 0xa9b15807c2873162},
    {"integrator", 0xc02f66e7c47f2bd6},
    {"velocity_severity", 0xc2f3bcf41ce896aa},
    {"octave_filter_bank", 0xc802919776776015},
    {"stft", 0x5456edf527d65acd},
    {"spectrogram", 0x42951c06bbf2395a},
    {"welch", 0x39434a1bfc7f3be5},
    {"cross_spectrum", 0xcbe98bfaf9e19dae},
    {"coherence", 0x727df81579915dc4},
    {"spectral_kurtosis", 0x3b1cfe17fdc8e708},
    {"hilbert", 0xe79274192c916ad9},
    {"log_mel", 0xd528bbfc8f0f91e3},
    {"mfcc", 0x0d6c9e8c857c779c},
    {"sliding_dft", 0x1ce717b5b8239039},
    {"zoom_fft", 0xa0e2b472f928c520},
    {"envelope", 0xb4a7db4941eb9617},
    {"peak_hold", 0x64548864447e6181},
    {"high_frequency_energy", 0x867e8423794390d4},
    {"tacho", 0x3918234b4b1dde8d},
    {"order_tracker", 0x7e4e9b12af482f19},
    {"synchronous_average", 0x9f4edc9ffd3aa3ef},
    {"dwt", 0xedb49b9b69f24e16},
    {"modwt", 0x2cc7c40727b91c35},
    {"teager_energy", 0xf9fe153511412b98},
};

template <class Real>
void add_output(test::bit_hash& hash, const test::stage_variant& variant) {
  test::running_stage<Real> r(variant);
  hash.add(static_cast<std::uint64_t>(r.out.columns));
  hash.add(r.out.rate_hz);
  hash.add(r.out.delay_s);
  for (const Real v : r.run(r.example(), 700)) hash.add_number(static_cast<double>(v));
}

class SignalStagesDeterminism : public testing::TestWithParam<std::string_view> {};
INSTANTIATE_TEST_SUITE_P(Registry, SignalStagesDeterminism, testing::ValuesIn(test::signal_stage_ids()),
                         [](const auto& p) { return std::string(p.param); });

TEST_P(SignalStagesDeterminism, EveryKernelLevelGivesTheCommittedBits) {
  const kernel_level before = active_kernel_level();
  std::uint64_t committed = 0;
  for (const auto& c : committed_hashes) {
    if (c.id == GetParam()) committed = c.value;
  }
  for (const kernel_level level :
       {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
    if (!is_available(level)) continue;
    test::must(force_kernel_level(level));
    test::bit_hash hash;
    for (const auto& variant : test::variants_of(GetParam())) {
      add_output<float>(hash, variant);
      add_output<double>(hash, variant);
    }
    std::printf("%-7s {\"%s\", 0x%016" PRIx64 "},\n", std::string(to_string(level)).c_str(), std::string(GetParam()).c_str(), hash.value());
    EXPECT_EQ(hash.value(), committed) << to_string(level);
  }
  test::must(force_kernel_level(before));
}

}  // namespace
}  // namespace millwright
