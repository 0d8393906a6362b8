// What each view and each feature costs, measured one by one.

#include <algorithm>
#include <chrono>

#include "millwright/features/feature_extractor.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {

/// Nanoseconds of one call of `work`, the least of several rounds: what disturbs only adds.
template <class Work>
double time_of(std::size_t calls, Work work) {
  constexpr int rounds = 5;
  double least = math::infinity;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < calls; ++i) work();
    const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
    least = std::min(least, taken.count() / static_cast<double>(calls));
  }
  return least;
}

}  // namespace

template <class InputOf>
feature_extractor::measured_cost feature_extractor::measure_sources(const InputOf& input_of, std::size_t calls) {
  measured_cost cost;
  cost.view_ns.assign(nodes_.size(), math::nan);
  cost.column_ns.assign(columns_.size(), math::nan);
  if (calls == 0) return cost;
  instance& run = own();
  std::vector<double> row(columns_.size());
  for (const source_plan& source : sources_) {
    double speed = shaft_hz > 0.0 ? shaft_hz : math::nan;
    if (needs_shaft_ && speed_unit_hz_ > 0.0) {
      const view_input of_speed = input_of(source.window, speed_at_);
      speed = run.speed_from(of_speed.samples, of_speed.quality);
    }
    view_input in = input_of(source.window, source.channel);
    in.shaft_hz = speed;
    bool undefined = false;
    run.compute(source, in, row, undefined);
    for (std::size_t n = source.first; n < source.last; ++n) {
      if (run.is_defined_[n] == 0) continue;
      const node_plan& node = nodes_[n];
      const view_kind& kind = *objects_[node.object].kind;
      void* view = run.views_[node.object];
      std::array<const void*, max_view_needs> needed = {};
      for (std::size_t i = node.first_need; i < node.last_need; ++i) {
        needed[i - node.first_need] = run.views_[nodes_[needed_[i]].object];
      }
      in.parts = node.parts;
      in.extent = node.extent;
      cost.view_ns[n] = time_of(calls, [&] { kind.compute(view, in, needed.data()); });
      for (std::size_t c = node.first; c < node.last; ++c) {
        const column_plan& column = columns_[c];
        [[maybe_unused]] volatile double kept = 0.0;  // or the compiler would leave the work out
        cost.column_ns[column.column] = time_of(calls, [&] {
          const double value = column.definition->value(view, column.arguments);
          kept = column.is_log ? math::log(value) : value;
        });
      }
    }
  }
  return cost;
}

feature_extractor::measured_cost feature_extractor::measure(std::span<const frame> windows, std::size_t calls) {
  return measure_sources([&](std::size_t window, std::size_t channel) { return input_of(windows, window, channel); }, calls);
}

feature_extractor::measured_cost feature_extractor::measure(std::span<const sample_span> channels, std::size_t calls) {
  return measure_sources([&](std::size_t window, std::size_t channel) { return input_of(channels, {}, window, channel); }, calls);
}

}  // namespace millwright
