#include "millwright/features/feature_extractor.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "core/nearest_name.hpp"
#include "features/text.hpp"
#include "millwright/core/arena_memory.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {

/// A wanted column, before the plan is made.
struct feature_extractor::request {
  feature_name name;
  std::size_t column = 0;
  std::size_t window = 0;
  std::size_t channel = 0;

  /// Requests of one channel and window come together; otherwise the order given.
  [[nodiscard]] auto key() const noexcept { return std::tuple{window, channel, column}; }
};

namespace {

using detail::joined;
using detail::quoted;
using detail::shortest;

error request_error(std::string_view name, std::string_view what, std::string_view mend) {
  return {errc::invalid_argument, joined({"features, ", quoted(name)}), what, mend};
}

std::vector<std::string_view> channel_names(const frame_port& in) {
  std::vector<std::string_view> known;
  for (const auto& c : in.channels) known.push_back(c.name);
  return known;
}

result<std::size_t> find_channel(const frame_port& in, const feature_name& name, std::string_view text) {
  const auto known = channel_names(in);
  const auto found = std::find(known.begin(), known.end(), name.channel);
  if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
  return request_error(text, joined({"there is no channel ", quoted(name.channel)}), detail::suggestion(name.channel, known));
}

result<std::size_t> find_window(const frame_port& in, const feature_name& name, std::string_view text) {
  std::vector<std::string_view> known;
  for (const auto& w : in.windows) {
    if (w.label == name.window) return known.size();
    known.push_back(w.label);
  }
  return request_error(text, joined({"there is no window with the label ", quoted(name.window)}),
                       joined({detail::suggestion(name.window, known), " (the first window has no label: write channel.feature)"}));
}

/// What an argument asks of the channel, whatever feature it belongs to.
result<void> check_arguments(const feature_name& name, std::string_view text, const channel& source) {
  if (name.argument("f_hi", 0.0) > 0.5 * source.rate_hz) {
    return request_error(text, joined({"the band goes beyond half the rate of channel ", quoted(source.name)}),
                         joined({"give f_hi at most ", shortest(0.5 * source.rate_hz), " Hz"}));
  }
  return {};
}

template <class Sample>
std::size_t copy_valid(const Sample* samples, const std::uint8_t* quality, std::size_t n, Sample* to) noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; ++i) {
    to[count] = samples[i];
    count += (quality[i] & unusable_sample) == 0 ? 1 : 0;
  }
  return count;
}

}  // namespace

/// Turns requests into nodes, depth first, so that every view stands after those it needs.
struct feature_extractor::planner {
  feature_extractor& of;

  /// The node of the source at hand with that kind and request, made if there is none.
  std::size_t node(const view_kind& kind, const view_request& request, std::size_t column) {
    view_request settled = request;
    kind.settle(settled);
    const source_plan& source = of.sources_.back();
    for (std::size_t n = source.first; n < of.nodes_.size(); ++n) {
      const view_object& object = of.objects_[of.nodes_[n].object];
      if (object.kind == &kind && object.request.key == settled.key) return n;
    }
    // What it needs comes first; a key that both have is passed on.
    std::vector<std::size_t> needed;
    for (const view_kind* other : kind.needs()) {
      view_request inner = settled;
      inner.key = {};
      inner.parts = 0;
      inner.extent = 0;
      for (std::size_t k = 0; k < other->key.size(); ++k) {
        inner.key[k] = other->key[k].initial;
        for (std::size_t own = 0; own < kind.key.size(); ++own) {
          if (kind.key[own].name == other->key[k].name) inner.key[k] = settled.key[own];
        }
      }
      needed.push_back(node(*other, inner, column));
    }
    node_plan made;
    made.object = object(kind, settled, column);
    made.first_need = of.needed_.size();
    of.needed_.insert(of.needed_.end(), needed.begin(), needed.end());
    made.last_need = of.needed_.size();
    of.nodes_.push_back(made);
    return of.nodes_.size() - 1;
  }

  std::size_t object(const view_kind& kind, const view_request& request, std::size_t column) {
    const auto equal = [&](const view_object& o) {
      return o.kind == &kind && o.request.length == request.length && o.request.rate_hz == request.rate_hz && o.request.key == request.key;
    };
    const auto found = std::find_if(of.objects_.begin(), of.objects_.end(), equal);
    if (found != of.objects_.end()) return static_cast<std::size_t>(found - of.objects_.begin());
    of.objects_.push_back({&kind, request, column});
    return of.objects_.size() - 1;
  }

