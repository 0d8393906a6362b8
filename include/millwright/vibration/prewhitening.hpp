#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/numeric/fft.hpp"

namespace millwright {

/// X / |X|: every line gets the same weight, so that shaft and gear harmonics stop hiding the impulses of a bearing. Bins that
/// are no more than rounding noise of the largest (16 eps of it) become 0 instead of noise at full height.
template <class Real>
void prewhiten_bins(std::span<std::complex<Real>> bins) noexcept;

/// Cepstral pre-whitening of frames of one length: IFFT(X / |X|). The result has rms 1 / sqrt(length) whatever the input; a frame of
/// zeros gives zeros, a frame with a sample that is not finite gives NaN. O(n log n).
/// Source: Borghesani et al., MSSP 36 (2013); Randall & Antoni, MSSP 25 (2011).
template <class Real>
class cepstral_prewhitening {
 public:
  /// Carves all memory. Errors: those of real_fft.
  result<void> prepare(std::size_t length, workspace& memory);
  void reset() noexcept;
  /// in, out: `length` samples each; may be the same.
  void forward(const Real* in, Real* out) noexcept;

 private:
  real_fft<Real> fft_;
  std::span<std::complex<Real>> bins_;
};

/// Of one record of any length.
template <class Real>
[[nodiscard]] result<std::vector<Real>> prewhiten(std::span<const Real> samples);

}  // namespace millwright
