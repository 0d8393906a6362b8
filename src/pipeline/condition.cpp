#include "millwright/pipeline/condition.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/nearest_name.hpp"
#include "millwright/data/quality.hpp"

namespace millwright {

namespace {
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr auto missing_bit = static_cast<std::uint8_t>(bits(quality::missing));
constexpr auto not_finite_bit = static_cast<std::uint8_t>(bits(quality::not_finite));
constexpr auto clipped_bit = static_cast<std::uint8_t>(bits(quality::clipped));
constexpr double slack = 1e-6;  // of a sample, for times that are sums of rounded ones

std::string where_of(const channel_condition& condition, std::string_view stage) {
  return "condition, channel \"" + condition.channel + "\", " + std::string(stage);
}

error refuse(const channel_condition& condition, std::string_view stage, std::string_view what, std::string_view mend) {
  return {errc::invalid_argument, where_of(condition, stage), what, mend};
}

/// What to do instead of a stage that gives no evenly timed samples.
std::string_view instead_of(std::string_view stage) {
  if (stage == "order_tracker" || stage == "synchronous_average" || stage == "gear_condition" || stage == "tacho") {
    return "samples per revolution have no place on the clock: give the features \"speed_channel\" or \"shaft_hz\" and use features that "
           "count in orders, or resample the recording before it comes in";
  }
  return "use a filter, decimator, resampler, integrator, envelope, peak_hold, high_frequency_energy, velocity_severity or teager_energy "
         "here, and features for the rest";
}

bool same_settings(const channel_condition& a, const channel_condition& b) {
  if (a.stages.size() != b.stages.size()) return false;
  for (std::size_t i = 0; i < a.stages.size(); ++i) {
    if (a.stages[i].id() != b.stages[i].id() || a.stages[i].get_params() != b.stages[i].get_params()) return false;
  }
  return true;
}

/// Lists and long texts, which only prepare reads, would make copies of the stage take memory from the heap.
result<void> drop_long_settings(any_signal_stage<float>& stage) {
  constexpr std::size_t short_text = 15;
  for (const auto& [name, value] : stage.get_params()) {
    if (const auto* text = std::get_if<std::string>(&value); text != nullptr && text->size() > short_text) {
      MILLWRIGHT_CHECK(stage.set_param(name, std::string()));
    } else if (std::holds_alternative<std::vector<double>>(value)) {
      MILLWRIGHT_CHECK(stage.set_param(name, std::vector<double>()));
    } else if (std::holds_alternative<std::vector<std::string>>(value)) {
      MILLWRIGHT_CHECK(stage.set_param(name, std::vector<std::string>()));
    }
  }
  return {};
}

/// How many items lie before `seconds`.
std::uint64_t items_before(double seconds, double rate_hz) {
  return seconds > 0.0 ? static_cast<std::uint64_t>(std::min(std::ceil(seconds * rate_hz - slack), 0x1p53)) : 0;
}

}  // namespace

result<double> conditioned_rate_hz(const channel& of, std::span<const channel_condition> conditions) {
  for (const channel_condition& condition : conditions) {
    if (condition.channel != of.name || of.role == channel_role::ignore) continue;
    const channel alone[] = {of};
    const channel_condition own[] = {condition};
    MILLWRIGHT_TRY(const gridder grid, gridder::prepare(alone, clock_policy{}, 1.0));
    MILLWRIGHT_TRY(const conditioner made, conditioner::prepare(alone, grid, own));
    return made.lanes().front().rate_hz;
  }
  return of.rate_hz;
}

result<void> conditioner::prepare_lane(const gridder& grid, const channel_condition& condition, std::size_t at) {
  lane& made = lanes_[at];
  plan& of = plans_[at];
  const double rate_hz = grid.rate_hz(made.group);
  double first_s = 0.0;
  double newest_s = 0.0;
  double memory_s = 0.0;
  signal_port port;
  port.columns = made.channels.size();
  port.rate_hz = rate_hz;
  port.max_items = gridder::most_run_slots;
  room_ = std::max(room_, port.columns * port.max_items);
  for (const any_signal_stage<float>& given : condition.stages) {
    if (!given.conditions()) {
      return refuse(condition, given.id(), "this stage does not give one value of a channel for one or more samples, evenly in time",
                    instead_of(given.id()));
    }
    prepared_stage stage{given, port.columns};
    signal_port in;
    in.columns = port.columns;
    in.rate_hz = port.rate_hz;
    in.max_items = port.max_items;
    workspace measure;
    auto prepared = stage.stage.prepare(in, measure);
    if (!prepared) {
      error refused = prepared.error();
      refused.where = std::string_view(where_of(condition, given.id()));
      return refused;
    }
    MILLWRIGHT_CHECK(drop_long_settings(stage.stage));
    const signal_port& out = *prepared;
    if (out.columns != in.columns) {
      return refuse(condition, given.id(), "the stage gives another number of columns than it takes", instead_of(given.id()));
    }
    if (out.rate_hz > in.rate_hz * (1.0 + 1e-9)) {
      return refuse(condition, given.id(), "the stage raises the rate", "frames hold what was measured: leave the rate or lower it");
    }
    stage.room = out.max_items;
    stage.skipped = items_before(out.start_s - out.newest_s, out.rate_hz);
    const double skipped_s = static_cast<double>(stage.skipped) / out.rate_hz;
    first_s += out.first_s + skipped_s;
    newest_s += out.newest_s + skipped_s;
    memory_s += out.memory_s;
    port = out;
    room_ = std::max(room_, out.columns * out.max_items);
    of.stages.push_back(std::move(stage));
  }
  made.rate_hz = port.rate_hz;
  if (!(made.rate_hz >= 1e-6)) {
    return refuse(condition, condition.stages.back().id(), "less than one sample in 11 days would be left", "lower the rate by less");
  }
  of.ratio = rate_hz / port.rate_hz;
  of.oldest = (newest_s - memory_s) * rate_hz;
  of.first_ns = static_cast<time_ns>(std::floor(first_s * 1e9 + 0.5));
  of.skipped = items_before(-first_s, port.rate_hz);
  made.delay_s = newest_s - first_s;
  made.lead_in_s = newest_s + static_cast<double>(of.skipped) / made.rate_hz;
  made.memory_s = memory_s;
  return {};
}

result<conditioner> conditioner::prepare(std::span<const channel> channels, const gridder& grid,
                                         std::span<const channel_condition> conditions) {
  std::vector<const channel_condition*> of(channels.size(), nullptr);
  std::vector<std::string_view> names;
  for (const channel& c : channels) {
    if (c.role != channel_role::ignore) names.push_back(c.name);
  }
  for (const channel_condition& condition : conditions) {
    const auto found = std::find_if(channels.begin(), channels.end(), [&](const channel& c) { return c.name == condition.channel; });
    if (found == channels.end() || found->role == channel_role::ignore) {
      return error(errc::invalid_argument, "condition", "there is no channel \"" + condition.channel + "\" that is used",
                   detail::suggestion(condition.channel, names));
    }
    const auto i = static_cast<std::size_t>(found - channels.begin());
    if (of[i] != nullptr) {
      return error(errc::invalid_argument, "condition", "channel \"" + condition.channel + "\" is listed twice", "list its stages once");
    }
    if (condition.stages.size() > 16) {
      return error(errc::limit_exceeded, "condition, channel \"" + condition.channel + "\"", "more than 16 stages", "use fewer");
    }
    of[i] = &condition;
  }
  static const channel_condition nothing;
  conditioner made;
  for (std::size_t g = 0; g < grid.groups().size(); ++g) {
    const auto& members = grid.groups()[g];
    const std::size_t first_lane = made.lanes_.size();
    std::vector<const channel_condition*> lane_conditions;
    for (std::size_t k = 0; k < members.size(); ++k) {
      const channel_condition* wanted = of[members[k]] != nullptr ? of[members[k]] : &nothing;
      std::size_t l = 0;
      while (l < lane_conditions.size() && !same_settings(*lane_conditions[l], *wanted)) ++l;
      if (l == lane_conditions.size()) {
        lane_conditions.push_back(wanted);
        lane& fresh = made.lanes_.emplace_back();
        fresh.group = g;
        made.plans_.emplace_back();
      }
      made.lanes_[first_lane + l].channels.push_back(k);
    }
    for (std::size_t l = 0; l < lane_conditions.size(); ++l) {
      const std::size_t at = first_lane + l;
      plan& p = made.plans_[at];
      MILLWRIGHT_CHECK(made.prepare_lane(grid, *lane_conditions[l], at));
      p.passes = p.stages.empty() && lane_conditions.size() == 1;
      p.keeps_stamps = lane_conditions.size() == 1 && p.ratio == 1.0 && p.first_ns == 0 && p.skipped == 0;
      for (const prepared_stage& s : p.stages) p.keeps_stamps = p.keeps_stamps && s.skipped == 0;
      if (lane_conditions.size() > 1) made.lanes_[at].burst_s = static_cast<double>(gridder::most_run_slots) / grid.rate_hz(g);
      p.first_channel = made.channels_;
      p.first_stage = made.stages_;
      made.channels_ += made.lanes_[at].channels.size();
      made.stages_ += p.stages.size();
      made.widest_ = std::max(made.widest_, made.lanes_[at].channels.size());
      made.is_needed_ = made.is_needed_ || !p.passes;
    }
  }
  return made;
}

conditioner::instance conditioner::instance::create(const conditioner& model, workspace& memory) noexcept {
  instance made;
  made.model_ = &model;
  if (!model.is_needed_) return made;
  made.lanes_ = memory.carve<lane_state>(model.lanes_.size());
  made.stages_ = memory.carve<signal_stage_instance<float>>(model.stages_);
  made.stage_items_ = memory.carve<std::uint64_t>(model.stages_);
  made.held_ = memory.carve<float>(model.channels_);
  made.bad_end_ = memory.carve<std::uint64_t>(model.channels_);
  made.bad_bits_ = memory.carve<std::uint8_t>(model.channels_);
  made.clipped_end_ = memory.carve<std::uint64_t>(model.channels_);
  for (const plan& p : model.plans_) {
    for (std::size_t i = 0; i < p.stages.size(); ++i) {
      const auto stage = signal_stage_instance<float>::create(p.stages[i].stage, memory);
      if (!made.stages_.empty()) made.stages_[p.first_stage + i] = stage;
    }
  }
  made.a_ = memory.carve_scratch<float>(model.room_);
  made.b_ = memory.carve_scratch<float>(model.room_);
  made.values_ = memory.carve_scratch<float>(model.room_);
  made.marks_ = memory.carve_scratch<std::uint8_t>(model.room_);
  made.marked_end_ = memory.carve_scratch<std::size_t>(model.widest_);
  return made;
}

void conditioner::instance::destroy() noexcept {
  for (auto& stage : stages_) stage.destroy();
}

void conditioner::instance::reset() noexcept {
  std::fill(lanes_.begin(), lanes_.end(), lane_state{0, 0, std::numeric_limits<time_ns>::min()});
  for (auto& stage : stages_) stage.reset();
  std::fill(stage_items_.begin(), stage_items_.end(), std::uint64_t{0});
  std::fill(held_.begin(), held_.end(), not_a_number);
  std::fill(bad_end_.begin(), bad_end_.end(), std::uint64_t{0});
  std::fill(bad_bits_.begin(), bad_bits_.end(), std::uint8_t{0});
  std::fill(clipped_end_.begin(), clipped_end_.end(), std::uint64_t{0});
}

void conditioner::instance::take(const grid_run& run, on_run give) noexcept {
  for (std::size_t at = 0; at < model_->lanes_.size(); ++at) {
    if (model_->lanes_[at].group != run.group) continue;
    grid_run own = run;
    own.group = at;
    if (model_->plans_[at].passes) {
      give(own);
    } else if (run.what == grid_run::kind::segment) {
      begin_segment(at, run.backwards, give);
    } else if (model_->plans_[at].stages.empty()) {
      pass_some(at, own, give);
    } else {
      convert(at, own, give);
    }
  }
}

void conditioner::instance::begin_segment(std::size_t at, bool backwards, on_run give) noexcept {
  const plan& of = model_->plans_[at];
  const std::size_t channels = model_->lanes_[at].channels.size();
  lanes_[at].items_in = 0;
  lanes_[at].items_out = 0;
  if (backwards) lanes_[at].last_time = std::numeric_limits<time_ns>::min();
  for (std::size_t i = of.first_stage; i < of.first_stage + of.stages.size(); ++i) {
    stages_[i].reset();
    stage_items_[i] = 0;
  }
  for (std::size_t c = of.first_channel; c < of.first_channel + channels; ++c) {
    held_[c] = not_a_number;
    bad_end_[c] = 0;
    bad_bits_[c] = 0;
    clipped_end_[c] = 0;
  }
  grid_run run;
  run.what = grid_run::kind::segment;
  run.group = at;
  run.backwards = backwards;
  give(run);
}

/// Channels without stages in a group whose other channels have some: their samples as they are, on the grid as the others.
void conditioner::instance::pass_some(std::size_t at, const grid_run& run, on_run give) noexcept {
  grid_run own = run;
  own.has_stamp = false;
  if (run.what == grid_run::kind::samples) {
    const auto& channels = model_->lanes_[at].channels;
    own.values = values_.data();
    own.marks = marks_.data();
    own.marked_end = marked_end_.data();
    own.stride = run.count;
    for (std::size_t c = 0; c < channels.size(); ++c) {
      std::copy_n(run.values + channels[c] * run.stride, run.count, values_.data() + c * run.count);
      std::copy_n(run.marks + channels[c] * run.stride, run.count, marks_.data() + c * run.count);
      marked_end_[c] = run.marked_end[channels[c]];
    }
  }
  give_rising(at, own, give);
}

// Pieces in which no channel's mark changes, so that what is masked behind the stages does not depend on how the samples come.
void conditioner::instance::convert(std::size_t at, const grid_run& run, on_run give) noexcept {
  if (run.what == grid_run::kind::missing) {
    for (std::size_t from = 0; from < run.count; from += gridder::most_run_slots) {
      convert_piece(at, run, from, std::min(gridder::most_run_slots, run.count - from), give);
    }
    return;
  }
  const auto& channels = model_->lanes_[at].channels;
  std::size_t any = 0;
  for (const std::size_t c : channels) any = std::max(any, run.marked_end[c]);
  const auto is_same = [&](std::size_t a, std::size_t b) {
    return std::all_of(channels.begin(), channels.end(),
                       [&](std::size_t c) { return run.marks[c * run.stride + a] == run.marks[c * run.stride + b]; });
  };
  for (std::size_t from = 0; from < run.count;) {
    std::size_t end = from + 1;
    if (from >= any) end = run.count;
    while (end < run.count && is_same(from, end)) ++end;
    convert_piece(at, run, from, end - from, give);
    from = end;
  }
}

void conditioner::instance::convert_piece(std::size_t at, const grid_run& run, std::size_t from, std::size_t count, on_run give) noexcept {
  const plan& of = model_->plans_[at];
  const auto& channels = model_->lanes_[at].channels;
  const std::size_t columns = channels.size();
  lane_state& state = lanes_[at];

  // A slot that cannot be used enters as the last value that could, 0 before the first.
  state.items_in += count;
  for (std::size_t c = 0; c < columns; ++c) {
    const std::size_t own = of.first_channel + c;
    const bool is_missing = run.what == grid_run::kind::missing;
    const std::uint8_t mark = is_missing ? missing_bit : run.marks[channels[c] * run.stride + from];
    if ((mark & clipped_bit) != 0) clipped_end_[own] = state.items_in;
    if ((mark & unusable_sample) != 0) {
      bad_end_[own] = state.items_in;
      bad_bits_[own] = static_cast<std::uint8_t>(mark & unusable_sample);
      const float value = held_[own] == held_[own] ? held_[own] : 0.0F;
      for (std::size_t i = 0; i < count; ++i) a_[i * columns + c] = value;
      continue;
    }
    const float* values = run.values + channels[c] * run.stride + from;
    for (std::size_t i = 0; i < count; ++i) a_[i * columns + c] = values[i];
    held_[own] = values[count - 1];
  }

  std::span<float> in = a_;
  std::span<float> out = b_;
  std::size_t items = count;
  for (std::size_t s = 0; s < of.stages.size(); ++s) {
    const std::size_t i = of.first_stage + s;
    items = stages_[i].process(in.first(items * columns), out.first(of.stages[s].room * columns)) / columns;
    const std::uint64_t skipped = std::min<std::uint64_t>(of.stages[s].skipped - stage_items_[i], items);
    stage_items_[i] += skipped;
    items -= static_cast<std::size_t>(skipped);
    if (skipped > 0) std::copy_n(out.begin() + static_cast<std::ptrdiff_t>(skipped * columns), items * columns, out.begin());
    std::swap(in, out);
    if (items == 0) return;
  }

  // What describes the time before the segment is left out.
  const std::uint64_t too_early = of.skipped > state.items_out ? std::min<std::uint64_t>(of.skipped - state.items_out, items) : 0;
  const std::size_t first = static_cast<std::size_t>(too_early);
  const std::uint64_t first_item = state.items_out + too_early;
  state.items_out += items;
  if (first == items) return;
  grid_run made;
  made.what = grid_run::kind::samples;
  made.group = at;
  made.count = items - first;
  made.stride = made.count;
  made.values = values_.data();
  made.marks = marks_.data();
  made.marked_end = marked_end_.data();
  for (std::size_t c = 0; c < columns; ++c) {
    const std::size_t own = of.first_channel + c;
    std::size_t marked = 0;
    for (std::size_t k = 0; k < made.count; ++k) {
      float value = in[(first + k) * columns + c];
      std::uint8_t mark = 0;
      const double oldest = of.oldest + static_cast<double>(first_item + k) * of.ratio;  // input slot
      const auto reaches = [&](std::uint64_t end) { return end > 0 && static_cast<double>(end - 1) >= oldest - slack; };
      if (reaches(bad_end_[own])) mark = bad_bits_[own];
      if (!(std::fabs(value) <= std::numeric_limits<float>::max())) mark = static_cast<std::uint8_t>(mark | not_finite_bit);
      if (mark != 0) value = not_a_number;
      if (reaches(clipped_end_[own])) mark = static_cast<std::uint8_t>(mark | clipped_bit);
      values_[c * made.count + k] = value;
      marks_[c * made.count + k] = mark;
      if (mark != 0) marked = k + 1;
    }
    marked_end_[c] = marked;
  }
  made.grid = {run.grid.anchor + of.first_ns, first_item, model_->lanes_[at].rate_hz};
  if (of.keeps_stamps && run.has_stamp) {
    made.has_stamp = true;
    made.stamp = run.stamp;
  }
  give_rising(at, made, give);
}

/// Times of a grid that is moved may step back by a little; the framer wants them to rise.
void conditioner::instance::give_rising(std::size_t at, const grid_run& run, on_run give) noexcept {
  time_ns& last = lanes_[at].last_time;
  grid_run rest = run;
  while (rest.count > 0 && rest.time(0) <= last) {
    grid_run one = rest;
    one.count = 1;
    one.has_stamp = true;
    one.stamp = last + 1;
    give(one);
    last = one.stamp;
    --rest.count;
    ++rest.grid.first;
    rest.has_stamp = false;
    if (rest.what == grid_run::kind::samples) {
      ++rest.values;
      ++rest.marks;
      for (std::size_t c = 0; c < model_->lanes_[at].channels.size(); ++c) marked_end_[c] -= std::min<std::size_t>(marked_end_[c], 1);
    }
  }
  if (rest.count == 0) return;
  last = rest.time(rest.count - 1);
  give(rest);
}

bool conditioner::instance::state_is_valid() const noexcept {
  constexpr std::uint64_t most = std::uint64_t{1} << 52;
  constexpr time_ns limit = time_ns{1} << 62;
  for (const lane_state& s : lanes_) {
    if (s.items_in > most || s.items_out > most || s.last_time >= limit) return false;
  }
  for (const plan& p : model_->plans_) {
    for (std::size_t i = 0; i < p.stages.size() && !stage_items_.empty(); ++i) {
      if (stage_items_[p.first_stage + i] > p.stages[i].skipped) return false;
    }
  }
  return std::all_of(held_.begin(), held_.end(), [](float v) { return v != v || std::fabs(v) <= std::numeric_limits<float>::max(); });
}

}  // namespace millwright
