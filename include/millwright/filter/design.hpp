#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "millwright/core/error.hpp"

namespace millwright {

enum class filter_family : std::uint8_t { butterworth, chebyshev1, chebyshev2, elliptic };
enum class filter_band : std::uint8_t { lowpass, highpass, bandpass, bandstop };

/// What parameters of type `choice` of filter stages offer, in the order of the enumerations.
inline constexpr std::string_view filter_family_choices = "butterworth|chebyshev1|chebyshev2|elliptic";
inline constexpr std::string_view filter_band_choices = "lowpass|highpass|bandpass|bandstop";

/// Largest order of the prototype; a bandpass or bandstop has twice as many poles.
inline constexpr std::int64_t max_filter_order = 20;

/// A digital IIR filter by its specification.
struct filter_spec {
  filter_family family = filter_family::butterworth;
  filter_band band = filter_band::lowpass;
  std::int64_t order = 4;        ///< of the prototype, 1 .. max_filter_order
  double low_hz = 0.0;           ///< lower edge; not used by a lowpass
  double high_hz = 0.0;          ///< upper edge; not used by a highpass
  double rate_hz = 1.0;          ///< samples per second
  double ripple_db = 1.0;        ///< in the pass band: chebyshev1 and elliptic
  double attenuation_db = 40.0;  ///< in the stop band: chebyshev2 and elliptic
};
// Edges: -3 dB for butterworth, end of the ripple for chebyshev1 and elliptic, start of the stop band for chebyshev2; as SciPy.

/// Zeros, poles and gain. Complex ones come in exact conjugate pairs.
struct zpk {
  std::vector<std::complex<double>> zeros;
  std::vector<std::complex<double>> poles;
  double gain = 1.0;
};

/// b0 + b1 z^-1 + b2 z^-2 over 1 + a1 z^-1 + a2 z^-2.
struct sos_section {
  double b0 = 1.0, b1 = 0.0, b2 = 0.0, a1 = 0.0, a2 = 0.0;
};

/// Whether both poles lie inside the unit circle and all coefficients are finite.
[[nodiscard]] bool is_stable(const sos_section& section) noexcept;

/// Analog prototype, band transformation with prewarped edges, bilinear transformation: scipy.signal.iirfilter(output="zpk").
/// Errors: order or ripples out of range, edges not inside 0 < low < high < rate / 2, values that are not finite.
/// Sources: Oppenheim & Schafer, Discrete-Time Signal Processing; Orfanidis, Lecture Notes on Elliptic Filter Design, 2006.
[[nodiscard]] result<zpk> design_zpk(const filter_spec& spec);

/// Sections with the poles nearest to the unit circle last, each pole with its nearest zero, the gain in the first section:
/// scipy.signal.zpk2sos(pairing="nearest"). Zeros and poles must be real or in conjugate pairs. Error: they are not.
[[nodiscard]] result<std::vector<sos_section>> zpk_to_sos(const zpk& filter);

/// design_zpk and zpk_to_sos. Error: edges so near to 0, to half the rate or to each other that rounding makes a section unstable.
[[nodiscard]] result<std::vector<sos_section>> design_sos(const filter_spec& spec);

/// Frequency response at `frequency` cycles per sample (frequency_hz / rate_hz).
[[nodiscard]] std::complex<double> sos_response(std::span<const sos_section> sections, double frequency) noexcept;

/// The state (scipy.signal.sosfilt_zi) of one section of a cascade in transposed direct form II.
struct sos_state {
  double s0 = 0.0, s1 = 0.0;
};
/// States after an endless input of ones. Error: a pole at z = 1, which has no steady state.
[[nodiscard]] result<std::vector<sos_state>> sos_steady_state(std::span<const sos_section> sections);

}  // namespace millwright
