#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include "millwright/core/short_text.hpp"
#include "millwright/data/time.hpp"

namespace millwright {

// What a host tells a stream besides samples: what people decided, and values that no channel carries.

/// Time of an entry that holds from now on: from the next window.
inline constexpr time_ns at_once = INT64_MIN;

/// What an operator may say (ISA-18.2-2016, alarm states and their transitions; maintenance as in ISO 14224).
enum class command_kind : std::uint8_t {
  acknowledge,          ///< the alarm has been seen
  shelve,               ///< be silent for duration_s
  unshelve,             ///< end it early
  remove_from_service,  ///< be silent until returned to service
  return_to_service,
  reset,        ///< let go of an alarm that latches
  maintenance,  ///< work is done on the asset, for duration_s (0: a moment)
  comment,      ///< for the record
};
inline constexpr std::uint8_t command_kinds = 8;

/// "acknowledge" and so on.
[[nodiscard]] std::string_view to_string(command_kind kind) noexcept;

/// One word of an operator: who said what about which episode, and when.
struct operator_command {
  command_kind kind = command_kind::acknowledge;
  std::uint64_t episode = 0;  ///< number of the episode that is meant; 0: whatever is open
  short_text<48> actor = {};  ///< who, as the host knows people: never empty
  short_text<160> text = {};  ///< why; a comment must have it
  time_ns time = at_once;
  double duration_s = 0.0;  ///< of shelve (needed) and maintenance

  bool operator==(const operator_command&) const = default;
  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(kind, episode, time, duration_s);
    actor.persist(archive);
    text.persist(archive);
  }
};
static_assert(std::is_trivially_copyable_v<operator_command>);

/// One value of an external column: what the host knows and no channel carries, such as a product code or operating hours.
struct external_value {
  short_text<64> name = {};
  double value = 0.0;  ///< holds from `time` until the column's next value; NaN: not known
  time_ns time = at_once;
};
static_assert(std::is_trivially_copyable_v<external_value>);

}  // namespace millwright
