#include "millwright/rotation/order_spectrum.hpp"

#include <algorithm>
#include <cmath>

#include "millwright/core/signal_stage.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {
template <class Real>
result<void> order_spectrum<Real>::prepare(std::size_t length, const taper& window, workspace& memory) {
  MILLWRIGHT_CHECK(validate_taper(window));
  length_ = length;
  window_ = length < 3 ? taper{taper_kind::boxcar} : window;
  MILLWRIGHT_CHECK(fft_.prepare(length, memory));
  taper_ = memory.carve<double>(length);
  tapered_ = memory.carve<Real>(length);
  spectrum_ = memory.carve<std::complex<Real>>(bins());
  return {};
}

template <class Real>
void order_spectrum<Real>::reset() noexcept {
  fft_.reset();
  fill_taper(window_, true, taper_);
  taper_sum_ = sums_of<double>(taper_).sum;
}

template <class Real>
double order_spectrum<Real>::mean_of(const Real* frame) const noexcept {
  double sum = 0.0;
  for (std::size_t i = 0; i < length_; ++i) sum += static_cast<double>(frame[i]);
  return sum / static_cast<double>(length_);
}

template <class Real>
void order_spectrum<Real>::compute(const Real* frame, Real* amplitude) noexcept {
  const double mean = mean_of(frame);
  for (std::size_t i = 0; i < length_; ++i) tapered_[i] = static_cast<Real>((static_cast<double>(frame[i]) - mean) * taper_[i]);
  fft_.forward(tapered_.data(), spectrum_.data());
  const std::size_t count = bins();
  const double scale = 2.0 / taper_sum_;
  for (std::size_t k = 0; k < count; ++k) {
    const auto re = static_cast<double>(spectrum_[k].real());
    const auto im = static_cast<double>(spectrum_[k].imag());
    const bool stands_alone = k == 0 || 2 * k == length_;
    amplitude[k] = static_cast<Real>((stands_alone ? 0.5 * scale : scale) * std::sqrt(re * re + im * im));
  }
}

template <class Real>
Real order_spectrum<Real>::amplitude_at(const Real* frame, double order_cycles) const noexcept {
  const double mean = mean_of(frame);
  const double turn = 2.0 * order_cycles / static_cast<double>(length_);
  double re = 0.0;
  double im = 0.0;
  for (std::size_t i = 0; i < length_; ++i) {
    const double value = (static_cast<double>(frame[i]) - mean) * taper_[i];
    const double angle = turn * static_cast<double>(i);
    re += value * math::cos_pi(angle);
    im -= value * math::sin_pi(angle);
  }
  const bool stands_alone = order_cycles == 0.0 || 2.0 * order_cycles == static_cast<double>(length_);
  return static_cast<Real>((stands_alone ? 1.0 : 2.0) / taper_sum_ * std::sqrt(re * re + im * im));
}

template class order_spectrum<float>;
template class order_spectrum<double>;

namespace {

constexpr std::string_view where = "order_spectrum";

struct frame_plan {
  std::size_t length, hop, count;
};

result<frame_plan> plan_frames(std::size_t samples, std::size_t samples_per_revolution, const order_frames& frames) {
  if (samples_per_revolution == 0)
    return error(errc::invalid_argument, where, "samples per revolution are 0", "give those of the resampling");
  if (!(frames.overlap >= 0.0 && frames.overlap < 1.0)) {
    return error(errc::invalid_argument, where, "the overlap is out of range", "give a share from 0 to less than 1");
  }
  if (frames.revolutions > (1u << 26) / samples_per_revolution) {
    return error(errc::limit_exceeded, where, "a frame has more than 2^26 samples", "give fewer revolutions");
  }
  const std::size_t length = frames.revolutions == 0 ? samples : frames.revolutions * samples_per_revolution;
  if (samples == 0 || samples < length) {
    return error(
        errc::invalid_data, where,
        "the signal has " + std::to_string(samples) + " samples at uniform angle, fewer than one frame of " + std::to_string(length),
        "give a longer signal or fewer revolutions to the frame");
  }
  const auto repeated = static_cast<std::size_t>(frames.overlap * static_cast<double>(length));
  const std::size_t hop = length - repeated;
  return frame_plan{length, hop, (samples - length) / hop + 1};
}

template <class Real>
result<detail::prepared<order_spectrum<Real>>> make_spectrum(std::size_t length, const taper& window) {
  return detail::prepare_on_heap(order_spectrum<Real>(),
                                 [&](order_spectrum<Real>& s, workspace& memory) { return s.prepare(length, window, memory); });
}

template <class Real>
order_table<Real> empty_table(const frame_plan& plan, std::vector<double> orders) {
  order_table<Real> table;
  table.amplitude.resize(plan.count * orders.size());
  table.orders = std::move(orders);
  for (std::size_t f = 0; f < plan.count; ++f) table.positions.push_back(f * plan.hop + plan.length / 2);
  return table;
}

}  // namespace

