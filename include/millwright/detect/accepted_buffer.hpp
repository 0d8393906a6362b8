#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/data/rows.hpp"
#include "millwright/data/time.hpp"

namespace millwright {

/// Keeps the last rows that a model may learn from, by guards against learning the fault. A row is taken at most every `interval_s`,
/// only while no alarm is open nor was in the last `settle_s`, with a severity of at most `max_severity`, finite, in a known context
/// and with data good enough to be scored. It then waits in quarantine: an alarm within `quarantine_s` throws out all that wait.
/// What is left is kept, the oldest of `capacity` rows making way. Fixed memory, no allocation after prepare, O(columns) a row but
/// when rows leave quarantine together. Its state can be written to and read from a checkpoint.
/// A slow drift that raises no alarm passes: score the first model beside the one that follows.
class accepted_buffer {
 public:
  static constexpr std::string_view id = "accepted_buffer";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "Rows that a model may learn from: quiet, known, and not soon followed by an alarm.";

  std::int64_t capacity = 4096;
  double max_severity = 1.3;
  double interval_s = 300.0;
  double quarantine_s = 259200.0;
  double settle_s = 3600.0;

  static constexpr auto params() {
    using self = accepted_buffer;
    return std::tuple{
        integer("capacity", &self::capacity, 4096, 8, 1e6, unit::window, "rows that are kept"),
        number("max_severity", &self::max_severity, 1.3, 0, 1e3, unit::decade,
               "most severe row that is taken; 1.3 is one normal row in twenty"),
        number("interval_s", &self::interval_s, 300.0, 0, 1e9, unit::second, "least time between two rows that are taken"),
        number("quarantine_s", &self::quarantine_s, 259200.0, 0, 1e9, unit::second, "time without an alarm after which a row is kept"),
        number("settle_s", &self::settle_s, 3600.0, 0, 1e9, unit::second, "time after an alarm during which no row is taken"),
    };
  }

  /// Memory: (capacity + rows in quarantine) x columns values. Error: a quarantine of more than 1e6 rows.
  result<void> prepare(std::size_t columns, workspace& memory);
  void reset() noexcept;

  /// Rows come in the order of their end_time; one from the past is left out. `alarm_active` says whether an alarm is open.
  void offer(std::span<const double> row, const row_meta& meta, double severity, bool alarm_active) noexcept;

  /// The rows that are kept, in no order of time but always in the same.
  [[nodiscard]] const_rows rows() const noexcept {
    return {kept_.data(), static_cast<std::size_t>(kept_rows_), columns_, columns_, nullptr};
  }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_rows_; }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(newest_, taken_at_, alarm_at_, next_, kept_rows_, first_, waiting_rows_, kept_, waiting_, waiting_since_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept;

 private:
  static constexpr time_ns never = INT64_MIN;
  void release(time_ns now) noexcept;

  std::size_t columns_ = 0;
  std::size_t capacity_ = 0;
  std::size_t places_ = 0;  // in quarantine
  std::uint64_t interval_ns_ = 0, quarantine_ns_ = 0, settle_ns_ = 0;

  time_ns newest_ = never, taken_at_ = never, alarm_at_ = never;
  std::uint64_t next_ = 0, kept_rows_ = 0;      // ring of kept rows
  std::uint64_t first_ = 0, waiting_rows_ = 0;  // ring of rows in quarantine
  std::span<double> kept_, waiting_;
  std::span<time_ns> waiting_since_;
};

}  // namespace millwright
