#include "millwright/wavelet/wavelet_energies.hpp"

#include "millwright/numeric/math.hpp"

namespace millwright {

double wavelet_energies::relative(std::size_t band) const noexcept {
  if (total == 0.0) return 0.0;
  // Infinite sums have no shares.
  return total <= __DBL_MAX__ ? energy[band] / total : math::nan;
}

double wavelet_energies::entropy() const noexcept {
  double sum = 0.0;
  for (std::size_t b = 0; b < energy.size(); ++b) {
    const double share = relative(b);
    if (share != 0.0) sum -= share * math::log(share);
  }
  return sum;
}

}  // namespace millwright
