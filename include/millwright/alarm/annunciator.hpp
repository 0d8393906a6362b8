#pragma once

#include <cstdint>
#include <span>

#include "millwright/alarm/alarm.hpp"
#include "millwright/core/arena_memory.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/record.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/data/host_input.hpp"
#include "millwright/data/rows.hpp"
#include "millwright/evaluate/exposure.hpp"
#include "millwright/threshold/any_threshold.hpp"

namespace millwright {

/// Windows and episodes of one stream so far.
struct stream_counters {
  std::uint64_t windows = 0;
  std::uint64_t windows_not_scored = 0;
  std::uint64_t episodes = 0;
  std::uint64_t commands = 0;

  static constexpr std::uint16_t record_version = 1;
  static constexpr auto fields() {
    using c = stream_counters;
    return std::tuple{
        field{"windows", &c::windows, "window results so far"},
        field{"windows_not_scored", &c::windows_not_scored, "of these, without a score"},
        field{"episodes", &c::episodes, "raised so far"},
        field{"commands", &c::commands, "operators' commands that came due"},
    };
  }
};

/// Takes one severity a window and gives episodes: the alarm's rules, the episode that runs, and what was counted. The only place that
/// knows how a severity becomes something that a person hears of; thresholds run it over held-out operation.
class annunciator {
 public:
  annunciator() = default;
  explicit annunciator(const alarm& rules) : rules_(rules) {}

  /// Checks the rules. Errors: the alarm's.
  result<void> prepare(workspace& memory) { return rules_.prepare(memory); }
  /// What prepare carves; for a copy of a prepared annunciator.
  void take(workspace& memory) noexcept { rules_.take(memory); }
  void reset() noexcept {
    rules_.reset();
    counters_ = {};
  }

  /// Takes a window; `scored` false: nothing is known about it.
  alarm::event update(const row_meta& meta, double severity, bool scored) noexcept {
    const alarm::event event = rules_.update(meta.end_time, severity, scored, meta.regime);
    ++counters_.windows;
    counters_.windows_not_scored += scored ? 0 : 1;
    counters_.episodes += event == alarm::event::raised ? 1 : 0;
    return event;
  }

  /// Takes a command that has come due. It is counted; no rule answers it yet.
  void take_command(const operator_command&) noexcept { ++counters_.commands; }

  [[nodiscard]] bool active() const noexcept { return rules_.active(); }
  [[nodiscard]] const episode& current() const noexcept { return rules_.current(); }
  /// Where the judge writes what lies behind an episode that was raised or has peaked.
  [[nodiscard]] contributor_list& contributors() noexcept { return rules_.current().contributors; }
  [[nodiscard]] const stream_counters& counters() const noexcept { return counters_; }
  [[nodiscard]] stream_counters& counters() noexcept { return counters_; }
  [[nodiscard]] alarm& rules() noexcept { return rules_; }
  [[nodiscard]] const alarm& rules() const noexcept { return rules_; }

 private:
  alarm rules_;
  stream_counters counters_;
};

/// The annunciator run over held-out operation, as often as a threshold stage asks: each time from the start, and anew where another
/// recording begins.
class annunciator_trial {
 public:
  /// `rules`: whose settings apply; their threshold is not used. Errors: the alarm's, out of memory.
  [[nodiscard]] static result<annunciator_trial> of(const alarm& rules);
  [[nodiscard]] annunciation run(const exposure& operation, double threshold) noexcept;

 private:
  alarm rules_;
  detail::arena_memory memory_;
};

/// Lets `threshold` learn from calibrated held-out severities (one column, with end times and quality) under an alarm's rules.
/// Errors: those of exposure::of, of the rules, of the stage.
[[nodiscard]] result<evidence> learn_threshold(const any_threshold& threshold, const const_rows& severities, const alarm& rules);

}  // namespace millwright
