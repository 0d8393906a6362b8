#include "millwright/numeric/random.hpp"

#include "numeric/wide_product.hpp"
#include "statistics/quantile.hpp"

namespace millwright {

namespace detail {

/// Philox4x32-10 (Salmon, Moraes, Dror & Shaw, SC 2011): ten rounds of two multiplications. Not in a header; the unit test
/// declares it to run the published known-answer vectors.
void philox4x32_10(const std::uint32_t counter[4], const std::uint32_t key[2], std::uint32_t out[4]) noexcept;

void philox4x32_10(const std::uint32_t counter[4], const std::uint32_t key[2], std::uint32_t out[4]) noexcept {
  std::uint32_t c0 = counter[0];
  std::uint32_t c1 = counter[1];
  std::uint32_t c2 = counter[2];
  std::uint32_t c3 = counter[3];
  std::uint32_t k0 = key[0];
  std::uint32_t k1 = key[1];
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c0;
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * c2;
    c0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
    c1 = static_cast<std::uint32_t>(p1);
    c2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c3 = static_cast<std::uint32_t>(p0);
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

}  // namespace detail

namespace {

constexpr std::uint32_t low_word(std::uint64_t x) noexcept { return static_cast<std::uint32_t>(x); }
constexpr std::uint32_t high_word(std::uint64_t x) noexcept { return static_cast<std::uint32_t>(x >> 32); }

}  // namespace

random_stream::random_stream(std::uint64_t seed, std::uint64_t stream) noexcept
    : key_{low_word(seed), high_word(seed)}, counter_{0, 0, low_word(stream), high_word(stream)} {}

void random_stream::refill() noexcept {
  std::uint32_t out[4];
  detail::philox4x32_10(counter_, key_, out);
  block_[0] = std::uint64_t{out[1]} << 32 | out[0];
  block_[1] = std::uint64_t{out[3]} << 32 | out[2];
  left_ = 2;
  if (++counter_[0] == 0) ++counter_[1];
}

std::uint64_t random_stream::next_u64() noexcept {
  if (left_ == 0) refill();
  return block_[2 - left_--];
}

double random_stream::uniform() noexcept { return static_cast<double>(next_u64() >> 11) * 0x1p-53; }

std::uint64_t random_stream::below(std::uint64_t bound) noexcept {
  detail::wide_product product = detail::multiply_wide(next_u64(), bound);
  if (product.low < bound) {
    const std::uint64_t threshold = (0 - bound) % bound;
    while (product.low < threshold) product = detail::multiply_wide(next_u64(), bound);
  }
  return product.high;
}

double random_stream::normal() noexcept {
  // The middle of one of 2^52 cells, so that neither 0 nor 1 can occur.
  return math::normal_quantile((static_cast<double>(next_u64() >> 12) + 0.5) * 0x1p-52);
}

}  // namespace millwright
