#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "millwright/core/signal_stage.hpp"

namespace millwright {

/// Teager-Kaiser energy operator: y[n] = x[n]^2 - x[n-1] x[n+1], for each column; reacts to amplitude and frequency at once, so it lifts
/// short impacts out of a smooth ground. Same shape out, one sample late; at both ends the missing neighbour counts as the end itself,
/// so that as many samples come out as go in. Computed in float64 from the differences of neighbours, so an offset costs no digits.
/// O(n), two samples of state a column.
/// A sample that is not finite spoils three outputs.
/// Source: Kaiser, "On a simple algorithm to calculate the energy of a signal", ICASSP 1990.
template <class Real>
class teager_energy {
 public:
  static constexpr std::string_view id = "teager_energy";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::condition;
  static constexpr std::string_view doc =
      "Teager-Kaiser energy operator x[n]^2 - x[n-1] x[n+1]; lifts short impacts out of a smooth ground.";

  static auto params() { return std::tuple<>{}; }
  static auto model() { return std::tuple<>{}; }

  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(has_last_, before_last_, last_);
  }

 private:
  bool has_last_ = false;
  std::span<Real> before_last_;  // x[n-1] and x[n] of each column, while x[n+1] is waited for
  std::span<Real> last_;
};

}  // namespace millwright
