#include "millwright/rotation/angle_sampler.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "millwright/numeric/math.hpp"
#include "millwright/signal/taper.hpp"

namespace millwright {
namespace {

constexpr std::size_t zero_crossings = 16;  // on either side
constexpr std::size_t taps = 2 * zero_crossings;
constexpr std::size_t phases = 256;   // between them the kernel is interpolated: error below -98 dB up to 0.4 of the rate
constexpr double kaiser_beta = 8.96;  // 90 dB
constexpr double largest_ring = 1 << 28;

/// Kaiser-windowed sinc at u zero crossings from its centre.
double kernel_at(double u) noexcept {
  constexpr auto reach = static_cast<double>(zero_crossings);
  u = std::abs(u);
  if (u >= reach) return 0.0;
  const double share = u / reach;
  const double window = bessel_i0(kaiser_beta * std::sqrt(1.0 - share * share)) / bessel_i0(kaiser_beta);
  return u == 0.0 ? 1.0 : window * math::sin_pi(u) / (math::pi * u);
}

}  // namespace

template <class Real>
result<void> angle_sampler<Real>::prepare(const angle_settings& settings, workspace& memory) {
  settings_ = settings;
  MILLWRIGHT_CHECK(check_gear_ratio(settings.gear_ratio, "order_tracker"));
  if (settings.samples_per_revolution < 2 || settings.samples_per_revolution > (1u << 20)) {
    return error(errc::invalid_argument, "order_tracker", "samples per revolution are out of range",
                 "give 2 to 2^20, at least 2.56 times the highest order of interest");
  }
  pulse_settings pulses = settings.pulses;
  if (settings.reference != angle_reference::tacho) pulses.is_auto = false;
  if (settings.reference == angle_reference::speed) pulses.repair_periods = 0, pulses.pulses_per_revolution = 1.0;
  settings_.pulses = pulses;
  MILLWRIGHT_CHECK(train_.prepare(pulses, memory));
  const auto per_revolution = static_cast<double>(settings.samples_per_revolution);
  curve_.prepare(per_revolution * settings.gear_ratio, pulses.pulses_per_revolution);

  longest_stretch_ = std::max(1.0, pulses.rate_hz * 60.0 / (per_revolution * settings.gear_ratio * pulses.min_rpm));
  const double reach = std::ceil(static_cast<double>(zero_crossings) * longest_stretch_) + 1.0;
  const bool from_speed = settings.reference == angle_reference::speed;
  // A segment is known one pulse after its end, and then starts at most one period before it.
  const double wait = from_speed ? 1.0 : train_.delay() + 2.0 * train_.longest_period();
  delay_ = wait + reach;
  const double room = delay_ + reach + 4.0;
  const double events = static_cast<double>(train_.most_events()) + 4.0 + reach / (from_speed ? 1.0 : train_.shortest_period());
  if (!(room < largest_ring) || !(events < largest_ring)) {
    return error(errc::limit_exceeded, "order_tracker", "the slowest speed needs more than 2^28 samples of memory", "raise min_rpm");
  }
  ring_size_ = static_cast<std::size_t>(room);
  ring_ = memory.carve<Real>(2 * ring_size_);
  kernel_ = memory.carve<double>((phases + 1) * taps);
  kernel_sums_ = memory.carve<double>(phases + 1);
  kernel_line_ = memory.carve<double>(phases * zero_crossings + 1);
  segments_.prepare(static_cast<std::size_t>(events), memory);
  return {};
}

template <class Real>
void angle_sampler<Real>::reset() noexcept {
  train_.reset();
  curve_.reset();
  segments_.reset();
  now_ = index_ = 0;
  gap_left_ = gaps_ = pulses_seen_ = 0;
  finished_ = has_found_ = is_turning_ = false;
  found_ = {};
  found_stretch_ = 1.0;
  found_rpm_ = last_speed_ = phase_ = 0.0;
  repairs_ = 0;
  stopped_at_ = std::numeric_limits<std::int64_t>::min();
  std::fill(ring_.begin(), ring_.end(), Real(0));
  for (std::size_t p = 0; p <= phases; ++p) {
    const double fraction = static_cast<double>(p) / static_cast<double>(phases);
    double sum = 0.0;
    for (std::size_t t = 0; t < taps; ++t) {
      const double weight = kernel_at(static_cast<double>(t) - static_cast<double>(zero_crossings - 1) - fraction);
      kernel_[p * taps + t] = weight;
      sum += weight;
    }
    kernel_sums_[p] = sum;
  }
  for (std::size_t i = 0; i < kernel_line_.size(); ++i) kernel_line_[i] = kernel_at(static_cast<double>(i) / static_cast<double>(phases));
}

template <class Real>
double angle_sampler<Real>::most_items(std::size_t samples) const noexcept {
  const auto count = static_cast<double>(samples);
  const auto per_revolution = static_cast<double>(settings_.samples_per_revolution);
  const double gaps = (count / train_.longest_period() + 3.0) * per_revolution;
  if (settings_.reference == angle_reference::speed) {
    const double an_item = per_revolution * settings_.gear_ratio * settings_.pulses.max_rpm / (60.0 * settings_.pulses.rate_hz);
    return std::ceil((count + delay_ + 3.0) * an_item) + gaps;
  }
  const double a_pulse = std::ceil(per_revolution * settings_.gear_ratio / settings_.pulses.pulses_per_revolution) + 1.0;
  const double pulses =
      2.0 * static_cast<double>(train_.most_events()) + 8.0 + (delay_ - train_.delay() + count) / train_.shortest_period();
  return std::ceil(pulses) * a_pulse + gaps;
}

template <class Real>
result<std::size_t> angle_sampler<Real>::room_for(std::size_t samples) const {
  const double items = std::max(most_items(samples), most_items(0));
  if (!(items < 1e9)) {
    return error(errc::limit_exceeded, "order_tracker", "one call could bring more than 10^9 items",
                 "lower max_rpm, gear_ratio or samples_per_revolution");
  }
  return static_cast<std::size_t>(items) + 1;
}

template <class Real>
bool angle_sampler<Real>::state_is_valid() const noexcept {
  if (!train_.state_is_valid() || !curve_.state_is_valid() || !segments_.state_is_valid()) return false;
  if (now_ < 0 || index_ < 0 || gap_left_ > settings_.samples_per_revolution || !std::isfinite(phase_)) return false;
  if (!(found_stretch_ >= 1.0 && found_stretch_ <= longest_stretch_) || !(found_.fraction >= 0.0 && found_.fraction <= 1.0)) return false;
  if (has_found_ && (found_.sample > now_ || found_.sample < now_ - static_cast<std::int64_t>(2 * ring_size_))) return false;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const phase_segment& s = segments_[i];
    const bool numbers = std::isfinite(s.phase) && s.rise >= 0.0 && s.width >= 0.0 && s.width <= static_cast<double>(ring_size_) &&
                         s.start.fraction >= -1.0 && s.start.fraction <= 2.0 && s.slope >= 0.0 && s.end_slope >= 0.0;
    if (!numbers || s.start.sample > now_ || s.start.sample < now_ - static_cast<std::int64_t>(2 * ring_size_)) return false;
  }
  return true;
}

