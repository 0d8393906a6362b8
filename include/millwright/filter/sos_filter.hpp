#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/signal_stage.hpp"
#include "millwright/filter/sos_cascade.hpp"

namespace millwright {

/// IIR filter of every column: a design of design_sos, or sections of one's own, run by sos_cascade. Same shape out. State in double.
/// A sample that is not finite gives NaN and leaves the state of its column. delay_s stays: the group delay of an IIR filter depends
/// on the frequency; use a FIR filter where time counts.
/// Source: Oppenheim & Schafer, Discrete-Time Signal Processing, chapters 6 and 7.
template <class Real>
class sos_filter {
 public:
  static constexpr std::string_view id = "sos_filter";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::condition;
  static constexpr std::string_view doc = "IIR filter (Butterworth, Chebyshev or elliptic) of each column as second-order sections.";

  std::string family = "butterworth";  ///< prototype
  std::string band = "bandpass";       ///< kind of band
  std::int64_t order = 4;              ///< of the prototype
  double low_hz = 10.0;                ///< lower edge
  double high_hz = 500.0;              ///< upper edge
  double ripple_db = 1.0;              ///< chebyshev1, elliptic
  double attenuation_db = 40.0;        ///< chebyshev2, elliptic
  std::string start = "steady";        ///< state before the first sample
  std::vector<double> sections;        ///< of one's own, b0, b1, b2, 1, a1, a2 each; the design's settings are not used then

  static auto params() {
    return std::tuple{
        choice("family", &sos_filter::family, "butterworth", filter_family_choices, "kind of prototype"),
        choice("band", &sos_filter::band, "bandpass", filter_band_choices, "which frequencies pass"),
        integer("order", &sos_filter::order, 4, 1, max_filter_order, unit::none,
                "order of the prototype; bandpass and bandstop have twice as many poles"),
        number("low_hz", &sos_filter::low_hz, 10.0, 0.0, 1e9, unit::hertz, "lower edge; a lowpass does not use it"),
        number("high_hz", &sos_filter::high_hz, 500.0, 0.0, 1e9, unit::hertz, "upper edge; a highpass does not use it"),
        number("ripple_db", &sos_filter::ripple_db, 1.0, 1e-9, 100.0, unit::none, "ripple in the pass band, dB: chebyshev1 and elliptic"),
        number("attenuation_db", &sos_filter::attenuation_db, 40.0, 1e-9, 300.0, unit::none,
               "attenuation in the stop band, dB: chebyshev2 and elliptic"),
        choice("start", &sos_filter::start, "steady", "steady|rest",
               "state before the first sample: steady as if it had always been there (no step at the start), or at rest"),
        numbers("sections", &sos_filter::sections, -1e300, 1e300, unit::none,
                "sections of your own, one after the other, each b0, b1, b2, 1, a1, a2; empty: designed from the other settings")};
  }
  static auto model() { return std::tuple<>{}; }

  /// Errors: those of design_sos; sections that are no rows of six, with a0 = 1, or not stable.
  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(has_started_);
    cascade_.persist(archive);
  }

 private:
  sos_cascade cascade_;
  std::vector<sos_state> steady_;
  std::span<std::uint8_t> has_started_;  // by column
};

/// The enumerators by their text; the text must be one of the choices.
[[nodiscard]] filter_family filter_family_of(std::string_view text) noexcept;
[[nodiscard]] filter_band filter_band_of(std::string_view text) noexcept;

namespace detail {
/// Gives each column that has not started the steady state of its first usable sample among `in`.
template <class Real>
void start_steady(sos_cascade& cascade, std::span<const sos_state> steady, std::span<std::uint8_t> has_started,
                  std::span<const Real> in) noexcept;
}  // namespace detail

}  // namespace millwright
