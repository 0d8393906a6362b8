// What every signal stage makes of bad input, under every variant of its settings: never an infinity, and after a bad sample the
// output is the clean one again as soon as the stage's own memory has passed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "millwright/filter/decimator.hpp"
#include "millwright/filter/integrate.hpp"
#include "millwright/filter/octave_filter_bank.hpp"
#include "millwright/filter/sos_filter.hpp"
#include "millwright/wavelet/wavelet.hpp"
#include "support/running_signal_stage.hpp"

namespace millwright {
namespace {

/// How long a stage remembers a sample, in samples of its input.
struct memory_length {
  double samples = 0.0;
  enum class kind : std::uint8_t {
    exact,     ///< then the bits are those of the clean stream
    settling,  ///< recursive: finite after `samples`, and after `settled` close to the clean stream
    finite,    ///< what comes later may stand elsewhere (revolutions left out, another first pulse), but is finite
  } after = kind::exact;
  double settled = 0.0;
};

class settings {
 public:
  template <class Real>
  explicit settings(const any_signal_stage<Real>& stage) : list_(stage.get_params()) {}
  [[nodiscard]] double number(std::string_view name) const {
    const param_value& v = at(name);
    if (const auto* i = std::get_if<std::int64_t>(&v)) return static_cast<double>(*i);
    return std::get<double>(v);
  }
  [[nodiscard]] bool has(std::string_view name) const { return !std::holds_alternative<std::monostate>(at(name)); }
  [[nodiscard]] std::string text(std::string_view name) const { return std::get<std::string>(at(name)); }
  [[nodiscard]] const param_value& at(std::string_view name) const {
    return std::find_if(list_.begin(), list_.end(), [&](const auto& p) { return p.first == name; })->second;
  }

