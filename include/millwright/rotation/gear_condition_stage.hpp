#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/signal_stage.hpp"
#include "millwright/rotation/gear.hpp"
#include "millwright/rotation/synchronous_average.hpp"

namespace millwright {

/// Gear condition of a stream: a synchronous_average and, behind it, a gear_monitor. One column in, a signal at uniform angle (of an
/// order_tracker); out, for each average, the columns of gear_metrics: rms, kurtosis, crest_factor, fm0, fm4, m6a, m8a, energy_ratio,
/// sideband_index, sideband_level_factor, na4, nb4. The same bits as gear_condition_metrics of the averages of average_turns; the
/// history of na4 and nb4 is that of the stream and goes into its checkpoint.
/// A turn with a sample that is not finite is left out of its average. NaN where a value is not defined. O(length log length) an average.
/// Source: Samuel & Pines, JSV 282 (2005).
template <class Real>
class gear_condition_stage {
 public:
  static constexpr std::string_view id = "gear_condition";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::analysis;
  static constexpr std::string_view doc =
      "Condition of a gear from the time-synchronous averages of a signal at uniform angle: rms, kurtosis, crest_factor, fm0, fm4, "
      "m6a, m8a, energy_ratio, sideband_index, sideband_level_factor, na4, nb4.";
  static constexpr std::size_t input_columns = 1;

  std::vector<double> teeth = {20.0};
  std::int64_t revolutions = 20;
  std::int64_t samples_per_revolution = 0;
  std::string mode = "block";
  std::int64_t shaft_harmonics = 2;
  std::int64_t mesh_harmonics = 0;
  std::int64_t sidebands = 1;
  std::int64_t half_band = 0;

  static auto params() {
    using self = gear_condition_stage;
    return std::tuple{
        param<self, std::vector<double>>{"teeth",
                                         &self::teeth,
                                         {20.0},
                                         2,
                                         1 << 19,
                                         unit::none,
                                         "of each gear on the shaft; the first is the one for fm0, nb4 and the sideband values"},
        integer("revolutions", &self::revolutions, 20, 1, 1'000'000, unit::none, "turns in an average"),
        integer("samples_per_revolution", &self::samples_per_revolution, 0, 0, 1 << 20, unit::none,
                "samples of one turn; 0 takes the rate of the input, as an order tracker gives it"),
        choice("mode", &self::mode, "block", "block|exponential",
               "block: one average after each `revolutions` turns; exponential: one after every turn"),
        integer("shaft_harmonics", &self::shaft_harmonics, 2, 0, 1 << 20, unit::none, "orders 1 to this are regular"),
        integer("mesh_harmonics", &self::mesh_harmonics, 0, 0, 1 << 20, unit::none,
                "harmonics of each meshing order that are regular; 0: all"),
        integer("sidebands", &self::sidebands, 1, 0, 1 << 20, unit::none,
                "orders on either side of each meshing harmonic that are regular"),
        integer("half_band", &self::half_band, 0, 0, 1 << 20, unit::none,
                "half width, in orders, of the band about the first meshing order for nb4; 0: (teeth - 1) / 2")};
  }
  static auto model() { return std::tuple{}; }

  /// Errors (invalid_argument): those of synchronous_average and of gear_monitor; teeth that are no whole numbers.
  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    average_.persist(archive);
    monitor_.persist(archive);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return average_.state_is_valid() && monitor_.state_is_valid(); }

 private:
  std::size_t write(std::size_t values, std::span<Real> out) noexcept;

  synchronous_average<Real> average_;
  gear_monitor<Real> monitor_;
  std::size_t length_ = 1;
  std::span<Real> averages_;
};

}  // namespace millwright
