// What every signal stage of the registry promises, whichever it is, for float and double. A new line in signal_stages.hpp is tested
// here without a new line in this file.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/cpu.hpp"
#include "support/running_signal_stage.hpp"

namespace millwright {
namespace {

template <class Real>
void expect_same_bits(const std::vector<Real>& a, const std::vector<Real>& b, const std::string& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    ASSERT_EQ(std::memcmp(&a[i], &b[i], sizeof(Real)), 0) << what << ", value " << i << ": " << a[i] << " and " << b[i];
  }
}

class SignalStages : public test::EachSignalStage {};
INSTANTIATE_TEST_SUITE_P(Registry, SignalStages, testing::ValuesIn(test::signal_stage_ids()),
                         [](const auto& p) { return std::string(p.param); });

TEST_P(SignalStages, DescribesItself) {
  const auto stage = test::must(builtin_signal_registry<double>().make(GetParam()));
  const stage_info info = stage.info();
  EXPECT_TRUE(stage.validate());
  EXPECT_GE(info.doc.size(), 20u);
  EXPECT_EQ(info.doc.back(), '.') << info.doc;
  for (const param_info& p : info.params) EXPECT_GE(p.doc.size(), 10u) << p.name;
}

TEST_P(SignalStages, TakesExactlyTheMemoryThatItMeasured) {
  for_each_variant([&]<class Real>(const test::stage_variant& variant) {
    test::running_stage<Real> r(variant);
    EXPECT_EQ(r.used, r.needed);
    EXPECT_GT(r.out.columns, 0u);
    EXPECT_GT(r.out.max_items, 0u);
    EXPECT_GT(r.out.rate_hz, 0.0);
    EXPECT_GE(r.out.delay_s, 0.0);
  });
}

TEST_P(SignalStages, AnyCutOfTheInputGivesTheSameBits) {
  for_each_variant([&]<class Real>(const test::stage_variant& variant) {
    test::running_stage<Real> r(variant);
    const auto x = r.example();
    const auto whole = r.run(x, test::stage_max_items);
    EXPECT_FALSE(whole.empty());
    for (const std::size_t largest : {1, 7, 64, 700}) expect_same_bits(whole, r.run(x, largest), "pieces up to " + std::to_string(largest));
  });
}

TEST_P(SignalStages, NoSamplesGiveNoError) {
  for_each_variant([&]<class Real>(const test::stage_variant& variant) {
    test::running_stage<Real> r(variant);
    std::vector<Real> result;
    r.flush(result);
    for (const Real v : result) EXPECT_FALSE(std::isinf(v));
  });
}

TEST_P(SignalStages, StateGoesOnWhereItWasWritten) {
  for_each_variant([&]<class Real>(const test::stage_variant& variant) {
    test::running_stage<Real> r(variant);
    const auto x = r.example();
    std::vector<Real> expected, found;
    r.push(x, 0, 2'345, 500, expected);
    expected.clear();
    const auto bytes = r.state();
    r.push(x, 2'345, test::stage_items, 500, expected);
    r.flush(expected);

    test::running_stage<Real> other(variant);
    state_reader reader(bytes);
    other.stage.persist(reader);
    ASSERT_TRUE(reader.ok());
    EXPECT_EQ(reader.bytes_left(), 0u);
    other.push(x, 2'345, test::stage_items, 77, found);
    other.flush(found);
    expect_same_bits(expected, found, "after a checkpoint");
  });
}

TEST_P(SignalStages, ACutStateIsRefused) {
  test::running_stage<double> r({GetParam(), ""});
  const auto x = r.example();
  std::vector<double> result;
  r.push(x, 0, 1'000, 500, result);
  const auto bytes = r.state();
  if (bytes.empty()) GTEST_SKIP() << "stateless";
  test::running_stage<double> other({GetParam(), ""});
  state_reader reader{std::span<const std::byte>(bytes).first(bytes.size() - 1)};
  other.stage.persist(reader);
  EXPECT_FALSE(reader.ok());
}

// Whatever the bytes, a state is refused or the stage runs on within its memory; sanitizers see whether it does.
TEST_P(SignalStages, AHostileStateIsRefusedOrHarmless) {
  for_each_variant([&]<class Real>(const test::stage_variant& variant) {
    test::running_stage<Real> r(variant);
    const auto x = r.example();
    std::vector<Real> result;
    r.push(x, 0, 2'000, 500, result);
    const auto good = r.state();
    if (good.empty()) return;
    random_stream random(23, 0);
    const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random.uniform() * static_cast<double>(below)); };
    const int trials = variant.settings.empty() ? 150 : 20;
    for (int trial = 0; trial < trials; ++trial) {
      auto bytes = good;
      const std::size_t changes = 1 + pick(4);
      for (std::size_t c = 0; c < changes; ++c) {
        // The head holds the counters; a word of ones or of zeros is what breaks indices.
        const std::size_t at = pick(trial % 2 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 128));
        const std::size_t width = std::min<std::size_t>(trial % 3 == 0 ? 8 : 1, bytes.size() - at);
        const auto value = static_cast<std::byte>(trial % 5 == 0 ? 0xFF : trial % 5 == 1 ? 0 : pick(256));
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), width, value);
      }
      r.stage.reset();
      state_reader reader(bytes);
      r.stage.persist(reader);
      if (!reader.ok()) continue;
      result.clear();
      r.push(x, 2'000, 3'000, 300, result);
      r.flush(result);
    }
    expect_same_bits(r.run(x, 700), r.run(x, test::stage_max_items), "after hostile states");
  });
}

TEST_P(SignalStages, EveryKernelLevelGivesTheSameBits) {
  const kernel_level before = active_kernel_level();
  for_each_variant([&]<class Real>(const test::stage_variant& variant) {
    std::vector<Real> reference;
    for (const kernel_level level :
         {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
      if (detail::kernels_of(level) == nullptr) continue;
      ASSERT_TRUE(force_kernel_level(level));
      test::running_stage<Real> r(variant);
      const auto out = r.run(r.example(), 333);
      if (reference.empty()) reference = out;
      expect_same_bits(reference, out, std::string(to_string(level)));
    }
  });
  ASSERT_TRUE(force_kernel_level(before));
}

TEST_P(SignalStages, OneBadSampleIsForgotten) {
  for_each_variant([&]<class Real>(const test::stage_variant& variant) {
    for (const double bad : {std::nan(""), HUGE_VAL}) {
      test::running_stage<Real> r(variant);
      auto x = r.example();
      x[100 * r.in.columns] = static_cast<Real>(bad);
      const auto out = r.run(x, 500);
      ASSERT_GE(out.size(), r.out.columns);
      for (std::size_t c = 0; c < r.out.columns; ++c) {
        EXPECT_TRUE(std::isfinite(out[out.size() - r.out.columns + c])) << "column " << c << " of the last item, after " << bad;
      }
    }
  });
}

TEST_P(SignalStages, ExtremeButFiniteSamplesGiveNoInfinity) {
  for_each_variant([&]<class Real>(const test::stage_variant& variant) {
    for (const double scale : {0.0, 1e-42, 1e9}) {
      test::running_stage<Real> r(variant);
      auto x = r.example();
      for (Real& v : x) v = static_cast<Real>(scale * static_cast<double>(v) + (scale > 1.0 ? 1e9 : 0.0));
      const auto out = r.run(x, 500);
      EXPECT_EQ(std::count_if(out.begin(), out.end(), [](Real v) { return std::isinf(v); }), 0) << "scale " << scale;
    }
  });
}

TEST_P(SignalStages, RefusesAnImpossibleInput) {
  auto stage = test::must(builtin_signal_registry<double>().make(GetParam()));
  const std::size_t columns = stage.input_columns() == 0 ? 1 : stage.input_columns();
  for (const signal_port& in : {signal_port{0, 1'000.0, 10, 0.0}, signal_port{columns, 0.0, 10, 0.0},
                                signal_port{columns, std::nan(""), 10, 0.0}, signal_port{columns, 1'000.0, 0, 0.0}}) {
    workspace measure;
    EXPECT_FALSE(stage.prepare(in, measure));
  }
}

// The tests above see a setting only if some variant has it.
TEST_P(SignalStages, EveryParameterIsVaried) {
  const auto list = test::variants_of(GetParam());
  for (const param_info& p : test::make_stage<double>(list[0]).info().params) {
    std::vector<param_value> others;
    for (const auto& variant : list) {
      for (const auto& [name, value] : test::make_stage<double>(variant).get_params()) {
        if (name != p.name || value == p.initial) continue;
        if (std::find(others.begin(), others.end(), value) == others.end()) others.push_back(value);
      }
    }
    for (const std::string_view word : test::split(p.is_number() ? p.choices : std::string_view(), '|')) {
      const param_value value = std::string(word);
      if (value == p.initial) continue;
      EXPECT_NE(std::find(others.begin(), others.end(), value), others.end()) << p.name << ": no row has the word " << word;
    }
    const std::size_t wanted = p.is_number() && p.high > p.low + 1.0 ? 2 : 1;
    EXPECT_GE(others.size(), wanted) << p.name << ": add rows to tests/support/signal_stage_variants.hpp";
  }
}

TEST(SignalVariants, RefusedChoicesAreRefused) {
  for (const auto& row : test::refused_settings) {
    auto stage = test::make_stage<double>({row.id, std::string(row.settings)});
    workspace measure;
    const auto made = stage.prepare({1, 1'000.0, 10, 0.0}, measure);
    ASSERT_FALSE(made) << row.id << " " << row.settings;
    EXPECT_EQ(made.error().code, errc::invalid_argument);
  }
}

// A size that does not fit is refused, before anything is carved or wraps about.
TEST_P(SignalStages, HugeSizesAreRefusedOrMeasured) {
  for_each_variant([&]<class Real>(const test::stage_variant& variant) {
    test::running_stage<Real> r(variant);
    constexpr auto all = static_cast<std::size_t>(-1);
    for (const std::size_t items : {all, all / 2 + 1, all - 1'000, all / r.in.columns, std::size_t{1} << 41}) {
      workspace measure;
      const auto out = r.stage.prepare({r.in.columns, r.in.rate_hz, items, 0.0}, measure);
      ASSERT_FALSE(out) << items;
      EXPECT_EQ(out.error().code, errc::limit_exceeded) << out.error().message();
    }
    for (const std::size_t items : {std::size_t{1} << 40, std::size_t{1} << 39, std::size_t{1} << 33}) {
      workspace measure;
      const auto out = r.stage.prepare({r.in.columns, r.in.rate_hz, items, 0.0}, measure);
      EXPECT_FALSE(measure.exhausted() && out);
      if (out) {
        EXPECT_LE(out->columns, signal_port::most_values / out->max_items);
      }
    }
    if (r.stage.input_columns() != 0) return;
    for (const std::size_t columns : {all, all / 2 + 1, std::size_t{1} << 40, std::size_t{1} << 21}) {
      workspace measure;
      const auto out = r.stage.prepare({columns, r.in.rate_hz, 10, 0.0}, measure);
      ASSERT_FALSE(out) << columns;
      EXPECT_EQ(out.error().code, errc::limit_exceeded) << out.error().message();
    }
  });
}

TEST_P(SignalStages, TooLittleMemoryIsAnError) {
  for_each_variant([&]<class Real>(const test::stage_variant& variant) {
    test::running_stage<Real> r(variant);
    if (r.needed == 0) return;
    alignas(workspace::alignment) std::byte line[workspace::alignment];
    workspace small(std::span<std::byte>(line).first(r.needed > sizeof line ? sizeof line : 0));
    const auto out = r.stage.prepare(r.in, small);
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().code, errc::out_of_memory) << out.error().message();
  });
}

TEST(SignalRegistry, RefusesUnknownStagesAndNamesKnownOnes) {
  const auto made = builtin_signal_registry<float>().make("teager_energi");
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message().find("teager_energy"), std::string::npos) << made.error().message();
}

}  // namespace
}  // namespace millwright
