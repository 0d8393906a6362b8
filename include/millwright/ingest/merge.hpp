#pragma once

#include <concepts>
#include <cstddef>
#include <limits>
#include <span>

#include "millwright/data/time.hpp"

namespace millwright {

/// What the merger asks of an input: a file, a group of a recording, or a live source that may have nothing yet.
template <class S>
concept merge_source = requires(const S& s, time_ns limit, std::size_t most) {
  { s.rate_hz() } -> std::convertible_to<double>;
  /// Whether samples are at hand.
  { s.has_samples() } -> std::convertible_to<bool>;
  /// Whether none will come after those at hand. A live source that has nothing yet has not ended.
  { s.ended() } -> std::convertible_to<bool>;
  /// Time of the first sample at hand; if there is none, the earliest time that the next one can have.
  { s.next_time() } -> std::convertible_to<time_ns>;
  /// How many samples at hand, the first one and those that follow it while their time is at most `limit`; at most `most`.
  { s.count_until(limit, most) } -> std::convertible_to<std::size_t>;
};

/// How strictly a merge keeps to time. Neither changes a frame: the stream's clock puts samples in their place (docs/ingest.md).
struct merge_policy {
  time_ns lead = 0;  ///< how far a slower input may run ahead of a faster one, so that blocks stay large
  /// Whether samples wait for those of a live source that has nothing yet and may still give older ones. Without, the stream itself waits
  /// for it, at most the clock's max_lag_s, and then goes on without that channel group.
  bool waits = true;
};

/// What to push next: the first `samples` samples at hand of one input. 0 samples: nothing may go before `source` delivers or ends;
/// with `source` none, all inputs have ended.
struct merge_turn {
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::size_t source = none;
  std::size_t samples = 0;
};

namespace detail {
/// The latest time at which a sample of an input comes before that of another one at `time`: the older first; of equal times the slower
/// input, so that no frame has to wait for it, then the lower index.
constexpr time_ns last_before(time_ns time, bool wins_ties, time_ns grace) noexcept {
  if (grace > 0) time = time > std::numeric_limits<time_ns>::max() - grace ? std::numeric_limits<time_ns>::max() : time + grace;
  return wins_ties || time == std::numeric_limits<time_ns>::min() ? time : time - 1;
}
}  // namespace detail

/// The one order in which inputs reach a stream: sample by sample the older first, as detail::last_before says. Without lead and with
/// waits, it depends neither on the size of the blocks in which inputs are read nor on when live samples arrive.
/// Gives at most `max_samples` >= 1. O(inputs) and what count_until costs.
template <merge_source Source>
[[nodiscard]] merge_turn next_turn(std::span<const Source> sources, std::size_t max_samples, const merge_policy& policy = {}) {
  const auto slower = [&](std::size_t a, std::size_t b) {  // equal times: who goes first
    return sources[a].rate_hz() != sources[b].rate_hz() ? sources[a].rate_hz() < sources[b].rate_hz() : a < b;
  };
  merge_turn turn;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (!sources[i].has_samples()) continue;
    const bool older = turn.source == merge_turn::none || sources[i].next_time() < sources[turn.source].next_time();
    if (older || (sources[i].next_time() == sources[turn.source].next_time() && slower(i, turn.source))) turn.source = i;
  }
  if (turn.source == merge_turn::none) {
    for (std::size_t i = 0; i < sources.size() && turn.source == merge_turn::none; ++i) {
      if (!sources[i].ended()) turn.source = i;
    }
    return turn;
  }
  const Source& first = sources[turn.source];
  time_ns limit = std::numeric_limits<time_ns>::max();
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const bool silent = !sources[i].has_samples();
    if (i == turn.source || (silent && (sources[i].ended() || !policy.waits))) continue;
    const time_ns grace = sources[i].rate_hz() > first.rate_hz() ? policy.lead : 0;
    const time_ns last = detail::last_before(sources[i].next_time(), slower(turn.source, i), grace);
    if (silent && first.next_time() > last) return {i, 0};
    if (last < limit) limit = last;
  }
  turn.samples = first.count_until(limit, max_samples);
  return turn;
}

}  // namespace millwright
