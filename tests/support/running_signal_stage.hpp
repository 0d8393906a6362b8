// Any signal stage of the registry on memory of its own, and a signal for it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "millwright/numeric/math.hpp"
#include "millwright/numeric/random.hpp"
#include "millwright/signal_stages.hpp"
#include "support/signal_stage_variants.hpp"
#include "support/small_machine.hpp"

namespace millwright::test {

inline constexpr double stage_rate_hz = 2'000.0;
inline constexpr std::size_t stage_items = 6'000;
inline constexpr std::size_t stage_max_items = 1'500;

/// What the last column of an example signal is.
enum class last_column : std::uint8_t { signal, pulses, speed };

/// Tones, noise and an offset. The last column may pass for a tacho (25 pulses a second) or for a speed about 1,500 rpm.
template <class Real>
std::vector<Real> example_signal(std::size_t columns, last_column last) {
  std::vector<Real> x(stage_items * columns);
  random_stream random(11, 0);
  for (std::size_t i = 0; i < stage_items; ++i) {
    const double t = static_cast<double>(i) / stage_rate_hz;
    for (std::size_t c = 0; c < columns; ++c) {
      double value = 0.3 + math::sin_pi(140.0 * t) + 0.5 * math::sin_pi(820.0 * t) + random.uniform();
      if (c + 1 == columns && last == last_column::pulses) value = math::sin_pi(50.0 * t) > 0.9 ? 5.0 : -1.0;
      if (c + 1 == columns && last == last_column::speed) value = 1'500.0 + 200.0 * math::sin_pi(2.0 * t);
      x[i * columns + c] = static_cast<Real>(value);
    }
  }
  return x;
}

template <class Real>
class running_stage {
 public:
  explicit running_stage(const stage_variant& variant) : stage(make_stage<Real>(variant)) {
    in.columns = stage.input_columns() == 0 ? 2 : stage.input_columns();
    in.rate_hz = stage_rate_hz;
    in.max_items = stage_max_items;
    if (stage.learns()) {
      const auto x = example();
      must(stage.observe(x, in));
      must(stage.finish());
    }
    workspace measure;
    out = must(stage.prepare(in, measure));
    needed = measure.bytes_used();
    memory_.assign(needed + workspace::alignment, std::byte{0xA5});  // a stage must not count on zeros
    auto* start = memory_.data() + (workspace::alignment - reinterpret_cast<std::uintptr_t>(memory_.data()) % workspace::alignment);
    workspace arena({start, needed});
    out = must(stage.prepare(in, arena));
    used = arena.bytes_used();
    stage.reset();
  }

  /// A signal that means something to the stage.
  [[nodiscard]] std::vector<Real> example() const {
    last_column last = stage.id() == "tacho" || in.columns == 2 ? last_column::pulses : last_column::signal;
    for (const auto& [name, value] : stage.get_params()) {
      if (name == "reference" && value == param_value(std::string("speed"))) last = last_column::speed;
    }
    return example_signal<Real>(in.columns, last);
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

inline std::vector<std::string_view> signal_stage_ids() {
  std::vector<std::string_view> ids;
  for (const auto* table : builtin_signal_registry<double>().stages()) ids.push_back(table->id);
  return ids;
}

/// Tests that every signal stage takes under each of its variants.
class EachSignalStage : public testing::TestWithParam<std::string_view> {
 protected:
  /// f.operator()<float>(variant) and f.operator()<double>(variant) for every variant of the stage.
  template <class F>
  void for_each_variant(F f) {
    for (const auto& variant : variants_of(GetParam())) {
      SCOPED_TRACE(variant.name());
      f.template operator()<float>(variant);
      f.template operator()<double>(variant);
    }
  }
};

}  // namespace millwright::test
