#include "millwright/rotation/order_tracker.hpp"

#include <algorithm>
#include <cmath>

namespace millwright {

template <class Real>
result<signal_port> order_tracker<Real>::prepare(const signal_port& in, workspace& memory) {
  angle_settings s;
  s.pulses = settings(in.rate_hz);
  s.reference = reference == "speed" ? angle_reference::speed : angle_reference::tacho;
  s.gear_ratio = gear_ratio;
  s.samples_per_revolution = static_cast<std::size_t>(samples_per_revolution);
  MILLWRIGHT_CHECK(sampler_.prepare(s, memory));
  MILLWRIGHT_TRY(const std::size_t room, sampler_.room_for(in.max_items));
  signal_port out = in;
  out.columns = with_speed ? 2 : 1;
  out.rate_hz = static_cast<double>(samples_per_revolution);
  out.max_items = room;
  out.delay_s = in.delay_s + sampler_.delay() / in.rate_hz;
  return out;
}

template <class Real>
std::size_t order_tracker<Real>::write(std::span<Real> out, std::size_t written) noexcept {
  const std::size_t columns = with_speed ? 2 : 1;
  angle_item<Real> item;
  while (written + columns <= out.size() && sampler_.next(item)) {
    out[written++] = item.value;
    if (with_speed) out[written++] = static_cast<Real>(item.rpm);
  }
  return written;
}

template <class Real>
std::size_t order_tracker<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  std::size_t written = 0;
  for (std::size_t i = 0; i + 1 < in.size(); i += 2) {
    sampler_.push(in[i], static_cast<double>(in[i + 1]));
    written = write(out, written);
  }
  return written;
}

template <class Real>
std::size_t order_tracker<Real>::flush(std::span<Real> out) noexcept {
  sampler_.finish();
  return write(out, 0);
}

template class order_tracker<float>;
template class order_tracker<double>;

// --- batch --------------------------------------------------------------------------------------------------------------

namespace {

constexpr std::string_view where = "order_resample";
constexpr std::size_t most_batch_items = std::size_t{1} << 28;  // of a whole recording: 6 GB in float64

error bad_data(const std::string& what, std::string_view mend) { return {errc::invalid_data, where, what, mend}; }

template <class Real>
result<detail::prepared<angle_sampler<Real>>> make_sampler(const angle_settings& settings) {
  return detail::prepare_on_heap(angle_sampler<Real>(), [&](angle_sampler<Real>& s, workspace& memory) -> result<void> {
    MILLWRIGHT_CHECK(s.prepare(settings, memory));
    MILLWRIGHT_CHECK(s.room_for(1));  // the stage's own limit
    return {};
  });
}

/// Takes what a sampler has ready. Errors (limit_exceeded): more than most_batch_items of the whole recording.
template <class Real>
result<void> take_items(angle_sampler<Real>& sampler, double rate_hz, angle_signal<Real>& out) {
  angle_item<Real> item;
  while (sampler.next(item)) {
    if (out.values.size() == most_batch_items) {
      return error(errc::limit_exceeded, where, "the recording has more than 2^28 samples at uniform angle",
                   "lower samples_per_revolution or gear_ratio, or cut the recording");
    }
    out.values.push_back(item.value);
    out.times_s.push_back((static_cast<double>(item.at.sample) + item.at.fraction) / rate_hz);
    out.rpm.push_back(item.rpm);
    out.repairs += item.repairs;
  }
  return {};
}

/// Ends a batch call; a standstill would leave NaN in the middle of the angles.
template <class Real>
result<angle_signal<Real>> finished(angle_sampler<Real>& sampler, double rate_hz, angle_signal<Real>&& out) {
  sampler.finish();
  MILLWRIGHT_CHECK(take_items(sampler, rate_hz, out));
  if (sampler.pulses_seen() < 2) {
    return bad_data(sampler.pulses_seen() == 0 ? "there is no pulse" : "there is only one pulse",
                    "check channel, threshold and edge; an angle needs at least two pulses");
  }
  if (sampler.gaps() > 0) {
    const auto gap = std::find_if(out.rpm.begin(), out.rpm.end(), [](double v) { return std::isnan(v); });
    const auto at = static_cast<std::size_t>(gap - out.rpm.begin());
    // Turning once and standing from then on is no gap: what follows the last pulse is left out anyway.
    const bool turns_again = std::any_of(gap, out.rpm.end(), [](double v) { return !std::isnan(v); });
    if (turns_again) {
      return bad_data("the speed falls below min_rpm after " + std::to_string(out.times_s[at]) + " s",
                      "lower min_rpm, or cut the recording into pieces in which the shaft turns");
    }
    out.values.resize(at);
    out.times_s.resize(at);
    out.rpm.resize(at);
  }
  return std::move(out);
}

angle_settings settings_of(const pulse_settings& pulses, angle_reference reference, std::size_t samples_per_revolution, double gear_ratio) {
  angle_settings s;
  s.pulses = pulses;
  s.reference = reference;
  s.gear_ratio = gear_ratio;
  s.samples_per_revolution = samples_per_revolution;
  return s;
}

pulse_settings limits_of(double rate_hz, const tacho_options& options) {
  pulse_settings s;
  s.rate_hz = rate_hz;
  s.pulses_per_revolution = options.pulses_per_revolution;
  s.is_auto = false;
  s.min_rpm = options.min_rpm;
  s.max_rpm = options.max_rpm;
  s.repair_periods = 0;
  return s;
}

}  // namespace

