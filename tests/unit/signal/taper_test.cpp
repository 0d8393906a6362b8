#include "millwright/signal/taper.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace millwright {
namespace {

constexpr const char* every_taper[] = {"boxcar",  "hann",           "hamming",           "blackman",       "blackmanharris",
                                       "flattop", "kaiser(beta=9)", "tukey(alpha=0.25)", "gaussian(std=9)"};

TEST(Taper, IsSymmetricInBits) {
  for (const char* name : every_taper) {
    for (const std::size_t n : {2u, 3u, 8u, 31u, 64u}) {
      const auto symmetric = get_window(name, n, false);
      const auto periodic = get_window(name, n, true);
      ASSERT_TRUE(symmetric && periodic);
      for (std::size_t i = 0; i < n; ++i) {
        EXPECT_EQ((*symmetric)[i], (*symmetric)[n - 1 - i]) << name << n;
      }
      for (std::size_t i = 1; i < n; ++i) EXPECT_EQ((*periodic)[i], (*periodic)[n - i]) << name << n;
    }
  }
}

TEST(Taper, FloatIsTheRoundedDouble) {
  for (const char* name : every_taper) {
    const auto wide = get_window(name, 37);
    std::vector<float> narrow(37);
    fill_taper<float>(*parse_taper(name), true, narrow);
    for (std::size_t i = 0; i < narrow.size(); ++i) EXPECT_EQ(narrow[i], static_cast<float>((*wide)[i])) << name;
  }
}

TEST(Taper, PublishedNoiseBandwidths) {
  EXPECT_DOUBLE_EQ(enbw(*get_window("boxcar", 1000)), 1.0);
  EXPECT_NEAR(enbw(*get_window("hann", 1024)), 1.5, 1e-14);
  EXPECT_NEAR(enbw(*get_window("hamming", 1024)), 1.36283, 1e-5);
  EXPECT_NEAR(enbw(*get_window("flattop", 1024)), 3.77025, 1e-5);
  EXPECT_NEAR(enbw(*get_window("hann", 1024, false)), 1.50147, 1e-5);
  EXPECT_NEAR(coherent_gain(*get_window("hann", 1024)), 0.5, 1e-15);
  EXPECT_TRUE(std::isnan(enbw({})));
  EXPECT_TRUE(std::isnan(coherent_gain({})));
}

TEST(Taper, TextGoesThereAndBack) {
  for (const char* name : every_taper) {
    const auto t = parse_taper(name);
    ASSERT_TRUE(t) << name;
    EXPECT_EQ(to_string(*t), name);
  }
  EXPECT_EQ(parse_taper("kaiser(8.6)")->parameter, 8.6);
  EXPECT_EQ(parse_taper(" kaiser ( beta = 8.6 ) ")->parameter, 8.6);
  EXPECT_EQ(parse_taper("tukey")->parameter, 0.5);
  EXPECT_EQ(parse_taper("rectangular")->kind, taper_kind::boxcar);
  EXPECT_EQ(parse_taper("bkh")->kind, taper_kind::blackmanharris);
}

TEST(Taper, RefusesWhatIsNoTaper) {
  for (const char* text : {"", "hannn", "kaiser", "gaussian", "hann(3)", "kaiser(8.6", "kaiser(std=3)", "kaiser()", "kaiser(nan)",
                           "kaiser(701)", "gaussian(std=0)", "gaussian(std=inf)", "tukey(x)", "(3)"}) {
    const auto t = parse_taper(text);
    ASSERT_FALSE(t) << text;
    EXPECT_EQ(t.error().code, errc::invalid_argument);
    EXPECT_FALSE(t.error().mend.empty() && t.error().what.empty());
  }
  EXPECT_FALSE(get_window("hann", 0));
  EXPECT_FALSE(get_window(taper{taper_kind::gaussian, -1.0}, 8));
  EXPECT_FALSE(get_window("hann", (std::size_t{1} << 26) + 1));
}

TEST(Taper, OneSampleIsOne) {
  for (const char* name : every_taper) EXPECT_EQ((*get_window(name, 1))[0], 1.0) << name;
}

TEST(Taper, WindowOfRevolutions) {
  const auto w = window_for_revolutions(8.0, 2.0, 1800.0, 25600.0);
  ASSERT_TRUE(w);
  EXPECT_EQ(w->length, 6827u);  // 8 turns at 30 Hz: 6826.67 samples
  EXPECT_EQ(w->hop, 1707u);
  EXPECT_EQ(window_for_revolutions(1.0, 0.001, 60000.0, 1000.0)->hop, 1u);
  for (const double bad : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    EXPECT_FALSE(window_for_revolutions(bad, 1.0, 1800.0, 1000.0));
    EXPECT_FALSE(window_for_revolutions(1.0, bad, 1800.0, 1000.0));
    EXPECT_FALSE(window_for_revolutions(1.0, 1.0, bad, 1000.0));
    EXPECT_FALSE(window_for_revolutions(1.0, 1.0, 1800.0, bad));
  }
  EXPECT_EQ(window_for_revolutions(1e6, 1.0, 0.01, 1e5).error().code, errc::limit_exceeded);
}

TEST(Taper, BesselFunctionAtItsLimits) {
  EXPECT_EQ(bessel_i0(0.0), 1.0);
  EXPECT_TRUE(std::isfinite(bessel_i0(713.0)));
  EXPECT_TRUE(std::isinf(bessel_i0(714.0)));
  EXPECT_TRUE(std::isnan(bessel_i0(std::numeric_limits<double>::quiet_NaN())));
}

}  // namespace
}  // namespace millwright
