#pragma once

#include <array>
#include <span>

#include "millwright/features/centred_view.hpp"
#include "millwright/features/view.hpp"
#include "millwright/vibration/envelope_spectrum.hpp"

namespace millwright {

/// Parts of an envelope_view, as bits.
namespace envelope_part {
inline constexpr std::uint32_t moments = 1u << 0;
inline constexpr std::uint32_t spectrum = 1u << 1;
}  // namespace envelope_part

/// Squared envelope of one frequency band of one window, from the FFT that all bands share (see envelope_spectrum.hpp).
class envelope_view {
 public:
  static constexpr std::string_view id = "envelope";
  static constexpr std::string_view doc = "squared envelope of a band, and its spectrum";
  static constexpr std::array<view_argument, 2> key = {{{"f_lo", 0.0}, {"f_hi", 0.0}}};
  using needs = view_list<frame_fft_view>;

  result<void> prepare(const view_request& request, workspace& memory, workspace& scratch);
  void reset() noexcept { transform_.reset(); }
  bool compute(const view_input& in, const frame_fft_view& frame) noexcept;
  [[nodiscard]] bool is_flat() const noexcept { return is_constant; }

  double mean = 0.0;                  ///< of |z|^2
  double mean_square = 0.0;           ///< of |z|^4
  std::span<const double> magnitude;  ///< of the squared envelope's spectrum
  double bin_hz = 0.0;
  double shaft_hz = 0.0;       ///< of the frame; NaN when it is not known
  std::span<double> searched;  ///< room for looking for lines
  bool is_constant = false;

 private:
  envelope_transform<double> transform_;
  std::span<double> magnitude_;
  std::span<double> envelope_;
};

}  // namespace millwright
