#include "millwright/pipeline/stream.hpp"

#include <memory>
#include <new>
#include <string>
#include <utility>

#include "pipeline/stream_state.hpp"

namespace millwright {

namespace {

using detail::arena_memory;
using detail::scratch_content;
using detail::shadow_judge;
using detail::stream_state;

constexpr std::string_view advice = "free memory, or pass a buffer of the size that memory_needed() tells";

/// The caller's memory if it suffices, or, where there is none, memory of one's own.
result<std::span<std::byte>> memory_from(std::span<std::byte> given, std::size_t needed, arena_memory& owned) {
  if (given.empty()) {
    MILLWRIGHT_TRY(owned, arena_memory::take(needed, "stream", advice));
    given = owned.bytes();
  }
  if (given.size() < needed || reinterpret_cast<std::uintptr_t>(given.data()) % workspace::alignment != 0) {
    return error(
        errc::invalid_argument, "stream",
        "the buffer has " + std::to_string(given.size()) + " bytes, " + std::to_string(needed) + " are needed at 64-byte alignment",
        "pass the bytes that memory_needed() tells, aligned to workspace::alignment");
  }
  return given.first(needed);
}

error measured_too_small() {
  return {errc::out_of_memory, "stream", "the workspace was measured too small", "this is a defect: please report it"};
}

/// Ends an object that lies in memory of its own, or in the caller's: the memory goes last.
template <class T>
void end(T* object) noexcept {
  const arena_memory last = std::move(object->owned);
  std::destroy_at(object);
}

/// Builds what lies in the scratch region.
result<scratch_content*> make_scratch(const pipeline& model, std::span<std::byte> scratch) {
  workspace::regions regions;
  regions.plan = model->prepared->plan.bytes();
  regions.plan_is_filled = true;
  regions.scratch = scratch;
  workspace memory(regions);
  const auto place = detail::scratch_place::of(memory);
  if (place.recent.empty()) return measured_too_small();
  auto* content = std::construct_at(reinterpret_cast<scratch_content*>(place.content.data()), model);
  content->recent = place.recent;
  content->scratch = scratch;
  content->shared.create(*model->prepared, memory);  // without a state region: only what lies in scratch comes to be
  content->shared.reset_scratch();
  return content;
}

void end_scratch(scratch_content* content) noexcept {
  content->shared.destroy_scratch();
  end(content);
}

result<stream_state*> make_state(const pipeline& model, scratch_content& on, std::span<std::byte> state) {
  workspace::regions regions;
  regions.plan = model->prepared->plan.bytes();
  regions.plan_is_filled = true;
  regions.scratch = on.scratch;
  regions.scratch_is_filled = true;
  regions.state = state;
  workspace memory(regions);
  static_cast<void>(detail::scratch_place::of(memory));
  const auto place = detail::state_place(memory);
  if (place.empty()) return measured_too_small();
  auto* s = std::construct_at(reinterpret_cast<stream_state*>(place.data()), model, on);
  s->engine.create(*model->prepared, memory);
  if (memory.exhausted()) {
    s->engine.destroy_state();
    std::destroy_at(s);
    return measured_too_small();
  }
  s->engine.reset();
  return s;
}

void end_shadow(shadow_judge* shadow) noexcept {
  shadow->running.destroy_state();
  shadow->running.destroy_scratch();
  end(shadow);
}

void end_state(stream_state* s) noexcept {
  for (shadow_judge* shadow : s->shadow_list()) end_shadow(shadow);
  s->engine.destroy_state();
  scratch_content* own = s->owns_scratch ? s->scratch : nullptr;
  // Both lie in one piece of memory, which the state holds.
  const arena_memory last = std::move(s->owned);
  std::destroy_at(s);
  if (own != nullptr) end_scratch(own);
}

}  // namespace

// --- scratch -------------------------------------------------------------------------------------------------------------------

result<stream_scratch> stream_scratch::create(const pipeline& model, std::span<std::byte> memory) {
  arena_memory owned;
  MILLWRIGHT_TRY(const auto scratch, memory_from(memory, model.memory_needed().scratch, owned));
  MILLWRIGHT_TRY(scratch_content * content, make_scratch(model, scratch));
  content->owned = std::move(owned);
  return stream_scratch(content);
}

stream_scratch::stream_scratch(stream_scratch&& other) noexcept : content_(std::exchange(other.content_, nullptr)) {}
stream_scratch& stream_scratch::operator=(stream_scratch&& other) noexcept {
  std::swap(content_, other.content_);
  return *this;
}
stream_scratch::~stream_scratch() {
  if (content_ != nullptr) end_scratch(content_);
}

// --- stream --------------------------------------------------------------------------------------------------------------------

result<stream> stream::create(const pipeline& model, std::span<std::byte> memory) {
  const memory_sizes& sizes = model.memory_needed();
  arena_memory owned;
  MILLWRIGHT_TRY(const auto both, memory_from(memory, sizes.state + sizes.scratch, owned));
  MILLWRIGHT_TRY(scratch_content * content, make_scratch(model, both.subspan(sizes.state)));
  auto made = make_state(model, *content, both.first(sizes.state));
  if (!made) {
    end_scratch(content);
    return made.error();
  }
  (*made)->owned = std::move(owned);
  (*made)->owns_scratch = true;
  return stream(*made);
}

result<stream> stream::create(const pipeline& model, stream_scratch& scratch, std::span<std::byte> memory) {
  if (scratch.content_ == nullptr || scratch.content_->model->prepared != model->prepared) {
    return error(errc::invalid_argument, "stream", "the scratch was made for another model",
                 "make it by stream_scratch::create of the same pipeline");
  }
  arena_memory owned;
  MILLWRIGHT_TRY(const auto state, memory_from(memory, model.memory_needed().state, owned));
  MILLWRIGHT_TRY(stream_state * made, make_state(model, *scratch.content_, state));
  made->owned = std::move(owned);
  return stream(made);
}

stream::stream(stream&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
stream& stream::operator=(stream&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}
stream::~stream() {
  if (state_ != nullptr) end_state(state_);
}

const std::vector<std::vector<std::size_t>>& stream::groups() const noexcept { return state_->model->prepared->front.groups(); }

result<void> stream::push(const sample_block& block, function_ref<void(const window_result&)> on_window) noexcept {
  return state_->engine.push(block, state_->shadow_list(), on_window);
}

void stream::flush(function_ref<void(const window_result&)> on_window) noexcept { state_->engine.flush(state_->shadow_list(), on_window); }

result<std::span<const episode>> stream::push(const sample_block& block) noexcept {
  stream_state& s = *state_;
  s.recent_count = 0;
  const std::span<episode> recent = s.scratch->recent;
  const auto keep = [&](const window_result& w) {
    if (w.event != alarm::event::raised && w.event != alarm::event::cleared) return;
    if (s.recent_count < recent.size())
      recent[s.recent_count++] = *w.current_episode;
    else
      ++s.dropped;
  };
  MILLWRIGHT_CHECK(s.engine.push(block, s.shadow_list(), keep));
  return std::span<const episode>(recent.first(s.recent_count));
}

std::uint64_t stream::episodes_dropped() const noexcept { return state_->dropped; }

result<void> stream::add_shadow(const pipeline& candidate) {
  stream_state& s = *state_;
  if (s.shadow_count == max_shadows) {
    return error(errc::limit_exceeded, "shadow", "the stream has " + std::to_string(max_shadows) + " shadows already",
                 "let them run on streams of their own");
  }
  if (candidate->feature_names != s.model->feature_names) {
    return error(errc::incompatible, "shadow", "the candidate was fitted on other features than the stream computes",
                 "fit it with the channels, windows and features of the running model, or run it as a stream of its own");
  }
  const judge& of = candidate->prepared->judge;
  // The candidate's plan holds the tables of its whole model; those of the judge are filled again here, beside it.
  workspace measure;
  static_cast<void>(measure.carve<std::byte>(sizeof(shadow_judge)));
  judge::instance measured;
  measured.create(of, measure);
  MILLWRIGHT_TRY(auto owned, arena_memory::take(measure.bytes_used(), "shadow", "free memory"));
  workspace memory(owned.bytes());
  const auto place = memory.carve<std::byte>(sizeof(shadow_judge));
  auto* shadow = std::construct_at(reinterpret_cast<shadow_judge*>(place.data()), candidate);
  shadow->running.create(of, memory);
  shadow->owned = std::move(owned);
  if (memory.exhausted()) {
    end_shadow(shadow);
    return measured_too_small();
  }
  shadow->running.reset_scratch();
  shadow->running.reset();
  s.shadows[s.shadow_count++] = shadow;
  return {};
}

std::size_t stream::shadows() const noexcept { return state_->shadow_count; }

void stream::report(function_ref<void(const monitor_report&)> tell) const noexcept {
  for (const monitor_instance& m : state_->engine.monitors()) m.report(tell);
}

result<void> stream::push(const operator_command& command) noexcept { return state_->engine.received().push(command); }
result<void> stream::push(const external_value& value) noexcept { return state_->engine.received().push(value); }
const inbox& stream::received() const noexcept { return std::as_const(state_->engine).received(); }

void stream::reset() noexcept {
  state_->engine.reset();
  for (shadow_judge* shadow : state_->shadow_list()) shadow->running.reset();
  state_->recent_count = 0;
  state_->dropped = 0;
}

const pipeline& stream::model() const noexcept { return state_->model; }
const clock_counters& stream::counters() const noexcept { return state_->engine.samples().counters(); }
std::uint64_t stream::windows() const noexcept { return state_->engine.alarms().counters().windows; }
std::uint64_t stream::windows_not_scored() const noexcept { return state_->engine.alarms().counters().windows_not_scored; }
std::uint64_t stream::episodes() const noexcept { return state_->engine.alarms().counters().episodes; }
std::span<const std::uint64_t> stream::position() const noexcept { return state_->engine.samples().position(); }

}  // namespace millwright
