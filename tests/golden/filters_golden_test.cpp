// Filters against SciPy; filters.json is made by generate_filters.py.

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "filter/elliptic.hpp"
#include "millwright/filter/filtering.hpp"
#include "millwright/filter/fir_design.hpp"
#include "millwright/filter/sos_filter.hpp"
#include "support/paths.hpp"

namespace millwright {
namespace {

nlohmann::json golden() {
  std::ifstream file(test::source_file("tests/golden/filters.json"));
  return nlohmann::json::parse(file, nullptr, false);
}

std::vector<double> input(std::size_t n) {
  std::vector<double> x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<double>((i * 7919) % 1009) / 256.0 - 1.5;
  return x;
}

/// The last values of `found`, relative to the largest expected one.
void expect_tail(const std::vector<double>& found, const std::vector<double>& expected, double tolerance, const std::string& what) {
  ASSERT_GE(found.size(), expected.size()) << what;
  double scale = 0.0;
  for (const double v : expected) scale = std::max(scale, std::fabs(v));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(found[found.size() - expected.size() + i], expected[i], tolerance * scale) << what << ", value " << i;
  }
}

TEST(FiltersGolden, DesignsAndSosfiltAgreeWithSciPy) {
  const auto reference = golden();
  ASSERT_FALSE(reference.is_discarded());
  ASSERT_EQ(reference["iir"].size(), 64u);
  const auto x = input(reference["samples"]);
  const double at[] = {0.01, 0.15, 0.4, 0.77};
  for (const auto& c : reference["iir"]) {
    const std::string what =
        c["family"].get<std::string>() + " " + c["band"].get<std::string>() + " " + std::to_string(c["order"].get<int>());
    const auto sos = design_sos({.family = filter_family_of(c["family"].get<std::string>()),
                                 .band = filter_band_of(c["band"].get<std::string>()),
                                 .order = c["order"],
                                 .low_hz = c["low"],
                                 .high_hz = c["high"],
                                 .rate_hz = 2.0,
                                 .ripple_db = 0.5,
                                 .attenuation_db = 60.0});
    ASSERT_TRUE(sos) << what;
    for (std::size_t i = 0; i < 4; ++i) {
      const auto h = sos_response(*sos, 0.5 * at[i]);
      const double re = c["response"][i][0];
      const double im = c["response"][i][1];
      const double size = std::sqrt(re * re + im * im);
      EXPECT_NEAR(h.real(), re, 1e-10 * size + 1e-13) << what;
      EXPECT_NEAR(h.imag(), im, 1e-10 * size + 1e-13) << what;
    }
    expect_tail(*sosfilt<double>(*sos, x), c["last"], 1e-10, what);
  }
}

// States depend on the order of the sections, which SciPy leaves open: designs are compared by what a filter gives that starts in them.
TEST(FiltersGolden, ZiAgreesWithSciPy) {
  const auto reference = golden();
  ASSERT_FALSE(reference.is_discarded());
  ASSERT_EQ(reference["sosfilt_zi"].size(), 16u);
  for (const auto& c : reference["sosfilt_zi"]) {
    const auto sos = design_sos({.family = filter_family_of(c["family"].get<std::string>()),
                                 .band = filter_band_of(c["band"].get<std::string>()),
                                 .order = 5,
                                 .low_hz = c["low"],
                                 .high_hz = c["high"],
                                 .rate_hz = 2.0,
                                 .ripple_db = 0.5,
                                 .attenuation_db = 60.0});
    ASSERT_TRUE(sos);
    auto states = *sos_steady_state(*sos);
    const std::vector<double> ones(50, 1.0);
    const auto y = *sosfilt<double>(*sos, ones, states);
    const double gain = c["gain"];
    for (const double v : y) EXPECT_NEAR(v, gain, 1e-10) << c["family"] << c["band"];
  }
  const sos_section fixed[] = {{0.2, 0.3, 0.1, -0.5, 0.25}, {1.0, -0.4, 0.2, 0.1, -0.3}};
  const auto states = *sos_steady_state(fixed);
  for (std::size_t s = 0; s < 2; ++s) {
    EXPECT_NEAR(states[s].s0, reference["sosfilt_zi_fixed"][s][0].get<double>(), 1e-14);
    EXPECT_NEAR(states[s].s1, reference["sosfilt_zi_fixed"][s][1].get<double>(), 1e-14);
  }
}

TEST(FiltersGolden, EllipticFunctionsAgreeWithSciPy) {
  const auto reference = golden();
  ASSERT_FALSE(reference.is_discarded());
  for (const auto& c : reference["elliptic"]) {
    const double k = c["k"];
    const detail::modulus m{k, std::sqrt((1.0 - k) * (1.0 + k))};
    EXPECT_NEAR(detail::elliptic_k(m), c["K"].get<double>(), 2e-12);
    const auto f = detail::jacobi_of_quarter(c["u"], m);
    EXPECT_NEAR(f.sn, c["sn"].get<double>(), 1e-11);
    EXPECT_NEAR(f.cn, c["cn"].get<double>(), 1e-11);
    EXPECT_NEAR(f.dn, c["dn"].get<double>(), 1e-11);
  }
}

TEST(FiltersGolden, RatesAndFirAgreeWithSciPy) {
  const auto reference = golden();
  ASSERT_FALSE(reference.is_discarded());
  const auto x = input(reference["samples"]);
  const double edges[] = {0.2, 0.5};
  expect_tail(*firwin(31, edges, 2.0, false, taper{taper_kind::kaiser, 6.0}), reference["firwin"], 1e-12, "firwin");
  const std::span<const double> all(x);
  expect_tail(*resample_poly(all, 3, 2), reference["resample_poly_3_2"], 1e-10, "resample_poly");
  expect_tail(*decimate(all, 5, 0, true, false), reference["decimate_fir_5"], 1e-10, "decimate");
  const auto sos = design_sos({.order = 4, .high_hz = 0.2, .rate_hz = 2.0});
  expect_tail(*decimate(all, 5, 0, false, false), reference["decimate_iir_5"], 1e-10, "decimate, iir");
  expect_tail(*decimate(all, 5), reference["decimate_iir_5_zero_phase"], 1e-10, "decimate, both ways");
  const auto b = *firwin(15, filter_band::lowpass, 0.0, 0.3, 2.0);
  const std::span<const double> taps(b);
  expect_tail(*lfilter(taps, all), reference["lfilter"], 1e-12, "lfilter");
  expect_tail(*filtfilt(taps, all), reference["filtfilt"], 1e-12, "filtfilt");
  expect_tail(*upfirdn(taps, all, 3, 2), reference["upfirdn_3_2"], 1e-12, "upfirdn");
  auto both = *sosfiltfilt(std::span<const sos_section>(*sos), all);
  both.resize(10);
  expect_tail(both, reference["sosfiltfilt"], 1e-10, "sosfiltfilt");
}

}  // namespace
}  // namespace millwright
