#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/signal_stage.hpp"

namespace millwright {

/// Sliding DFT: the amplitude and phase of chosen frequencies over the last `length` samples, updated with every sample.
/// In: samples, any channels. Out: one item every `hop` samples, a pair re, im for each frequency of channel 0, then of channel 1, ...:
/// (2 / length) sum x[j] exp(-2 pi i f j / fs), j counted from the start of the stream, so that a steady tone keeps its phase and its
/// pair has the amplitude of the tone (at f = 0: twice the mean). Samples before the start are 0.
///
/// Modulated form: each sample is turned once, added when it enters and taken off when it leaves. Beside that sum grows a fresh one,
/// which takes its place after every `length` samples, so that rounding never gathers for longer than 2 length samples. While a value
/// that is not finite (or beyond 1e100) lies in the window, its channel gives NaN. Phases are whole numbers of 2^-64 turns: exact after any
/// number of samples. O(frequencies) a sample; length x frequencies pairs of state. For many frequencies the stft is cheaper.
/// Source: Jacobsen & Lyons, IEEE Signal Processing Magazine 20(2), 2003; Duda, IEEE Signal Processing Letters 17 (2010).
template <class Real>
class sliding_dft {
 public:
  static constexpr std::string_view id = "sliding_dft";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::analysis;
  static constexpr std::string_view doc = "Complex amplitude of chosen frequencies over the last samples, updated with every sample.";

  std::vector<double> frequencies_hz = {50.0};
  std::int64_t length = 256;
  std::int64_t hop = 1;

  static auto params() {
    using self = sliding_dft;
    return std::tuple{param<self, std::vector<double>>{
                          "frequencies_hz", &self::frequencies_hz, {50.0}, 0.0, 1e9, unit::hertz, "frequencies, at most half the rate"},
                      integer("length", &self::length, 256, 1, 1 << 24, unit::sample, "samples in the window"),
                      integer("hop", &self::hop, 1, 1, 1 << 24, unit::sample, "samples between two items that come out")};
  }
  static auto model() { return std::tuple{}; }

  /// Errors: no frequency, one above half the rate.
  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;
  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(place_, since_, phases_, turned_, sums_, fresh_, bad_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept;

 private:
  double rate_hz_ = 0.0;
  std::size_t columns_ = 0;
  std::uint64_t place_ = 0;          // of the next sample in the window
  std::uint64_t since_ = 0;          // samples since the last item
  std::span<std::uint64_t> phases_;  // of each frequency, in 2^-64 turns
  std::span<std::uint64_t> steps_;
  std::span<Real> turned_;          // length x columns x frequencies pairs
  std::span<double> sums_, fresh_;  // columns x frequencies pairs
  std::span<std::uint64_t> bad_;    // of each column: samples in the window that are not usable
};

}  // namespace millwright
