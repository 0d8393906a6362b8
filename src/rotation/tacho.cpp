#include "millwright/rotation/tacho.hpp"

#include <algorithm>
#include <cmath>

#include "millwright/numeric/math.hpp"

namespace millwright {

pulse_settings tacho_parameters::settings(double rate_hz) const {
  pulse_settings s;
  s.rate_hz = rate_hz;
  s.pulses_per_revolution = static_cast<double>(pulses_per_revolution);
  s.falling = edge == "falling";
  s.is_auto = threshold_mode == "auto";
  s.threshold = threshold;
  s.hysteresis = hysteresis;
  s.auto_window_s = auto_window_s;
  s.min_rpm = min_rpm;
  s.max_rpm = max_rpm;
  s.repair_periods = static_cast<std::size_t>(repair_periods);
  return s;
}

template <class Real>
result<signal_port> tacho<Real>::prepare(const signal_port& in, workspace& memory) {
  if (speed_rate_hz > in.rate_hz) {
    return error(errc::invalid_argument, id, "speed_rate_hz is above the rate of the input", "give at most the rate of the input");
  }
  MILLWRIGHT_CHECK(train_.prepare(settings(in.rate_hz), memory));
  curve_.prepare(gear_ratio, static_cast<double>(pulses_per_revolution));
  segments_.prepare(train_.most_events() + 4, memory);
  samples_an_item_ = in.rate_hz / speed_rate_hz;
  to_rpm_ = 60.0 * in.rate_hz;
  delay_ = train_.delay() + 2.0 * train_.longest_period();
  const double items = (static_cast<double>(in.max_items) + delay_) / samples_an_item_ + 3.0;
  if (!(items < 1e9)) {
    return error(errc::limit_exceeded, id, "one call could bring more than 10^9 speeds", "raise min_rpm or lower speed_rate_hz");
  }
  signal_port out = in;
  out.columns = 2;
  out.rate_hz = speed_rate_hz;
  out.max_items = static_cast<std::size_t>(items);
  out.delay_s = in.delay_s + delay_ / in.rate_hz;
  return out;
}

template <class Real>
void tacho<Real>::reset() noexcept {
  train_.reset();
  curve_.reset();
  segments_.reset();
  item_ = 0;
  repairs_ = 0;
  speed_ = math::nan;
  is_turning_ = false;
  last_end_ = {};
}

template <class Real>
void tacho<Real>::take_events() noexcept {
  pulse_event event;
  while (train_.next(event)) curve_.push(event, segments_);
}

template <class Real>
bool tacho<Real>::next(double& rpm) noexcept {
  const double moment = static_cast<double>(item_) * samples_an_item_;
  const instant at{static_cast<std::int64_t>(moment), moment - std::floor(moment)};
  while (!segments_.empty()) {
    const phase_segment& segment = segments_[0];
    const double into = samples_between(segment.start, at);
    if (into < segment.width) {
      // Before the first segment the speed is unknown; between a gap and the next one the shaft stood.
      rpm = into >= 0.0 ? segment.slope_at(into / segment.width) * to_rpm_ : (speed_ == speed_ ? 0.0 : math::nan);
      ++item_;
      return true;
    }
    repairs_ += segment.repairs;
    speed_ = segment.end_slope * to_rpm_;
    is_turning_ = !segment.is_gap_after;
    last_end_ = {segment.start.sample, segment.start.fraction + segment.width};
    segments_.pop();
  }
  // A shaft that turns would have told by now.
  if (samples_between(at, {train_.now(), 0.0}) <= delay_) return false;
  rpm = speed_ == speed_ ? 0.0 : math::nan;
  ++item_;
  return true;
}

template <class Real>
std::size_t tacho<Real>::write(std::span<Real> out, std::size_t written) noexcept {
  double rpm = 0.0;
  while (written + 2 <= out.size() && next(rpm)) {
    out[written++] = static_cast<Real>(rpm);
    out[written++] = static_cast<Real>(repairs_);
    repairs_ = 0;
  }
  return written;
}

template <class Real>
std::size_t tacho<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  std::size_t written = 0;
  for (const Real x : in) {
    train_.push(static_cast<double>(x));
    take_events();
    written = write(out, written);
  }
  return written;
}