 private:
  std::vector<std::pair<std::string_view, param_value>> list_;
};

double hop(const settings& s) {
  return s.number("nperseg") - (s.has("noverlap") ? s.number("noverlap") : std::floor(s.number("nperseg") / 2.0));
}

/// Samples until the slowest pole has fallen to 1e-6, a multiple pole included.
double settling(const std::vector<sos_section>& sections) {
  double radius = 0.0;
  for (const sos_section& s : sections) {
    const double d = s.a1 * s.a1 - 4.0 * s.a2;
    radius = std::max(radius, d < 0.0 ? std::sqrt(s.a2) : 0.5 * (std::fabs(s.a1) + std::sqrt(d)));
  }
  return radius > 0.0 ? 1.0 + 16.0 / -std::log(radius) : 1.0;
}

/// Of a sample in `column` of the input.
template <class Real>
memory_length memory_of(const test::running_stage<Real>& r, std::size_t column) {
  using kind = memory_length::kind;
  const settings s(r.stage);
  const std::string_view id = r.stage.id();
  const double rate = r.in.rate_hz;
  const double both_sides = 2.0 * r.out.delay_s * rate;  // a linear-phase filter is twice as long as its delay

  if (id == "teager_energy") return {3.0};
  if (id == "fir_filter") {
    const auto taps = std::get<std::vector<double>>(s.at("taps")).size();
    return {taps > 0 ? static_cast<double>(taps) : s.number("length")};
  }
  if (id == "hilbert") return {s.number("taps")};
  if (id == "resampler") {
    const double up = s.number("up"), down = s.number("down");
    return {(20.0 * std::max(up, down) + down) / up + 2.0};
  }
  if (id == "decimator" && s.text("ftype") == "fir") return {both_sides + 1.0 + s.number("factor")};
  if (id == "decimator") {
    const auto order = s.has("order") ? static_cast<std::int64_t>(s.number("order")) : 8;
    const auto sections = test::must(decimator_sections(static_cast<std::size_t>(s.number("factor")), order));
    return {s.number("factor"), kind::settling, settling(sections)};
  }
  if (id == "sos_filter") {
    const auto own = std::get<std::vector<double>>(s.at("sections"));
    std::vector<sos_section> sections;
    for (std::size_t i = 0; i < own.size(); i += 6) sections.push_back({own[i], own[i + 1], own[i + 2], own[i + 4], own[i + 5]});
    if (!own.empty()) return {1.0, kind::settling, settling(sections)};
    filter_spec spec;
    const auto index = [](std::string_view choices, std::string_view text) {
      const auto list = test::split(choices, '|');
      return static_cast<std::uint8_t>(std::find(list.begin(), list.end(), text) - list.begin());
    };
    spec.family = static_cast<filter_family>(index(filter_family_choices, s.text("family")));
    spec.band = static_cast<filter_band>(index(filter_band_choices, s.text("band")));
    spec.order = static_cast<std::int64_t>(s.number("order"));
    spec.low_hz = s.number("low_hz");
    spec.high_hz = s.number("high_hz");
    spec.rate_hz = rate;
    spec.ripple_db = s.number("ripple_db");
    spec.attenuation_db = s.number("attenuation_db");
    return {1.0, kind::settling, settling(test::must(design_sos(spec)))};
  }
  if (id == "integrator") {
    const auto order = static_cast<std::int64_t>(s.number("order"));
    return {1.0, kind::settling, settling(test::must(integrator_sections(order, s.number("low_hz"), s.number("high_hz"), rate)))};
  }
  if (id == "velocity_severity") {
    const auto sections = test::must(integrator_sections(1, s.number("low_hz"), s.number("high_hz"), rate));
    const double interval = s.number("interval_s") * rate;
    return {std::max(interval, s.number("settle_s") * rate) + interval, kind::settling, settling(sections) + interval};
  }
  if (id == "octave_filter_bank") {
    const double interval = s.number("interval_s") * rate;
    const double fraction = s.text("bands") == "octave" ? 0.7 : 0.23;  // width of the lowest band over its centre
    const double ring = 4.0 / (fraction * s.number("low_hz") * (fraction > 0.5 ? 0.7 : 0.89)) * rate;
    return {2.0 * interval + ring, kind::settling, 2.0 * ring + interval};
  }
  if (id == "stft" || id == "spectrogram" || id == "log_mel" || id == "mfcc") return {s.number("nperseg")};
  if (id == "welch" || id == "cross_spectrum" || id == "coherence" || id == "spectral_kurtosis") {
    return {s.number("nperseg") + (s.number("segments") - 1.0) * hop(s)};
  }
  if (id == "sliding_dft") return {2.0 * s.number("length") + s.number("hop")};
  if (id == "zoom_fft") {
    const double factor = std::max(1.0, std::floor(rate / (2.0 * (s.number("f_hi") - s.number("f_lo")))));
    return {both_sides + factor * (s.number("nperseg") + 2.0)};
  }
  if (id == "envelope" || id == "peak_hold") return {both_sides + rate / r.out.rate_hz};
  if (id == "high_frequency_energy") return {both_sides + s.number("interval_s") * rate};
  if (id == "dwt") {
    const double length = static_cast<double>(test::must(wavelet::from_name(s.text("wavelet"))).length());
    return {std::exp2(s.number("level")) * (length + 1.0)};
  }
  if (id == "modwt") return {both_sides + 1.0};
  if (id == "gear_condition") return {static_cast<double>(test::stage_items), kind::finite};  // its history is that of the stream
  if (id == "synchronous_average") return {0.0, kind::finite};
  if (id == "order_tracker" && column == 0) return {r.out.delay_s * rate};
  if (id == "tacho" || id == "order_tracker") return {r.out.delay_s * rate + s.number("auto_window_s") * rate, kind::finite};
  ADD_FAILURE() << "say in memory_of() how long " << id << " remembers a sample";
  return {};
}

template <class Real>
constexpr Real largest = std::numeric_limits<Real>::max();

template <class Real>
void expect_no_infinity(const std::vector<Real>& out, const std::string& what) {
  const auto bad = std::find_if(out.begin(), out.end(), [](Real v) { return std::isinf(v); });
  EXPECT_EQ(bad, out.end()) << what << ": value " << bad - out.begin() << " of " << out.size();
}

template <class Real>
bool same_bits(Real a, Real b) {
  return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, sizeof a) == 0;
}

class SignalStagesBadInput : public test::EachSignalStage {};
INSTANTIATE_TEST_SUITE_P(Registry, SignalStagesBadInput, testing::ValuesIn(test::signal_stage_ids()),
                         [](const auto& p) { return std::string(p.param); });

// Whole streams that no sensor should give; afterwards, reset, the stage is as good as new.
TEST_P(SignalStagesBadInput, NoStreamGivesAnInfinity) {
  for_each_variant([&]<class Real>(const test::stage_variant& variant) {
    test::running_stage<Real> r(variant);
    const auto good = r.example();
    const auto expected = r.run(good, test::stage_max_items);
    constexpr std::size_t items = 3'000;
    const auto with = [&](const char* what, auto value) {
      std::vector<Real> x(items * r.in.columns), out;
      for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<Real>(value(i / r.in.columns, good[i]));
      r.stage.reset();
      r.push(x, 0, items, 400, out);
      r.flush(out);
      expect_no_infinity(out, what);
      return out;
    };
    constexpr auto inf = std::numeric_limits<Real>::infinity();
    constexpr auto nan = std::numeric_limits<Real>::quiet_NaN();
    constexpr Real tiny = std::numeric_limits<Real>::denorm_min();
    const auto clean = with("clean", [](auto, Real v) { return v; });
    const auto expect_numbers_where_clean = [&](const char* what, const std::vector<Real>& out) {
      // A constant has neither pulses nor power: no speed, no kurtosis and no coherence, as documented.
      constexpr std::string_view undefined[] = {"tacho", "order_tracker", "spectral_kurtosis", "coherence", "gear_condition"};
      if (std::find(std::begin(undefined), std::end(undefined), variant.id) != std::end(undefined)) return;
      ASSERT_EQ(out.size(), clean.size()) << what;
      for (std::size_t i = 0; i < out.size(); ++i) ASSERT_EQ(std::isfinite(out[i]), std::isfinite(clean[i])) << what << ", value " << i;
    };
    for (const double value : {3.7, 1e9}) expect_numbers_where_clean("a constant", with("a constant", [&](auto, Real) { return value; }));
    expect_numbers_where_clean("clipped", with("clipped", [](auto, Real v) { return std::clamp<Real>(v, Real{-0.4F}, Real{0.4F}); }));
    with("an offset of 1e9", [](auto, Real v) { return 1e9 + v; });
    expect_numbers_where_clean("tiny", with("the smallest numbers", [](auto i, Real) { return static_cast<Real>(i % 7) * tiny; }));
    with("the largest number", [](auto, Real) { return largest<Real>; });
    with("the lowest number", [](auto, Real) { return -largest<Real>; });
    with("both extremes", [](auto i, Real) { return i % 3 == 0 ? largest<Real> : -largest<Real>; });
    with("extremes by chance", [](auto, Real v) { return v > Real{0.5F} ? largest<Real> : -largest<Real>; });
    with("a huge signal", [](auto, Real v) { return v * (largest<Real> / 1024); });
    with("a signal whose square overflows", [](auto, Real v) { return v * std::sqrt(largest<Real>) * 2; });
    with("NaN", [](auto, Real) { return nan; });
    with("infinity", [](auto, Real) { return inf; });
    with("minus infinity", [](auto, Real) { return -inf; });
    with("both infinities", [](auto i, Real) { return i % 2 == 0 ? inf : -inf; });
    with("every other one NaN", [](auto i, Real v) { return i % 2 == 0 ? v : nan; });

    const auto again = r.run(good, test::stage_max_items);
    ASSERT_EQ(again.size(), expected.size());
    for (std::size_t i = 0; i < again.size(); ++i) ASSERT_TRUE(same_bits(again[i], expected[i])) << "value " << i << " after a reset";
  });
}

/// Item of the last bad sample.
constexpr std::size_t last_bad = 301;

std::size_t items_after(double samples) { return std::min(last_bad + 1 + static_cast<std::size_t>(std::ceil(samples)), test::stage_items); }

/// The output of a stage for a clean stream, and what it must be for one that is bad up to the item `last_bad`.
template <class Real>
class recovery {
 public:
  explicit recovery(test::running_stage<Real>& r) : r_(r), good_(r.example()), clean_(r.run(good_, 700)) {
    while (first_number_ > 0 && std::isfinite(clean_[first_number_ - 1])) --first_number_;
    for (const Real v : clean_) scale_ = std::max(scale_, std::isfinite(v) ? std::abs(v) : Real{0});
  }
  [[nodiscard]] const std::vector<Real>& good() const { return good_; }

