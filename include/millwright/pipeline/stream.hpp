#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "millwright/alarm/episode.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/data/samples.hpp"
#include "millwright/detail/function_ref.hpp"
#include "millwright/ingest/inbox.hpp"
#include "millwright/ingest/stream_clock.hpp"
#include "millwright/monitor/any_monitor.hpp"
#include "millwright/pipeline/checkpoint.hpp"
#include "millwright/pipeline/judge.hpp"
#include "millwright/pipeline/pipeline.hpp"
#include "millwright/pipeline/window_result.hpp"

namespace millwright {

namespace detail {
struct scratch_content;
struct stream_state;
}  // namespace detail

/// What streams of one model need between two calls only, on one thread: room for views, spectra, rows. Streams that share it must not run
/// at the same time.
class stream_scratch {
 public:
  /// Takes all memory: from `memory` (at least memory_needed().scratch bytes, 64-byte aligned, outliving the scratch) or, when empty, by
  /// one allocation. Errors: out of memory, a buffer that is too small.
  [[nodiscard]] static result<stream_scratch> create(const pipeline& model, std::span<std::byte> memory = {});

  stream_scratch(stream_scratch&& other) noexcept;
  stream_scratch& operator=(stream_scratch&& other) noexcept;
  stream_scratch(const stream_scratch&) = delete;
  stream_scratch& operator=(const stream_scratch&) = delete;
  ~stream_scratch();

 private:
  friend class stream;
  explicit stream_scratch(detail::scratch_content* c) noexcept : content_(c) {}
  detail::scratch_content* content_ = nullptr;
};

/// One running stream of a fitted pipeline: all state of one asset.
/// Threads: one thread at a time per stream; streams are independent, but those that share a stream_scratch must take turns.
class stream {
 public:
  /// Takes all memory: from `memory` (at least memory_needed().state + memory_needed().scratch bytes, 64-byte aligned, outliving the
  /// stream) or, when empty, by one allocation. With memory given, nothing comes from the heap. Afterwards push allocates nothing, locks
  /// nothing and makes no system call. Errors: out of memory, a buffer that is too small.
  [[nodiscard]] static result<stream> create(const pipeline& model, std::span<std::byte> memory = {});
  /// The same with a scratch that other streams of this model share: `memory` is of memory_needed().state bytes.
  [[nodiscard]] static result<stream> create(const pipeline& model, stream_scratch& scratch, std::span<std::byte> memory = {});

  stream(stream&& other) noexcept;
  stream& operator=(stream&& other) noexcept;
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;
  ~stream();

  /// Channel groups in the order that sample_block::group counts; each lists channel indices of the pipeline.
  [[nodiscard]] const std::vector<std::vector<std::size_t>>& groups() const noexcept;

  /// Takes a block of any size; calls `on_window` for every completed window, in order.
  /// Errors: unknown group, wrong number of channels; the state is then unchanged.
  result<void> push(const sample_block& block, function_ref<void(const window_result&)> on_window) noexcept;

  /// Gives the windows that still wait for slower channel groups, masked where those have not delivered: for the end of a
  /// recording. A stream that will go on needs no flush.
  void flush(function_ref<void(const window_result&)> on_window) noexcept;

  /// As push with a callback; returns the episodes raised or cleared by this block, at most `max_episodes` (older ones win; the rest is
  /// counted by `episodes_dropped()`). Valid until the next push.
  result<std::span<const episode>> push(const sample_block& block) noexcept;
  static constexpr std::size_t max_episodes = 64;
  [[nodiscard]] std::uint64_t episodes_dropped() const noexcept;

  /// Lets another judge score the same rows: it alarms nobody, changes nothing that this stream says, and has state and scratch of its
  /// own (allocated here, not in push). Its results are window_result::shadows, in the order of adding. `candidate` must see the same
  /// features as this stream's model. Not in real time. Errors: other features; more than max_shadows; out of memory.
  result<void> add_shadow(const pipeline& candidate);
  static constexpr std::size_t max_shadows = 4;
  [[nodiscard]] std::size_t shadows() const noexcept;

  /// What the monitors have to say, in the order of the declaration. The callback must not throw.
  void report(function_ref<void(const monitor_report&)> tell) const noexcept;

  /// For what is not samples: operators' commands and values that the host knows. They wait in order of their times, are part of the
  /// checkpoint, and are handed out by the window that passes their time.
  result<void> push(const operator_command& command) noexcept;
  result<void> push(const external_value& value) noexcept;
  [[nodiscard]] const inbox& received() const noexcept;

  /// Back to the state after create; shadows stay, and start anew.
  void reset() noexcept;

  [[nodiscard]] const pipeline& model() const noexcept;
  [[nodiscard]] const clock_counters& counters() const noexcept;
  [[nodiscard]] std::uint64_t windows() const noexcept;  ///< window results so far
  [[nodiscard]] std::uint64_t windows_not_scored() const noexcept;
  [[nodiscard]] std::uint64_t episodes() const noexcept;  ///< raised so far
  /// Samples taken from each group so far: where a replay must go on after a restore.
  [[nodiscard]] std::span<const std::uint64_t> position() const noexcept;

  /// Checkpoint: everything that push depends on, in sections, each with its version and the identity of what it depends on, and a
  /// SHA-256 over all (docs/bundle-format.md).
  [[nodiscard]] std::size_t checkpoint_size() const noexcept;
  /// Writes checkpoint_size() bytes; no allocation. Error: `out` too small.
  result<std::size_t> write_checkpoint(std::span<std::byte> out) const noexcept;
  /// Continues where write_checkpoint was called, by the same pipeline or by another one: sections that fit are taken, the others start
  /// anew, and the report names both. Errors: corrupt bytes; nothing that fits. Then the stream is reset.
  result<restore_report> restore_checkpoint(std::span<const std::byte> bytes) noexcept;

 private:
  explicit stream(detail::stream_state* s) noexcept : state_(s) {}
  detail::stream_state* state_ = nullptr;
};

}  // namespace millwright
