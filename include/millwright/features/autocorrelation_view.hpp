#pragma once

#include <complex>
#include <cstddef>
#include <span>

#include "millwright/features/samples_view.hpp"
#include "millwright/features/view.hpp"
#include "millwright/numeric/fft.hpp"

namespace millwright {

/// Autocorrelation of the valid samples of one window less their mean, normalised to 1 at lag 0 and not corrected for the overlap
/// (biased, as statsmodels' acf). All lags at once by an FFT of at least twice the length, whatever is asked: O(n log n).
/// Source: Box, Jenkins & Reinsel, Time Series Analysis; Wiener-Khinchin theorem.
class autocorrelation_view {
 public:
  static constexpr std::string_view id = "autocorrelation";
  static constexpr std::string_view doc = "autocorrelation of the samples at every lag, by one FFT and its inverse";
  using needs = view_list<samples_view>;

  result<void> prepare(const view_request& request, workspace& memory, workspace& scratch);
  void reset() noexcept;
  bool compute(const view_input& in, const samples_view& samples) noexcept;
  [[nodiscard]] bool is_flat() const noexcept { return is_constant; }

  std::size_t lags = 0;      ///< lags 0 .. lags - 1, as many as samples
  bool is_constant = false;  ///< then r means nothing
  /// 1 at lag 0. Divided here, as most lags are never asked for.
  [[nodiscard]] double r(std::size_t lag) const noexcept { return bins_[lag].real() / bins_[0].real(); }

 private:
  real_fft<double> fft_;
  std::span<double> padded_;
  std::span<std::complex<double>> bins_;
};

}  // namespace millwright
