#include "millwright/rotation/phase_curve.hpp"

#include <algorithm>
#include <cmath>

namespace millwright {

double monotone_slope(double h0, double s0, double h1, double s1) noexcept {
  const double slope = (s0 * h1 + s1 * h0) / (h0 + h1);
  return std::min(slope, 3.0 * std::min(s0, s1));
}

double monotone_end_slope(double h0, double s0, double h1, double s1) noexcept {
  const double slope = s0 + (s0 - s1) * h0 / (h0 + h1);
  return std::clamp(slope, 0.0, 3.0 * s0);
}

double phase_segment::rise_at(double v) const noexcept {
  const double w = 1.0 - v;
  return v * (v * (3.0 - 2.0 * v) * rise + w * width * (w * slope - v * end_slope));
}

double phase_segment::slope_at(double v) const noexcept {
  const double w = 1.0 - v;
  return 6.0 * v * w * rise / width + slope * w * (1.0 - 3.0 * v) + end_slope * v * (3.0 * v - 2.0);
}

double phase_segment::solve(double target) const noexcept {
  constexpr int most_steps = 60;  // bisection alone would end below 2^-53; Newton's method takes three or four
  double low = 0.0;
  double high = 1.0;
  double v = std::clamp(target / rise, 0.0, 1.0);
  for (int step = 0; step < most_steps; ++step) {
    const double excess = rise_at(v) - target;
    if (std::abs(excess) <= 1e-15 * rise) break;
    (excess > 0.0 ? high : low) = v;
    const double next = v - excess / (slope_at(v) * width);
    // Also when the slope is 0 and the quotient no number.
    const double chosen = next > low && next < high ? next : 0.5 * (low + high);
    if (chosen == v) break;
    v = chosen;
  }
  return v;
}

void phase_curve::reset() noexcept {
  knots_ = 0;
  number_ = 0;
  before_ = last_ = {};
  width_before_ = 0.0;
  slope_before_ = 0.0;
  repairs_ = 0;
}

double phase_curve::secant(std::int64_t first, double width) const noexcept { return (phase_of(first + 1) - phase_of(first)) / width; }

phase_segment phase_curve::pending(double end_slope) const noexcept {
  phase_segment s;
  s.start = before_;
  s.width = samples_between(before_, last_);
  s.phase = phase_of(number_ - 1);
  s.rise = phase_of(number_) - s.phase;
  s.slope = slope_before_;
  s.end_slope = end_slope;
  s.repairs = repairs_;
  return s;
}

void phase_curve::push(const pulse_event& event, detail::fifo<phase_segment>& segments) noexcept {
  if (event.is_standstill) {
    close(segments, true);
    return;
  }
  if (knots_ >= 2) {
    const double h0 = samples_between(before_, last_);
    const double h1 = samples_between(last_, event.at);
    const double s0 = secant(number_ - 1, h0);
    const double s1 = secant(number_, h1);
    if (knots_ == 2) slope_before_ = monotone_end_slope(h0, s0, h1, s1);
    const double slope = monotone_slope(h0, s0, h1, s1);
    segments.push(pending(slope));
    slope_before_ = slope;
    width_before_ = h0;
  }
  if (knots_ > 0) ++number_;
  knots_ = std::min<std::uint32_t>(knots_ + 1, 3);
  before_ = last_;
  last_ = event.at;
  repairs_ = event.removed + (event.is_inserted ? 1u : 0u);
}

void phase_curve::finish(detail::fifo<phase_segment>& segments) noexcept { close(segments, false); }

void phase_curve::close(detail::fifo<phase_segment>& segments, bool is_gap) noexcept {
  if (knots_ >= 2) {
    const double h0 = samples_between(before_, last_);
    const double s0 = secant(number_ - 1, h0);
    double end_slope = s0;
    if (knots_ == 2) {
      slope_before_ = s0;
    } else {
      end_slope = monotone_end_slope(h0, s0, width_before_, secant(number_ - 2, width_before_));
    }
    phase_segment last = pending(end_slope);
    last.is_gap_after = is_gap;
    segments.push(last);
  }
  reset();
}

}  // namespace millwright
