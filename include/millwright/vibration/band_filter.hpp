#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/filter/polyphase_fir.hpp"

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

/// FIR filter of interleaved columns for the stages that look at one frequency band: sinc under a Blackman taper, turned to the
/// band's centre. Linear phase, so its delay is the same at all frequencies. Zeros before the start.
/// A sample that is not finite gives NaN for as long as it is in memory.
/// Source: Oppenheim & Schafer, Discrete-Time Signal Processing, ch. 7.
template <class Real>
class band_filter {
 public:
  /// Errors (invalid_argument, naming `stage`): more than 16385 taps, that is a transition below about rate / 3000.
  result<void> prepare(const band_filter_design& design, std::size_t columns, std::size_t max_items, std::string_view stage,
                       workspace& memory);
  /// Memory for a copy of a prepared one, which shares the taps.
  void take(workspace& memory) noexcept;
  void reset() noexcept;

  /// Values written to re, and to im when analytic: at most columns * max_output_items().
  std::size_t process(std::span<const Real> in, std::span<Real> re, std::span<Real> im = {}) noexcept;

  [[nodiscard]] double delay_s() const noexcept { return delay_s_; }
  [[nodiscard]] std::size_t max_output_items() const noexcept { return re_.max_output_items(); }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    re_.persist(archive);
    if (is_analytic_) im_.persist(archive);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return re_.state_is_valid() && (!is_analytic_ || im_.state_is_valid()); }

 private:
  bool is_analytic_ = false;
  double delay_s_ = 0.0;
  polyphase_fir<Real> re_, im_;
};

}  // namespace millwright::detail