template <class Real>
void angle_sampler<Real>::push(Real x, double reference) noexcept {
  const auto place = static_cast<std::size_t>(now_ % static_cast<std::int64_t>(ring_size_));
  ring_[place] = x;
  ring_[place + ring_size_] = x;
  if (settings_.reference == angle_reference::tacho) {
    train_.push(reference);
    take_events();
  } else if (settings_.reference == angle_reference::speed) {
    push_speed(reference);
  }
  ++now_;
}

template <class Real>
void angle_sampler<Real>::push_pulse(const instant& at) noexcept {
  train_.push_pulse(at);
  take_events();
}

template <class Real>
void angle_sampler<Real>::take_events() noexcept {
  pulse_event event;
  while (train_.next(event)) {
    if (!event.is_standstill) ++pulses_seen_;
    curve_.push(event, segments_);
  }
}

template <class Real>
void angle_sampler<Real>::push_speed(double rpm) noexcept {
  // A reading that cannot be right does not end the revolution: the last one holds.
  if (!(rpm <= settings_.pulses.max_rpm) || !std::isfinite(rpm)) rpm = last_speed_;
  const double to_phase = static_cast<double>(settings_.samples_per_revolution) * settings_.gear_ratio / (60.0 * settings_.pulses.rate_hz);
  const bool turns = rpm >= settings_.pulses.min_rpm;
  if (is_turning_) {
    phase_segment segment;
    segment.start = {now_ - 1, 0.0};
    segment.phase = phase_;
    if (turns) {
      segment.width = 1.0;
      segment.rise = 0.5 * (last_speed_ + rpm) * to_phase;
      segment.slope = last_speed_ * to_phase;
      segment.end_slope = rpm * to_phase;
      phase_ += segment.rise;
    } else {
      segment.is_gap_after = true;
      stopped_at_ = now_;
      phase_ = 0.0;
    }
    segments_.push(segment);
    is_turning_ = turns;
  } else if (turns && (stopped_at_ < 0 || static_cast<double>(now_ - stopped_at_) > train_.longest_period())) {
    is_turning_ = true;
  }
  last_speed_ = rpm;
}

template <class Real>
void angle_sampler<Real>::finish() noexcept {
  finished_ = true;
  train_.finish();
  take_events();
  curve_.finish(segments_);
}

