#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/signal_stage.hpp"
#include "millwright/detail/filter_kernels.hpp"
#include "millwright/filter/fir_design.hpp"

namespace millwright {

/// Convolution with taps over interleaved columns, y[n] = sum_k taps[k] x[n - k], x = 0 before the start: the prepared form of
/// scipy.signal.lfilter(taps, 1, x). Products and sums in double, k ascending. O(items x columns x taps).
/// A sample that is not finite makes the next taps outputs of its column NaN.
template <class Real>
class fir_convolution {
 public:
  /// Errors: no taps, or more than max_taps.
  result<void> prepare(std::span<const double> taps, std::size_t columns, workspace& memory);
  /// All earlier samples are 0.
  void reset() noexcept;
  /// All earlier samples of a column are `value`.
  void fill_history(std::size_t column, double value) noexcept;
  void process(const Real* in, Real* out, std::size_t items) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    auto history = line_.first(line_.empty() ? 0 : history_values_);
    archive(history);
  }

 private:
  std::vector<double> taps_;
  std::size_t columns_ = 1;
  std::size_t history_values_ = 0;
  const detail::filter_kernels* kernels_ = nullptr;
  std::span<double> line_;  // interleaved: taps - 1 items of the past, then a block
  std::span<double> filtered_;
};

/// FIR filter of every column, with taps designed by the window method (firwin) or given. Same shape out.
/// Linear phase: delay_s grows by (taps - 1) / 2 samples; for given taps only when they are symmetric or antisymmetric.
/// Source: Oppenheim & Schafer, Discrete-Time Signal Processing, chapter 7.
template <class Real>
class fir_filter {
 public:
  static constexpr std::string_view id = "fir_filter";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::condition;
  static constexpr std::string_view doc = "FIR filter of each column: window-method design with linear phase, or given taps.";

  std::string band = "lowpass";    ///< kind of band
  std::int64_t length = 101;       ///< number of taps of the design
  double low_hz = 10.0;            ///< lower edge
  double high_hz = 500.0;          ///< upper edge
  std::string window = "hamming";  ///< taper of the design
  std::vector<double> taps;        ///< given taps; the design's settings are not used then

  static auto params() {
    return std::tuple{
        choice("band", &fir_filter::band, "lowpass", filter_band_choices, "which frequencies pass"),
        integer("length", &fir_filter::length, 101, 1, 1 << 20, unit::sample, "number of taps of the design"),
        number("low_hz", &fir_filter::low_hz, 10.0, 0.0, 1e9, unit::hertz, "lower edge, half amplitude; a lowpass does not use it"),
        number("high_hz", &fir_filter::high_hz, 500.0, 0.0, 1e9, unit::hertz, "upper edge, half amplitude; a highpass does not use it"),
        choice("window", &fir_filter::window, "hamming", "", "taper of the design, as hamming, hann or kaiser(beta=8.6)"),
        numbers("taps", &fir_filter::taps, -1e300, 1e300, unit::none,
                "taps of your own, first to last; empty: designed from the other settings")};
  }
  static auto model() { return std::tuple<>{}; }

  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    convolution_.persist(archive);
  }

 private:
  std::size_t columns_ = 1;
  fir_convolution<Real> convolution_;
};

}  // namespace millwright