template <class Real>
result<angle_signal<Real>> order_resample(std::span<const Real> x, std::span<const Real> tacho_signal, double rate_hz,
                                          std::size_t samples_per_revolution, const tacho_options& options, double gear_ratio) {
  if (x.size() != tacho_signal.size()) {
    return bad_data("the signal has " + std::to_string(x.size()) + " samples and the tacho " + std::to_string(tacho_signal.size()),
                    "give both over the same time, at one rate");
  }
  MILLWRIGHT_TRY(const pulse_settings pulses, resolve_tacho(tacho_signal, rate_hz, options));
  MILLWRIGHT_TRY(auto ready, make_sampler<Real>(settings_of(pulses, angle_reference::tacho, samples_per_revolution, gear_ratio)));
  angle_signal<Real> out;
  out.samples_per_revolution = samples_per_revolution;
  for (std::size_t i = 0; i < x.size(); ++i) {
    ready.object.push(x[i], static_cast<double>(tacho_signal[i]));
    MILLWRIGHT_CHECK(take_items(ready.object, rate_hz, out));
  }
  return finished(ready.object, rate_hz, std::move(out));
}

template <class Real>
result<angle_signal<Real>> order_resample_pulses(std::span<const Real> x, std::span<const double> pulse_times_s, double rate_hz,
                                                 std::size_t samples_per_revolution, const tacho_options& options, double gear_ratio) {
  for (std::size_t i = 0; i < pulse_times_s.size(); ++i) {
    if (!std::isfinite(pulse_times_s[i]) || (i > 0 && !(pulse_times_s[i] > pulse_times_s[i - 1]))) {
      return bad_data("pulse " + std::to_string(i) + " is not later than the one before it", "give finite, increasing times in seconds");
    }
  }
  MILLWRIGHT_TRY(auto ready,
                 make_sampler<Real>(settings_of(limits_of(rate_hz, options), angle_reference::pulses, samples_per_revolution, gear_ratio)));
  const double end = static_cast<double>(x.size());
  if (!pulse_times_s.empty() && !(pulse_times_s.front() >= 0.0 && pulse_times_s.back() * rate_hz < end)) {
    return bad_data("the pulses go from " + std::to_string(pulse_times_s.front()) + " to " + std::to_string(pulse_times_s.back()) +
                        " s, the signal from 0 to " + std::to_string(end / rate_hz) + " s",
                    "leave out the pulses outside the signal");
  }
  angle_signal<Real> out;
  out.samples_per_revolution = samples_per_revolution;
  std::size_t pulse = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    ready.object.push(x[i], 0.0);
    for (; pulse < pulse_times_s.size(); ++pulse) {
      const double at = pulse_times_s[pulse] * rate_hz;
      if (at >= static_cast<double>(i + 1)) break;
      ready.object.push_pulse({static_cast<std::int64_t>(at), at - std::floor(at)});
    }
    MILLWRIGHT_CHECK(take_items(ready.object, rate_hz, out));
  }
  return finished(ready.object, rate_hz, std::move(out));
}

