#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/signal_stage.hpp"
#include "millwright/filter/polyphase_fir.hpp"

namespace millwright {

/// Changes the sampling rate of every column by the ratio up / down: scipy.signal.resample_poly with its default Kaiser filter
/// (beta 5, 20 max(up, down) + 1 taps). n samples become ceil(n up / down); sample m describes the time m down / up of the input, so
/// delay_s stays, though it comes out only when 10 max(up, down) / up input samples more have come. Zeros beyond both ends.
/// A sample that is not finite spoils the outputs that the filter makes of it.
/// Source: Crochiere & Rabiner, Multirate Digital Signal Processing, 1983.
template <class Real>
class resampler {
 public:
  static constexpr std::string_view id = "resampler";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::condition;
  static constexpr std::string_view doc = "Changes the sampling rate of each column by a ratio of integers, polyphase FIR.";

  std::int64_t up = 1;    ///< output rate over input rate is up / down
  std::int64_t down = 2;  ///< see up
  double beta = 5.0;      ///< of the Kaiser taper of the filter

  static auto params() {
    return std::tuple{
        integer("up", &resampler::up, 1, 1, 10'000, unit::none, "the rate grows by up / down"),
        integer("down", &resampler::down, 2, 1, 10'000, unit::none, "the rate grows by up / down"),
        number("beta", &resampler::beta, 5.0, 0.0, 50.0, unit::none, "of the Kaiser taper; larger: less aliasing, wider transition")};
  }
  static auto model() { return std::tuple<>{}; }

  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    polyphase_.persist(archive);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return polyphase_.state_is_valid(); }

 private:
  polyphase_fir<Real> polyphase_;
};

/// Taps of resample_poly for up / down in lowest terms: Kaiser taper, edge at half the lower of the rates, gain `up`.
/// Errors: those of firwin.
[[nodiscard]] result<std::vector<double>> resampler_taps(std::size_t up, std::size_t down, double beta);

}  // namespace millwright
