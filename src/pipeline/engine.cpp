#include "pipeline/engine.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/json.hpp"
#include "millwright/data/quality.hpp"
#include "millwright/pipeline/pipeline_json.hpp"
#include "pipeline/stream_state.hpp"
#include "store/sha256.hpp"

namespace millwright::detail {

namespace {

/// A digest of texts, settings and learned arrays, one after the other, each with its length.
class identity_hash {
 public:
  identity_hash& add(std::string_view text) { return add(std::as_bytes(std::span(text.data(), text.size()))); }
  identity_hash& add(const digest& d) { return add(std::as_bytes(std::span(d))); }
  identity_hash& add(std::span<const std::byte> bytes) {
    const std::uint64_t size = bytes.size();
    const auto* at = reinterpret_cast<const std::byte*>(&size);
    bytes_.insert(bytes_.end(), at, at + sizeof size);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  /// Settings that differ from their defaults, so that a setting which a later version brings changes nothing.
  template <class Params>
  identity_hash& add_params(const std::vector<param_info>& known, const Params& params) {
    for (std::size_t i = 0; i < params.size(); ++i) {
      const std::string value = dump(to_json(params[i].second));
      if (value != dump(to_json(known[i].initial))) add(params[i].first).add(value);
    }
    return *this;
  }
  template <class Stage>
  identity_hash& add_stage(const Stage& stage) {
    add(stage.id()).add_params(stage.info().params, stage.get_params());
    for (const tensor_view& t : stage.get_model()) add(t.name).add(t.bytes);
    return *this;
  }
  template <described T>
  identity_hash& add_settings(const T& settings) {
    return add_params(param_infos<T>(), get_params(settings));
  }
  [[nodiscard]] digest get() const { return sha256(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

/// Each stage's state depends on its own settings and model, and on all that comes before it.
void identify(const pipeline_parts& parts, prepared_model& m) {
  auto& id = m.identity;
  id.channels = identity_hash().add(to_json(parts, "channels")).get();
  id.front = identity_hash().add(id.channels).add_settings(parts.window.clock).add_settings(parts.window).get();
  identity_hash names;
  for (const auto& name : m.judge.feature_names()) names.add(name);
  id.contributors = names.get();
  const digest rows = identity_hash().add(id.front).add(id.contributors).add_settings(parts.features).get();
  digest before = rows;     // of the stage at hand
  identity_hash detectors;  // all of one level come before the next
  for (const judge::slot& slot : m.judge.slots()) {
    const bool is_detector = slot.stage.role() == stage_role::detector;
    if (!is_detector && id.slots.size() > 1 && m.judge.slots()[id.slots.size() - 1].stage.role() == stage_role::detector)
      before = detectors.get();
    id.slots.push_back(identity_hash().add(before).add_stage(slot.stage).get());
    if (is_detector) {
      detectors.add(id.slots.back());
    } else {
      before = id.slots.back();
    }
  }
  id.delays = identity_hash().add_settings(parts.alarms).get();
  for (std::size_t i = 0; i < m.monitors.size(); ++i) {
    const any_monitor& monitor = m.monitors[i];
    m.monitor_names.push_back("monitor." + std::to_string(i));
    id.monitors.push_back(identity_hash().add(monitor.id()).add_params(monitor.info().params, monitor.get_params()).get());
  }
}

}  // namespace

result<std::shared_ptr<const prepared_model>> prepared_model::of(const pipeline_parts& parts, std::size_t memory_cap, memory_sizes& sizes) {
  auto m = std::make_shared<prepared_model>();
  MILLWRIGHT_TRY(m->front, millwright::front::prepare(parts.channels, parts.window, parts.features));
  MILLWRIGHT_TRY(m->judge, millwright::judge::prepare(parts, m->front.row_port()));
  m->annunciator = millwright::annunciator(parts.alarms);
  workspace count;
  MILLWRIGHT_CHECK(m->annunciator.prepare(count));
  MILLWRIGHT_CHECK(m->inbox.prepare(count));
  m->monitors = parts.monitors;
  identify(parts, *m);

  // Measured as it will run, then run once on memory of its own, which fills the tables.
  workspace measure;
  engine measured;
  static_cast<void>(scratch_place::of(measure));
  static_cast<void>(state_place(measure));
  measured.create(*m, measure);
  if (measure.exhausted() || measure.bytes_used() > memory_cap) {
    return error(errc::limit_exceeded, "pipeline",
                 "one stream would need " + std::to_string(measure.bytes_used()) + " bytes, the cap is " + std::to_string(memory_cap),
                 "use shorter windows or fewer features, or raise the cap if this machine has the memory");
  }
  sizes = measure.sizes();
  MILLWRIGHT_TRY(m->plan, arena_memory::take(sizes.plan, "pipeline", "free memory"));
  MILLWRIGHT_TRY(const arena_memory state, arena_memory::take(sizes.state, "pipeline", "free memory"));
  MILLWRIGHT_TRY(const arena_memory scratch, arena_memory::take(sizes.scratch, "pipeline", "free memory"));
  workspace::regions once;
  once.plan = m->plan.bytes();
  once.state = state.bytes();
  once.scratch = scratch.bytes();
  workspace memory(once);
  engine first;
  first.create(*m, memory);
  first.reset_scratch();
  first.reset();
  first.destroy_state();
  first.destroy_scratch();
  return std::shared_ptr<const prepared_model>(std::move(m));
}

void engine::create(const prepared_model& of, workspace& memory) noexcept {
  of_ = &of;
  front_ = front::instance::create(of.front, memory);
  judge_.create(of.judge, memory);
  annunciator_ = of.annunciator;
  annunciator_.take(memory);
  inbox_ = of.inbox;
  inbox_.take(memory);
  monitors_ = memory.carve<monitor_instance>(of.monitors.size());
  for (std::size_t i = 0; i < of.monitors.size(); ++i) {
    const monitor_instance made = monitor_instance::create(of.monitors[i], memory);
    if (i < monitors_.size()) monitors_[i] = made;
  }
}

void engine::destroy_state() noexcept {
  judge_.destroy_state();
  front_.destroy_state();
  for (monitor_instance& m : monitors_) m.destroy();
  monitors_ = {};
}

void engine::destroy_scratch() noexcept {
  judge_.destroy_scratch();
  front_.destroy_scratch();
}

void engine::reset() noexcept {
  front_.reset();
  judge_.reset();
  annunciator_.reset();
  inbox_.reset();
  for (monitor_instance& m : monitors_) m.reset();
}

void engine::reset_scratch() noexcept {
  front_.reset_scratch();
  judge_.reset_scratch();
}

result<void> engine::push(const sample_block& block, std::span<shadow_judge* const> shadows,
                          function_ref<void(const window_result&)> on_window) noexcept {
  return front_.push(block, [&](std::span<const double> features, const row_meta& meta) { take_row(features, meta, shadows, on_window); });
}

void engine::flush(std::span<shadow_judge* const> shadows, function_ref<void(const window_result&)> on_window) noexcept {
  front_.flush([&](std::span<const double> features, const row_meta& meta) { take_row(features, meta, shadows, on_window); });
}

void engine::take_row(std::span<const double> features, const row_meta& meta, std::span<shadow_judge* const> shadows,
                      function_ref<void(const window_result&)> on_window) noexcept {
  inbox_.drain(meta.end_time, [this](const operator_command& command) { annunciator_.take_command(command); });
  const verdict& v = judge_.process(features, meta);
  window_result w;
  w.scored = v.scored;
  w.event = annunciator_.update(v.meta, v.severity, v.scored);
  if (w.event == alarm::event::raised || w.event == alarm::event::peaked) judge_.explain(annunciator_.contributors());
  w.end_time = v.meta.end_time;
  w.quality = v.meta.quality;
  w.regime = v.meta.regime;
  w.features = features;
  w.scores = v.scores;
  w.severities = v.severities;
  w.severity = v.severity;
  w.alarm_active = annunciator_.active();
  if (w.event != alarm::event::none || w.alarm_active) w.current_episode = &annunciator_.current();
  for (std::size_t s = 0; s < shadows.size(); ++s) {
    const verdict& seen = shadows[s]->running.process(features, meta);
    shadow_results_[s] = {seen.scored, seen.severity, seen.meta.regime, seen.meta.quality};
  }
  w.shadows = std::span(shadow_results_).first(shadows.size());
  for (monitor_instance& m : monitors_) m.observe(w);
  on_window(w);
}

bool engine::contributors_are_valid() const noexcept {
  const auto& list = annunciator_.current().contributors;
  return std::all_of(list.begin(), list.end(), [this](const contributor& c) { return c.feature < of_->judge.features(); });
}

void engine::read_version_1(state_reader& archive) noexcept {
  front_.read_version_1(archive);
  judge_.visit_state([&](std::size_t, stage_instance& stage) { stage.persist(archive); });
  annunciator_.rules().read_version_1(archive);
  front_.read_version_1_position(archive);
  stream_counters& counters = annunciator_.counters();
  archive(counters.windows, counters.windows_not_scored, counters.episodes);
  if (!front_.state_is_valid() || !annunciator_.rules().state_is_valid() || !contributors_are_valid()) archive.fail();
}

}  // namespace millwright::detail