template <class Real>
result<order_table<Real>> order_map(std::span<const Real> angle_samples, std::size_t samples_per_revolution, const order_frames& frames) {
  MILLWRIGHT_TRY(const auto plan, plan_frames(angle_samples.size(), samples_per_revolution, frames));
  MILLWRIGHT_TRY(auto ready, make_spectrum<Real>(plan.length, frames.window));
  std::vector<double> orders;
  for (std::size_t k = 0; k < ready.object.bins(); ++k) {
    orders.push_back(static_cast<double>(k) * static_cast<double>(samples_per_revolution) / static_cast<double>(plan.length));
  }
  auto table = empty_table<Real>(plan, std::move(orders));
  for (std::size_t f = 0; f < plan.count; ++f) {
    ready.object.compute(angle_samples.data() + f * plan.hop, table.amplitude.data() + f * ready.object.bins());
  }
  return table;
}

template <class Real>
result<order_table<Real>> mean_order_spectrum(std::span<const Real> angle_samples, std::size_t samples_per_revolution,
                                              const order_frames& frames) {
  MILLWRIGHT_TRY(auto table, order_map(angle_samples, samples_per_revolution, frames));
  const std::size_t bins = table.orders.size();
  const std::size_t count = table.positions.size();
  if (count > 1) {
    for (std::size_t k = 0; k < bins; ++k) {
      double power = 0.0;
      for (std::size_t f = 0; f < count; ++f) {
        const auto a = static_cast<double>(table.amplitude[f * bins + k]);
        power += a * a;
      }
      table.amplitude[k] = static_cast<Real>(std::sqrt(power / static_cast<double>(count)));
    }
    table.amplitude.resize(bins);
    table.positions = {angle_samples.size() / 2};
  }
  return table;
}

template <class Real>
result<order_table<Real>> track_orders(std::span<const Real> angle_samples, std::size_t samples_per_revolution,
                                       std::span<const double> orders, const order_frames& frames) {
  MILLWRIGHT_TRY(const auto plan, plan_frames(angle_samples.size(), samples_per_revolution, frames));
  for (const double order : orders) {
    if (!(order >= 0.0 && order <= 0.5 * static_cast<double>(samples_per_revolution))) {
      return error(errc::invalid_argument, where,
                   "order " + std::to_string(order) + " is not between 0 and half the samples per revolution",
                   "resample with more samples per revolution");
    }
  }
  MILLWRIGHT_TRY(auto ready, make_spectrum<Real>(plan.length, frames.window));
  auto table = empty_table<Real>(plan, {orders.begin(), orders.end()});
  const double turns = static_cast<double>(plan.length) / static_cast<double>(samples_per_revolution);
  for (std::size_t f = 0; f < plan.count; ++f) {
    for (std::size_t o = 0; o < orders.size(); ++o) {
      table.amplitude[f * orders.size() + o] = ready.object.amplitude_at(angle_samples.data() + f * plan.hop, orders[o] * turns);
    }
  }
  return table;
}

#define MILLWRIGHT_ROTATION(Real)                                                                                  \
  template result<order_table<Real>> order_map(std::span<const Real>, std::size_t, const order_frames&);           \
  template result<order_table<Real>> mean_order_spectrum(std::span<const Real>, std::size_t, const order_frames&); \
  template result<order_table<Real>> track_orders(std::span<const Real>, std::size_t, std::span<const double>, const order_frames&);
MILLWRIGHT_ROTATION(float)
MILLWRIGHT_ROTATION(double)
#undef MILLWRIGHT_ROTATION

}  // namespace millwright