template <class Real>
std::size_t tacho<Real>::flush(std::span<Real> out) noexcept {
  train_.finish();
  take_events();
  curve_.finish(segments_);
  std::size_t written = write(out, 0);
  // What is left lies behind the last pulse.
  while (written + 2 <= out.size()) {
    const double moment = static_cast<double>(item_) * samples_an_item_;
    if (!(moment < static_cast<double>(train_.now()))) break;
    const bool holds = is_turning_ && moment - (static_cast<double>(last_end_.sample) + last_end_.fraction) <= train_.longest_period();
    out[written++] = static_cast<Real>(holds ? speed_ : (speed_ == speed_ ? 0.0 : math::nan));
    out[written++] = static_cast<Real>(repairs_);
    repairs_ = 0;
    ++item_;
  }
  return written;
}

template class tacho<float>;
template class tacho<double>;

// --- batch --------------------------------------------------------------------------------------------------------------

namespace {

error no_pulses(std::size_t found) {
  return {errc::invalid_data, "tacho", found == 0 ? "there is no pulse" : "there is only one pulse",
          "check channel, threshold and edge; a speed needs at least two pulses"};
}

result<void> check_times(std::span<const double> times, std::string_view what) {
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (!std::isfinite(times[i]) || (i > 0 && !(times[i] > times[i - 1]))) {
      return error(errc::invalid_data, "tacho", std::string(what) + " " + std::to_string(i) + " is not later than the one before it",
                   "give finite, increasing times in seconds");
    }
  }
  return {};
}

/// Drains a train into a list.
class collector {
 public:
  explicit collector(double rate_hz) : rate_hz_(rate_hz) {}
  void take(pulse_train& train) {
    pulse_event event;
    while (train.next(event)) {
      list.removed_count += event.removed;
      if (event.is_standstill) {
        stood_ = true;
        continue;
      }
      if (stood_) ++list.standstills;
      stood_ = false;
      list.times_s.push_back((static_cast<double>(event.at.sample) + event.at.fraction) / rate_hz_);
      list.inserted.push_back(event.is_inserted ? 1 : 0);
      if (event.is_inserted) ++list.inserted_count;
    }
  }
  tacho_pulse_list list;

 private:
  double rate_hz_;
  bool stood_ = false;
};

pulse_settings plain_settings(double rate_hz, const tacho_options& options) {
  pulse_settings s;
  s.rate_hz = rate_hz;
  s.pulses_per_revolution = options.pulses_per_revolution;
  s.falling = options.falling;
  s.is_auto = false;
  s.min_rpm = options.min_rpm;
  s.max_rpm = options.max_rpm;
  s.repair_periods = options.repair_periods;
  return s;
}

}  // namespace

template <class Real>
result<pulse_settings> resolve_tacho(std::span<const Real> x, double rate_hz, const tacho_options& options) {
  pulse_settings s = plain_settings(rate_hz, options);
  std::vector<double> values;
  for (const Real v : x) {
    if (std::isfinite(v)) values.push_back(static_cast<double>(v));
  }
  if (values.empty()) return error(errc::invalid_data, "tacho", "the signal has no finite sample", "give the tacho's signal");
  std::sort(values.begin(), values.end());
  if (!(values.back() > values.front()))
    return error(errc::invalid_data, "tacho", "the signal is constant", "check the tacho and its channel");
  // Percentiles keep single spikes out, but of pulses shorter than a hundredth of a turn only the extremes know.
  const std::size_t edge = values.size() / 100;
  double bottom = values[edge];
  double top = values[values.size() - 1 - edge];
  const double middle = values.front() + 0.5 * (values.back() - values.front());
  if (!(bottom < middle && middle < top)) {
    bottom = values.front();
    top = values.back();
  }
  s.threshold = options.threshold.value_or(bottom + 0.5 * (top - bottom));
  s.hysteresis = options.hysteresis.value_or(0.4 * (top - bottom));
  return s;
}
template result<pulse_settings> resolve_tacho(std::span<const float>, double, const tacho_options&);
template result<pulse_settings> resolve_tacho(std::span<const double>, double, const tacho_options&);

