#include "millwright/numeric/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "millwright/numeric/math.hpp"
#include "numeric/wide_product.hpp"

namespace millwright {

namespace detail {
void philox4x32_10(const std::uint32_t counter[4], const std::uint32_t key[2], std::uint32_t out[4]) noexcept;
}

namespace {

// Known answers of Random123 1.14 (kat_vectors, philox4x32 10).
TEST(random, philox_gives_the_published_answers) {
  struct answer {
    std::uint32_t counter[4], key[2], out[4];
  };
  const answer answers[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}, {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (const answer& a : answers) {
    std::uint32_t out[4];
    detail::philox4x32_10(a.counter, a.key, out);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(out[i], a.out[i]);
  }
}

TEST(random, a_stream_is_philox_counting_from_zero) {
  random_stream zero(0, 0);
  EXPECT_EQ(zero.next_u64(), 0xe169c58d6627e8d5u);
  EXPECT_EQ(zero.next_u64(), 0x9b00dbd8bc57ac4cu);

  const std::uint64_t seed = 0x0123456789abcdef;
  const std::uint64_t stream = 0xfedcba9876543210;
  random_stream random(seed, stream);
  for (std::uint32_t block = 0; block < 3; ++block) {
    const std::uint32_t counter[] = {block, 0, 0x76543210, 0xfedcba98};
    const std::uint32_t key[] = {0x89abcdef, 0x01234567};
    std::uint32_t out[4];
    detail::philox4x32_10(counter, key, out);
    EXPECT_EQ(random.next_u64(), std::uint64_t{out[1]} << 32 | out[0]);
    EXPECT_EQ(random.next_u64(), std::uint64_t{out[3]} << 32 | out[2]);
  }
}

TEST(random, products_of_halves_are_the_whole_product) {
  constexpr std::uint64_t all = ~std::uint64_t{0};
  const std::uint64_t edges[] = {0, 1, 2, 0xFFFFFFFF, 0x100000000, 0x100000001, all >> 1, (all >> 1) + 1, all - 1, all};
  const auto check = [](std::uint64_t a, std::uint64_t b) {
    const detail::wide_product halves = detail::multiply_halves(a, b);
    const detail::wide_product whole = detail::multiply_wide(a, b);
    EXPECT_EQ(halves.high, whole.high) << a << " x " << b;
    EXPECT_EQ(halves.low, whole.low) << a << " x " << b;
  };
  for (const std::uint64_t a : edges) {
    for (const std::uint64_t b : edges) check(a, b);
  }
  random_stream random(5, 0);
  for (int i = 0; i < 10000; ++i) check(random.next_u64(), random.next_u64() >> random.below(64));
  // Known apart from any machine's own wide type: (2^64 - 1)^2 = 2^128 - 2^65 + 1.
  EXPECT_EQ(detail::multiply_halves(all, all).high, all - 1);
  EXPECT_EQ(detail::multiply_halves(all, all).low, 1u);
  EXPECT_EQ(detail::multiply_halves(0x123456789abcdef0, 0x0fedcba987654321).high, 0x0121fa00ad77d742u);
  EXPECT_EQ(detail::multiply_halves(0x123456789abcdef0, 0x0fedcba987654321).low, 0x2236d88fe5618cf0u);
}

TEST(random, seeds_and_streams_differ) {
  EXPECT_NE(random_stream(1, 0).next_u64(), random_stream(0, 1).next_u64());
  EXPECT_NE(random_stream(1, 1).next_u64(), random_stream(1, 2).next_u64());
  EXPECT_NE(random_stream(1ull << 32, 0).next_u64(), random_stream(1, 0).next_u64());
  EXPECT_NE(random_stream(0, 1ull << 32).next_u64(), random_stream(0, 1).next_u64());
}

TEST(random, uniform_fills_the_unit_interval_evenly) {
  random_stream random(7, 3);
  constexpr int draws = 1 << 18;
  std::array<int, 64> histogram{};
  double mean = 0.0;
  for (int i = 0; i < draws; ++i) {
    const double u = random.uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    ++histogram[static_cast<std::size_t>(u * 64.0)];
    mean += u / draws;
  }
  EXPECT_NEAR(mean, 0.5, 5.0 / std::sqrt(12.0 * draws));
  double chi_square = 0.0;
  for (const int count : histogram) chi_square += (count - draws / 64.0) * (count - draws / 64.0) / (draws / 64.0);
  EXPECT_LT(chi_square, math::chi_square_quantile(0.9999, 63.0));
  EXPECT_GT(chi_square, math::chi_square_quantile(0.0001, 63.0));
}

TEST(random, below_is_unbiased_and_in_range) {
  random_stream random(7, 4);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.below(1), 0u);
  constexpr int draws = 70000;
  std::array<int, 7> histogram{};
  for (int i = 0; i < draws; ++i) ++histogram.at(random.below(7));
  double chi_square = 0.0;
  for (const int count : histogram) chi_square += (count - draws / 7.0) * (count - draws / 7.0) / (draws / 7.0);
  EXPECT_LT(chi_square, math::chi_square_quantile(0.9999, 6.0));
  // A bound of 3/4 of the range: without rejection the lower half of the results would come twice as often as the upper.
  const std::uint64_t bound = 3ull << 62;
  int low = 0;
  for (int i = 0; i < draws; ++i) {
    const std::uint64_t x = random.below(bound);
    ASSERT_LT(x, bound);
    if (x % 3 == 0) ++low;
  }
  EXPECT_NEAR(low, draws / 3.0, 5.0 * std::sqrt(draws * 2.0 / 9.0));
}

TEST(random, normal_is_the_inverted_uniform) {
  random_stream numbers(11, 5);
  random_stream normals(11, 5);
  double mean = 0.0;
  double square = 0.0;
  constexpr int draws = 100000;
  double worst = 0.0;
  for (int i = 0; i < draws; ++i) {
    const double z = normals.normal();
    const long double p = (static_cast<long double>(numbers.next_u64() >> 12) + 0.5L) * 0x1p-52L;
    // Back through the distribution function, from the nearer tail.
    const bool left = z < 0.0;
    const long double tail = 0.5L * std::erfc(static_cast<long double>(left ? -z : z) / std::sqrt(2.0L));
    const double error = static_cast<double>(std::fabs(tail / (left ? p : 1.0L - p) - 1.0L));
    worst = std::fmax(worst, error);
    mean += z / draws;
    square += z * z / draws;
  }
  EXPECT_LT(worst, 1e-13);
  EXPECT_NEAR(mean, 0.0, 5.0 / std::sqrt(draws));
  EXPECT_NEAR(square, 1.0, 5.0 * std::sqrt(2.0 / draws));
}

}  // namespace
}  // namespace millwright