  void expect(const std::vector<Real>& x, const memory_length& memory, bool is_finite) {
    using kind = memory_length::kind;
    std::vector<Real> out;
    r_.stage.reset();
    std::size_t pushed = 0;
    const auto push_to = [&](std::size_t end) {
      if (end <= pushed) return out.size();
      r_.push(x, pushed, end, 700, out);
      pushed = end;
      return out.size();
    };
    const std::size_t recovered = push_to(items_after(memory.samples));
    const std::size_t close = push_to(items_after(memory.settled));
    // What a recursion makes of the largest number takes 44 time constants until its square fits a float; `settled` is 14 and more.
    const std::size_t decayed = push_to(items_after(memory.samples + 4.0 * memory.settled));
    push_to(test::stage_items);
    r_.flush(out);
    expect_no_infinity(out, "after bad samples");
    if (memory.after == kind::exact) {
      ASSERT_EQ(out.size(), clean_.size());
      for (std::size_t i = recovered; i < out.size(); ++i) {
        ASSERT_TRUE(same_bits(out[i], clean_[i])) << "value " << i << " (from " << recovered << " on): " << out[i] << ", not " << clean_[i];
      }
      return;
    }
    if (memory.after == kind::finite && items_after(memory.samples) == test::stage_items) return;  // remembers to the end
    const std::size_t first = memory.after == kind::settling && is_finite ? decayed : recovered;
    for (std::size_t i = std::max(first, first_number_); i < out.size(); ++i) {
      ASSERT_TRUE(std::isfinite(out[i])) << "value " << i << " of " << out.size();
    }
    if (memory.after == kind::finite || is_finite) return;
    for (std::size_t i = close; i < out.size(); ++i) ASSERT_NEAR(out[i], clean_[i], 1e-3 * scale_) << "value " << i << " of " << out.size();
  }

