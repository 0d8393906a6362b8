#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "millwright/error.hpp"
#include "millwright/workspace.hpp"

namespace millwright::detail {

/// What a band_filter lets through. Edges are the -6 dB points; beyond half a transition from them it is 74 dB down.
struct band_filter_design {
  double rate_hz = 0.0;
  double f_lo_hz = 0.0;  ///< 0: low-pass
  double f_hi_hz = 0.0;
  double transition_hz = 0.0;
  bool is_analytic = false;    ///< complex output: the positive frequencies alone, doubled
  std::size_t decimation = 1;  ///< output at samples 0, decimation, 2 decimation, ...
};

/// FIR filter of streams of several columns, for the stages that look at one frequency band: sinc under a Blackman window, turned to
/// the band's centre. Linear phase, so its delay is the same at all frequencies. The result does not depend on how the stream is cut.
/// A sample that is not finite gives NaN for as long as it is in memory, taps() samples.
/// Source: Oppenheim & Schafer, Discrete-Time Signal Processing, 3rd ed., ch. 7.5.
template <class Real>
class band_filter {
 public:
  /// Carves all memory. Errors (invalid_argument, naming `stage`): more than 16385 taps, that is a transition below about
  /// rate / 3000.
  result<void> prepare(const band_filter_design& design, std::size_t columns, std::size_t max_items, std::string_view stage,
                       workspace& memory);
  void reset() noexcept;

  /// Takes the samples of one column, in[0], in[stride], ...; call it for every column, then advance. Writes most_outputs(items) values
  /// or fewer and returns how many. re and im: im is not written unless the filter is analytic.
  std::size_t filter(std::size_t column, const Real* in, std::size_t stride, std::size_t items, Real* re, Real* im) noexcept;
  /// After `items` samples of every column.
  void advance(std::size_t items) noexcept;

  [[nodiscard]] std::size_t taps() const noexcept { return taps_; }
  [[nodiscard]] double delay_s() const noexcept { return 0.5 * static_cast<double>(taps_ - 1) / design_.rate_hz; }
  [[nodiscard]] std::size_t most_outputs(std::size_t items) const noexcept {
    return items / design_.decimation + (items % design_.decimation != 0 ? 1 : 0);
  }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(to_skip_, history_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return to_skip_ < design_.decimation; }

 private:
  band_filter_design design_;
  std::size_t taps_ = 1;
  std::uint64_t to_skip_ = 0;  // samples before the next output
  std::span<Real> re_, im_;    // taps, reversed, so that they lie in the order of the samples
  std::span<Real> history_;    // columns x (taps - 1)
  std::span<Real> line_;       // history and new samples of one column
};

}  // namespace millwright::detail
