#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "filter/elliptic.hpp"
#include "millwright/detail/filter_kernels.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/filter/filtering.hpp"
#include "millwright/filter/fir_design.hpp"
#include "millwright/filter/integrate.hpp"
#include "millwright/filter/severity_table.hpp"
#include "millwright/filter/sos_filter.hpp"
#include "millwright/filter/velocity_severity.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/numeric/random.hpp"

namespace millwright {
namespace {

constexpr double pi = math::pi;

std::vector<double> tone(double frequency_hz, double amplitude, double rate_hz, std::size_t n) {
  std::vector<double> x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = amplitude * math::sin_pi(2.0 * frequency_hz * static_cast<double>(i) / rate_hz);
  return x;
}

std::vector<double> noise(std::size_t n) {
  random_stream random(3, 1);
  std::vector<double> x(n);
  for (double& v : x) v = random.normal();
  return x;
}

template <class T>
void expect_same_bits(const std::vector<T>& a, const std::vector<T>& b, const std::string& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(std::bit_cast<std::uint64_t>(a[i]), std::bit_cast<std::uint64_t>(b[i])) << what << ", value " << i;
  }
}

TEST(FilterKernels, EveryLevelAndEveryCutGivesTheBitsOfPlainLoops) {
  const auto x = noise(300);
  const auto taps = noise(37);
  detail::four_sections c{};
  for (std::size_t s = 0; s < 4; ++s) {
    c.b0[s] = 0.3 + 0.1 * static_cast<double>(s);
    c.b1[s] = -0.2;
    c.b2[s] = 0.15;
    c.a1[s] = -1.1 + 0.2 * static_cast<double>(s);
    c.a2[s] = 0.4;
  }
  // Direct form, section after section: y = ((b0 x + b1 x1) + s) - a1 y1, with s = b2 x2 - a2 y2.
  std::vector<double> expected = x;
  for (std::size_t s = 0; s < 4; ++s) {
    double x1 = 0, x2 = 0, y1 = 0, y2 = 0;
    for (double& v : expected) {
      const double y = ((c.b0[s] * v + c.b1[s] * x1) + (c.b2[s] * x2 - c.a2[s] * y2)) - c.a1[s] * y1;
      x2 = x1;
      x1 = v;
      y2 = y1;
      y1 = y;
      v = y;
    }
  }
  std::vector<double> convolved(x.size() - 100);
  for (std::size_t i = 0; i < convolved.size(); ++i) {
    for (std::size_t k = 0; k < taps.size(); ++k) convolved[i] += taps[k] * x[100 + i - 2 * k];
  }
  for (const kernel_level level :
       {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
    const auto* table = detail::kernels_of(level);
    if (table == nullptr) continue;
    const std::string name(to_string(level));
    for (const std::size_t piece : {1, 5, 23, 24, 25, 100, 300}) {
      detail::four_states state{};
      std::vector<double> y(x.size());
      for (std::size_t i = 0; i < x.size(); i += piece) {
        table->filter->sos(c, state, x.data() + i, y.data() + i, std::min(piece, x.size() - i));
      }
      expect_same_bits(expected, y, name + " in pieces of " + std::to_string(piece));
    }
    for (const std::size_t n : {0, 1, 7, 95, 200}) {
      std::vector<double> y(n);
      table->filter->fir(x.data() + 100, 2, taps.data(), taps.size(), y.data(), n);
      expect_same_bits(std::vector<double>(convolved.begin(), convolved.begin() + static_cast<std::ptrdiff_t>(n)), y, name + " fir");
    }
  }
}

TEST(EllipticFunctions, KeepTheirIdentities) {
  for (const double k : {1e-5, 0.2, 0.7, 0.99, 0.999999}) {
    const detail::modulus m{k, std::sqrt((1.0 - k) * (1.0 + k))};
    EXPECT_NEAR(detail::carlson_rf(0.0, m.complement * m.complement, 1.0) / detail::elliptic_k(m), 1.0, 1e-14);
    for (const double u : {0.01, 0.3, 0.77, 0.99}) {
      const auto f = detail::jacobi_of_quarter(u, m);
      // 7e-14 at k = 0.999999, where rounding of the modulus itself counts; below 1e-14 elsewhere.
      EXPECT_NEAR(f.sn * f.sn + f.cn * f.cn, 1.0, 1e-13);
      EXPECT_NEAR(f.dn * f.dn + k * k * f.sn * f.sn, 1.0, 1e-13);
    }
    for (const int order : {2, 5, 9}) {
      const auto found = detail::solve_degree_equation(order, m);
      const double ratio = detail::elliptic_k({found.complement, found.k}) / detail::elliptic_k(found);
      const double wanted = detail::elliptic_k({m.complement, m.k}) / detail::elliptic_k(m) / order;
      EXPECT_NEAR(ratio / wanted, 1.0, 1e-12) << k << " " << order;
      EXPECT_NEAR(found.k * found.k + found.complement * found.complement, 1.0, 5e-14);
    }
  }
}

TEST(FilterDesign, RefusesWhatCannotBe) {
  const filter_spec good{.high_hz = 0.2};
  EXPECT_TRUE(design_sos(good));
  const auto refuse = [&](auto change) {
    filter_spec s = good;
    change(s);
    EXPECT_FALSE(design_sos(s));
  };
  refuse([](filter_spec& s) { s.order = 0; });
  refuse([](filter_spec& s) { s.order = 21; });
  refuse([](filter_spec& s) { s.high_hz = 0.5; });
  refuse([](filter_spec& s) { s.high_hz = math::nan; });
  refuse([](filter_spec& s) { s.rate_hz = math::infinity; });
  refuse([](filter_spec& s) { s.band = filter_band::bandpass; });
  refuse([](filter_spec& s) {
    s.family = filter_family::elliptic;
    s.ripple_db = 50.0;
  });
}

TEST(FilterDesign, RefusesWhatRoundingMakesUnstable) {
  for (const double edge : {1e-9, 1e-12, 1.0 - 1e-12}) {
    for (const filter_band band : {filter_band::lowpass, filter_band::highpass}) {
      for (const std::int64_t order : {1, 2, 4, 20}) {
        const auto sections = design_sos({.band = band, .order = order, .low_hz = edge, .high_hz = edge, .rate_hz = 2.0});
        if (!sections) {
          EXPECT_NE(sections.error().message().find("decimate"), std::string::npos) << sections.error().message();
          continue;
        }
        for (const sos_section& s : *sections) {
          EXPECT_TRUE(std::isfinite(s.b0) && std::isfinite(s.b1) && std::isfinite(s.b2)) << edge << " " << order;
          EXPECT_TRUE(std::fabs(s.a2) < 1.0 && std::fabs(s.a1) < 1.0 + s.a2) << edge << " " << order;
        }
      }
    }
  }
  EXPECT_FALSE(design_sos({.order = 4, .high_hz = 1e-9, .rate_hz = 2.0}));
  EXPECT_FALSE(design_sos({.order = 20, .high_hz = 1.0 - 1e-9, .rate_hz = 2.0}));
  const double edge[] = {0.5};
  const auto taps = firwin(2, edge, 2.0, true, taper{taper_kind::hann, 0.0});
  ASSERT_FALSE(taps);
  EXPECT_NE(taps.error().message().find("hann"), std::string::npos);
}

TEST(SosFilter, TakesSectionsOfOnesOwn) {
  const auto x = noise(300);
  const auto design = design_sos({.family = filter_family::chebyshev1, .order = 5, .high_hz = 0.2, .rate_hz = 1.0});
  ASSERT_TRUE(design);
  sos_filter<double> stage;
  stage.start = "rest";
  for (const sos_section& s : *design) stage.sections.insert(stage.sections.end(), {s.b0, s.b1, s.b2, 1.0, s.a1, s.a2});
  const signal_port port{.columns = 1, .rate_hz = 1.0};
  const auto y = run_signal_stage(stage, std::span<const double>(x), port);
  ASSERT_TRUE(y);
  expect_same_bits(*sosfilt<double>(*design, x), *y, "own sections");
  const auto refuse = [&](std::vector<double> sections) {
    stage.sections = std::move(sections);
    EXPECT_FALSE(run_signal_stage(stage, std::span<const double>(x), port));
  };
  refuse({1.0, 0.0, 0.0});
  refuse({1.0, 0.0, 0.0, 2.0, 0.0, 0.0});
  refuse({1.0, 0.0, 0.0, 1.0, -1.0, 0.0});
  refuse({1.0, 0.0, 0.0, 1.0, 0.0, 1.0});
}

TEST(Upfirdn, ABadSampleReachesAsFarAsTheTaps) {
  std::vector<double> x(40, 1.0);
  x[10] = math::nan;
  for (const std::size_t taps : {1, 2, 3, 8, 9, 70}) {
    for (const std::size_t up : {1, 3}) {
      const std::vector<double> h(taps, 1.0);
      const auto y = upfirdn(std::span<const double>(h), std::span<const double>(x), up);
      ASSERT_TRUE(y);
      for (std::size_t m = 0; m < y->size(); ++m) {
        EXPECT_EQ(std::isnan((*y)[m]), m >= 10 * up && m < 10 * up + taps) << taps << " taps, up " << up << ", value " << m;
      }
    }
  }
}

TEST(SpectrumIntegrator, ToneOnABandEdgeCountsWholeAtAnyLength) {
  const double rate_hz = 12'000.0;
  for (std::size_t n = 1'200; n <= 120'000; n += 1'200) {
    const auto x = tone(10.0, 1.0, rate_hz, n);
    const auto v = integrate(std::span<const double>(x), rate_hz, 1, 10.0, 1'000.0);
    ASSERT_TRUE(v);
    double sum = 0.0;
    for (const double y : *v) sum += y * y;
    EXPECT_NEAR(std::sqrt(2.0 * sum / static_cast<double>(n)) * 20.0 * pi, 1.0, 1e-9) << n;
  }
}

TEST(Integrator, HasTheGainOfAnIntegrationInsideItsBand) {
  const double rate_hz = 12'000.0;
  for (const std::int64_t order : {1, 2}) {
    const auto sections = integrator_sections(order, 10.0, 6'000.0, rate_hz);
    ASSERT_TRUE(sections);
    for (const double f : {40.0, 160.0, 500.0, 1'000.0}) {
      const auto h = sos_response(*sections, f / rate_hz);
      const double gain = std::sqrt(h.real() * h.real() + h.imag() * h.imag()) * std::pow(2.0 * pi * f, static_cast<double>(order));
      const double x = pi * f / rate_hz;
      const double highpass = 1.0 / std::sqrt(1.0 + std::pow(math::tan_pi(10.0 / rate_hz) / math::tan_pi(f / rate_hz), 8.0));
      EXPECT_NEAR(gain / highpass, 1.0, 0.26 * static_cast<double>(order) * std::pow(x, 4.0) + 1e-9) << f;
    }
    const auto at_zero = sos_response(*sections, 0.0);
    EXPECT_EQ(at_zero.real(), 0.0);
  }
}

TEST(VelocitySeverity, OneGAt160HzOnALargeOffset) {
  const double rate_hz = 25'600.0;
  auto x = tone(160.0, std::sqrt(2.0), rate_hz, 4 * 25'600);
  for (double& v : x) v += 50.0;
  x[60'000] = math::nan;
  velocity_severity<double> stage;
  stage.input_unit = "g";
  const auto values = run_signal_stage(stage, std::span<const double>(x), signal_port{.columns = 1, .rate_hz = rate_hz});
  ASSERT_TRUE(values);
  ASSERT_EQ(values->size(), 4u);
  EXPECT_TRUE(std::isnan((*values)[0]));
  EXPECT_NEAR((*values)[1], 9.75486, 2e-5);
  EXPECT_NEAR((*values)[3], 9.75486, 2e-5);
}

TEST(VelocitySeverity, NeverInfiniteAndDatedAtTheMiddleOfTheInterval) {
  std::vector<float> x(4'000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = i / 25 % 2 == 0 ? 3e38F : -3e38F;
  signal_port given;
  const auto values =
      run_signal_stage(velocity_severity<float>{}, std::span<const float>(x), signal_port{.columns = 1, .rate_hz = 2'000.0}, &given);
  ASSERT_TRUE(values);
  for (const float v : *values) EXPECT_FALSE(std::isinf(v));
  EXPECT_NEAR(given.delay_s, 0.5, 1e-3);

  octave_filter_bank<float> bank;
  const auto levels = run_signal_stage(bank, std::span<const float>(x), signal_port{.columns = 1, .rate_hz = 2'000.0}, &given);
  ASSERT_TRUE(levels);
  for (const float v : *levels) EXPECT_FALSE(std::isinf(v));
  EXPECT_NEAR(given.delay_s, 0.5, 1e-3);
}

TEST(VelocitySeverity, CountsByBand) {
  const double rate_hz = 12'800.0;
  const auto level = [&](double f, double low_hz) {
    const auto x = tone(f, 1.0, rate_hz, 8 * 12'800);
    velocity_severity<double> stage;
    stage.low_hz = low_hz;
    stage.settle_s = 4.0;
    return run_signal_stage(stage, std::span<const double>(x), signal_port{.columns = 1, .rate_hz = rate_hz})->back() /
           (1000.0 / (2.0 * pi * f * std::sqrt(2.0)));
  };
  EXPECT_NEAR(level(10.0, 10.0), std::sqrt(0.5), 1e-3);
  EXPECT_LT(level(5.0, 10.0), 0.07);
  EXPECT_GT(level(5.0, severity_low_hz(400.0)), 0.99);
  EXPECT_NEAR(level(1'000.0, 10.0), std::sqrt(0.5), 2e-3);
  EXPECT_LT(level(2'000.0, 10.0), 0.07);
}

/// Class 1 limits of the relative attenuation, IEC 61260-1:2014, table 1, as generally quoted: smallest and largest, at the
/// frequency ratio of an octave filter G^exponent; between the points the limits run straight over log(ratio).
struct mask_point {
  double exponent, least, most;
};
constexpr double unbounded = 1e9;
constexpr mask_point mask[] = {{0.0, -0.4, 0.4},       {0.125, -0.4, 0.5},       {0.25, -0.4, 0.7},      {0.375, -0.4, 1.4},
                               {0.4999, -0.4, 5.3},    {0.5001, 1.6, unbounded}, {1.0, 16.6, unbounded}, {2.0, 40.5, unbounded},
                               {3.0, 60.0, unbounded}, {4.0, 70.0, unbounded}};

/// The ratio for a filter of 1 / fraction octave that stands for the octave filter's ratio (formula of the standard).
double ratio_of(double exponent, double fraction) {
  const double g = std::pow(10.0, 0.3);
  const double octave_ratio = std::pow(g, exponent);
  return 1.0 + (std::pow(g, 0.5 / fraction) - 1.0) / (std::sqrt(g) - 1.0) * (octave_ratio - 1.0);
}

/// Limits between the points: straight over log(ratio), the sides of the step at the band edge apart.
mask_point limits_at(double exponent) {
  const auto log_ratio = [](double e) { return std::log(ratio_of(e, 1.0)); };
  for (std::size_t i = 0; i + 1 < std::size(mask); ++i) {
    if (exponent > mask[i + 1].exponent) continue;
    const double share =
        (log_ratio(exponent) - log_ratio(mask[i].exponent)) / (log_ratio(mask[i + 1].exponent) - log_ratio(mask[i].exponent));
    const auto between = [share](double a, double b) { return a == b ? a : a + share * (b - a); };
    return {exponent, between(mask[i].least, mask[i + 1].least), between(mask[i].most, mask[i + 1].most)};
  }
  return mask[std::size(mask) - 1];
}

TEST(OctaveFilterBank, LiesInsideTheClass1LimitsBetweenThePointsAtSeveralRates) {
  for (const double rate_hz : {8'000.0, 12'000.0, 51'200.0}) {
    octave_filter_bank<double> stage;
    stage.low_hz = 0.02 * rate_hz;
    stage.interval_s = 8'192.0 / rate_hz;
    workspace measure;
    ASSERT_TRUE(stage.prepare({.columns = 1, .rate_hz = rate_hz, .max_items = 100}, measure));
    const auto bands = stage.band_table();
    for (const std::size_t b : {bands.size() - 1, bands.size() / 2}) {
      for (double exponent = 0.03; exponent < 2.5; exponent += exponent < 0.7 ? 0.0633 : 0.31) {
        const mask_point p = limits_at(exponent);
        const double ratio = ratio_of(exponent, 3.0);
        for (const double f : {bands[b].centre_hz * ratio, bands[b].centre_hz / ratio}) {
          if (f >= 0.5 * rate_hz || f < 20.0) continue;
          const auto x = tone(f, std::sqrt(2.0), rate_hz, 3 * 8'192);
          const auto levels = run_signal_stage(stage, std::span<const double>(x), signal_port{.columns = 1, .rate_hz = rate_hz});
          const double a = -20.0 * std::log10((*levels)[2 * bands.size() + b]);
          EXPECT_GE(a, p.least) << bands[b].centre_hz << " Hz at " << rate_hz << ", tone at " << f;
          EXPECT_LE(a, p.most) << bands[b].centre_hz << " Hz at " << rate_hz << ", tone at " << f;
        }
      }
    }
  }
}

TEST(OctaveFilterBank, LiesInsideTheClass1Limits) {
  const double rate_hz = 25'600.0;
  for (const std::int64_t fraction : {1, 3}) {
    octave_filter_bank<double> stage;
    stage.bands = fraction == 1 ? "octave" : "third-octave";
    stage.low_hz = 100.0;
    stage.interval_s = 0.5;
    stage.level = "rms";
    workspace measure;
    ASSERT_TRUE(stage.prepare({.columns = 1, .rate_hz = rate_hz, .max_items = 100}, measure));
    const auto bands = stage.band_table();
    const std::size_t count = bands.size();
    ASSERT_GT(bands.back().high_hz, 0.33 * rate_hz);
    // The highest band (at twice the rate), one in the middle, and the lowest.
    for (const std::size_t b : {count - 1, count / 2, std::size_t{0}}) {
      const auto attenuation_db = [&](double f) {
        const auto x = tone(f, std::sqrt(2.0), rate_hz, 25'600);
        const auto levels = run_signal_stage(stage, std::span<const double>(x), signal_port{.columns = 1, .rate_hz = rate_hz});
        return -20.0 * std::log10((*levels)[count + b]);
      };
      for (const mask_point& p : mask) {
        const double ratio = ratio_of(p.exponent, static_cast<double>(fraction));
        for (const double f : {bands[b].centre_hz * ratio, bands[b].centre_hz / ratio}) {
          if (f >= 0.5 * rate_hz || f < 20.0) continue;
          const double a = attenuation_db(f);
          EXPECT_GE(a, p.least) << "1/" << fraction << " octave at " << bands[b].centre_hz << " Hz, tone at " << f;
          EXPECT_LE(a, p.most) << "1/" << fraction << " octave at " << bands[b].centre_hz << " Hz, tone at " << f;
        }
      }
    }
  }
}

TEST(OctaveFilterBank, BandsAtTheirLowestRateLieInsideTheClass1Limits) {
  // The bank moves a band to half the rate as long as the centre stays below this share of it.
  for (const auto& [fraction, share] : {std::pair{1.0, 0.17}, std::pair{3.0, 0.22}}) {
    const double half_band = std::pow(10.0, 0.15 / fraction);
    const auto sections =
        design_sos({.band = filter_band::bandpass, .order = 3, .low_hz = share / half_band, .high_hz = share * half_band, .rate_hz = 1.0});
    ASSERT_TRUE(sections);
    for (const mask_point& p : mask) {
      const double ratio = ratio_of(p.exponent, fraction);
      for (const double f : {share * ratio, share / ratio}) {
        if (f >= 0.5) continue;
        const auto h = sos_response(*sections, f);
        const double a = -10.0 * std::log10(h.real() * h.real() + h.imag() * h.imag());
        EXPECT_GE(a, p.least) << "1/" << fraction << " octave, ratio " << f / share;
        EXPECT_LE(a, p.most) << "1/" << fraction << " octave, ratio " << f / share;
      }
    }
  }
}

TEST(OctaveFilterBank, BandsHaveTheEdgesOfTheStandard) {
  const auto bands = octave_bands(3, 10.0, 1'000.0);
  ASSERT_TRUE(bands);
  EXPECT_NEAR(bands->front().centre_hz, 10.0, 1e-12);
  EXPECT_NEAR(bands->back().low_hz, 891.2509381337, 1e-9);
  EXPECT_NEAR(bands->back().high_hz, 1122.0184543020, 1e-9);
  EXPECT_EQ(bands->size(), 21u);
  EXPECT_FALSE(octave_bands(2, 10.0, 1'000.0));
  EXPECT_FALSE(octave_bands(3, 0.0, 1'000.0));
  EXPECT_FALSE(octave_bands(1, 1e-9, 1e9));
}

TEST(SeverityTable, ExamplesAreValidAndSaySo) {
  const auto tables = example_severity_tables();
  ASSERT_FALSE(tables.empty());
  for (const auto& table : tables) {
    EXPECT_TRUE(validate(table));
    EXPECT_EQ(table.name.rfind("example", 0), 0u);
  }
  severity_table without_source = tables[0];
  without_source.source = " ";
  EXPECT_FALSE(validate(without_source));
}

TEST(SeverityMonitor, BoundariesHoldToTheLastBit) {
  const severity_class limits{"pump", 2.3, 4.5, 7.1};
  const double boundaries[] = {limits.a_b, limits.b_c, limits.c_d};
  const severity_zone zones[] = {severity_zone::a, severity_zone::b, severity_zone::c, severity_zone::d};
  for (std::size_t i = 0; i < 3; ++i) {
    const double at = boundaries[i];
    EXPECT_EQ(classify(limits, std::nextafter(at, 0.0)), zones[i]);
    EXPECT_EQ(classify(limits, at), zones[i]);
    EXPECT_EQ(classify(limits, std::nextafter(at, 9.0)), zones[i + 1]);
    // Back to the better zone only at the boundary less the hysteresis.
    const double back = (1.0 - 0.1) * at;
    for (const auto& [value, expected] :
         {std::pair{std::nextafter(back, 9.0), zones[i + 1]}, std::pair{back, zones[i]}, std::pair{std::nextafter(back, 0.0), zones[i]}}) {
      auto monitor = severity_monitor::create(limits, 0.1);
      ASSERT_TRUE(monitor);
      EXPECT_EQ(monitor->update(std::nextafter(at, 9.0)).zone, zones[i + 1]);
      EXPECT_EQ(monitor->update(value).zone, expected) << at;
    }
  }
}

TEST(SeverityMonitor, WaveringAboutABoundaryGivesOneChange) {
  auto monitor = severity_monitor::create({"pump", 2.3, 4.5, 7.1});
  ASSERT_TRUE(monitor);
  monitor->set_baseline(4.0);
  int changes = 0;
  severity_zone last = monitor->update(4.4).zone;
  EXPECT_EQ(last, severity_zone::b);
  for (int i = 0; i < 100; ++i) {
    const severity_verdict v = monitor->update(i % 2 == 0 ? 4.6 : 4.4);
    EXPECT_FALSE(v.is_changed);
    changes += v.zone != last ? 1 : 0;
    last = v.zone;
  }
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(monitor->update(4.2).zone, severity_zone::b);
  EXPECT_TRUE(monitor->update(5.2).is_changed);
  EXPECT_FALSE(severity_monitor::create({"bad", 2.0, 1.0, 3.0}));
}

}  // namespace
}  // namespace millwright
