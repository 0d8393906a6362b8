#include "millwright/pipeline/pipeline_cost.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/prepare_with_memory.hpp"
#include "millwright/features/feature_extractor.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/numeric/random.hpp"
#include "millwright/pipeline/front.hpp"

namespace millwright {

namespace {

constexpr std::size_t block_samples = 65536;

/// Means over windows of what was measured; NaN where no window gave a value.
class mean_cost {
 public:
  void add(const std::vector<double>& values) {
    sum_.resize(values.size());
    count_.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(values[i])) continue;
      sum_[i] += values[i];
      ++count_[i];
    }
  }
  [[nodiscard]] double operator[](std::size_t i) const { return count_[i] > 0 ? sum_[i] / static_cast<double>(count_[i]) : math::nan; }

 private:
  std::vector<double> sum_;
  std::vector<std::size_t> count_;
};

double or_zero(double value) { return std::isfinite(value) ? value : 0.0; }

cost_report share_out(const std::vector<feature_extractor::planned_view>& plan, const port& features, const mean_cost& views,
                      const mean_cost& columns) {
  cost_report report;
  report.features.resize(features.columns.size());
  std::vector<std::size_t> readers(plan.size());
  for (std::size_t v = 0; v < plan.size(); ++v) {
    readers[v] += plan[v].columns.size();
    for (const std::size_t need : plan[v].needs) ++readers[need];
  }
  std::vector<double> part(plan.size());  // of the cost of a view and of what it reads, for each of its readers
  for (std::size_t v = 0; v < plan.size(); ++v) {
    double whole = or_zero(views[v]);
    for (const std::size_t need : plan[v].needs) whole += part[need];
    part[v] = whole / static_cast<double>(std::max<std::size_t>(readers[v], 1));
    for (const std::size_t c : plan[v].columns) {
      feature_cost& cost = report.features[c];
      cost.name = features.columns[c].name;
      cost.view = plan[v].kind->id;
      cost.own_ns = columns[c];
      cost.view_ns = part[v];
      cost.sharing = plan[v].columns.size();
    }
  }
  for (const feature_cost& cost : report.features) report.total_ns += or_zero(cost.own_ns) + cost.view_ns;
  return report;
}

/// One group of a recording for each channel group, samples planar and in the caller's memory.
result<void> add_group(recording& to, const pipeline_parts& parts, const std::vector<std::size_t>& members,
                       const std::vector<float>& samples) {
  recorded_group group;
  for (const std::size_t c : members) group.channels.push_back(parts.channels[c]);
  group.data = samples.data();
  group.samples = samples.size() / members.size();
  group.channel_stride = static_cast<std::ptrdiff_t>(group.samples);
  return to.add(std::move(group));
}

}  // namespace

result<cost_report> measure_cost(const pipeline_parts& parts, const recording& source, const cost_options& options) {
  MILLWRIGHT_TRY(const front model, front::prepare_frames(parts.channels, parts.window));
  feature_extractor extractor = parts.features;
  port features;
  front::instance frames_of;
  const auto prepare = [&](workspace& memory) -> result<void> {
    frames_of = front::instance::create(model, memory);
    MILLWRIGHT_TRY(features, extractor.prepare(model.frames(), memory));
    return {};
  };
  MILLWRIGHT_TRY(const auto memory, detail::prepare_with_memory(prepare));
  frames_of.reset();
  extractor.reset();
  mean_cost views, columns;
  const std::size_t most = std::max<std::size_t>(options.windows, 1);
  std::size_t measured = 0;
  const auto keep = [&](const frame_set& frames) {
    if (!frames.enough_valid || measured >= most) return;
    const auto cost = extractor.measure(frames.windows, std::max<std::size_t>(options.calls, 1));
    views.add(cost.view_ns);
    columns.add(cost.column_ns);
    ++measured;
  };
  MILLWRIGHT_CHECK(visit_blocks(source, parts.channels, model.groups(), block_samples, [&](const sample_block& block) -> result<void> {
    if (measured >= most) return {};
    return frames_of.push_frames(block, keep);
  }));
  frames_of.flush_frames(keep);
  if (measured == 0) {
    return error(errc::invalid_data, "cost", "the recording holds no complete window",
                 "give a recording that is longer than the longest window and has enough valid samples");
  }
  cost_report report = share_out(extractor.plan(), features, views, columns);
  report.windows = measured;
  return report;
}

result<cost_report> measure_cost(const pipeline& model, const cost_options& options) {
  const pipeline_parts& parts = model->parts;
  MILLWRIGHT_TRY(const front walked, front::prepare_frames(parts.channels, parts.window));
  recording source;
  for (std::size_t g = 0; g < walked.groups().size() && g < model->golden.inputs.size(); ++g) {
    MILLWRIGHT_CHECK(add_group(source, parts, walked.groups()[g], model->golden.inputs[g].samples));
  }
  return measure_cost(parts, source, options);
}

result<cost_report> measure_cost(const pipeline_parts& parts, const cost_options& options) {
  MILLWRIGHT_TRY(const front model, front::prepare_frames(parts.channels, parts.window));
  const double seconds = model.longest_window_s();
  std::vector<std::vector<float>> samples;
  for (const auto& members : model.groups()) {
    // One sample more than the longest window, for a slow channel whose newest sample lies before its end.
    const auto length = static_cast<std::size_t>(std::ceil(seconds * parts.channels[members.front()].rate_hz)) + 1;
    random_stream noise(0, samples.size());
    std::vector<float> group(members.size() * length);
    for (float& value : group) value = static_cast<float>(1.0 + 0.25 * noise.normal());
    samples.push_back(std::move(group));
  }
  recording source;
  for (std::size_t g = 0; g < samples.size(); ++g) {
    MILLWRIGHT_CHECK(add_group(source, parts, model.groups()[g], samples[g]));
  }
  return measure_cost(parts, source, options);
}

}  // namespace millwright
