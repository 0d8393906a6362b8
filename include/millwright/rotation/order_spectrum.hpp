#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/numeric/fft.hpp"
#include "millwright/rotation/order_tracker.hpp"
#include "millwright/signal/taper.hpp"

namespace millwright {

/// Amplitude spectrum over orders (multiples of the shaft's frequency) of one frame at uniform angle: prepared form.
/// Bin k lies at order k * samples_per_revolution / length; its value is the amplitude (not rms) of a sinusoid there. The mean is taken
/// off first. A frame with a value that is not finite gives NaN. O(n log n).
template <class Real>
class order_spectrum {
 public:
  /// Errors: length 0 or above 2^26; a taper that cannot be used.
  result<void> prepare(std::size_t length, const taper& window, workspace& memory);
  void reset() noexcept;
  /// frame: length values; amplitude: length / 2 + 1.
  void compute(const Real* frame, Real* amplitude) noexcept;
  /// Amplitude at any order, also between bins: order_cycles = order * length / samples_per_revolution cycles in the frame.
  [[nodiscard]] Real amplitude_at(const Real* frame, double order_cycles) const noexcept;
  [[nodiscard]] std::size_t bins() const noexcept { return length_ / 2 + 1; }

 private:
  [[nodiscard]] double mean_of(const Real* frame) const noexcept;

  std::size_t length_ = 0;
  taper window_;
  double taper_sum_ = 1.0;
  real_fft<Real> fft_;
  std::span<double> taper_;
  std::span<Real> tapered_;
  std::span<std::complex<Real>> spectrum_;
};

/// Frames of a signal at uniform angle: how long and how far apart.
struct order_frames {
  std::size_t revolutions = 0;  ///< turns in a frame; the order resolution is its inverse. 0: all samples in one frame
  double overlap = 0.5;         ///< share of a frame that the next one repeats, 0 <= overlap < 1
  taper window;                 ///< hann; flattop for amplitudes true to 0.01 dB between bins, with lines 2.5 times as wide
};

/// Amplitude over order and frame.
template <class Real>
struct order_table {
  std::vector<double> orders;
  std::vector<Real> amplitude;         ///< frames x orders, row after row
  std::vector<std::size_t> positions;  ///< sample at the middle of each frame: index for times and speeds
};

/// Order spectrum of each frame. Errors: fewer samples than one frame; settings out of range.
template <class Real>
[[nodiscard]] result<order_table<Real>> order_map(std::span<const Real> angle_samples, std::size_t samples_per_revolution,
                                                  const order_frames& frames);

/// Order spectrum averaged over the frames (mean power): one row. Errors: those of order_map.
template <class Real>
[[nodiscard]] result<order_table<Real>> mean_order_spectrum(std::span<const Real> angle_samples, std::size_t samples_per_revolution,
                                                            const order_frames& frames);

/// Amplitudes of chosen orders, which need not fall on bins, in each frame. Errors: those of order_map; an order below 0 or above half
/// of samples_per_revolution.
template <class Real>
[[nodiscard]] result<order_table<Real>> track_orders(std::span<const Real> angle_samples, std::size_t samples_per_revolution,
                                                     std::span<const double> orders, const order_frames& frames);

}  // namespace millwright
