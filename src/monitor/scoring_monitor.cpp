#include "millwright/monitor/scoring_monitor.hpp"

#include <algorithm>

#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {

constexpr std::string_view prefix = "not_scored.";
constexpr std::size_t longest_measure = 48;

/// "not_scored.missing" and so on, put together once.
struct measure_names {
  std::array<std::array<char, longest_measure>, quality_bits.size()> text = {};
  std::array<std::size_t, quality_bits.size()> size = {};

  constexpr measure_names() {
    for (std::size_t i = 0; i < quality_bits.size(); ++i) {
      for (const std::string_view part : {prefix, quality_bits[i].name}) {
        for (const char c : part) text[i][size[i]++] = c;
      }
    }
  }
  [[nodiscard]] constexpr std::string_view operator[](std::size_t i) const { return {text[i].data(), size[i]}; }
};
constexpr measure_names measures;

}  // namespace

void scoring_monitor::reset() noexcept { *this = {}; }

void scoring_monitor::observe(const window_result& window) noexcept {
  ++windows_;
  if (window.scored) return;
  ++not_scored_;
  for (std::size_t i = 0; i < quality_bits.size(); ++i) {
    if ((window.quality & quality_bits[i].bit) != 0 && quality_bits[i].bit != bits(quality::not_scored)) ++reasons_[i];
  }
}

void scoring_monitor::report(function_ref<void(const monitor_report&)> tell) const noexcept {
  const auto share = [this](std::uint64_t count) {
    return windows_ > 0 ? static_cast<double>(count) / static_cast<double>(windows_) : math::nan;
  };
  tell({id, "not_scored", share(not_scored_), windows_});
  for (std::size_t i = 0; i < quality_bits.size(); ++i) {
    if (reasons_[i] > 0) tell({id, measures[i], share(reasons_[i]), windows_});
  }
}

bool scoring_monitor::state_is_valid() const noexcept {
  return not_scored_ <= windows_ && std::all_of(reasons_.begin(), reasons_.end(), [this](std::uint64_t n) { return n <= not_scored_; });
}

}  // namespace millwright
