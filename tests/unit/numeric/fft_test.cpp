#include "millwright/numeric/fft.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "millwright/numeric/cpu.hpp"
#include "millwright/numeric/random.hpp"

namespace millwright {
namespace {

/// A transform with memory of its own.
template <class Fft>
class prepared {
 public:
  using Real = typename Fft::value_type;

  explicit prepared(std::size_t n) {
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
  std::vector<std::complex<Real>> operator()(const std::vector<std::complex<Real>>& x) {
    std::vector<std::complex<Real>> bins(x.size());
    fft.forward(x.data(), bins.data());
    return bins;
  }
  /// n values, real or complex.
  auto inverse(const std::vector<std::complex<Real>>& bins) {
    using value = std::conditional_t<std::is_same_v<Fft, real_fft<Real>>, Real, std::complex<Real>>;
    std::vector<value> x(fft.size());
    fft.inverse(bins.data(), x.data());
    return x;
  }

  Fft fft;
  std::size_t bytes = 0;

 private:
  struct free_memory {
    void operator()(std::byte* p) const noexcept { std::free(p); }
  };
  std::unique_ptr<std::byte, free_memory> memory;
};

template <class Real>
using transform = prepared<real_fft<Real>>;
template <class Real>
using complex_transform = prepared<complex_fft<Real>>;

template <class Real>
std::vector<Real> noise(std::size_t n) {
  random_stream random(3, n);
  std::vector<Real> x(n);
  for (auto& v : x) v = static_cast<Real>(random.normal());
  return x;
}

template <class Real>
std::vector<std::complex<Real>> complex_noise(std::size_t n) {
  const auto parts = noise<Real>(2 * n);
  std::vector<std::complex<Real>> x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = {parts[2 * i], parts[2 * i + 1]};
  return x;
}

/// L2 norm of a - b relative to that of b.
template <class T>
double distance(const std::vector<T>& a, const std::vector<T>& b) {
  long double error = 0.0L;
  long double energy = 0.0L;
  for (std::size_t i = 0; i < a.size(); ++i) {
    error += std::norm(std::complex<long double>(a[i]) - std::complex<long double>(b[i]));
    energy += std::norm(std::complex<long double>(b[i]));
  }
  return static_cast<double>(std::sqrt(error / energy));
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
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

template <class Real>
double complex_error(std::size_t n, std::size_t step = 1) {
  const auto x = complex_noise<Real>(n);
  const auto bins = complex_transform<Real>(n)(x);
  const auto w = roots(n);
  long double error = 0.0L;
  long double energy = 0.0L;
  for (std::size_t k = 0; k < n; k += step) {
    std::complex<long double> exact = 0.0L;
    std::size_t turn = 0;
    for (std::size_t j = 0; j < n; ++j) {
      exact += std::complex<long double>(x[j]) * w[turn];
      turn += k;
      if (turn >= n) turn -= n;
    }
    error += std::norm(exact - std::complex<long double>(bins[k]));
    energy += std::norm(exact);
  }
  return static_cast<double>(std::sqrt(error / energy));
}

TEST(fft, complex_transforms_agree_with_the_naive_one) {
  for (std::size_t n = 1; n <= 130; ++n) {
    EXPECT_LE(complex_error<double>(n), bound(n, 2e-16)) << n;
    EXPECT_LE(complex_error<float>(n), bound(n, 1e-7)) << n;
  }
  for (const std::size_t n : {243ul, 256ul, 1000ul, 1009ul, 4096ul, 8192ul, 16384ul, 65537ul}) {
    EXPECT_LE(complex_error<double>(n, n / 37), bound(n, 2e-16)) << n;
    EXPECT_LE(complex_error<float>(n, n / 37), bound(n, 1e-7)) << n;
  }
}

TEST(fft, the_inverse_undoes_the_transform) {
  for (std::size_t n = 1; n <= 200000; n = n < 200 ? n + 1 : n * 9 / 7) {
    const auto x = noise<double>(n);
    transform<double> fft(n);
    EXPECT_LE(distance(fft.inverse(fft(x)), x), bound(n, 4e-16)) << n;
    const auto y = noise<float>(n);
    transform<float> narrow(n);
    EXPECT_LE(distance(narrow.inverse(narrow(y)), y), bound(n, 2e-7)) << n;
    const auto z = complex_noise<double>(n);
    complex_transform<double> complex(n);
    EXPECT_LE(distance(complex.inverse(complex(z)), z), bound(n, 4e-16)) << n;
    const auto v = complex_noise<float>(n);
    complex_transform<float> narrow_complex(n);
    EXPECT_LE(distance(narrow_complex.inverse(narrow_complex(v)), v), bound(n, 2e-7)) << n;
  }
}

// The forward transform is tested against the naive one; this ties the inverse's sign and order to it.
TEST(fft, the_inverse_of_one_bin_is_a_wave) {
  for (const std::size_t n : {8ul, 15ul, 22ul, 31ul, 100ul}) {
    std::vector<std::complex<double>> bins(n / 2 + 1);
    bins[3] = {0.5, 0.25};
    const auto wave = transform<double>(n).inverse(bins);
    std::vector<std::complex<double>> all(n);
    all[3] = {0.5, 0.25};
    const auto turning = complex_transform<double>(n).inverse(all);
    for (std::size_t j = 0; j < n; ++j) {
      const double angle = 6.0 * static_cast<double>(wide_pi) * static_cast<double>(j) / static_cast<double>(n);
      const std::complex<double> exact = std::complex<double>(0.5, 0.25) * std::polar(1.0 / static_cast<double>(n), angle);
      EXPECT_NEAR(wave[j], 2.0 * exact.real(), 1e-15) << n << " " << j;
      EXPECT_LT(std::abs(turning[j] - exact), 1e-15) << n << " " << j;
    }
  }
}

TEST(fft, the_inverse_ignores_imaginary_parts_that_a_real_signal_cannot_have) {
  for (const std::size_t n : {1ul, 2ul, 9ul, 12ul, 22ul}) {
    transform<double> fft(n);
    auto bins = fft(noise<double>(n));
    const auto expected = fft.inverse(bins);
    bins[0].imag(7.0);
    if (n % 2 == 0) bins[n / 2].imag(-5.0);
    EXPECT_TRUE(same_bits(fft.inverse(bins), expected)) << n;
  }
}

template <class Real>
void expect_batches_of_single_transforms(std::size_t n, std::size_t count) {
  const std::size_t hop = n / 3 + 1;  // frames overlap
  const std::size_t bins = n / 2 + 1;
  const std::size_t bins_stride = bins + 2;
  const auto x = noise<Real>(hop * count + n);
  transform<Real> fft(n);
  std::vector<std::complex<Real>> batch(bins_stride * count, {Real(7), Real(8)});
  fft.fft.forward_batch(x.data(), hop, count, batch.data(), bins_stride);
  std::vector<Real> back(n * count);
  fft.fft.inverse_batch(batch.data(), bins_stride, count, back.data(), n);
  for (std::size_t i = 0; i < count; ++i) {
    const auto frame = x.begin() + static_cast<std::ptrdiff_t>(i * hop);
    const auto single = fft(std::vector<Real>(frame, frame + static_cast<std::ptrdiff_t>(n)));
    const auto first = batch.begin() + static_cast<std::ptrdiff_t>(i * bins_stride);
    EXPECT_TRUE(same_bits({first, first + static_cast<std::ptrdiff_t>(bins)}, single)) << n << " frame " << i;
    EXPECT_EQ(batch[i * bins_stride + bins], std::complex<Real>(Real(7), Real(8))) << "written past the bins of frame " << i;
    const auto start = back.begin() + static_cast<std::ptrdiff_t>(i * n);
    EXPECT_TRUE(same_bits({start, start + static_cast<std::ptrdiff_t>(n)}, fft.inverse(single))) << n << " frame " << i;
  }
}

TEST(fft, a_batch_has_the_bits_of_single_transforms) {
  for (const std::size_t n : {1ul, 2ul, 7ul, 8ul, 12ul, 15ul, 22ul, 64ul, 100ul, 256ul, 512ul, 1024ul, 2560ul}) {
    for (const std::size_t count : {0ul, 1ul, 3ul, 8ul, 21ul}) {
      expect_batches_of_single_transforms<double>(n, count);
      expect_batches_of_single_transforms<float>(n, count);
    }
  }
}

TEST(fft, not_finite_input_leaves_nothing_behind) {
  for (const std::size_t n : {15ul, 22ul, 64ul}) {
    transform<double> fft(n);
    const auto x = noise<double>(n);
    const auto expected = fft(x);
    auto broken = x;
    broken[n / 2] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_TRUE(std::isnan(fft(broken)[0].real())) << n;
    broken[n / 2] = std::numeric_limits<double>::infinity();
    EXPECT_FALSE(std::isfinite(fft(broken)[0].real())) << n;
    EXPECT_TRUE(same_bits(fft(x), expected)) << n;
  }
}

TEST(fft, bad_lengths_are_refused) {
  real_fft<double> fft;
  workspace memory;
  EXPECT_EQ(fft.prepare(0, memory).error().code, errc::invalid_argument);
  EXPECT_EQ(fft.prepare((std::size_t{1} << 26) + 1, memory).error().code, errc::invalid_argument);
  complex_fft<float> complex;
  EXPECT_EQ(complex.prepare(0, memory).error().code, errc::invalid_argument);
  EXPECT_EQ(complex.prepare((std::size_t{1} << 26) + 1, memory).error().code, errc::invalid_argument);
}

TEST(fft, memory_grows_linearly) {
  for (const std::size_t n : {1000ul, 65536ul, 65537ul, 1000003ul}) {
    workspace memory;
    real_fft<double> fft;
    ASSERT_TRUE(fft.prepare(n, memory));
    EXPECT_LT(memory.bytes_used(), 64 * n * sizeof(double)) << n;
    workspace complex_memory;
    complex_fft<double> complex;
    ASSERT_TRUE(complex.prepare(n, complex_memory));
    EXPECT_LT(complex_memory.bytes_used(), 64 * n * sizeof(double)) << n;
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

/// Real and complex, forward and back.
template <class Real>
struct outputs {
  explicit outputs(std::size_t n) {
    transform<Real> real(n);
    complex_transform<Real> complex(n);
    bins = real(noise<Real>(n));
    samples = real.inverse(bins);
    complex_bins = complex(complex_noise<Real>(n));
    complex_samples = complex.inverse(complex_bins);
  }
  std::vector<Real> samples;
  std::vector<std::complex<Real>> bins, complex_bins, complex_samples;
};

template <class Real>
void expect_tapered_like_products(std::size_t n) {
  const auto x = noise<Real>(n);
  std::vector<Real> taper(n);
  for (std::size_t i = 0; i < n; ++i) taper[i] = static_cast<Real>(1.0 / static_cast<double>(i + 1));
  std::vector<Real> products(n);
  for (std::size_t i = 0; i < n; ++i) products[i] = x[i] * taper[i];
  const std::complex<Real> untouched(Real(7), Real(8));
  std::vector<std::complex<Real>> bins(n / 2 + 1, untouched);
  transform<Real> fft(n);
  if (fft.fft.forward_tapered(x.data(), taper.data(), bins.data())) {
    EXPECT_TRUE(same_bits(bins, fft(products))) << n;
  } else {
    for (const auto& bin : bins) EXPECT_EQ(bin, untouched) << n;
  }
}

TEST(fft, a_taper_on_the_way_in_gives_the_bits_of_the_products) {
  const kernel_level before = active_kernel_level();
  for (const kernel_level level :
       {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
    if (!is_available(level)) continue;
    ASSERT_TRUE(force_kernel_level(level));
    for (const std::size_t n : {1ul, 2ul, 7ul, 12ul, 64ul, 100ul, 256ul, 480ul, 1000ul, 1024ul, 2560ul, 4096ul, 6000ul}) {
      expect_tapered_like_products<double>(n);
      expect_tapered_like_products<float>(n);
    }
  }
  ASSERT_TRUE(force_kernel_level(before));
  std::vector<double> ones(1024, 1.0);
  std::vector<std::complex<double>> bins(513);
  EXPECT_TRUE(transform<double>(1024).fft.forward_tapered(ones.data(), ones.data(), bins.data()));
}

template <class Real>
void expect_equal_levels() {
  const kernel_level before = active_kernel_level();
  for (std::size_t n = 1; n <= 20000; n = n < 300 ? n + 1 : n * 5 / 4) {
    ASSERT_TRUE(force_kernel_level(kernel_level::scalar));
    const outputs<Real> expected(n);
    for (const kernel_level level : {kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
      if (!is_available(level)) continue;
      ASSERT_TRUE(force_kernel_level(level));
      const outputs<Real> found(n);
      EXPECT_TRUE(same_bits(found.bins, expected.bins)) << to_string(level) << " " << n;
      EXPECT_TRUE(same_bits(found.samples, expected.samples)) << to_string(level) << " " << n;
      EXPECT_TRUE(same_bits(found.complex_bins, expected.complex_bins)) << to_string(level) << " " << n;
      EXPECT_TRUE(same_bits(found.complex_samples, expected.complex_samples)) << to_string(level) << " " << n;
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
  EXPECT_EQ(hash_of_transforms<double>(), 8189159698574306183u);
  EXPECT_EQ(hash_of_transforms<float>(), 10034085388148828786u);
}

#endif

}  // namespace
}  // namespace millwright
