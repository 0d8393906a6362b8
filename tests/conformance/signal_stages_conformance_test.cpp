// What every signal stage of the registry promises, whichever it is, for float and double. A new line in signal_stages.hpp is tested
// here without a new line in this file.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "millwright/cpu.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/math.hpp"
#include "millwright/random.hpp"
#include "millwright/signal_stages.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

constexpr double rate_hz = 2'000.0;
constexpr std::size_t items = 6'000;
constexpr std::size_t max_items = 1'500;

/// Tones, noise and an offset; the last of several columns is a pulse train of 25 Hz, so that it may pass for a tacho.
template <class Real>
std::vector<Real> example_signal(std::size_t columns) {
  std::vector<Real> x(items * columns);
  random_stream random(11, 0);
  for (std::size_t i = 0; i < items; ++i) {
    const double t = static_cast<double>(i) / rate_hz;
    for (std::size_t c = 0; c < columns; ++c) {
      const double value = columns > 1 && c + 1 == columns
                               ? (math::sin_pi(50.0 * t) > 0.9 ? 5.0 : 0.0)
                               : 0.3 + math::sin_pi(140.0 * t) + 0.5 * math::sin_pi(820.0 * t) + random.uniform();
      x[i * columns + c] = static_cast<Real>(value);
    }
  }
  return x;
}

template <class Real>
class running {
 public:
  explicit running(std::string_view id) : stage(test::must(builtin_signal_registry<Real>().make(id))) {
    in.columns = stage.input_columns() == 0 ? 2 : stage.input_columns();
    in.rate_hz = rate_hz;
    in.max_items = max_items;
    if (stage.learns()) {
      const auto x = example_signal<Real>(in.columns);
      test::must(stage.observe(x, in));
      test::must(stage.finish());
    }
    workspace measure;
    out = test::must(stage.prepare(in, measure));
    needed = measure.bytes_used();
    memory_.assign(needed + workspace::alignment, std::byte{0xA5});  // a stage must not count on zeros
    auto* start = memory_.data() + (workspace::alignment - reinterpret_cast<std::uintptr_t>(memory_.data()) % workspace::alignment);
    workspace arena({start, needed});
    out = test::must(stage.prepare(in, arena));
    used = arena.bytes_used();
    stage.reset();
  }

  /// Items [first, last) of x in pieces of random size up to `largest`; appends what comes out.
  void push(const std::vector<Real>& x, std::size_t first, std::size_t last, std::size_t largest, std::vector<Real>& result) {
    random_stream random(largest, first);
    std::vector<Real> room(out.columns * out.max_items);
    while (first < last) {
      const std::size_t piece = std::min(last - first, 1 + static_cast<std::size_t>(random.uniform() * static_cast<double>(largest)));
      const std::size_t written = stage.process(std::span(x).subspan(first * in.columns, piece * in.columns), room);
      ASSERT_LE(written, room.size());
      ASSERT_EQ(written % out.columns, 0u);
      result.insert(result.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(written));
      first += piece;
    }
  }
  void flush(std::vector<Real>& result) {
    std::vector<Real> room(out.columns * out.max_items);
    const std::size_t written = stage.flush(room);
    ASSERT_LE(written, room.size());
    ASSERT_EQ(written % out.columns, 0u);
    result.insert(result.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(written));
  }
  std::vector<Real> run(const std::vector<Real>& x, std::size_t largest) {
    std::vector<Real> result;
    stage.reset();
    push(x, 0, x.size() / in.columns, largest, result);
    flush(result);
    return result;
  }
  std::vector<std::byte> state() {
    state_writer count;
    stage.persist(count);
    std::vector<std::byte> bytes(count.bytes());
    state_writer writer(bytes);
    stage.persist(writer);
    EXPECT_TRUE(writer.ok());
    return bytes;
  }

  any_signal_stage<Real> stage;
  signal_port in, out;
  std::size_t needed = 0, used = 0;

 private:
  std::vector<std::byte> memory_;
};

template <class Real>
void expect_same_bits(const std::vector<Real>& a, const std::vector<Real>& b, const std::string& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    ASSERT_EQ(std::memcmp(&a[i], &b[i], sizeof(Real)), 0) << what << ", value " << i << ": " << a[i] << " and " << b[i];
  }
}

std::vector<std::string_view> signal_stage_ids() {
  std::vector<std::string_view> ids;
  for (const auto* table : builtin_signal_registry<double>().stages()) ids.push_back(table->id);
  return ids;
}

