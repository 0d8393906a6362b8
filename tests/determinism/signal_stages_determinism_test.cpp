// The promise of the library for signal stages: one number for each, over its output in float and in double under every variant of
// its settings. The same for every compiler, optimisation level, kernel level and architecture. When one changes on purpose, the
// changelog says so under Numerics.
#include <gtest/gtest.h>

#include <cinttypes>
#include <cstdio>
#include <string>
#include <vector>

#include "millwright/numeric/cpu.hpp"
#include "support/running_signal_stage.hpp"

namespace millwright {
namespace {

struct committed_hash {
  std::string_view id;
  std::uint64_t value;
};

constexpr committed_hash committed_hashes[] = {
    {"sos_filter", 0xfe96a1a755952965},
    {"fir_filter", 0x51ba2387e03f9c6a},
    {"decimator", 0x3910c245dc44b517},
    {"resampler", 0x54136d397e31c002},
    {"integrator", 0x635afcc6cde79836},
    {"velocity_severity", 0x397f49bfa82f178e},
    {"octave_filter_bank", 0x84db0c7a499f12d5},
    {"stft", 0x0022e1f4a3b460b5},
    {"spectrogram", 0x9c9282866fc3061e},
    {"welch", 0x3624e73ccb42d841},
    {"cross_spectrum", 0xfda6b797a5ab9cd2},
    {"coherence", 0x7dd82c6fa6f346d8},
    {"spectral_kurtosis", 0xff8edc9b238cdaf0},
    {"hilbert", 0x365a101132481df5},
    {"log_mel", 0x4f7370651298a4d3},
    {"mfcc", 0xcb82f4d9af752964},
    {"sliding_dft", 0x48ca6123e25bfef1},
    {"zoom_fft", 0x701d722caa36ce18},
    {"envelope", 0xd3fe49f614e29a97},
    {"peak_hold", 0xfe1854422c5f0325},
    {"high_frequency_energy", 0x6ecd4cddb45a1d20},
    {"tacho", 0x8e2c5cea60cb3265},
    {"order_tracker", 0xcfa9944876a1c339},
    {"synchronous_average", 0xb5f01116222bb38f},
    {"gear_condition", 0xf09ac0f9a9c088fd},
    {"dwt", 0x9dd999dc1bde7c66},
    {"modwt", 0x581c9299bb760ef9},
    {"teager_energy", 0xe49b72063b5cb225},
};

template <class Real>
void add_output(test::bit_hash& hash, const test::stage_variant& variant) {
  test::running_stage<Real> r(variant);
  hash.add(static_cast<std::uint64_t>(r.out.columns));
  hash.add(r.out.rate_hz);
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
