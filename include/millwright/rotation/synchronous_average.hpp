#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/signal_stage.hpp"

namespace millwright {

/// Time-synchronous average: the mean of `revolutions` turns of a signal at uniform angle (of an order_tracker). What turns with the
/// shaft stays, everything else falls by 1 / sqrt(revolutions). One column in; out, frames of one revolution.
/// mode block: a frame every `revolutions` turns, and at the end one of the turns left over. exponential: a frame every turn, the mean
/// of all turns until there are `revolutions` of them, then forgetting with weight 1 / revolutions.
/// A turn with a sample that is not finite is left out. Means are kept in float64; where turns are too far apart for that, the mean
/// starts again from the last one.
/// Source: McFadden, "A revised model for the extraction of periodic waveforms by time domain averaging", MSSP 1 (1987).
template <class Real>
class synchronous_average {
 public:
  static constexpr std::string_view id = "synchronous_average";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::analysis;
  static constexpr std::string_view doc =
      "Time-synchronous average: the mean turn of a signal at uniform angle, as frames of one revolution.";
  static constexpr std::size_t input_columns = 1;

  std::int64_t revolutions = 20;
  std::int64_t samples_per_revolution = 0;
  std::string mode = "block";

  static auto params() {
    return std::tuple{integer("revolutions", &synchronous_average::revolutions, 20, 1, 1'000'000, unit::none, "turns in the mean"),
                      integer("samples_per_revolution", &synchronous_average::samples_per_revolution, 0, 0, 1 << 20, unit::none,
                              "samples of one turn; 0 takes the rate of the input, as an order tracker gives it"),
                      choice("mode", &synchronous_average::mode, "block", "block|exponential",
                             "block: one frame after each `revolutions` turns; exponential: one after every turn")};
  }
  static auto model() { return std::tuple{}; }

  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(fill_, turns_, is_usable_, turn_, mean_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return fill_ < length_ && turns_ <= static_cast<std::uint64_t>(revolutions); }

 private:
  void add_turn() noexcept;

  std::uint64_t length_ = 1;
  std::uint64_t fill_ = 0;   // samples of the turn under way
  std::uint64_t turns_ = 0;  // in the mean
  bool is_usable_ = true;
  std::span<Real> turn_;
  std::span<double> mean_;
};

/// Mean turn of a signal at uniform angle (angle_signal::values), over its whole turns. `revolutions` 0: all of them into one frame;
/// else a frame for each `revolutions` turns and one for those left over, row after row.
/// Errors: no whole usable turn; samples_per_revolution 0.
template <class Real>
[[nodiscard]] result<std::vector<Real>> average_turns(std::span<const Real> angle_samples, std::size_t samples_per_revolution,
                                                      std::size_t revolutions = 0);

/// The part of the signal that does not turn with the shaft: x less the average at its angle. `average` has one turn.
/// Errors: an empty average.
template <class Real>
[[nodiscard]] result<std::vector<Real>> remove_average(std::span<const Real> angle_samples, std::span<const Real> average);

}  // namespace millwright
