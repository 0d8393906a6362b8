#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "millwright/core/workspace.hpp"
#include "millwright/data/channel.hpp"
#include "millwright/data/quality.hpp"
#include "millwright/data/samples.hpp"
#include "millwright/data/time.hpp"
#include "millwright/ingest/stream_clock.hpp"

namespace millwright {

/// When a value of a channel is marked.
struct sample_limits {
  float low;                  ///< clipped at or below; -infinity: no check
  float high;                 ///< clipped at or above; +infinity: no check
  std::uint32_t stuck_after;  ///< identical values in a row that mean stuck; 0: no check
};

/// The newest slots of one channel group: planar values, quality bits and (if asked for) stamps. Slots are numbered from 0 at the
/// start of the stream, without end. Any run of live slots is contiguous in memory: when the end of the memory is reached, what
/// is still needed moves to its start, which costs at most one copy a sample, amortised. Never allocates.
class group_ring {
 public:
  /// Takes room for `live` slots that can be read plus `slack` that make moving rare. slack > 0.
  void prepare(std::vector<sample_limits> limits, std::size_t live, std::size_t slack, bool keeps_stamps, workspace& memory);
  void reset() noexcept;

  /// Number of the next slot, and of the oldest one that counts.
  [[nodiscard]] std::uint64_t head() const noexcept { return head_; }
  [[nodiscard]] std::uint64_t first() const noexcept { return first_; }
  [[nodiscard]] std::size_t channels() const noexcept { return limits_.size(); }
  [[nodiscard]] std::size_t room() const noexcept { return capacity_ - static_cast<std::size_t>(head_ - base_); }

  /// Slots before `slot` (<= head) count no more; nothing is moved.
  void forget_before(std::uint64_t slot) noexcept;
  /// Frees room; slots from `oldest` on survive.
  void make_room(std::uint64_t oldest) noexcept;

  /// Appends `count` <= room() samples of a block from `position` on, and marks them.
  void append(const sample_block& block, std::size_t position, std::size_t count, clock_counters& counters) noexcept;
  /// Appends `count` <= room() masked slots (NaN, missing).
  void append_missing(std::size_t count) noexcept;
  /// Stamps a slot from which on all are in memory; only if stamps are kept.
  void set_stamp(std::uint64_t slot, time_ns stamp) noexcept { stamps_[static_cast<std::size_t>(slot - base_)] = stamp; }

  [[nodiscard]] const float* values(std::size_t channel, std::uint64_t slot) const noexcept {
    return values_.data() + channel * capacity_ + static_cast<std::size_t>(slot - base_);
  }
  [[nodiscard]] const std::uint8_t* marks(std::size_t channel, std::uint64_t slot) const noexcept {
    return marks_.data() + channel * capacity_ + static_cast<std::size_t>(slot - base_);
  }
  [[nodiscard]] time_ns stamp(std::uint64_t slot) const noexcept { return stamps_[static_cast<std::size_t>(slot - base_)]; }
  /// One past the newest slot of the channel that carries any quality bit.
  [[nodiscard]] std::uint64_t marked_end(std::size_t channel) const noexcept { return marked_end_[channel]; }
  /// One past the newest counting slot stamped at or before `end`; first() if there is none. O(log n).
  [[nodiscard]] std::uint64_t end_at(time_ns end) const noexcept;

  template <class Archive>
  void persist(Archive& archive) {
    archive(base_, first_, head_, values_, marks_, stamps_, marked_end_, last_value_, run_);
  }
  /// Also demands that every slot from `oldest` on is in memory, with rising stamps.
  [[nodiscard]] bool state_is_valid(std::uint64_t oldest) const noexcept;

 private:
  void mark(std::size_t channel, float* values, std::uint8_t* marks, std::size_t count, clock_counters& counters) noexcept;
  std::size_t mark_run(std::size_t channel, float* values, std::uint8_t* marks, std::size_t count, clock_counters& counters) noexcept;

  std::vector<sample_limits> limits_;
  std::size_t capacity_ = 0;  ///< slots a channel

  std::uint64_t base_ = 0;  ///< slot at the start of the memory
  std::uint64_t first_ = 0;
  std::uint64_t head_ = 0;
  std::span<float> values_;
  std::span<std::uint8_t> marks_;
  std::span<time_ns> stamps_;
  std::span<std::uint64_t> marked_end_;
  std::span<float> last_value_;   ///< of the stuck check, NaN before the first
  std::span<std::uint32_t> run_;  ///< identical values in a row so far
};

}  // namespace millwright
