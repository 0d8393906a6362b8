#include "millwright/random.hpp"

#include "millwright/math.hpp"

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

__extension__ using wide = unsigned __int128;

constexpr std::uint32_t low_word(std::uint64_t x) noexcept { return static_cast<std::uint32_t>(x); }
constexpr std::uint32_t high_word(std::uint64_t x) noexcept { return static_cast<std::uint32_t>(x >> 32); }

double rational(double x, const double (&numerator)[8], const double (&denominator)[8]) noexcept {
  double above = numerator[7];
  double below = denominator[7];
  for (int i = 6; i >= 0; --i) {
    above = above * x + numerator[i];
    below = below * x + denominator[i];
  }
  return above / below;
}

/// Normal quantile for 0 < p < 1, relative error about 1e-16 (Wichura 1988, Algorithm AS 241, routine PPND16).
double normal_quantile(double p) noexcept {
  constexpr double a[] = {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
                          4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3};
  constexpr double b[] = {1.0,
                          4.2313330701600911252e1,
                          6.8718700749205790830e2,
                          5.3941960214247511077e3,
                          2.1213794301586595867e4,
                          3.9307895800092710610e4,
                          2.8729085735721942674e4,
                          5.2264952788528545610e3};
  constexpr double c[] = {1.42343711074968357734e0, 4.63033784615654529590e0,  5.76949722146069140550e0,  3.64784832476320460504e0,
                          1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr double d[] = {1.0,
                          2.05319162663775882187e0,
                          1.67638483018380384940e0,
                          6.89767334985100004550e-1,
                          1.48103976427480074590e-1,
                          1.51986665636164571966e-2,
                          5.47593808499534494600e-4,
                          1.05075007164441684324e-9};
  constexpr double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,  2.96560571828504891230e-1,
                          2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7};
  constexpr double f[] = {1.0,
                          5.99832206555887937690e-1,
                          1.36929880922735805310e-1,
                          1.48753612908506148525e-2,
                          7.86869131145613259100e-4,
                          1.84631831751005468180e-5,
                          1.42151175831644588870e-7,
                          2.04426310338993978564e-15};
  const double q = p - 0.5;
  if (q <= 0.425 && q >= -0.425) return q * rational(0.180625 - q * q, a, b);
  const double tail = q < 0.0 ? p : 1.0 - p;
  const double r = __builtin_sqrt(-math::log(tail));
  const double value = r <= 5.0 ? rational(r - 1.6, c, d) : rational(r - 5.0, e, f);
  return q < 0.0 ? -value : value;
}

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
  wide product = static_cast<wide>(next_u64()) * bound;
  if (static_cast<std::uint64_t>(product) < bound) {
    const std::uint64_t threshold = (0 - bound) % bound;
    while (static_cast<std::uint64_t>(product) < threshold) product = static_cast<wide>(next_u64()) * bound;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

double random_stream::normal() noexcept {
  // The middle of one of 2^52 cells, so that neither 0 nor 1 can occur.
  return normal_quantile((static_cast<double>(next_u64() >> 12) + 0.5) * 0x1p-52);
}

}  // namespace millwright
