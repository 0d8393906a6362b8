#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "millwright/error.hpp"
#include "millwright/fft.hpp"
#include "millwright/workspace.hpp"

namespace millwright {

/// Gears on the averaged shaft, and what of its time-synchronous average counts as regular.
struct gear_parameters {
  std::vector<std::int64_t> teeth;   ///< of each gear on the shaft: its meshing order. The first is the one for FM0, NB4 and sidebands
  std::int64_t shaft_harmonics = 2;  ///< orders 1 .. shaft_harmonics (imbalance, misalignment) are regular
  std::int64_t mesh_harmonics = 0;   ///< of each meshing order; 0: all below half the samples per revolution
  std::int64_t sidebands = 1;        ///< orders on either side of each meshing harmonic that are regular
  std::int64_t half_band = 0;        ///< half width, in orders, of the band about the first meshing order for NB4; 0: (teeth - 1) / 2
};

/// Condition of a gear from one average. Every value is NaN where it is not defined: a signal without variation, a NaN.
struct gear_condition {
  double rms = 0.0;                    ///< of the average, its mean taken off
  double kurtosis = 0.0;               ///< of the average; 3 for a Gaussian
  double crest_factor = 0.0;           ///< largest absolute value over rms, of the average
  double fm0 = 0.0;                    ///< peak-to-peak of the average / sum of amplitudes at the meshing harmonics. Stewart 1977
  double fm4 = 0.0;                    ///< kurtosis of the difference signal: 3 for a sound gear, more for a local fault. Stewart 1977
  double m6a = 0.0;                    ///< sixth moment of the difference signal / variance^3; 15 for a Gaussian. Martin 1989
  double m8a = 0.0;                    ///< eighth moment / variance^4; 105 for a Gaussian. Martin 1989
  double energy_ratio = 0.0;           ///< rms of the difference signal / rms of the regular signal. Swansson et al. 1984
  double sideband_index = 0.0;         ///< mean amplitude of the first sidebands of the first meshing order. Samuel & Pines 2005
  double sideband_level_factor = 0.0;  ///< sum of these amplitudes / rms of the average. Samuel & Pines 2005
  double na4 = 0.0;  ///< fourth moment of the residual signal / (mean variance of the run so far)^2. Zakrajsek, Townsend & Decker 1993
  double nb4 = 0.0;  ///< the same of the envelope of the band about the first meshing order. Zakrajsek, Handschuh & Decker 1994
};

/// Gear condition from time-synchronous averages: prepared form, with the history of a run that NA4 and NB4 need.
///
/// average = mean + regular + difference. Regular: shaft harmonics, meshing harmonics and their first sidebands. Residual: the average
/// less mean, shaft and meshing harmonics, so with the sidebands; difference: the residual less the sidebands.
/// One frame is one turn; all arithmetic is float64. O(n log n).
/// Source: Samuel & Pines, "A review of vibration-based techniques for helicopter transmission diagnostics", JSV 282 (2005).
template <class Real>
class gear_monitor {
 public:
  /// `length` samples a turn. Errors: no teeth; a meshing order not below half of `length`; counts out of range.
  result<void> prepare(std::size_t length, const gear_parameters& gear, workspace& memory);
  /// Fills the tables and starts a run: forgets the history.
  void reset() noexcept;
  /// Takes the average into the history, unless a value of it is not finite.
  gear_condition compute(const Real* average) noexcept;

  // Of the last average; valid until the next compute.
  [[nodiscard]] std::span<const double> regular() const noexcept { return regular_; }
  [[nodiscard]] std::span<const double> residual() const noexcept { return residual_; }
  [[nodiscard]] std::span<const double> difference() const noexcept { return difference_; }
  [[nodiscard]] std::span<const double> envelope() const noexcept { return envelope_; }  ///< of the band about the first meshing order

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(records_, residual_history_, envelope_history_);
  }

 private:
  void split(double mean) noexcept;
  [[nodiscard]] double amplitude(std::size_t order) const noexcept;

  gear_parameters gear_;
  std::size_t length_ = 0;
  real_fft<double> fft_;
  complex_fft<double> envelope_fft_;
  std::span<std::uint8_t> kinds_;  // of each bin: other, shaft or mesh, sideband
  std::span<double> average_, regular_, residual_, difference_, envelope_;
  std::span<std::complex<double>> spectrum_, chosen_, band_, analytic_;
  std::uint64_t records_ = 0;
  double residual_history_ = 0.0;  // sum of the variances so far
  double envelope_history_ = 0.0;
};

/// The three signals of one average. Errors: those of prepare.
template <class Real>
struct gear_signals {
  std::vector<Real> regular, residual, difference;
};
template <class Real>
[[nodiscard]] result<gear_signals<Real>> split_gear_signals(std::span<const Real> average, const gear_parameters& gear);

/// Condition of each average of a run, in order; `averages` has a turn of `length` samples in each row. Errors: those of prepare; a
/// number of values that is no multiple of `length`.
template <class Real>
[[nodiscard]] result<std::vector<gear_condition>> gear_condition_metrics(std::span<const Real> averages, std::size_t length,
                                                                         const gear_parameters& gear);

}  // namespace millwright
