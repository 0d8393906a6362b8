// The cache of transforms for plain functions.

#include <gtest/gtest.h>

#include <complex>
#include <thread>
#include <vector>

#include "millwright/numeric/cpu.hpp"
#include "millwright/numeric/fft.hpp"

namespace millwright {
namespace {

using lease = fft_lease<real_fft<double>>;

TEST(fft_lease, what_is_given_back_is_borrowed_again) {
  const real_fft<double>* first = nullptr;
  {
    auto borrowed = lease::borrow(1234);
    ASSERT_TRUE(borrowed);
    EXPECT_EQ((*borrowed)->size(), 1234u);
    first = &**borrowed;
  }
  auto again = lease::borrow(1234);
  ASSERT_TRUE(again);
  EXPECT_EQ(&**again, first);
}

TEST(fft_lease, two_at_a_time_are_two_transforms) {
  auto a = lease::borrow(60);
  auto b = lease::borrow(60);
  ASSERT_TRUE(a);
  ASSERT_TRUE(b);
  EXPECT_NE(&**a, &**b);
}

TEST(fft_lease, transforms) {
  const std::vector<double> x{1, 2, 3, 4};
  std::vector<std::complex<double>> bins(3);
  auto fft = lease::borrow(4);
  ASSERT_TRUE(fft);
  (*fft)->forward(x.data(), bins.data());
  EXPECT_EQ(bins[0], 10.0);
  EXPECT_EQ(bins[1], std::complex<double>(-2.0, 2.0));
  EXPECT_EQ(bins[2], -2.0);
}

TEST(fft_lease, bad_lengths_are_refused) {
  EXPECT_EQ(lease::borrow(0).error().code, errc::invalid_argument);
  EXPECT_EQ(fft_lease<complex_fft<float>>::borrow((std::size_t{1} << 26) + 1).error().code, errc::invalid_argument);
}

TEST(fft_lease, a_moved_lease_gives_back_once) {
  auto a = lease::borrow(77);
  ASSERT_TRUE(a);
  const real_fft<double>* transform = &**a;
  {
    const lease moved = std::move(*a);
    EXPECT_EQ(&*moved, transform);
  }
  auto b = lease::borrow(77);
  auto c = lease::borrow(77);
  ASSERT_TRUE(b);
  ASSERT_TRUE(c);
  EXPECT_EQ(&**b, transform);
  EXPECT_NE(&**c, transform);
}

TEST(fft_lease, the_kernel_level_in_use_counts) {
  const kernel_level before = active_kernel_level();
  if (before == kernel_level::scalar) GTEST_SKIP() << "only one level";
  const real_fft<double>* first = nullptr;
  {
    auto borrowed = lease::borrow(4321);
    ASSERT_TRUE(borrowed);
    first = &**borrowed;
  }
  ASSERT_TRUE(force_kernel_level(kernel_level::scalar));
  {
    auto scalar = lease::borrow(4321);
    ASSERT_TRUE(scalar);
    EXPECT_NE(&**scalar, first);
  }
  ASSERT_TRUE(force_kernel_level(before));
}

TEST(fft_lease, more_lengths_than_the_cache_keeps_stay_available) {
  for (std::size_t n = 1000; n < 1100; ++n) ASSERT_TRUE(lease::borrow(n));
  auto kept = lease::borrow(1099);
  auto other = lease::borrow(1000);
  ASSERT_TRUE(kept);
  ASSERT_TRUE(other);
  EXPECT_EQ((*kept)->size(), 1099u);
  EXPECT_EQ((*other)->size(), 1000u);
}

TEST(fft_lease, transforms_are_not_shared_between_threads) {
  const std::size_t n = 90;
  std::vector<double> x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<double>(i * i % 17);
  std::vector<std::complex<double>> expected(n / 2 + 1);
  {
    auto fft = lease::borrow(n);
    ASSERT_TRUE(fft);
    (*fft)->forward(x.data(), expected.data());
  }
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (int& count : wrong) {
    threads.emplace_back([&] {
      std::vector<std::complex<double>> bins(n / 2 + 1);
      for (int i = 0; i < 2000; ++i) {
        auto fft = lease::borrow(n);
        if (!fft) {
          ++count;
          continue;
        }
        (*fft)->forward(x.data(), bins.data());
        count += bins != expected ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const int count : wrong) EXPECT_EQ(count, 0);
}

}  // namespace
}  // namespace millwright
