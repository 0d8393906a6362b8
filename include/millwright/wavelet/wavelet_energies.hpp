#pragma once

#include <cstddef>
#include <span>

namespace millwright {

/// Energies (sums of squared coefficients) of bands in order of frequency, and what is made of them. A view of the transform that
/// computed it. They add up to the energy of the signal when the wavelet is orthogonal and the mode periodization (Parseval).
struct wavelet_energies {
  std::span<const double> energy;
  double total = 0.0;  ///< sum of energy, from the first band to the last

  [[nodiscard]] std::size_t bands() const noexcept { return energy.size(); }
  /// Share of the total, 0 .. 1; 0 for a silent signal, NaN for one that is not finite.
  [[nodiscard]] double relative(std::size_t band) const noexcept;
  /// Shannon entropy of the shares in nats: 0 when one band has everything, log(bands) when all have the same; 0 for silence.
  /// Source: Rosso et al., J. Neurosci. Methods 105, 2001.
  [[nodiscard]] double entropy() const noexcept;
};

}  // namespace millwright
