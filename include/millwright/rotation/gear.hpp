#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/numeric/fft.hpp"

namespace millwright {

/// Gears on the averaged shaft, and what of its time-synchronous average counts as regular. No count is above the samples of a turn.
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

/// The values of a gear_condition by name, in this order.
struct gear_metric {
  std::string_view name;
  double gear_condition::*value;
};
inline constexpr auto gear_metrics = std::to_array<gear_metric>({{"rms", &gear_condition::rms},
                                                                 {"kurtosis", &gear_condition::kurtosis},
                                                                 {"crest_factor", &gear_condition::crest_factor},
                                                                 {"fm0", &gear_condition::fm0},
                                                                 {"fm4", &gear_condition::fm4},
                                                                 {"m6a", &gear_condition::m6a},
                                                                 {"m8a", &gear_condition::m8a},
                                                                 {"energy_ratio", &gear_condition::energy_ratio},
                                                                 {"sideband_index", &gear_condition::sideband_index},
                                                                 {"sideband_level_factor", &gear_condition::sideband_level_factor},
                                                                 {"na4", &gear_condition::na4},
                                                                 {"nb4", &gear_condition::nb4}});

/// Gear condition from time-synchronous averages: prepared form, with the history of a run that NA4 and NB4 need.
///
/// average = mean + regular + difference. Regular: shaft harmonics, meshing harmonics and their first sidebands. Residual: the average
/// less mean, shaft and meshing harmonics, so with the sidebands; difference: the residual less the sidebands.
/// One frame is one turn; all arithmetic is float64. O(n log n).
/// Source: Samuel & Pines, "A review of vibration-based techniques for helicopter transmission diagnostics", JSV 282 (2005).
template <class Real>
class gear_monitor {
 public:
  /// `length` samples a turn. Errors: no teeth; a meshing order not below half of `length`; a count below 0 or above `length`.
  result<void> prepare(std::size_t length, const gear_parameters& gear, workspace& memory);
  /// Fills the tables and starts a run: forgets the history.
  void reset() noexcept;
  /// Takes the average into the history of NA4 (of NB4) unless that has nothing to be taken: a value that is not finite, a residual
  /// (an envelope) without variation beyond rounding, or one whose fourth moment is beyond a double. Then it is NaN this once.
  gear_condition compute(const Real* average) noexcept;

  // Of the last average; valid until the next compute.
  [[nodiscard]] std::span<const double> regular() const noexcept { return regular_; }
  [[nodiscard]] std::span<const double> residual() const noexcept { return residual_; }
  [[nodiscard]] std::span<const double> difference() const noexcept { return difference_; }
  [[nodiscard]] std::span<const double> envelope() const noexcept { return envelope_; }  ///< of the band about the first meshing order

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(residual_history_.records, residual_history_.sum, envelope_history_.records, envelope_history_.sum);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return residual_history_.is_valid() && envelope_history_.is_valid(); }

 private:
  /// Variances of a run so far.
  struct run_history {
    std::uint64_t records = 0;
    double sum = 0.0;
    [[nodiscard]] bool is_valid() const noexcept;
    /// n m4 / (mean of the sums of squares so far, this one included)^2; NaN, and nothing is taken in, where that is undefined.
    double add(double n, double m2, double m4, bool is_significant) noexcept;
  };

  void split(double mean) noexcept;
  [[nodiscard]] double amplitude(std::size_t order) const noexcept;

  gear_parameters gear_;
  std::size_t length_ = 0;
  real_fft<double> fft_;
  complex_fft<double> envelope_fft_;
  std::span<std::uint8_t> kinds_;  // of each bin: other, shaft or mesh, sideband
  std::span<double> average_, regular_, residual_, difference_, envelope_;
  std::span<std::complex<double>> spectrum_, chosen_, band_, analytic_;
  run_history residual_history_, envelope_history_;
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
