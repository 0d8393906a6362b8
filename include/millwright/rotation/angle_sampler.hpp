#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/rotation/fifo.hpp"
#include "millwright/rotation/phase_curve.hpp"
#include "millwright/rotation/pulse_train.hpp"

namespace millwright {

/// Where an angle_sampler takes the angle from.
enum class angle_reference : std::uint8_t {
  tacho,   ///< the second signal is a tacho's
  speed,   ///< the second signal is the speed in revolutions per minute
  pulses,  ///< push_pulse brings the pulses
};

struct angle_settings {
  pulse_settings pulses;  ///< rate and speed limits also apply to a speed signal
  angle_reference reference = angle_reference::tacho;
  double gear_ratio = 1.0;  ///< turns of the analysed shaft for a turn of the shaft with the tacho (or with the given speed)
  std::size_t samples_per_revolution = 256;
};

/// One sample at a uniform angle.
template <class Real>
struct angle_item {
  Real value;  ///< NaN while the shaft stands
  instant at;
  double rpm;             ///< of the analysed shaft
  std::uint32_t repairs;  ///< pulses inserted or removed since the item before
};

/// The core of order tracking: resamples a signal from uniform time to uniform angle of a shaft, sample by sample.
///
/// Item k lies k / samples_per_revolution revolutions after the first pulse. Its time comes from the phase_curve, its value from a
/// Kaiser-windowed sinc (16 zero crossings on either side, 90 dB) whose cut-off is half the smaller one of the two sampling rates there:
/// so nothing folds into orders below 0.39 samples_per_revolution at any speed. The weights are normalised to sum 1, also at the ends
/// of the signal, where the missing samples are left out. After a standstill NaN fills the revolution that was begun (a whole one when
/// none was), so that every multiple of samples_per_revolution items still begins a revolution.
/// Memory: that of the longest wait at the slowest speed.
/// Source: Fyfe & Munck, "Analysis of computed order tracking", MSSP 11 (1997); Smith, "Digital audio resampling", 2002 (kernel).
template <class Real>
class angle_sampler {
 public:
  result<void> prepare(const angle_settings& settings, workspace& memory);
  void reset() noexcept;
  /// The next sample and the tacho's or the speed; with given pulses the second value is not used. Then take items by `next` until it
  /// gives none.
  void push(Real x, double reference) noexcept;
  void push_pulse(const instant& at) noexcept;
  void finish() noexcept;
  bool next(angle_item<Real>& item) noexcept;

  /// Most items that `samples` calls of push, or finish, can bring.
  [[nodiscard]] double most_items(std::size_t samples) const noexcept;
  /// Room for the items of `samples` calls of push, and for those of finish. Errors (limit_exceeded): more than 10^9.
  [[nodiscard]] result<std::size_t> room_for(std::size_t samples) const;
  /// Longest time, in samples, from a moment to the sample that brings its item.
  [[nodiscard]] double delay() const noexcept { return delay_; }
  /// Standstills so far after which the shaft had been turning.
  [[nodiscard]] std::uint64_t gaps() const noexcept { return gaps_; }
  [[nodiscard]] std::uint64_t pulses_seen() const noexcept { return pulses_seen_; }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    train_.persist(archive);
    curve_.persist(archive);
    segments_.persist(archive);
    found_.persist(archive);
    archive(now_, index_, gap_left_, finished_, has_found_, found_stretch_, found_rpm_, repairs_, gaps_, pulses_seen_, last_speed_, phase_,
            is_turning_, stopped_at_, ring_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept;

 private:
  void push_speed(double rpm) noexcept;
  void take_events() noexcept;
  [[nodiscard]] Real value_at(const instant& at, double stretch) const noexcept;
  [[nodiscard]] double plain_sum(const Real* x, double fraction) const noexcept;

  angle_settings settings_;
  double longest_stretch_ = 1.0;
  double delay_ = 0.0;
  std::size_t ring_size_ = 0;
  std::span<double> kernel_;       // (phases + 1) x 2 zero_crossings: the weights of 32 samples about a moment between two of them
  std::span<double> kernel_sums_;  // of each row
  std::span<double> kernel_line_;  // the same kernel from its centre outwards, for cut-offs below half the rate
  std::span<Real> ring_;           // every sample twice, ring_size_ apart, so that any stretch of them lies in one piece

  pulse_train train_;
  phase_curve curve_;
  detail::fifo<phase_segment> segments_;
  std::int64_t now_ = 0;    // samples so far
  std::int64_t index_ = 0;  // of the next item since the shaft began to turn
  std::uint64_t gap_left_ = 0;
  bool finished_ = false;
  bool has_found_ = false;  // time of the next item; it waits for the samples about it
  instant found_;
  double found_stretch_ = 1.0;
  double found_rpm_ = 0.0;
  std::uint32_t repairs_ = 0;
  std::uint64_t gaps_ = 0;
  std::uint64_t pulses_seen_ = 0;
  // With a speed signal.
  double last_speed_ = 0.0;
  double phase_ = 0.0;
  bool is_turning_ = false;
  std::int64_t stopped_at_ = 0;
};

}  // namespace millwright
