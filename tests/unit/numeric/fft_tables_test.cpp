// Transforms of one length share their twiddles in the plan region: only the first fills them, all give the same bits.
#include <gtest/gtest.h>

#include <algorithm>
#include <complex>
#include <vector>

#include "millwright/numeric/fft.hpp"
#include "millwright/numeric/random.hpp"
#include "support/instance_memory.hpp"

namespace millwright {
namespace {

template <class Fft>
class FftTables : public testing::Test {
 public:
  using Real = typename Fft::value_type;
  static constexpr bool is_real = std::is_same_v<Fft, real_fft<Real>>;

  /// Forward and back of the same numbers.
  static std::vector<Real> round_trip(Fft& fft, std::size_t n) {
    random_stream random(n, 0);
    std::vector<Real> x(is_real ? n : 2 * n);
    for (Real& v : x) v = static_cast<Real>(random.uniform());
    std::vector<std::complex<Real>> bins(n);
    std::vector<Real> out(2 * n);
    if constexpr (is_real) {
      fft.forward(x.data(), bins.data());
      fft.inverse(bins.data(), out.data());
    } else {
      fft.forward(reinterpret_cast<const std::complex<Real>*>(x.data()), bins.data());
      fft.inverse(bins.data(), reinterpret_cast<std::complex<Real>*>(out.data()));
    }
    for (const auto& b : bins) {
      out.push_back(b.real());
      out.push_back(b.imag());
    }
    return out;
  }
};
using Transforms = testing::Types<real_fft<double>, real_fft<float>, complex_fft<double>, complex_fft<float>>;
TYPED_TEST_SUITE(FftTables, Transforms);

TYPED_TEST(FftTables, TheSecondTransformReadsThoseOfTheFirst) {
  // By rows, packed, odd, of one sample, by Bluestein's algorithm, even and odd.
  for (const std::size_t n : {4096, 960, 50, 405, 1, 2, 1000, 1009, 2 * 1009, 97 * 3}) {
    SCOPED_TRACE(n);
    workspace measure;
    TypeParam fft;
    test::must(fft.prepare(n, measure));
    test::region alone(measure.bytes_used());
    workspace single(alone.bytes());
    test::must(fft.prepare(n, single));
    fft.reset();
    const auto expected = TestFixture::round_trip(fft, n);

    test::instance_memory memory(measure.sizes());
    workspace first = memory.whole();
    TypeParam a;
    test::must(a.prepare(n, first));
    EXPECT_FALSE(first.exhausted());
    a.reset();
    const std::vector<std::byte> tables(memory.plan.bytes().begin(), memory.plan.bytes().end());
    EXPECT_EQ(TestFixture::round_trip(a, n), expected);
    test::instance_memory more(measure.sizes());
    workspace second({memory.plan.bytes(), more.state.bytes(), more.scratch.bytes(), true});
    TypeParam b;
    test::must(b.prepare(n, second));
    EXPECT_FALSE(second.exhausted());
    b.reset();
    EXPECT_EQ(TestFixture::round_trip(b, n), expected);
    EXPECT_EQ(TestFixture::round_trip(a, n), expected);
    EXPECT_TRUE(std::ranges::equal(memory.plan.bytes(), tables));
  }
}

}  // namespace
}  // namespace millwright
