#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millwright/core/error.hpp"

namespace millwright {

/// Tapers ("windows" in SciPy), named as in scipy.signal.get_window.
enum class taper_kind : std::uint8_t { boxcar, hann, hamming, blackman, blackmanharris, flattop, kaiser, tukey, gaussian };

/// A taper: its kind, and the parameter of the kinds that have one.
struct taper {
  taper_kind kind = taper_kind::hann;
  double parameter =
      0.0;  ///< kaiser: beta; tukey: alpha, the tapered share (0 = boxcar, 1 = Hann); gaussian: standard deviation in samples

  friend bool operator==(const taper&, const taper&) = default;
};

/// "hann" and so on, SciPy's name.
[[nodiscard]] std::string_view to_string(taper_kind kind) noexcept;
/// As parse_taper reads it: "hann", "kaiser(beta=8.6)".
[[nodiscard]] std::string to_string(const taper& t);

/// Reads "hann", "kaiser(8.6)", "kaiser(beta=8.6)", "tukey" (alpha = 0.5), "gaussian(std=32)"; SciPy's aliases too ("han", "box",
/// "rectangular", "blackharr", "flat", "ksr", ...). Errors: an unknown name, a missing, surplus or unusable parameter.
[[nodiscard]] result<taper> parse_taper(std::string_view text);

/// Errors: |beta| above 700 (the Bessel function overflows), std not above 0, a parameter that is not finite.
[[nodiscard]] result<void> validate_taper(const taper& t);

/// The taper over out.size() samples. fftbins: periodic, for spectra (one period of a sequence of that length); else symmetric, for
/// filter design. Symmetric about its middle in bits; one sample is 1. The taper must be valid. O(n), allocates nothing.
/// Equal to scipy.signal.get_window within 5e-15. Source: Harris, Proc. IEEE 66 (1978); flat top: D'Antona & Ferrero 2006.
template <class Real>
void fill_taper(const taper& t, bool fftbins, std::span<Real> out) noexcept;

/// The taper as an array, as scipy.signal.get_window(window, Nx, fftbins). Errors: those of parse_taper, nx = 0.
[[nodiscard]] result<std::vector<double>> get_window(std::string_view window, std::size_t nx, bool fftbins = true);
[[nodiscard]] result<std::vector<double>> get_window(const taper& window, std::size_t nx, bool fftbins = true);

/// Sums that scale a spectrum taken with a taper.
struct taper_sums {
  double sum = 0.0;      ///< of w
  double squares = 0.0;  ///< of w^2
};
/// In order of the index.
template <class Real>
[[nodiscard]] taper_sums sums_of(std::span<const Real> window) noexcept;

/// Equivalent noise bandwidth in bins, n sum(w^2) / sum(w)^2: 1 for boxcar, 1.5 for the periodic Hann. NaN when the sum is 0.
[[nodiscard]] double enbw(std::span<const double> window) noexcept;
/// Height of a tone's line relative to its amplitude, sum(w) / n: 1 for boxcar, 0.5 for the periodic Hann. NaN when empty.
[[nodiscard]] double coherent_gain(std::span<const double> window) noexcept;

/// A window over whole or partial revolutions, in samples.
struct revolution_window {
  std::size_t length = 0;
  std::size_t hop = 0;
};
/// Length and hop in samples of windows over `revolutions` turns, `hop_revolutions` apart, at a speed: rate 60 / rpm samples a
/// turn, rounded to the nearest sample, at least 1. For constant speed; when it varies, resample to the angle first.
/// Errors: anything not positive and finite; a window of more than 2^26 samples.
[[nodiscard]] result<revolution_window> window_for_revolutions(double revolutions, double hop_revolutions, double speed_rpm,
                                                               double rate_hz);

/// Modified Bessel function of the first kind, order 0, by its power series (all terms positive), summed from the smallest term;
/// relative error below 2e-15. Infinite above |x| = 713.
[[nodiscard]] double bessel_i0(double x) noexcept;

}  // namespace millwright