template <class Real>
result<tacho_pulse_list> tacho_pulses(std::span<const Real> x, double rate_hz, const tacho_options& options) {
  MILLWRIGHT_TRY(const pulse_settings settings, resolve_tacho(x, rate_hz, options));
  MILLWRIGHT_TRY(auto ready,
                 detail::prepare_on_heap(pulse_train(), [&](pulse_train& t, workspace& memory) { return t.prepare(settings, memory); }));
  collector pulses(rate_hz);
  for (const Real v : x) {
    ready.object.push(static_cast<double>(v));
    pulses.take(ready.object);
  }
  ready.object.finish();
  pulses.take(ready.object);
  if (pulses.list.times_s.empty()) return no_pulses(0);
  pulses.list.threshold = settings.threshold;
  pulses.list.hysteresis = settings.hysteresis;
  return std::move(pulses.list);
}
template result<tacho_pulse_list> tacho_pulses(std::span<const float>, double, const tacho_options&);
template result<tacho_pulse_list> tacho_pulses(std::span<const double>, double, const tacho_options&);

result<tacho_pulse_list> repair_pulses(std::span<const double> times_s, const tacho_options& options) {
  MILLWRIGHT_CHECK(check_times(times_s, "pulse"));
  if (times_s.empty()) return no_pulses(0);
  constexpr double ticks_hz = 1e6;  // a clock fine enough for any speed; fractions of its ticks are kept
  if (!(std::abs(times_s.front()) < 1e9) || !(std::abs(times_s.back()) < 1e9)) {
    return error(errc::invalid_data, "tacho", "the times are above 10^9 s", "count from the start of the recording");
  }
  MILLWRIGHT_TRY(auto ready, detail::prepare_on_heap(pulse_train(), [&](pulse_train& t, workspace& memory) {
                   return t.prepare(plain_settings(ticks_hz, options), memory);
                 }));
  collector pulses(ticks_hz);
  for (const double t : times_s) {
    const double ticks = t * ticks_hz;
    ready.object.push_pulse({static_cast<std::int64_t>(std::floor(ticks)), ticks - std::floor(ticks)});
    pulses.take(ready.object);
  }
  ready.object.finish();
  pulses.take(ready.object);
  return std::move(pulses.list);
}

result<std::vector<double>> tacho_speed(std::span<const double> pulse_times_s, std::span<const double> at_s, double pulses_per_revolution,
                                        double gear_ratio) {
  MILLWRIGHT_CHECK(check_times(pulse_times_s, "pulse"));
  if (pulse_times_s.size() < 2) return no_pulses(pulse_times_s.size());
  if (!(pulses_per_revolution > 0.0) || !std::isfinite(pulses_per_revolution)) {
    return error(errc::invalid_argument, "tacho", "pulses per revolution must be positive", "give the number of marks on the shaft");
  }
  MILLWRIGHT_CHECK(check_gear_ratio(gear_ratio, "tacho"));
  MILLWRIGHT_TRY(auto ready, detail::prepare_on_heap(detail::fifo<phase_segment>(), [](auto& queue, workspace& memory) -> result<void> {
                   queue.prepare(1, memory);
                   return {};
                 }));
  auto& queue = ready.object;
  phase_curve curve;
  curve.prepare(gear_ratio, pulses_per_revolution);
  curve.reset();
  std::vector<phase_segment> pieces;
  const auto take = [&] {
    for (; !queue.empty(); queue.pop()) pieces.push_back(queue[0]);
  };
  for (const double t : pulse_times_s) {
    pulse_event event;
    event.at.fraction = t;  // a clock of one tick a second: the curve only sees differences
    curve.push(event, queue);
    take();
  }
  curve.finish(queue);
  take();
  std::vector<double> rpm;
  rpm.reserve(at_s.size());
  for (const double t : at_s) {
    const auto after =
        std::upper_bound(pieces.begin(), pieces.end(), t, [](double v, const phase_segment& p) { return v < p.start.fraction; });
    const phase_segment& piece = after == pieces.begin() ? pieces.front() : *(after - 1);
    rpm.push_back(60.0 * piece.slope_at(std::clamp((t - piece.start.fraction) / piece.width, 0.0, 1.0)));
  }
  return rpm;
}

}  // namespace millwright