template <class Real>
bool angle_sampler<Real>::next(angle_item<Real>& item) noexcept {
  while (true) {
    if (gap_left_ > 0) {
      if (--gap_left_ == 0) index_ = 0;
      item = {std::numeric_limits<Real>::quiet_NaN(), found_, math::nan, repairs_};
      repairs_ = 0;
      return true;
    }
    if (!has_found_) {
      if (segments_.empty()) return false;
      const phase_segment& segment = segments_[0];
      const double target = static_cast<double>(index_) - segment.phase;
      if (!(target < segment.rise)) {
        repairs_ += segment.repairs;
        if (segment.is_gap_after) {
          const auto per_revolution = static_cast<std::int64_t>(settings_.samples_per_revolution);
          gap_left_ = static_cast<std::uint64_t>(per_revolution - index_ % per_revolution);
          ++gaps_;
        }
        segments_.pop();
        continue;
      }
      const double v = segment.solve(std::max(target, 0.0));
      const double slope = segment.slope_at(v);
      found_ = later(segment.start, v * segment.width);
      found_stretch_ = slope * longest_stretch_ > 1.0 ? std::max(1.0, 1.0 / slope) : longest_stretch_;
      found_rpm_ = slope * 60.0 * settings_.pulses.rate_hz / static_cast<double>(settings_.samples_per_revolution);
      has_found_ = true;
    }
    const double last_needed = std::floor(found_.fraction + static_cast<double>(zero_crossings) * found_stretch_);
    if (!finished_ && found_.sample + static_cast<std::int64_t>(last_needed) >= now_) return false;
    const Real value = value_at(found_, found_stretch_);
    item = {std::isfinite(value) ? value : std::numeric_limits<Real>::quiet_NaN(), found_, found_rpm_, repairs_};
    repairs_ = 0;
    has_found_ = false;
    ++index_;
    return true;
  }
}

template <class Real>
double angle_sampler<Real>::plain_sum(const Real* x, double fraction) const noexcept {
  const double place = fraction * static_cast<double>(phases);
  const auto row = std::min(static_cast<std::size_t>(place), phases - 1);
  const double between = place - static_cast<double>(row);
  const double* first = kernel_.data() + row * taps;
  const double* second = first + taps;
  // 16 lanes, added in a fixed tree: the order of the sum does not depend on how the compiler vectorises.
  double lanes[16];
  for (std::size_t i = 0; i < 16; ++i) {
    const double near = static_cast<double>(x[i]);
    const double far = static_cast<double>(x[i + 16]);
    lanes[i] =
        (near * (first[i] + between * (second[i] - first[i]))) + (far * (first[i + 16] + between * (second[i + 16] - first[i + 16])));
  }
  for (std::size_t half = 8; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0] / (kernel_sums_[row] + between * (kernel_sums_[row + 1] - kernel_sums_[row]));
}

template <class Real>
Real angle_sampler<Real>::value_at(const instant& at, double stretch) const noexcept {
  const auto reach = static_cast<double>(zero_crossings) * stretch;
  const std::int64_t oldest = std::max<std::int64_t>(0, now_ - static_cast<std::int64_t>(ring_size_));
  const auto ring_at = [&](std::int64_t sample) { return ring_.data() + sample % static_cast<std::int64_t>(ring_size_); };
  const std::int64_t plain_first = at.sample - static_cast<std::int64_t>(zero_crossings - 1);
  if (stretch == 1.0 && plain_first >= oldest && plain_first + static_cast<std::int64_t>(taps) <= now_) {
    return static_cast<Real>(plain_sum(ring_at(plain_first), at.fraction));
  }
  const std::int64_t first = std::max(oldest, at.sample + static_cast<std::int64_t>(std::ceil(at.fraction - reach)));
  const std::int64_t last = std::min(now_ - 1, at.sample + static_cast<std::int64_t>(std::floor(at.fraction + reach)));
  if (first > last) return std::numeric_limits<Real>::quiet_NaN();
  const Real* x = ring_at(first);
  const double step = static_cast<double>(phases) / stretch;
  constexpr auto end = static_cast<double>(phases * zero_crossings);
  double sum = 0.0;
  double weights = 0.0;
  double offset = static_cast<double>(first - at.sample) - at.fraction;
  for (std::int64_t i = first; i <= last; ++i, offset += 1.0) {
    const double place = std::abs(offset) * step;
    if (place >= end) continue;
    const auto whole = static_cast<std::size_t>(place);
    const double w = kernel_line_[whole] + (place - static_cast<double>(whole)) * (kernel_line_[whole + 1] - kernel_line_[whole]);
    sum += w * static_cast<double>(x[i - first]);
    weights += w;
  }
  return static_cast<Real>(sum / weights);
}

template class angle_sampler<float>;
template class angle_sampler<double>;

}  // namespace millwright
