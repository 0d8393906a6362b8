#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "millwright/core/error.hpp"

namespace millwright {

/// Geometry of a rolling-element bearing. Both diameters in the same unit.
struct bearing_geometry {
  std::int64_t elements = 0;       ///< rolling elements in a row, at least 3
  double element_diameter = 0.0;   ///< d
  double pitch_diameter = 0.0;     ///< D: of the circle through the centres of the rolling elements; d < D
  double contact_angle_deg = 0.0;  ///< phi, 0 <= phi < 90
};

/// Frequencies at which faults show, in the unit of the speeds given: revolutions give orders, hertz give hertz.
struct bearing_frequencies {
  double ftf = 0.0;       ///< cage (fundamental train frequency)
  double bpfo = 0.0;      ///< rolling elements passing a point of the outer race
  double bpfi = 0.0;      ///< rolling elements passing a point of the inner race
  double bsf = 0.0;       ///< spin of a rolling element about its own axis
  double bsf_x2 = 0.0;    ///< a fault on a rolling element strikes both races: this is the line to look for
  double relative = 0.0;  ///< inner race against outer race: distance of sidebands of an inner-race fault under a fixed load
};

/// For rolling without slip; real bearings differ by 1-2 %. Speeds are signed: races that turn against each other have opposite
/// signs. The usual machine has inner_speed = shaft speed and outer_speed = 0. With r = (d / D) cos(phi):
///     FTF = |fi (1 - r) + fo (1 + r)| / 2,  BPFO = n |fi - fo| (1 - r) / 2,  BPFI = n |fi - fo| (1 + r) / 2,
///     BSF = |fi - fo| D (1 - r^2) / (2 d)
/// Errors (invalid_argument): an impossible geometry; a speed that is not finite.
/// Source: Randall & Antoni, MSSP 25 (2011), eq. 1-4; Harris, Rolling Bearing Analysis, 4th ed., ch. 25, for two turning races.
[[nodiscard]] result<bearing_frequencies> bearing_fault_frequencies(const bearing_geometry& bearing, double inner_speed = 1.0,
                                                                    double outer_speed = 0.0);

/// A bearing whose geometry is published with a data set.
struct catalogued_bearing {
  std::string_view name;
  bearing_geometry geometry;  ///< in millimetres
  std::string_view source;
};
/// All of them, in alphabetical order.
[[nodiscard]] std::span<const catalogued_bearing> bearing_catalogue() noexcept;
/// The bearing called `name`, capitals or not; a suffix after a hyphen (seals, "6205-2RS") is ignored; nullptr when there is none.
[[nodiscard]] const catalogued_bearing* find_bearing(std::string_view name) noexcept;

/// Frequencies of a pair of gears, in the unit of the speed given.
struct gear_frequencies {
  double input = 0.0;           ///< shaft of the driving wheel
  double output = 0.0;          ///< shaft of the driven wheel
  double mesh = 0.0;            ///< teeth meeting: input teeth x input speed; sidebands lie at multiples of either shaft about it
  double assembly_phase = 0.0;  ///< mesh / gcd(teeth): pattern of the teeth that wear together
  double hunting_tooth = 0.0;   ///< mesh / lcm(teeth): the same two teeth meet again
};
/// Errors (invalid_argument): a wheel without teeth or with more than 10^6; a speed that is negative or not finite.
/// Source: Randall, Vibration-based Condition Monitoring, 2nd ed., ch. 2.
[[nodiscard]] result<gear_frequencies> gear_mesh_frequencies(std::int64_t input_teeth, std::int64_t output_teeth, double input_speed = 1.0);

}  // namespace millwright