 private:
  test::running_stage<Real>& r_;
  std::vector<Real> good_, clean_;
  std::size_t first_number_ = clean_.size();  // a stage may have nothing to tell at first
  Real scale_ = 0;
};

TEST_P(SignalStagesBadInput, ABadSampleIsForgottenWithTheStagesMemory) {
  for_each_variant([&]<class Real>(const test::stage_variant& variant) {
    test::running_stage<Real> r(variant);
    recovery<Real> stream(r);
    for (std::size_t column = 0; column < r.in.columns; ++column) {
      const memory_length memory = memory_of(r, column);
      for (const Real bad : {std::numeric_limits<Real>::quiet_NaN(), std::numeric_limits<Real>::infinity(),
                             -std::numeric_limits<Real>::infinity(), largest<Real>, -largest<Real>}) {
        SCOPED_TRACE("a sample of " + std::to_string(bad) + " in column " + std::to_string(column));
        auto x = stream.good();
        x[last_bad * r.in.columns + column] = bad;
        stream.expect(x, memory, std::isfinite(bad));
      }
    }
  });
}

TEST_P(SignalStagesBadInput, ABadStretchIsForgottenWithTheStagesMemory) {
  for_each_variant([&]<class Real>(const test::stage_variant& variant) {
    constexpr auto inf = std::numeric_limits<Real>::infinity();
    test::running_stage<Real> r(variant);
    recovery<Real> stream(r);
    for (std::size_t column = 0; column < r.in.columns; ++column) {
      const memory_length memory = memory_of(r, column);
      for (const auto& [even, odd] : {std::pair{std::numeric_limits<Real>::quiet_NaN(), inf}, std::pair{inf, -inf},
                                      std::pair{largest<Real>, -largest<Real>}, std::pair{-largest<Real>, inf}}) {
        SCOPED_TRACE("a stretch of " + std::to_string(even) + " and " + std::to_string(odd) + " in column " + std::to_string(column));
        auto x = stream.good();
        for (std::size_t i = last_bad - 100; i <= last_bad; ++i) x[i * r.in.columns + column] = i % 2 == 0 ? even : odd;
        stream.expect(x, memory, std::isfinite(even));
      }
    }
  });
}

TEST(ReplaceInfinities, KeepsEveryNumber) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  std::vector<double> x = {0.0, -0.0, 1.5, -2.25, 5e-324, -5e-324, largest<double>, -largest<double>};
  const auto kept = x;
  x.push_back(inf);
  x.push_back(-inf);
  x.push_back(std::nan(""));
  detail::replace_infinities(std::span(x));
  for (std::size_t i = 0; i < kept.size(); ++i) EXPECT_EQ(std::memcmp(&x[i], &kept[i], sizeof x[i]), 0) << kept[i];
  for (std::size_t i = kept.size(); i < x.size(); ++i) EXPECT_TRUE(std::isnan(x[i])) << i;
}

// --- lengths ------------------------------------------------------------------------------------------------------------

TEST_P(SignalStagesBadInput, EveryLengthGivesWholeItemsAndAResetForgetsIt) {
  for_each_variant([&]<class Real>(const test::stage_variant& variant) {
    test::running_stage<Real> used(variant);
    const auto x = used.example();
    for (const std::size_t items : {0, 1, 2, 3, 5, 7, 13, 31, 127, 257, 521, 1499}) {
      SCOPED_TRACE(items);
      const auto run = [&](test::running_stage<Real>& r, std::size_t largest_piece) {
        std::vector<Real> out, room(r.out.columns * r.out.max_items);
        r.stage.reset();
        EXPECT_EQ(r.stage.process({}, room), 0U) << "nothing comes of nothing";
        r.push(x, 0, items, largest_piece, out);
        EXPECT_EQ(r.stage.process({}, room), 0U) << "nothing comes of nothing";
        r.flush(out);
        return out;
      };
      const auto found = run(used, 64);
      test::running_stage<Real> fresh(variant);
      const auto expected = run(fresh, 1'499);
      ASSERT_EQ(found.size(), expected.size());
      for (std::size_t i = 0; i < found.size(); ++i) ASSERT_TRUE(same_bits(found[i], expected[i])) << "value " << i;
      expect_no_infinity(found, "a short stream");
    }
  });
}

}  // namespace
}  // namespace millwright
