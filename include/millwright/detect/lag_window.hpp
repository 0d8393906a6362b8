#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/data/quality.hpp"
#include "millwright/data/rows.hpp"
#include "millwright/data/time.hpp"

namespace millwright::detail {

/// The last rows of one stream side by side, newest first: (lags + 1) x columns values. Rows follow each other when they come without a
/// gap: a value that is not finite, quality::not_scored, a time that steps back or one more than 1.5 usual steps later starts anew.
class lag_window {
 public:
  /// Takes (lags + 1) x columns x 2 values. `step` is the usual time between rows; 0: times do not matter.
  void prepare(std::size_t columns, std::size_t lags, time_ns step, workspace& memory) noexcept;
  void take(workspace& memory) noexcept;
  void reset() noexcept;

  /// Takes the next row; true when it and the `lags` rows before it follow each other: then values() holds them.
  bool push(std::span<const double> row, const row_meta& meta) noexcept;
  /// values() for the row that was pushed last, `row`. Where rows before it are missing, the oldest one stands in for them.
  void widen(std::span<const double> row) noexcept;
  [[nodiscard]] std::span<const double> values() const noexcept { return values_; }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(filled_, next_, last_time_, ring_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return filled_ <= length_ && next_ < length_; }

 private:
  std::size_t columns_ = 0;
  std::uint64_t length_ = 1;  // rows side by side
  std::uint64_t longest_step_ = 0;
  std::uint64_t filled_ = 0;
  std::uint64_t next_ = 0;  // slot that the next row takes
  time_ns last_time_ = 0;
  std::span<double> ring_;
  std::span<double> values_;  // scratch
};

/// Median of the time steps that go forward; 0 for none.
[[nodiscard]] time_ns usual_step(const const_rows& rows);

/// Rows of lag_window, one for each of `rows` that `lags` rows precede without a gap.
[[nodiscard]] result<row_table> side_by_side(const const_rows& rows, std::size_t lags, time_ns step);

}  // namespace millwright::detail
