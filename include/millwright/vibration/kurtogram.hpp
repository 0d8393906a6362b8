#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "millwright/core/error.hpp"

namespace millwright {

/// A frequency band and how impulsive the signal in it is.
struct frequency_band {
  double f_lo_hz = 0.0;
  double f_hi_hz = 0.0;
  double kurtosis = 0.0;
  [[nodiscard]] double center_hz() const noexcept { return 0.5 * (f_lo_hz + f_hi_hz); }
  [[nodiscard]] double bandwidth_hz() const noexcept { return f_hi_hz - f_lo_hz; }
};

/// All bands of one level: band i reaches from i to i + 1 bandwidths.
struct kurtogram_row {
  double level = 0.0;  ///< log2(rate / 2 / bandwidth): 0, 1, log2(3), 2, log2(6), ...
  double bandwidth_hz = 0.0;
  std::vector<double> kurtosis;  ///< of the complex envelope less 2 (of the real signal less 3 at level 0), not below 0
};

struct kurtogram_map {
  std::vector<kurtogram_row> rows;  ///< from the widest band to the narrowest
  frequency_band best;              ///< the largest kurtosis; ties to the wider, then to the lower band
};

/// Fast kurtogram: spectral kurtosis in bands that halve and third rate / 2, by the filter tree published with the paper.
/// Gaussian noise gives 0, impulses in a band give large values there; so does any single impact, which is why a band for
/// production is chosen over several records (choose_band) and then kept.
/// `levels` 0: floor(log2(samples)) - 7. O(samples * levels). Arithmetic in double.
/// Errors (invalid_argument, invalid_data): fewer than 2^(levels + 7) samples, at least 256; a sample or rate that is not finite.
/// Source: Antoni, MSSP 21 (2007); Antoni & Randall, MSSP 20 (2006).
template <class Real>
[[nodiscard]] result<kurtogram_map> fast_kurtogram(std::span<const Real> samples, double rate_hz, std::size_t levels = 0);

/// What bands choose_band may take.
struct band_limits {
  double f_min_hz = 0.0;
  double f_max_hz = 0.0;          ///< 0: rate / 2
  double min_bandwidth_hz = 0.0;  ///< three times the fault frequency, so that its harmonics fit, is the usual wish
};

/// The band for envelope analysis, learned once from records of normal operation or of a known fault: the largest median over the
/// records of the kurtogram (the lower one of two middle values), so that an impact in fewer than half of them decides nothing.
/// Records may differ in length; the shortest decides the number of levels. `rows` of the result hold the medians.
/// Errors: those of fast_kurtogram; no records; no band within the limits.
template <class Real>
[[nodiscard]] result<kurtogram_map> choose_band(std::span<const std::span<const Real>> records, double rate_hz,
                                                const band_limits& limits = {}, std::size_t levels = 0);

}  // namespace millwright