  /// Plans one wanted column; returns its node.
  std::size_t column(const request& wanted) {
    const feature_definition& definition = *wanted.name.definition;
    const view_kind& kind = definition.value.kind();
    view_request view;
    view.length = of.sources_.back().length;
    view.rate_hz = of.sources_.back().rate_hz;
    for (std::size_t k = 0; k < kind.key.size(); ++k) view.key[k] = wanted.name.argument(kind.key[k].name, kind.key[k].initial);
    const std::size_t at = node(kind, view, wanted.column);
    node_plan& found = of.nodes_[at];
    found.parts |= definition.parts;
    found.extent = std::max(found.extent, static_cast<std::size_t>(wanted.name.argument(kind.extent, 0.0)));
    view_request& prepared = of.objects_[found.object].request;
    prepared.parts |= found.parts;
    prepared.extent = std::max(prepared.extent, found.extent);
    return at;
  }
};

result<port> feature_extractor::prepare(const frame_port& in, workspace& memory) {
  if (names.empty()) {
    return error(errc::invalid_argument, id, "no feature is named", "name at least one, for example by default_feature_names(channel)");
  }
  if (names.size() > max_features) {
    return error(errc::limit_exceeded, id, joined({std::to_string(names.size()), " features are named"}),
                 joined({"name at most ", std::to_string(max_features)}));
  }
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_CHECK(find_speed(in));
  std::vector<request> requests;
  needs_shaft_ = false;
  port out;
  for (const auto& text : names) {
    request wanted;
    MILLWRIGHT_TRY(wanted.name, parse_feature_name(text));
    MILLWRIGHT_TRY(wanted.channel, find_channel(in, wanted.name, text));
    MILLWRIGHT_TRY(wanted.window, find_window(in, wanted.name, text));
    wanted.column = requests.size();

    const auto& source = in.channels[wanted.channel];
    const auto& lengths = in.windows[wanted.window].lengths;
    const std::size_t length = wanted.channel < lengths.size() ? lengths[wanted.channel] : 0;
    if (length == 0) {
      return request_error(text, joined({"the window of channel ", quoted(source.name), " has no samples"}), "give a longer window");
    }
    MILLWRIGHT_CHECK(check_arguments(wanted.name, text, source));
    if (wanted.name.definition->needs_shaft) {
      if (!(shaft_hz > 0.0) && !(speed_unit_hz_ > 0.0)) {
        return request_error(text, "the feature counts in orders of the shaft's speed, which is not known",
                             "give shaft_hz, or speed_channel with the name of a channel in rpm or Hz");
      }
      needs_shaft_ = true;
    }
    out.columns.push_back({wanted.name.canonical(), source.role == channel_role::context});
    requests.push_back(std::move(wanted));
  }

  std::vector<std::string_view> seen;
  for (const auto& c : out.columns) seen.push_back(c.name);
  std::sort(seen.begin(), seen.end());
  if (const auto twice = std::adjacent_find(seen.begin(), seen.end()); twice != seen.end()) {
    return request_error(*twice, "the feature is named twice", "name it once");
  }

  make_plan(requests, in);
  MILLWRIGHT_CHECK(check_views());
  MILLWRIGHT_CHECK(make_own(memory));
  return out;
}

result<void> feature_extractor::find_speed(const frame_port& in) {
  speed_unit_hz_ = 0.0;
  if (speed_channel.empty()) return {};
  if (shaft_hz > 0.0) {
    return error(errc::invalid_argument, id, "shaft_hz and speed_channel are both given", "give the speed by one of them");
  }
  const auto known = channel_names(in);
  const auto found = std::find(known.begin(), known.end(), speed_channel);
  if (found == known.end()) {
    return error(errc::invalid_argument, id, joined({"there is no speed_channel ", quoted(speed_channel)}),
                 detail::suggestion(speed_channel, known));
  }
  speed_at_ = static_cast<std::size_t>(found - known.begin());
  const std::string_view in_unit = in.channels[speed_at_].unit;
  if (in_unit == "rpm") {
    speed_unit_hz_ = 60.0;
  } else if (in_unit == "Hz" || in_unit == "hz") {
    speed_unit_hz_ = 1.0;
  } else {
    return error(errc::invalid_argument, id, joined({"the unit of speed_channel ", quoted(speed_channel), " is ", quoted(in_unit)}),
                 "give the channel the unit \"rpm\" or \"Hz\"");
  }
  return {};
}

