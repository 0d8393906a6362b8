#include "millwright/fft.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "millwright/cpu.hpp"
#include "millwright/random.hpp"

namespace millwright {
namespace {

/// A transform with memory of its own.
template <class Real>
class transform {
 public:
  explicit transform(std::size_t n) {
    workspace measure;
    EXPECT_TRUE(fft.prepare(n, measure));
    bytes = measure.bytes_used();
    memory.reset(static_cast<std::byte*>(std::aligned_alloc(workspace::alignment, bytes)));
    workspace carve(std::span(memory.get(), bytes));
    EXPECT_TRUE(fft.prepare(n, carve));
    EXPECT_FALSE(carve.exhausted());
    EXPECT_EQ(carve.bytes_used(), bytes);
    fft.reset();
  }
  std::vector<std::complex<Real>> operator()(const std::vector<Real>& x) {
    std::vector<std::complex<Real>> bins(x.size() / 2 + 1);
    fft.forward(x.data(), bins.data());
    return bins;
  }

  real_fft<Real> fft;
  std::size_t bytes = 0;

 private:
  struct free_memory {
    void operator()(std::byte* p) const noexcept { std::free(p); }
  };
  std::unique_ptr<std::byte, free_memory> memory;
};

template <class Real>
std::vector<Real> noise(std::size_t n) {
  random_stream random(3, n);
  std::vector<Real> x(n);
  for (auto& v : x) v = static_cast<Real>(random.normal());
  return x;
}

constexpr long double wide_pi = 3.14159265358979323846264338327950288L;

/// exp(-2 pi i k / n) for all k.
std::vector<std::complex<long double>> roots(std::size_t n) {
  std::vector<std::complex<long double>> w(n);
  for (std::size_t k = 0; k < n; ++k) {
    const long double angle = -2.0L * wide_pi * static_cast<long double>(k) / static_cast<long double>(n);
    w[k] = {std::cos(angle), std::sin(angle)};
  }
  return w;
}

/// L2 error relative to the naive transform in long double; `step` > 1 looks at every step-th bin only.
template <class Real>
double relative_error(std::size_t n, std::size_t step = 1) {
  const auto x = noise<Real>(n);
  const auto bins = transform<Real>(n)(x);
  const auto w = roots(n);
  long double error = 0.0L;
  long double energy = 0.0L;
  for (std::size_t k = 0; k <= n / 2; k += step) {
    std::complex<long double> exact = 0.0L;
    std::size_t turn = 0;
    for (std::size_t j = 0; j < n; ++j) {
      exact += static_cast<long double>(x[j]) * w[turn];
      turn += k;
      if (turn >= n) turn -= n;
    }
    error += std::norm(exact - std::complex<long double>(bins[k].real(), bins[k].imag()));
    energy += std::norm(exact);
  }
  return static_cast<double>(std::sqrt(error / energy));
}

double bound(std::size_t n, double unit) { return unit * std::fmax(1.0, std::log2(static_cast<double>(n))); }

TEST(fft, every_small_length_agrees_with_the_naive_transform) {
  double worst_double = 0.0;
  double worst_float = 0.0;
  for (std::size_t n = 1; n <= 130; ++n) {
    const double in_double = relative_error<double>(n);
    const double in_float = relative_error<float>(n);
    EXPECT_LE(in_double, bound(n, 2e-16)) << n;
    EXPECT_LE(in_float, bound(n, 1e-7)) << n;
    worst_double = std::fmax(worst_double, in_double);
    worst_float = std::fmax(worst_float, in_float);
  }
  std::printf("  worst relative error, n <= 130: %.2e double, %.2e float\n", worst_double, worst_float);
}

TEST(fft, longer_lengths_agree_with_the_naive_transform) {
  for (const std::size_t n :
       {243ul, 256ul, 343ul, 600ul, 625ul, 729ul, 997ul, 1024ul, 1280ul, 1994ul, 2187ul, 2560ul, 3000ul, 3125ul, 4096ul}) {
    const std::size_t step = n > 1500 ? 7 : 1;
    EXPECT_LE(relative_error<double>(n, step), bound(n, 2e-16)) << n;
    EXPECT_LE(relative_error<float>(n, step), bound(n, 1e-7)) << n;
  }
}

TEST(fft, long_and_prime_lengths_agree_with_the_naive_transform) {
  for (const std::size_t n : {16384ul, 20000ul, 32768ul, 65537ul, 131074ul}) {
    EXPECT_LE(relative_error<double>(n, n / 37), bound(n, 2e-16)) << n;
    EXPECT_LE(relative_error<float>(n, n / 37), bound(n, 1e-7)) << n;
  }
}

TEST(fft, a_constant_and_an_alternation_give_one_bin) {
  for (const std::size_t n : {2ul, 8ul, 60ul, 2560ul, 94ul}) {
    std::vector<double> x(n, 1.0);
    auto bins = transform<double>(n)(x);
    EXPECT_NEAR(bins[0].real(), static_cast<double>(n), 1e-12 * static_cast<double>(n));
    for (std::size_t k = 1; k <= n / 2; ++k) EXPECT_LT(std::abs(bins[k]), 1e-13 * static_cast<double>(n)) << n << " " << k;
    for (std::size_t i = 1; i < n; i += 2) x[i] = -1.0;
    bins = transform<double>(n)(x);
    EXPECT_NEAR(bins[n / 2].real(), static_cast<double>(n), 1e-12 * static_cast<double>(n));
    for (std::size_t k = 0; k < n / 2; ++k) EXPECT_LT(std::abs(bins[k]), 1e-13 * static_cast<double>(n)) << n << " " << k;
  }
}

TEST(fft, the_first_bin_and_that_of_half_the_rate_are_real) {
  for (std::size_t n = 1; n <= 70; ++n) {
    const auto bins = transform<double>(n)(noise<double>(n));
    EXPECT_EQ(bins[0].imag(), 0.0) << n;
    if (n % 2 == 0) {
      EXPECT_EQ(bins[n / 2].imag(), 0.0) << n;
    }
  }
}

TEST(fft, transforming_again_gives_the_same_bits) {
  for (const std::size_t n : {1ul, 15ul, 94ul, 101ul, 2560ul}) {
    transform<double> fft(n);
    const auto x = noise<double>(n);
    const auto first = fft(x);
    fft(std::vector<double>(n, 3.0));
    EXPECT_EQ(fft(x), first) << n;
    fft.fft.reset();
    EXPECT_EQ(fft(x), first) << n;
  }
}

TEST(fft, bad_lengths_are_refused) {
  real_fft<double> fft;
  workspace memory;
  EXPECT_EQ(fft.prepare(0, memory).error().code, errc::invalid_argument);
  EXPECT_EQ(fft.prepare((std::size_t{1} << 26) + 1, memory).error().code, errc::invalid_argument);
}

TEST(fft, memory_grows_linearly) {
  for (const std::size_t n : {1000ul, 65536ul, 65537ul, 1000003ul}) {
    workspace memory;
    real_fft<double> fft;
    ASSERT_TRUE(fft.prepare(n, memory));
    EXPECT_LT(memory.bytes_used(), 64 * n * sizeof(double)) << n;
  }
}

TEST(fft, a_copy_prepared_anew_is_independent) {
  transform<double> original(48);
  const auto x = noise<double>(48);
  const auto expected = original(x);
  std::vector<std::complex<double>> bins(33);
  {
    real_fft<double> copy = original.fft;
    workspace measure;
    ASSERT_TRUE(copy.prepare(64, measure));
    std::unique_ptr<std::byte, decltype(&std::free)> memory(
        static_cast<std::byte*>(std::aligned_alloc(workspace::alignment, measure.bytes_used())), &std::free);
    workspace carve(std::span(memory.get(), measure.bytes_used()));
    ASSERT_TRUE(copy.prepare(64, carve));
    copy.reset();
    const auto other = noise<double>(64);
    copy.forward(other.data(), bins.data());
    EXPECT_EQ(copy.size(), 64u);
  }
  EXPECT_EQ(original(x), expected);
  EXPECT_EQ(original.fft.size(), 48u);
}

#if !defined(MILLWRIGHT_FFT_FFTW)

template <class Real>
void expect_equal_levels() {
  const kernel_level before = active_kernel_level();
  for (std::size_t n = 1; n <= 20000; n = n < 300 ? n + 1 : n * 5 / 4) {
    const auto x = noise<Real>(n);
    ASSERT_TRUE(force_kernel_level(kernel_level::scalar));
    const auto expected = transform<Real>(n)(x);
    for (const kernel_level level : {kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
      if (!is_available(level)) continue;
      ASSERT_TRUE(force_kernel_level(level));
      const auto bins = transform<Real>(n)(x);
      EXPECT_EQ(std::memcmp(bins.data(), expected.data(), bins.size() * sizeof bins[0]), 0) << to_string(level) << " " << n;
    }
  }
  ASSERT_TRUE(force_kernel_level(before));
}

TEST(fft, every_level_gives_the_same_bits_in_double) { expect_equal_levels<double>(); }
TEST(fft, every_level_gives_the_same_bits_in_float) { expect_equal_levels<float>(); }

template <class Real>
std::uint64_t hash_of_transforms() {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const std::size_t n : {1ul, 2ul, 15ul, 17ul, 94ul, 256ul, 810ul, 1001ul, 1250ul, 2560ul, 4096ul}) {
    for (const auto& bin : transform<Real>(n)(noise<Real>(n))) {
      unsigned char bytes[sizeof bin];
      std::memcpy(bytes, &bin, sizeof bin);
      for (const unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
    }
  }
  return hash;
}

// The figures hold for every compiler, optimisation level and architecture; a change goes with a new numerics_id.
TEST(fft, bits_are_the_same_everywhere) {
  EXPECT_EQ(hash_of_transforms<double>(), 11121825428289012197u);
  EXPECT_EQ(hash_of_transforms<float>(), 11990189229028714910u);
}

#endif

}  // namespace
}  // namespace millwright
