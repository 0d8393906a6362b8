#include "millwright/rotation/synchronous_average.hpp"

#include <algorithm>
#include <cmath>

namespace millwright {

template <class Real>
result<signal_port> synchronous_average<Real>::prepare(const signal_port& in, workspace& memory) {
  const double length = samples_per_revolution ? static_cast<double>(*samples_per_revolution) : in.rate_hz;
  if (!(length >= 1.0) || length > 1 << 20 || length != std::floor(length)) {
    return error(errc::invalid_argument, id, "the rate of the input, " + std::to_string(in.rate_hz) + ", is no number of samples per turn",
                 "put an order_tracker before it, or give samples_per_revolution");
  }
  length_ = static_cast<std::uint64_t>(length);
  turn_ = memory.carve<Real>(length_);
  mean_ = memory.carve<double>(length_);
  signal_port out = in;
  const auto turns = mode == "block" ? static_cast<std::size_t>(revolutions) : std::size_t{1};
  out.columns = length_;
  out.rate_hz = in.rate_hz / (length * static_cast<double>(turns));
  out.max_items = in.max_items / (length_ * turns) + 1;
  out.delay_s = in.delay_s;
  return out;
}

template <class Real>
void synchronous_average<Real>::reset() noexcept {
  fill_ = 0;
  turns_ = 0;
  is_usable_ = true;
  std::fill(turn_.begin(), turn_.end(), Real(0));
  std::fill(mean_.begin(), mean_.end(), 0.0);
}

template <class Real>
void synchronous_average<Real>::add_turn() noexcept {
  turns_ = std::min<std::uint64_t>(turns_ + 1, static_cast<std::uint64_t>(revolutions));
  const double weight = 1.0 / static_cast<double>(turns_);
  bool is_finite = true;
  for (std::size_t i = 0; i < length_; ++i) {
    mean_[i] += weight * (static_cast<double>(turn_[i]) - mean_[i]);
    is_finite = is_finite && std::isfinite(mean_[i]);
  }
  if (is_finite) return;
  // Turns further apart than a double holds: the mean starts again from this one.
  turns_ = 1;
  for (std::size_t i = 0; i < length_; ++i) mean_[i] = static_cast<double>(turn_[i]);
}

template <class Real>
std::size_t synchronous_average<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  const bool is_block = mode == "block";
  std::size_t written = 0;
  for (const Real x : in) {
    turn_[fill_] = x;
    is_usable_ = is_usable_ && std::isfinite(x);
    if (++fill_ < length_) continue;
    fill_ = 0;
    const bool is_usable = is_usable_;
    is_usable_ = true;
    if (!is_usable) continue;
    add_turn();
    if (is_block && turns_ < static_cast<std::uint64_t>(revolutions)) continue;
    if (written + length_ > out.size()) continue;
    for (std::size_t i = 0; i < length_; ++i) out[written + i] = static_cast<Real>(mean_[i]);
    written += length_;
    if (is_block) {
      turns_ = 0;
      std::fill(mean_.begin(), mean_.end(), 0.0);
    }
  }
  return written;
}

template <class Real>
std::size_t synchronous_average<Real>::flush(std::span<Real> out) noexcept {
  if (mode != "block" || turns_ == 0) return 0;
  for (std::size_t i = 0; i < length_; ++i) out[i] = static_cast<Real>(mean_[i]);
  turns_ = 0;
  return length_;
}

template class synchronous_average<float>;
template class synchronous_average<double>;

template <class Real>
result<std::vector<Real>> average_turns(std::span<const Real> angle_samples, std::size_t samples_per_revolution, std::size_t revolutions) {
  synchronous_average<Real> stage;
  if (samples_per_revolution == 0 || samples_per_revolution > 1u << 20) {
    return error(errc::invalid_argument, stage.id, "samples per revolution are out of range", "give 1 to 2^20");
  }
  const std::size_t turns = angle_samples.size() / samples_per_revolution;
  stage.samples_per_revolution = static_cast<std::int64_t>(samples_per_revolution);
  stage.revolutions = static_cast<std::int64_t>(revolutions > 0 ? revolutions : std::clamp<std::size_t>(turns, 1, 1'000'000));
  MILLWRIGHT_TRY(auto frames, run_signal_stage(stage, angle_samples, {1, static_cast<double>(samples_per_revolution), 0, 0.0}));
  if (frames.empty()) {
    return error(errc::invalid_data, stage.id, "there is no whole turn without a sample that is not finite",
                 "give at least samples_per_revolution samples at uniform angle");
  }
  return frames;
}

template <class Real>
result<std::vector<Real>> remove_average(std::span<const Real> angle_samples, std::span<const Real> average) {
  if (average.empty()) return error(errc::invalid_data, "remove_average", "the average is empty", "give one turn of average_turns");
  std::vector<Real> rest(angle_samples.begin(), angle_samples.end());
  for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= average[i % average.size()];
  return rest;
}

template result<std::vector<float>> average_turns(std::span<const float>, std::size_t, std::size_t);
template result<std::vector<double>> average_turns(std::span<const double>, std::size_t, std::size_t);
template result<std::vector<float>> remove_average(std::span<const float>, std::span<const float>);
template result<std::vector<double>> remove_average(std::span<const double>, std::span<const double>);

}  // namespace millwright