void feature_extractor::make_plan(std::vector<request>& requests, const frame_port& in) {
  columns_.clear();
  nodes_.clear();
  needed_.clear();
  sources_.clear();
  objects_.clear();
  kernels_ = &detail::active_kernels();
  std::sort(requests.begin(), requests.end(), [](const request& a, const request& b) { return a.key() < b.key(); });

  planner planned{*this};
  std::vector<std::vector<column_plan>> columns;  // of each node
  for (const auto& wanted : requests) {
    if (sources_.empty() || sources_.back().window != wanted.window || sources_.back().channel != wanted.channel) {
      source_plan source;
      source.window = wanted.window;
      source.channel = wanted.channel;
      source.length = in.windows[wanted.window].lengths[wanted.channel];
      source.rate_hz = in.channels[wanted.channel].rate_hz;
      source.first = source.last = nodes_.size();
      sources_.push_back(source);
    }
    const std::size_t node = planned.column(wanted);
    sources_.back().last = nodes_.size();
    columns.resize(nodes_.size());
    columns[node].push_back({wanted.name.definition, wanted.name.arguments, wanted.column, wanted.name.is_log});
  }
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    nodes_[n].first = columns_.size();
    columns_.insert(columns_.end(), columns[n].begin(), columns[n].end());
    nodes_[n].last = columns_.size();
  }
  longest_ = 0;
  for (const auto& source : sources_) longest_ = std::max(longest_, source.length);
  if (needs_shaft_ && speed_unit_hz_ > 0.0) {
    for (const auto& window : in.windows) longest_ = std::max(longest_, window.lengths[speed_at_]);
  }
}

/// Views are computed one after the other, so one scratch as large as the largest serves all.
result<void> feature_extractor::check_views() {
  view_scratch_ = 0;
  for (const auto& object : objects_) {
    workspace memory;
    workspace scratch;
    if (const auto prepared = object.kind->measure(object.request, memory, scratch); !prepared) {
      error refused = prepared.error();
      refused.where = std::string_view(joined({"features, ", quoted(names[object.column])}));
      return refused;
    }
    view_scratch_ = std::max(view_scratch_, scratch.bytes_used());
  }
  return {};
}

// ---- running ------------------------------------------------------------------------------------------------------------

void feature_extractor::instance::create(const feature_extractor& prepared, workspace& memory) noexcept {
  create(prepared, memory, memory);
}

void feature_extractor::instance::create(const feature_extractor& prepared, workspace& objects, workspace& memory) noexcept {
  const workspace::stateless_scope stateless_objects(objects);
  const workspace::stateless_scope stateless(memory);
  of_ = &prepared;
  views_ = objects.carve<void*>(prepared.objects_.size());
  is_defined_ = memory.carve<std::uint8_t>(prepared.nodes_.size());
  closed_up_ = memory.carve_scratch<std::byte>(prepared.longest_ * (prepared.takes_float64 ? sizeof(double) : sizeof(float)));
  const std::span<std::byte> shared = memory.carve_scratch<std::byte>(prepared.view_scratch_);
  for (std::size_t i = 0; i < prepared.objects_.size(); ++i) {
    const view_object& object = prepared.objects_[i];
    const std::span<std::byte> place = objects.carve<std::byte>(object.kind->size);
    workspace counted;
    if (place.empty() || views_.empty()) {
      static_cast<void>(object.kind->measure(object.request, memory, counted));
      continue;
    }
    // In a scratch region that several streams share, the first one has made it; preparing it again gives it the same memory.
    if (!objects.holds_instance()) object.kind->construct(place.data());
    views_[i] = place.data();
    workspace scratch(shared);
    static_cast<void>(object.kind->prepare(place.data(), object.request, memory, memory.measuring() ? counted : scratch));
  }
}

