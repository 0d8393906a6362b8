#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "millwright/core/stage_role.hpp"
#include "millwright/data/quality.hpp"
#include "millwright/monitor/any_monitor.hpp"

namespace millwright {

/// How many windows carry no score, and why: a silent stream is not a healthy one. Measures, each a share of all windows so far:
/// "not_scored", then "not_scored.<reason>" for every quality bit that occurred in a window without a score (a window may have several).
/// O(1) a window.
class scoring_monitor {
 public:
  static constexpr std::string_view id = "scoring_monitor";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::monitor;
  static constexpr std::string_view doc = "Share of windows that carry no score, by reason.";

  static constexpr auto params() { return std::tuple<>{}; }

  void reset() noexcept;
  void observe(const window_result& window) noexcept;
  void report(function_ref<void(const monitor_report&)> tell) const noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(windows_, not_scored_);
    for (std::uint64_t& count : reasons_) archive(count);
  }
  [[nodiscard]] bool state_is_valid() const noexcept;

 private:
  std::uint64_t windows_ = 0;
  std::uint64_t not_scored_ = 0;
  std::array<std::uint64_t, quality_bits.size()> reasons_ = {};  ///< as quality_bits
};

static_assert(monitor_stage<scoring_monitor>);

}  // namespace millwright
