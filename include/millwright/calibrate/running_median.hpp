#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "millwright/core/stage.hpp"

namespace millwright {

/// Causal running median of every column over the last `windows` scored rows: one outlying window moves nothing, a change that
/// lasts passes after half the length. Rows in, rows out, same columns. O(windows) per value; windows doubles of state per column.
/// The first rows take the median of what there is; an even count takes the mean of the middle two. A row with quality::not_scored
/// or NaN passes through as NaN and leaves the state unchanged.
/// Source: Tukey, Exploratory Data Analysis, 1977.
class running_median {
 public:
  static constexpr std::string_view id = "running_median";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::smoother;
  static constexpr std::string_view doc = "Causal running median of each column over the last scored windows; 1 passes values through.";

  std::int64_t windows = 1;  ///< length of the median

  static auto params() {
    return std::tuple{
        integer("windows", &running_median::windows, 1, 1, 999, unit::window, "length of the median; 1 passes values through")};
  }
  static auto model() { return std::tuple{}; }

  result<port> prepare(const port& in, workspace& memory);
  void take(workspace& memory) noexcept;
  void reset() noexcept;
  void process(const const_rows& in, const rows_view& out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(filled_, next_, history_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept {
    const auto length = static_cast<std::uint64_t>(windows);
    return filled_ <= length && next_ < length;
  }

 private:
  std::uint64_t filled_ = 0;   // rows in the history, all columns alike
  std::uint64_t next_ = 0;     // slot that the next row takes
  std::span<double> history_;  // columns x windows
  std::span<double> sorted_;   // scratch
  std::size_t columns_ = 0;
};
static_assert(row_stage<running_median>);

}  // namespace millwright