void feature_extractor::instance::destroy() noexcept {
  for (std::size_t i = 0; i < views_.size(); ++i) {
    if (views_[i] != nullptr) of_->objects_[i].kind->destroy(views_[i]);
  }
  views_ = {};
}

void feature_extractor::instance::reset() noexcept {
  for (std::size_t i = 0; i < views_.size(); ++i) of_->objects_[i].kind->reset(views_[i]);
}

/// View objects on the heap, so that an extractor may outlive the memory that it was prepared on.
class feature_extractor::own_instance {
 public:
  own_instance(detail::arena_memory objects, std::vector<view_object> plan) : objects_(std::move(objects)), plan_(std::move(plan)) {}
  ~own_instance() {
    for (std::size_t i = 0; i < run.views_.size(); ++i) {
      if (run.views_[i] != nullptr) plan_[i].kind->destroy(run.views_[i]);
    }
  }
  own_instance(const own_instance&) = delete;
  own_instance& operator=(const own_instance&) = delete;

  instance run;

 private:
  detail::arena_memory objects_;
  std::vector<view_object> plan_;
};

result<void> feature_extractor::make_own(workspace& memory) {
  own_.reset();
  if (memory.measuring()) {
    workspace objects;
    instance counted;
    counted.create(*this, objects, memory);
    return {};
  }
  std::size_t bytes = 0;
  {
    workspace objects;
    workspace counted;
    instance measured;
    measured.create(*this, objects, counted);
    bytes = objects.bytes_used();
  }
  MILLWRIGHT_TRY(auto heap, detail::arena_memory::take(bytes, id, "name fewer features"));
  workspace objects(heap.bytes());
  own_ = std::make_shared<own_instance>(std::move(heap), objects_);
  own_->run.create(*this, objects, memory);
  if (memory.exhausted())
    return error(errc::out_of_memory, id, "the memory given does not suffice", "give as much as a measuring prepare counts");
  return {};
}

/// A copy may have outlived the extractor that was prepared.
feature_extractor::instance& feature_extractor::own() noexcept {
  MILLWRIGHT_ASSERT(own_ != nullptr);
  own_->run.of_ = this;
  return own_->run;
}

void feature_extractor::reset() noexcept {
  if (own_ != nullptr) own().reset();
}

sample_span feature_extractor::instance::close_up(sample_span samples, const std::uint8_t* quality) noexcept {
  if (samples.wide != nullptr) {
    auto* to = reinterpret_cast<double*>(closed_up_.data());
    return {to, copy_valid(samples.wide, quality, samples.size, to)};
  }
  auto* to = reinterpret_cast<float*>(closed_up_.data());
  return {to, copy_valid(samples.narrow, quality, samples.size, to)};
}

double feature_extractor::instance::speed_from(sample_span samples, const std::uint8_t* quality) noexcept {
  if (samples.size * (samples.wide != nullptr ? sizeof(double) : sizeof(float)) > closed_up_.size()) return math::nan;
  const sample_span valid = quality == nullptr ? samples : close_up(samples, quality);
  double sum = 0.0;
  for (std::size_t i = 0; i < valid.size; ++i) sum += valid[i];
  const double speed = sum / static_cast<double>(valid.size) / of_->speed_unit_hz_;
  return speed > 0.0 && std::isfinite(speed) ? speed : math::nan;
}

/// The columns of one view; all NaN when it is not defined.
void feature_extractor::instance::evaluate(std::size_t n, std::span<double> out, bool& undefined) const noexcept {
  const node_plan& node = of_->nodes_[n];
  const void* view = views_[node.object];
  const bool is_defined = is_defined_[n] != 0;
  const bool is_flat = is_defined && of_->objects_[node.object].kind->is_flat(view);
  for (std::size_t c = node.first; c < node.last; ++c) {
    const column_plan& column = of_->columns_[c];
    double value = math::nan;
    if (is_defined && !(is_flat && column.definition->is_ratio)) {
      value = column.definition->value(view, column.arguments);
      if (column.is_log) value = math::log(value);
    }
    if (!std::isfinite(value)) {
      value = math::nan;
      undefined = true;
    }
    out[column.column] = value;
  }
}