template <class Real>
result<angle_signal<Real>> order_resample_speed(std::span<const Real> x, std::span<const double> times_s, std::span<const double> rpm,
                                                double rate_hz, std::size_t samples_per_revolution, const tacho_options& options,
                                                double gear_ratio) {
  if (times_s.size() != rpm.size() || rpm.empty())
    return bad_data("times and speeds differ in number, or there are none", "give one speed for each time");
  MILLWRIGHT_TRY(auto ready,
                 make_sampler<Real>(settings_of(limits_of(rate_hz, options), angle_reference::speed, samples_per_revolution, gear_ratio)));
  for (std::size_t i = 0; i < rpm.size(); ++i) {
    if (!std::isfinite(times_s[i]) || (i > 0 && !(times_s[i] > times_s[i - 1]))) {
      return bad_data("time " + std::to_string(i) + " of the speed profile is not later than the one before it",
                      "give finite, increasing times");
    }
    if (!(rpm[i] >= options.min_rpm && rpm[i] <= options.max_rpm)) {
      return bad_data("the speed at " + std::to_string(times_s[i]) + " s is " + std::to_string(rpm[i]) + " rpm, outside min_rpm .. max_rpm",
                      "an angle needs a shaft that turns one way: cut the recording, or set min_rpm and max_rpm");
    }
  }
  const double end = (static_cast<double>(x.size()) - 1.0) / rate_hz;
  const double slack = 1e-9 * (1.0 + std::abs(end));
  if (!x.empty() && rpm.size() > 1 && !(times_s.front() <= slack && times_s.back() >= end - slack)) {
    return bad_data("the speed profile goes from " + std::to_string(times_s.front()) + " to " + std::to_string(times_s.back()) +
                        " s, the signal from 0 to " + std::to_string(end) + " s",
                    "give speeds that cover the signal");
  }
  angle_signal<Real> out;
  out.samples_per_revolution = samples_per_revolution;
  std::size_t next = 1;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double t = static_cast<double>(i) / rate_hz;
    while (next + 1 < times_s.size() && times_s[next] < t) ++next;
    double speed = rpm[0];
    if (rpm.size() > 1) {
      const double share = std::clamp((t - times_s[next - 1]) / (times_s[next] - times_s[next - 1]), 0.0, 1.0);
      speed = rpm[next - 1] + share * (rpm[next] - rpm[next - 1]);
    }
    ready.object.push(x[i], speed);
    MILLWRIGHT_CHECK(take_items(ready.object, rate_hz, out));
  }
  ready.object.finish();
  MILLWRIGHT_CHECK(take_items(ready.object, rate_hz, out));
  return out;
}

#define MILLWRIGHT_ROTATION(Real)                                                                                                   \
  template result<angle_signal<Real>> order_resample(std::span<const Real>, std::span<const Real>, double, std::size_t,             \
                                                     const tacho_options&, double);                                                 \
  template result<angle_signal<Real>> order_resample_pulses(std::span<const Real>, std::span<const double>, double, std::size_t,    \
                                                            const tacho_options&, double);                                          \
  template result<angle_signal<Real>> order_resample_speed(std::span<const Real>, std::span<const double>, std::span<const double>, \
                                                           double, std::size_t, const tacho_options&, double);
MILLWRIGHT_ROTATION(float)
MILLWRIGHT_ROTATION(double)
#undef MILLWRIGHT_ROTATION

}  // namespace millwright
