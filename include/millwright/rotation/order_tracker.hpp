#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/signal_stage.hpp"
#include "millwright/rotation/angle_sampler.hpp"
#include "millwright/rotation/tacho.hpp"

namespace millwright {

/// Computed order tracking: resamples a signal to uniform angle of a shaft. Two columns in: signal and reference (tacho, or speed in
/// rpm); one out, items being samples_per_revolution to the revolution (so the port's rate is that number), from the first pulse to the
/// last; with_speed adds the speed of the analysed shaft in rpm. See angle_sampler for method, standstill and memory.
/// A signal sample that is not finite spoils the items within 16 samples (at slow speed: within 16 items) of it: NaN, as is an overflow.
/// Source: Fyfe & Munck, "Analysis of computed order tracking", MSSP 11 (1997).
template <class Real>
class order_tracker : public tacho_parameters {
 public:
  static constexpr std::string_view id = "order_tracker";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::condition;
  static constexpr std::string_view doc =
      "Resamples a signal (first column) to uniform angle of a shaft, given by a tacho or by its speed (second column).";
  static constexpr std::size_t input_columns = 2;

  std::string reference = "tacho";
  std::int64_t samples_per_revolution = 256;
  bool with_speed = false;

  static auto params() {
    return std::tuple_cat(
        std::tuple{choice("reference", &order_tracker::reference, "tacho", "tacho|speed",
                          "what the second column is: a tacho signal, or the speed of the tacho's shaft in rpm"),
                   integer("samples_per_revolution", &order_tracker::samples_per_revolution, 256, 2, 1 << 20, unit::none,
                           "samples of one revolution; at least 2.56 times the highest order of interest"),
                   flag("with_speed", &order_tracker::with_speed, false, "adds a column with the speed of the analysed shaft in rpm")},
        descriptors<order_tracker>());
  }
  static auto model() { return std::tuple{}; }

  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept { sampler_.reset(); }
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    sampler_.persist(archive);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return sampler_.state_is_valid(); }

 private:
  std::size_t write(std::span<Real> out, std::size_t written) noexcept;

  angle_sampler<Real> sampler_;
};

/// A signal at uniform angle: sample k lies k / samples_per_revolution revolutions after the first pulse.
template <class Real>
struct angle_signal {
  std::vector<Real> values;
  std::vector<double> times_s;  ///< of each value
  std::vector<double> rpm;      ///< speed of the analysed shaft there
  std::size_t samples_per_revolution = 0;
  std::size_t repairs = 0;  ///< pulses put in or taken out
};

/// The order tracker over a whole recording, with the same bits as the stage with a fixed threshold. x and tacho have one length.
/// Errors: unequal lengths; settings out of range; fewer than two pulses; a standstill between pulses.
template <class Real>
[[nodiscard]] result<angle_signal<Real>> order_resample(std::span<const Real> x, std::span<const Real> tacho_signal, double rate_hz,
                                                        std::size_t samples_per_revolution, const tacho_options& options = {},
                                                        double gear_ratio = 1.0);
/// The same from the times of pulses (of tacho_pulses or a counter card), none outside the signal; no repair.
template <class Real>
[[nodiscard]] result<angle_signal<Real>> order_resample_pulses(std::span<const Real> x, std::span<const double> pulse_times_s,
                                                               double rate_hz, std::size_t samples_per_revolution,
                                                               const tacho_options& options = {}, double gear_ratio = 1.0);
/// The same from a speed profile: rpm[i] of the reference shaft at times_s[i], linear between; it must cover the signal. Angle 0 is the
/// first sample. Errors also: a speed below options.min_rpm or above max_rpm.
template <class Real>
[[nodiscard]] result<angle_signal<Real>> order_resample_speed(std::span<const Real> x, std::span<const double> times_s,
                                                              std::span<const double> rpm, double rate_hz,
                                                              std::size_t samples_per_revolution, const tacho_options& options = {},
                                                              double gear_ratio = 1.0);

}  // namespace millwright
