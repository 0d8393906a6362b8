#include "millwright/ingest/inbox.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "core/utf8.hpp"

namespace millwright {

namespace {
constexpr time_ns stamp_limit = time_ns{1} << 62;  // as the stream clock's
constexpr double longest_duration_s = 1e9;

bool is_time(time_ns time) noexcept { return time == at_once || (time > -stamp_limit && time < stamp_limit); }

/// Composed without memory of its own: push must not allocate, even when it refuses.
error refusal(errc code, std::initializer_list<std::string_view> what, std::string_view mend) noexcept {
  char text[240];
  std::size_t used = 0;
  for (const std::string_view part : what) used += part.copy(text + used, sizeof text - used);
  return {code, "inbox", {text, used}, mend};
}

result<void> check_time(time_ns time) noexcept {
  if (is_time(time)) return {};
  return refusal(errc::invalid_argument, {"the time of an entry lies outside 1823 .. 2116"},
                 "give nanoseconds since 1970-01-01 UTC, or leave the time out for \"at once\"");
}

template <std::size_t Capacity>
result<void> check_text(const short_text<Capacity>& text, std::string_view what, std::string_view most) noexcept {
  if (!text.fits()) return refusal(errc::invalid_argument, {what, " is longer than ", most, " bytes"}, "shorten it");
  if (!detail::is_printable_utf8(text.view())) {
    return refusal(errc::invalid_argument, {what, " is not UTF-8 or holds control characters"},
                   "give UTF-8 text without line breaks, tabs and other control characters");
  }
  return {};
}

result<void> check(const operator_command& c) noexcept {
  if (static_cast<std::uint8_t>(c.kind) >= command_kinds) {
    return refusal(errc::invalid_argument, {"a command has a kind that does not exist"}, "give one of command_kind");
  }
  MILLWRIGHT_CHECK(check_text(c.actor, "the actor of a command", "48"));
  MILLWRIGHT_CHECK(check_text(c.text, "the text of a command", "160"));
  if (c.actor.empty()) {
    return refusal(errc::invalid_argument, {"the command ", to_string(c.kind), " has no actor"},
                   "say who gives the command: a person, a role or a program");
  }
  if (c.kind == command_kind::comment && c.text.empty()) {
    return refusal(errc::invalid_argument, {"a comment has no text"}, "give the text");
  }
  MILLWRIGHT_CHECK(check_time(c.time));
  const bool lasts = c.kind == command_kind::shelve || c.kind == command_kind::maintenance;
  if (!lasts && c.duration_s != 0.0) {
    return refusal(errc::invalid_argument, {"the command ", to_string(c.kind), " has a duration"},
                   "leave duration_s at 0; shelve and maintenance have one");
  }
  if (!(c.duration_s >= 0.0 && c.duration_s <= longest_duration_s) || (c.kind == command_kind::shelve && c.duration_s == 0.0)) {
    return refusal(
        errc::invalid_argument, {"the duration of ", to_string(c.kind), " is out of range"},
        c.kind == command_kind::shelve ? "shelving ends by itself: give duration_s above 0, at most 1e9" : "give duration_s from 0 to 1e9");
  }
  return {};
}

result<void> check_name(const short_text<64>& name) noexcept {
  MILLWRIGHT_CHECK(check_text(name, "the name of an external column", "64"));
  if (name.empty()) return refusal(errc::invalid_argument, {"an external value has no name"}, "name the column it belongs to");
  return {};
}

result<void> check_value(std::string_view name, double value) noexcept {
  if (!std::isinf(value)) return {};
  return refusal(errc::invalid_argument, {"the value of external column \"", name, "\" is infinite"},
                 "give a finite number, or NaN for \"not known\"");
}

/// Behind all that come due no later, so that equal times keep the order of arrival.
template <class T>
void insert_by_time(std::span<T> places, std::uint64_t& count, const T& entry) noexcept {
  auto at = static_cast<std::size_t>(count++);
  for (; at > 0 && places[at - 1].time > entry.time; --at) places[at] = places[at - 1];
  places[at] = entry;
}

template <class T>
T take_first(std::span<T> places, std::uint64_t& count) noexcept {
  const T first = places.front();
  const auto end = places.begin() + static_cast<std::ptrdiff_t>(count--);
  std::move(places.begin() + 1, end, places.begin());
  *(end - 1) = T{};
  return first;
}

template <class T>
bool unused_are_empty(std::span<const T> places, std::uint64_t count) noexcept {
  return std::all_of(places.begin() + static_cast<std::ptrdiff_t>(count), places.end(), [](const T& place) { return place == T{}; });
}

template <class T>
bool in_order(std::span<const T> entries) noexcept {
  return std::is_sorted(entries.begin(), entries.end(), [](const T& a, const T& b) { return a.time < b.time; });
}
}  // namespace

result<void> inbox::prepare(workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  take(memory);
  return {};
}

void inbox::take(workspace& memory) noexcept {
  commands_ = memory.carve<operator_command>(static_cast<std::size_t>(most_commands));
  values_ = memory.carve<waiting_value>(static_cast<std::size_t>(most_values));
  columns_ = memory.carve<column>(static_cast<std::size_t>(most_columns));
}

void inbox::reset() noexcept {
  std::fill(commands_.begin(), commands_.end(), operator_command{});
  std::fill(values_.begin(), values_.end(), waiting_value{});
  std::fill(columns_.begin(), columns_.end(), column{});
  command_count_ = value_count_ = column_count_ = 0;
  counters_ = {};
}

result<void> inbox::push(const operator_command& command) noexcept {
  if (const auto sound = check(command); !sound) {
    ++counters_.commands_refused;
    return sound;
  }
  if (command_count_ >= commands_.size()) {
    ++counters_.commands_lost;
    return refusal(errc::limit_exceeded, {"the inbox is full: the command ", to_string(command.kind), " was not taken"},
                   "push samples, so that waiting commands come due, or raise most_commands");
  }
  insert_by_time(commands_, command_count_, command);
  ++counters_.commands;
  return {};
}

result<void> inbox::push(const external_value& value) noexcept {
  auto sound = check_name(value.name);
  if (sound) sound = check_value(value.name.view(), value.value);
  if (sound) sound = check_time(value.time);
  if (!sound) {
    ++counters_.values_refused;
    return sound;
  }
  const std::size_t index = find(value.name.view());
  if (value_count_ >= values_.size() || index >= columns_.size()) {
    ++counters_.values_lost;
    if (index >= columns_.size()) {
      return refusal(errc::limit_exceeded, {"there is no room for another external column: \"", value.name.view(), "\" was not taken"},
                     "check the name, or raise most_columns");
    }
    return refusal(errc::limit_exceeded, {"the inbox is full: a value of \"", value.name.view(), "\" was not taken"},
                   "push samples, so that waiting values come due, or raise most_values");
  }
  if (index == column_count_) columns_[static_cast<std::size_t>(column_count_++)].name = value.name;
  insert_by_time(values_, value_count_, waiting_value{static_cast<std::uint32_t>(index), value.value, value.time});
  ++counters_.values;
  return {};
}

std::optional<double> inbox::latest(std::string_view name) const noexcept {
  const std::size_t index = find(name);
  if (index >= column_count_ || !columns_[index].known) return std::nullopt;
  return columns_[index].value;
}

/// Where the column stands, or would stand.
std::size_t inbox::find(std::string_view name) const noexcept {
  const auto known = columns();
  const auto at = std::find_if(known.begin(), known.end(), [&](const column& c) { return c.name.view() == name; });
  return static_cast<std::size_t>(at - known.begin());
}

std::optional<inbox::entry> inbox::next_due(time_ns until) const noexcept {
  const bool value = value_count_ > 0 && values_.front().time <= until;
  const bool command = command_count_ > 0 && commands_.front().time <= until;
  if (value && (!command || values_.front().time <= commands_.front().time)) return entry::value;
  if (command) return entry::command;
  return std::nullopt;
}

operator_command inbox::take_command(time_ns until) noexcept {
  operator_command command = take_first(commands_, command_count_);
  if (command.time == at_once) command.time = until;
  return command;
}

const inbox::column* inbox::take_value(time_ns until) noexcept {
  const waiting_value due = take_first(values_, value_count_);
  const time_ns since = due.time == at_once ? until : due.time;
  column& c = columns_[due.column];
  if (c.known && c.since > since) {
    ++counters_.values_superseded;
    return nullptr;
  }
  c.known = true;
  c.value = due.value;
  c.since = since;
  return &c;
}

bool inbox::state_is_valid() const noexcept {
  if (command_count_ > commands_.size() || value_count_ > values_.size() || column_count_ > columns_.size()) return false;
  const std::span<const operator_command> commands = commands_.first(static_cast<std::size_t>(command_count_));
  const std::span<const waiting_value> values = values_.first(static_cast<std::size_t>(value_count_));
  const auto known = columns();
  const auto value_fits = [&](const waiting_value& v) { return v.column < known.size() && !std::isinf(v.value) && is_time(v.time); };
  const auto column_fits = [&](const column& c) {
    return check_name(c.name) && find(c.name.view()) == static_cast<std::size_t>(&c - known.data()) && !std::isinf(c.value) &&
           (c.known || c == column{c.name}) && c.since > -stamp_limit && c.since < stamp_limit;
  };
  return std::all_of(commands.begin(), commands.end(), [](const operator_command& c) { return check(c).has_value(); }) &&
         std::all_of(values.begin(), values.end(), value_fits) && std::all_of(known.begin(), known.end(), column_fits) &&
         in_order(commands) && in_order(values) && unused_are_empty<operator_command>(commands_, command_count_) &&
         unused_are_empty<waiting_value>(values_, value_count_) && unused_are_empty<column>(columns_, column_count_);
}

}  // namespace millwright
