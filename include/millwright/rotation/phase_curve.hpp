#pragma once

#include <cstddef>
#include <cstdint>

#include "millwright/rotation/fifo.hpp"
#include "millwright/rotation/pulse_train.hpp"

namespace millwright {

/// Slope of the parabola through three knots at the middle one, widths h0, h1 and secant slopes s0, s1 > 0, cut to what keeps a cubic
/// monotone. Source: Fritsch & Carlson, "Monotone piecewise cubic interpolation", SIAM J. Numer. Anal. 17 (1980).
[[nodiscard]] double monotone_slope(double h0, double s0, double h1, double s1) noexcept;
/// The same at the first knot (h0, s0 nearest to it) or, counted backwards, at the last.
[[nodiscard]] double monotone_end_slope(double h0, double s0, double h1, double s1) noexcept;

/// One cubic piece of phase over time: from `start`, `width` samples long, phase from `phase` to `phase + rise`, with these slopes at
/// its ends (phase per sample).
struct phase_segment {
  instant start;
  double width = 0.0;
  double phase = 0.0;
  double rise = 0.0;
  double slope = 0.0;
  double end_slope = 0.0;
  std::uint32_t repairs = 0;  ///< pulses inserted or removed that end this segment
  bool is_gap_after = false;  ///< the shaft stands after it; phase starts again at 0

  /// Phase above `phase`, v = 0 .. 1 of the width.
  [[nodiscard]] double rise_at(double v) const noexcept;
  /// Slope, per sample.
  [[nodiscard]] double slope_at(double v) const noexcept;
  /// The v = 0 .. 1 where rise_at(v) = target, 0 <= target <= rise; Newton's method inside a shrinking bracket, bounded.
  [[nodiscard]] double solve(double target) const noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    start.persist(archive);
    archive(width, phase, rise, slope, end_slope, repairs, is_gap_after);
  }
};

/// Phase over time as a monotone piecewise cubic through pulses, made while the pulses come: a segment is known one pulse after its end.
/// Slopes come from parabolas and not, as in the PCHIP of SLATEC and SciPy, from harmonic means, so that a constant acceleration is
/// reproduced exactly. The number of the pulse is the phase's integer part times `step`.
class phase_curve {
 public:
  /// Phase advances by numerator / denominator a pulse, divided last so that whole revolutions are exact.
  void prepare(double numerator, double denominator) noexcept {
    numerator_ = numerator;
    denominator_ = denominator;
  }
  void reset() noexcept;
  /// Appends at most one segment.
  void push(const pulse_event& event, detail::fifo<phase_segment>& segments) noexcept;
  /// End of the stream.
  void finish(detail::fifo<phase_segment>& segments) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(knots_, number_, width_before_, repairs_);
    before_.persist(archive);
    last_.persist(archive);
    archive(slope_before_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return knots_ <= 3 && number_ >= 0; }

 private:
  [[nodiscard]] double phase_of(std::int64_t pulse) const noexcept { return static_cast<double>(pulse) * numerator_ / denominator_; }
  void close(detail::fifo<phase_segment>& segments, bool is_gap) noexcept;
  [[nodiscard]] phase_segment pending(double end_slope) const noexcept;
  [[nodiscard]] double secant(std::int64_t first, double width) const noexcept;

  double numerator_ = 1.0;
  double denominator_ = 1.0;
  std::uint32_t knots_ = 0;    // 0, 1, 2 or 3 (and more)
  std::int64_t number_ = 0;    // of the last pulse, since the shaft began to turn
  instant before_, last_;      // the last two pulses: the segment between them waits for the slope at its end
  double width_before_ = 0.0;  // of the segment before that
  double slope_before_ = 0.0;  // at before_
  std::uint32_t repairs_ = 0;  // of the pulse last_
};

}  // namespace millwright