class SignalStages : public testing::TestWithParam<std::string_view> {
 protected:
  /// f.operator()<float>() and f.operator()<double>().
  template <class F>
  void for_both(F f) {
    f.template operator()<float>();
    f.template operator()<double>();
  }
};
INSTANTIATE_TEST_SUITE_P(Registry, SignalStages, testing::ValuesIn(signal_stage_ids()), [](const auto& p) { return std::string(p.param); });

TEST_P(SignalStages, DescribesItself) {
  const auto stage = test::must(builtin_signal_registry<double>().make(GetParam()));
  const stage_info info = stage.info();
  EXPECT_TRUE(stage.validate());
  EXPECT_GE(info.doc.size(), 20u);
  EXPECT_EQ(info.doc.back(), '.') << info.doc;
  for (const param_info& p : info.params) EXPECT_GE(p.doc.size(), 10u) << p.name;
}

TEST_P(SignalStages, TakesExactlyTheMemoryThatItMeasured) {
  for_both([&]<class Real>() {
    running<Real> r(GetParam());
    EXPECT_EQ(r.used, r.needed);
    EXPECT_GT(r.out.columns, 0u);
    EXPECT_GT(r.out.max_items, 0u);
    EXPECT_GT(r.out.rate_hz, 0.0);
    EXPECT_GE(r.out.delay_s, 0.0);
  });
}

TEST_P(SignalStages, AnyCutOfTheInputGivesTheSameBits) {
  for_both([&]<class Real>() {
    running<Real> r(GetParam());
    const auto x = example_signal<Real>(r.in.columns);
    const auto whole = r.run(x, max_items);
    EXPECT_FALSE(whole.empty());
    for (const std::size_t largest : {1, 7, 64, 700}) expect_same_bits(whole, r.run(x, largest), "pieces up to " + std::to_string(largest));
  });
}

TEST_P(SignalStages, NoSamplesGiveNoError) {
  for_both([&]<class Real>() {
    running<Real> r(GetParam());
    std::vector<Real> result;
    r.flush(result);
    for (const Real v : result) EXPECT_FALSE(std::isinf(v));
  });
}

TEST_P(SignalStages, StateGoesOnWhereItWasWritten) {
  for_both([&]<class Real>() {
    running<Real> r(GetParam());
    const auto x = example_signal<Real>(r.in.columns);
    std::vector<Real> expected, found;
    r.push(x, 0, 2'345, 500, expected);
    expected.clear();
    const auto bytes = r.state();
    r.push(x, 2'345, items, 500, expected);
    r.flush(expected);

    running<Real> other(GetParam());
    state_reader reader(bytes);
    other.stage.persist(reader);
    ASSERT_TRUE(reader.ok());
    EXPECT_EQ(reader.bytes_left(), 0u);
    other.push(x, 2'345, items, 77, found);
    other.flush(found);
    expect_same_bits(expected, found, "after a checkpoint");
  });
}

TEST_P(SignalStages, ACutStateIsRefused) {
  running<double> r(GetParam());
  const auto x = example_signal<double>(r.in.columns);
  std::vector<double> result;
  r.push(x, 0, 1'000, 500, result);
  const auto bytes = r.state();
  if (bytes.empty()) GTEST_SKIP() << "stateless";
  running<double> other(GetParam());
  state_reader reader{std::span<const std::byte>(bytes).first(bytes.size() - 1)};
  other.stage.persist(reader);
  EXPECT_FALSE(reader.ok());
}

TEST_P(SignalStages, EveryKernelLevelGivesTheSameBits) {
  const kernel_level before = active_kernel_level();
  for_both([&]<class Real>() {
    std::vector<Real> reference;
    for (const kernel_level level :
         {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
      if (detail::kernels_of(level) == nullptr) continue;
      ASSERT_TRUE(force_kernel_level(level));
      running<Real> r(GetParam());
      const auto out = r.run(example_signal<Real>(r.in.columns), 333);
      if (reference.empty()) reference = out;
      expect_same_bits(reference, out, std::string(to_string(level)));
    }
  });
  ASSERT_TRUE(force_kernel_level(before));
}

TEST_P(SignalStages, OneBadSampleIsForgotten) {
  for_both([&]<class Real>() {
    for (const double bad : {std::nan(""), HUGE_VAL}) {
      running<Real> r(GetParam());
      auto x = example_signal<Real>(r.in.columns);
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
  for_both([&]<class Real>() {
    for (const double scale : {0.0, 1e-42, 1e9}) {
      running<Real> r(GetParam());
      auto x = example_signal<Real>(r.in.columns);
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

TEST(SignalRegistry, RefusesUnknownStagesAndNamesKnownOnes) {
  const auto made = builtin_signal_registry<float>().make("teager_energi");
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message().find("teager_energy"), std::string::npos) << made.error().message();
}

}  // namespace
}  // namespace millwright
