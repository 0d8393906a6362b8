#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/data/host_input.hpp"
#include "millwright/data/time.hpp"

namespace millwright {

/// What became of the entries pushed into an inbox. Every push adds one to exactly one of the first six.
struct inbox_counters {
  std::uint64_t commands = 0;           ///< taken
  std::uint64_t values = 0;             ///< taken
  std::uint64_t commands_lost = 0;      ///< refused: as many commands as there is room for were waiting
  std::uint64_t values_lost = 0;        ///< refused: no room for the value, or for another column
  std::uint64_t commands_refused = 0;   ///< refused: not a command that can be obeyed
  std::uint64_t values_refused = 0;     ///< refused: no name or no value that can be used
  std::uint64_t values_superseded = 0;  ///< of the taken: came due after a later value of the same column, so never held

  using member = std::pair<std::string_view, std::uint64_t inbox_counters::*>;
  /// Names and members, in the order of reports and of the checkpoint.
  static constexpr std::array<member, 7> list() noexcept {
    using c = inbox_counters;
    return {{{"commands", &c::commands},
             {"values", &c::values},
             {"commands_lost", &c::commands_lost},
             {"values_lost", &c::values_lost},
             {"commands_refused", &c::commands_refused},
             {"values_refused", &c::values_refused},
             {"values_superseded", &c::values_superseded}}};
  }
  bool operator==(const inbox_counters&) const = default;
};

/// Holds what is not samples until the stream's time reaches it: operator commands and values of external columns. An entry may be
/// stamped ahead of the samples; it comes due when a window ends at or after its time, so a replay of samples and entries gives the same
/// windows the same entries, however the samples are cut.
///
/// Order: by time; entries `at_once` before all others; at equal time values before commands, then as they were pushed.
/// Room is fixed in prepare: push allocates nothing, takes no lock and copies the entry; a full inbox refuses and counts.
/// Push from the thread that pushes samples. O(entries waiting) a push and an entry that comes due.
class inbox {
 public:
  static constexpr std::string_view id = "inbox";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "Room for operator commands and values of external columns that wait for their time.";

  std::int64_t most_commands = 16;
  std::int64_t most_values = 32;
  std::int64_t most_columns = 16;

  static constexpr auto params() {
    using self = inbox;
    return std::tuple{
        integer("most_commands", &self::most_commands, 16, 1, 4096, unit::none, "operator commands that may wait for their time"),
        integer("most_values", &self::most_values, 32, 1, 4096, unit::none, "values of external columns that may wait for their time"),
        integer("most_columns", &self::most_columns, 16, 1, 1024, unit::none, "external columns, each known by its name"),
    };
  }

  /// An external column: the value that holds now.
  struct column {
    short_text<64> name;
    bool known = false;  ///< whether any of its values has come due
    double value = 0.0;
    time_ns since = 0;

    bool operator==(const column&) const = default;
    template <class Archive>
    void persist(Archive& archive) noexcept {
      archive(known, value, since);
      name.persist(archive);
    }
  };

  /// Memory: 248 bytes a command, 24 a value, 88 a column (6.2 kB by default). Error: a setting out of its range.
  result<void> prepare(workspace& memory);
  /// What prepare carves; for a copy of a prepared inbox.
  void take(workspace& memory) noexcept;
  /// Empty, no columns, counters zero.
  void reset() noexcept;

  /// Errors: limit_exceeded when there is no room; invalid_argument for an entry that makes no sense (unknown kind, no actor, a text
  /// that is too long, not UTF-8 or holds control characters, a duration where there is none or none where one is needed, a stamp outside
  /// 1823 .. 2116, an infinite value). The inbox then stays as it was, its counters aside.
  result<void> push(const operator_command& command) noexcept;
  result<void> push(const external_value& value) noexcept;

  /// Hands over what has come due at `until`, in order, and makes due values those that hold. `visitor` is called with `const
  /// operator_command&` and, if it takes them, `const external_value&`; an entry pushed `at_once` carries the time `until`,
  /// which is the end of a window. The visitor must not push.
  template <class Visitor>
  void drain(time_ns until, Visitor&& visitor) noexcept {
    static_assert(std::is_invocable_v<Visitor&, const operator_command&>);
    while (const auto due = next_due(until)) {
      if (*due == entry::command) {
        const operator_command command = take_command(until);
        visitor(command);
      } else if (const column* changed = take_value(until); changed != nullptr) {
        if constexpr (std::is_invocable_v<Visitor&, const external_value&>) {
          external_value value;
          value.name = changed->name;
          value.value = changed->value;
          value.time = changed->since;
          visitor(static_cast<const external_value&>(value));
        }
      }
    }
  }

  /// The value that holds now; nothing before the first has come due, and for a name never pushed.
  [[nodiscard]] std::optional<double> latest(std::string_view name) const noexcept;
  /// In the order in which their names first came.
  [[nodiscard]] std::span<const column> columns() const noexcept { return columns_.first(static_cast<std::size_t>(column_count_)); }
  [[nodiscard]] std::size_t waiting() const noexcept { return static_cast<std::size_t>(command_count_ + value_count_); }
  [[nodiscard]] const inbox_counters& counters() const noexcept { return counters_; }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    for (const auto& [name, pointer] : inbox_counters::list()) archive(counters_.*pointer);
    persist_all(archive, commands_, command_count_);
    persist_all(archive, values_, value_count_);
    persist_all(archive, columns_, column_count_);
  }
  /// Whether restored state is one that push and drain can leave behind.
  [[nodiscard]] bool state_is_valid() const noexcept;

 private:
  enum class entry : std::uint8_t { value, command };
  struct waiting_value {
    std::uint32_t column = 0;
    double value = 0.0;
    time_ns time = 0;

    bool operator==(const waiting_value&) const = default;
    template <class Archive>
    void persist(Archive& archive) noexcept {
      archive(column, value, time);
    }
  };

  // All places, so that a checkpoint's size does not depend on what waits.
  template <class Archive, class T>
  static void persist_all(Archive& archive, std::span<T> places, std::uint64_t& count) noexcept {
    std::uint64_t room = places.size();
    archive(room, count);
    if constexpr (Archive::reading) {
      if (room != places.size()) archive.fail();
      if (!archive.ok()) return;
    }
    for (T& place : places) place.persist(archive);
  }

  [[nodiscard]] std::optional<entry> next_due(time_ns until) const noexcept;
  operator_command take_command(time_ns until) noexcept;
  /// The column that changed; null when a later value already holds.
  const column* take_value(time_ns until) noexcept;
  [[nodiscard]] std::size_t find(std::string_view name) const noexcept;

  std::span<operator_command> commands_;  // in order of time; unused places are as made
  std::span<waiting_value> values_;
  std::span<column> columns_;
  std::uint64_t command_count_ = 0;
  std::uint64_t value_count_ = 0;
  std::uint64_t column_count_ = 0;
  inbox_counters counters_;
};

}  // namespace millwright
