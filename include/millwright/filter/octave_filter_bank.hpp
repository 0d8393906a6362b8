#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/signal_stage.hpp"
#include "millwright/filter/polyphase_fir.hpp"
#include "millwright/filter/sos_cascade.hpp"

namespace millwright {

/// A band of 1 / fraction octave after IEC 61260-1, base 10: G = 10^0.3, centre 1000 G^(index / fraction) Hz for an odd fraction,
/// 1000 G^((2 index + 1) / (2 fraction)) for an even one, edges centre G^(+-1 / (2 fraction)). Source: IEC 61260-1:2014, 5.2 to 5.5.
struct octave_band {
  std::int64_t index = 0;  ///< 0 is the band about 1 kHz, or the one above it for an even fraction
  double centre_hz = 0.0;  ///< exact mid-band frequency
  double low_hz = 0.0, high_hz = 0.0;
};

/// The band of that index; fraction at least 1.
[[nodiscard]] octave_band octave_band_at(std::int64_t fraction, std::int64_t index) noexcept;

/// Bands from the one that holds low_hz to the one that holds high_hz. Errors: fraction not 1 or 3, edges not 0 < low_hz <= high_hz, or
/// more than 40 octaves.
[[nodiscard]] result<std::vector<octave_band>> octave_bands(std::int64_t fraction, double low_hz, double high_hz);

/// Octave or third-octave filter bank: each column through Butterworth bandpasses of order 3, each band at a rate that is halved
/// (linear-phase FIR) as often as the band allows, so that low bands are cheap and well conditioned; the topmost ones at twice the
/// rate of the input where the bilinear transformation would bend them. Level of every band over each interval.
/// Output: columns x bands values a column after the other, bands ascending; one item for each interval, a part at the end gives
/// nothing. The first value of each column is taken off its signal, so that an offset does not ring. Low bands settle over about
/// 4 / (bandwidth in Hz) seconds. Within an interval, samples of a band that are not finite do not count; less than half gives NaN.
/// The responses lie inside the class 1 limits of IEC 61260-1:2014 (checked by the unit tests; a check, not a certificate).
/// delay_s: half an interval. The filters come on top, more for lower bands: about 1 / bandwidth of the bandpass, and the FIR filters
/// between rates, each half its length. Cost: about 4 bandpasses a band of the highest octave and sample.
template <class Real>
class octave_filter_bank {
 public:
  static constexpr std::string_view id = "octave_filter_bank";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::analysis;
  static constexpr std::string_view doc = "Octave or third-octave band levels of each column over intervals, by a multirate filter bank.";

  std::string bands = "third-octave";  ///< width of the bands
  double low_hz = 10.0;                ///< inside the lowest band
  double high_hz = 0.0;                ///< inside the highest band; 0: the highest that fits
  double interval_s = 1.0;             ///< one set of levels each
  std::string level = "rms";           ///< quantity

  static auto params() {
    return std::tuple{
        choice("bands", &octave_filter_bank::bands, "third-octave", "octave|third-octave", "width of the bands"),
        number("low_hz", &octave_filter_bank::low_hz, 10.0, 1e-3, 1e9, unit::hertz, "a frequency inside the lowest band"),
        number("high_hz", &octave_filter_bank::high_hz, 0.0, 0.0, 1e9, unit::hertz,
               "a frequency inside the highest band, whose upper edge must lie below 0.45 of the rate; 0: the highest that fits"),
        number("interval_s", &octave_filter_bank::interval_s, 1.0, 1e-3, 86'400.0, unit::second, "time that one set of levels covers"),
        choice("level", &octave_filter_bank::level, "rms", "rms|mean_square", "quantity of a band")};
  }
  static auto model() { return std::tuple<>{}; }

  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;

  /// The bands, after prepare.
  [[nodiscard]] const std::vector<octave_band>& band_table() const noexcept { return band_table_; }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(position_, has_started_, offset_, sum_, count_);
    if (oversamples_) interpolator_.persist(archive);
    for (auto& r : rates_) {
      if (r.is_halved) r.decimator.persist(archive);
      for (auto& f : r.filters) f.persist(archive);
    }
  }
  [[nodiscard]] bool state_is_valid() const noexcept;

 private:
  struct rate {              // everything at one sampling rate
    bool is_halved = false;  // against the rate before
    polyphase_fir<double> decimator;
    std::vector<sos_cascade> filters;  // of the bands from first_band on, the highest first
    std::size_t first_band = 0;        // in descending order of frequency
    std::span<double> samples;
  };
  void measure(const rate& at, std::size_t filter, std::size_t items) noexcept;

  std::vector<octave_band> band_table_;
  std::vector<rate> rates_;
  bool oversamples_ = false;
  polyphase_fir<double> interpolator_;
  std::size_t columns_ = 1;
  std::uint64_t interval_items_ = 1;
  std::uint64_t position_ = 0;  // in the interval
  std::span<std::uint8_t> has_started_;
  std::span<double> offset_;        // by column: its first sample
  std::span<double> sum_;           // of squares, column x band
  std::span<std::uint64_t> count_;  // of squares, column x band
  std::span<double> entering_;
  std::span<double> filtered_;
};

}  // namespace millwright