void feature_extractor::instance::compute(const source_plan& source, view_input& in, std::span<double> out, bool& undefined) noexcept {
  const bool has_shape = in.samples.size == source.length;
  in.rate_hz = source.rate_hz;
  in.kernels = of_->kernels_;
  if (has_shape) {
    in.valid = in.quality == nullptr ? in.samples : close_up(in.samples, in.quality);
    if (in.valid.size == in.samples.size) in.quality = nullptr;
  }
  for (std::size_t n = source.first; n < source.last; ++n) {
    const node_plan& node = of_->nodes_[n];
    std::array<const void*, max_view_needs> needed = {};
    bool is_defined = has_shape;
    for (std::size_t i = node.first_need; i < node.last_need; ++i) {
      const std::size_t other = of_->needed_[i];
      needed[i - node.first_need] = views_[of_->nodes_[other].object];
      is_defined = is_defined && is_defined_[other] != 0;
    }
    if (is_defined) {
      in.parts = node.parts;
      in.extent = node.extent;
      is_defined = of_->objects_[node.object].kind->compute(views_[node.object], in, needed.data());
    }
    is_defined_[n] = is_defined ? 1 : 0;
    evaluate(n, out, undefined);
  }
}

view_input feature_extractor::input_of(std::span<const frame> windows, std::size_t window, std::size_t channel) noexcept {
  view_input in;
  if (window < windows.size() && channel < windows[window].channels.size()) {
    const frame_view& view = windows[window].channels[channel];
    in.samples = {view.samples, view.size};
    in.quality = view.valid == view.size ? nullptr : view.sample_quality;
  }
  return in;
}

view_input feature_extractor::input_of(std::span<const sample_span> channels, std::span<const std::uint8_t* const> quality,
                                       std::size_t window, std::size_t channel) const noexcept {
  view_input in;
  if (window > 0 || channel >= channels.size()) return in;
  if (channels[channel].wide != nullptr && !takes_float64) return in;
  in.samples = channels[channel];
  in.quality = channel < quality.size() ? quality[channel] : nullptr;
  return in;
}

template <class InputOf>
std::uint32_t feature_extractor::instance::process_sources(const InputOf& input_of, std::span<double> out) noexcept {
  MILLWRIGHT_ASSERT(out.size() >= of_->columns_.size());
  bool undefined = false;
  double speed = of_->shaft_hz > 0.0 ? of_->shaft_hz : math::nan;
  std::size_t window = static_cast<std::size_t>(-1);
  for (const source_plan& source : of_->sources_) {
    if (of_->needs_shaft_ && of_->speed_unit_hz_ > 0.0 && source.window != window) {
      const view_input of_speed = input_of(source.window, of_->speed_at_);
      speed = speed_from(of_speed.samples, of_speed.quality);
      window = source.window;
    }
    view_input in = input_of(source.window, source.channel);
    in.shaft_hz = speed;
    compute(source, in, out, undefined);
  }
  return undefined ? bits(quality::undefined_feature) : bits(quality::good);
}

std::uint32_t feature_extractor::instance::process(std::span<const frame> windows, std::span<double> out) noexcept {
  return process_sources([&](std::size_t window, std::size_t channel) { return input_of(windows, window, channel); }, out);
}

std::uint32_t feature_extractor::process(std::span<const frame> windows, std::span<double> out) noexcept {
  return own().process(windows, out);
}

std::uint32_t feature_extractor::process(std::span<const sample_span> channels, std::span<const std::uint8_t* const> quality,
                                         std::span<double> out) noexcept {
  return own().process_sources([&](std::size_t window, std::size_t channel) { return input_of(channels, quality, window, channel); }, out);
}

std::vector<feature_extractor::planned_view> feature_extractor::plan() const {
  std::vector<planned_view> views;
  for (const source_plan& source : sources_) {
    for (std::size_t n = source.first; n < source.last; ++n) {
      const node_plan& node = nodes_[n];
      planned_view view;
      view.kind = objects_[node.object].kind;
      view.window = source.window;
      view.channel = source.channel;
      view.key = objects_[node.object].request.key;
      view.needs.assign(needed_.begin() + static_cast<std::ptrdiff_t>(node.first_need),
                        needed_.begin() + static_cast<std::ptrdiff_t>(node.last_need));
      for (std::size_t c = node.first; c < node.last; ++c) view.columns.push_back(columns_[c].column);
      views.push_back(std::move(view));
    }
  }
  return views;
}

}  // namespace millwright
