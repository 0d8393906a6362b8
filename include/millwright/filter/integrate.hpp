#pragma once

#include <complex>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/signal_stage.hpp"
#include "millwright/filter/sos_cascade.hpp"
#include "millwright/numeric/fft.hpp"
#include "millwright/numeric/own_or_lent_fft.hpp"

namespace millwright {

/// Velocity or displacement from one frame of acceleration in the frequency domain: X(f) / (j 2 pi f)^order inside low_hz .. high_hz,
/// 0 outside; a bin on an edge is inside. The frame counts as one period: what does not fit a whole number of times leaks across the band
/// edges, so take long frames. The unit is that of the input times second^order. A sample that is not finite makes the whole frame NaN.
/// O(n log n). Source: Brandt, Noise and Vibration Analysis, 2011, chapter 3.
template <class Real>
class spectrum_integrator {
 public:
  /// `borrowed`: a transform of that length, ready for use, that outlives this object. Errors: length 0 or above real_fft's limit, order
  /// not 1 or 2, edges not 0 < low_hz < high_hz, a rate that is not positive.
  result<void> prepare(std::size_t length, double rate_hz, std::int64_t order, double low_hz, double high_hz, workspace& memory,
                       const real_fft<double>* borrowed = nullptr);
  void reset() noexcept;
  /// in and out: length values; may be the same.
  void compute(const Real* in, Real* out) noexcept;

 private:
  std::size_t length_ = 0;
  double bin_hz_ = 0.0;
  std::int64_t order_ = 1;
  double low_hz_ = 0.0, high_hz_ = 0.0;
  detail::own_or_lent_fft<real_fft<double>> fft_;
  std::span<double> frame_;
  std::span<std::complex<double>> bins_;
};

/// spectrum_integrator over an array: order 1 gives velocity, 2 displacement. Errors: those of prepare.
template <class Real>
[[nodiscard]] result<std::vector<Real>> integrate(std::span<const Real> x, double rate_hz, std::int64_t order = 1, double low_hz = 10.0,
                                                  double high_hz = 1000.0);

/// Sections that integrate `order` times (0 to 2) inside low_hz .. high_hz: Butterworth highpass and lowpass of order 4, the trapezoid
/// rule with its pole at z = 1 cancelled against a zero of the highpass (no drift, whatever the offset), and for each integration
/// three taps that undo the rule's droop to 0.244 (pi f / rate)^4, one sample of delay each. No lowpass when high_hz is half the rate.
/// Errors: edges not 0 < low_hz < high_hz <= rate_hz / 2.
[[nodiscard]] result<std::vector<sos_section>> integrator_sections(std::int64_t order, double low_hz, double high_hz, double rate_hz);

/// Acceleration to velocity (order 1) or displacement (order 2) of every column, sample by sample; see integrator_sections. The unit is
/// that of the input times second^order. Starts as if the first sample had always been there. A sample that is not finite gives NaN
/// and leaves the state of its column.
template <class Real>
class integrator {
 public:
  static constexpr std::string_view id = "integrator";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::condition;
  static constexpr std::string_view doc = "Acceleration to velocity or displacement of each column: highpass, trapezoid rule, lowpass.";

  std::int64_t order = 1;    ///< 1: velocity, 2: displacement
  double low_hz = 10.0;      ///< -3 dB
  double high_hz = 1'000.0;  ///< -3 dB

  static auto params() {
    return std::tuple{integer("order", &integrator::order, 1, 1, 2, unit::none, "how often to integrate: 1 velocity, 2 displacement"),
                      number("low_hz", &integrator::low_hz, 10.0, 1e-6, 1e9, unit::hertz, "highpass edge, -3 dB"),
                      number("high_hz", &integrator::high_hz, 1'000.0, 1e-6, 1e9, unit::hertz,
                             "lowpass edge, -3 dB; half the sampling rate: no lowpass")};
  }
  static auto model() { return std::tuple<>{}; }

  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(has_started_);
    cascade_.persist(archive);
  }

 private:
  sos_cascade cascade_;
  std::vector<sos_state> steady_;
  std::span<std::uint8_t> has_started_;  // by column
};

}  // namespace millwright
