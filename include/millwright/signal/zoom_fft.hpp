#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "millwright/core/signal_stage.hpp"
#include "millwright/numeric/fft.hpp"

namespace millwright {

struct zoom_fft_options {
  double fs = 2.0;    ///< Hz
  double f_lo = 0.0;  ///< first frequency
  double f_hi = 1.0;  ///< last frequency, left out unless `endpoint`
  std::size_t m = 0;  ///< points; 0: the length of the signal
  bool endpoint = false;
};

/// DFT of a real frame at m equally spaced frequencies: the prepared form of zoom_fft(). By the chirp z-transform: O((n + m) log(n + m)).
/// A finer grid shows the main lobe of a line in detail; what tells two lines apart is still the length of the frame.
/// Source: Rabiner, Schafer & Rader, Bell System Tech. J. 48 (1969).
template <class Real>
class zoom_transform {
 public:
  /// Frames of n samples. Errors: n = 0, fs not positive, a frequency that is not finite, m = 1 with endpoint, n + m above 2^26.
  result<void> prepare(std::size_t n, const zoom_fft_options& options, workspace& memory);
  void reset() noexcept;
  /// x: n values; out: size() values, sum_j x[j] exp(-2 pi i j f / fs).
  void compute(const Real* x, std::complex<Real>* out) noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return options_.m; }

 private:
  zoom_fft_options options_;
  std::size_t n_ = 0;
  complex_fft<Real> fft_;
  std::span<std::complex<Real>> rise_;    // exp(-2 pi i j f_lo / fs) times the chirp
  std::span<std::complex<Real>> chirp_;   // exp(-pi i k^2 step)
  std::span<std::complex<Real>> filter_;  // transform of the conjugate chirp
  std::span<std::complex<Real>> a_, b_;
};

/// Equal to scipy.signal.zoom_fft(x, [f_lo, f_hi], m, fs=fs, endpoint=endpoint) for real x. Errors: those of zoom_transform.
template <class Real>
[[nodiscard]] result<std::vector<std::complex<Real>>> zoom_fft(std::span<const Real> x, const zoom_fft_options& options);
/// zoom_fft of each of several rows of equal length, prepared once: rows x m values.
template <class Real>
[[nodiscard]] result<std::vector<std::complex<Real>>> zoom_fft_rows(std::span<const Real> x, std::size_t rows,
                                                                    const zoom_fft_options& options);

}  // namespace millwright
