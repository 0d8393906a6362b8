#include "millwright/vibration/bearing.hpp"

#include <array>
#include <cmath>
#include <numeric>
#include <string>

#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {

constexpr std::array<catalogued_bearing, 6> catalogue = {{
    {"6203", {8, 6.746, 28.499, 0.0}, "Case Western Reserve University Bearing Data Center, fan end"},
    {"6205", {9, 7.940, 39.040, 0.0}, "Case Western Reserve University Bearing Data Center, drive end"},
    {"6804", {13, 3.5, 25.6, 0.0}, "PRONOSTIA, Nectoux et al. 2012"},
    {"NICE", {8, 5.969, 31.623, 0.0}, "MFPT fault data sets, Bechhoefer 2013"},
    {"UER204", {8, 7.92, 34.55, 0.0}, "XJTU-SY bearing data sets, Wang et al. 2018"},
    {"ZA-2115", {16, 8.407, 71.501, 15.17}, "IMS bearing data set, Lee et al. 2007"},
}};

char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool is_called(std::string_view text, std::string_view name) noexcept {
  if (text.size() < name.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (upper(text[i]) != name[i]) return false;
  }
  return text.size() == name.size() || text[name.size()] == '-';
}

}  // namespace

result<bearing_frequencies> bearing_fault_frequencies(const bearing_geometry& bearing, double inner_speed, double outer_speed) {
  const auto refuse = [](const std::string& what, std::string_view mend) { return error(errc::invalid_argument, "bearing", what, mend); };
  if (bearing.elements < 3 || bearing.elements > 1000000) {
    return refuse("a bearing has at least 3 rolling elements, got " + std::to_string(bearing.elements),
                  "give the number of rolling elements of one row");
  }
  const double d = bearing.element_diameter;
  const double pitch = bearing.pitch_diameter;
  if (!(d > 0.0 && d < pitch && std::isfinite(pitch))) {
    return refuse(
        "the rolling elements must be smaller than the pitch diameter, got d = " + std::to_string(d) + ", D = " + std::to_string(pitch),
        "give both diameters in the same unit");
  }
  if (!(bearing.contact_angle_deg >= 0.0 && bearing.contact_angle_deg < 90.0)) {
    return refuse("the contact angle is in degrees, 0 <= angle < 90, got " + std::to_string(bearing.contact_angle_deg),
                  "a deep-groove bearing under radial load has 0");
  }
  if (!std::isfinite(inner_speed) || !std::isfinite(outer_speed)) return refuse("a speed is not finite", "give both speeds as numbers");

  const double n = static_cast<double>(bearing.elements);
  const double r = d / pitch * math::cos_pi(bearing.contact_angle_deg / 180.0);
  bearing_frequencies f;
  f.relative = std::fabs(inner_speed - outer_speed);
  f.ftf = 0.5 * std::fabs(inner_speed * (1.0 - r) + outer_speed * (1.0 + r));
  f.bpfo = 0.5 * n * (1.0 - r) * f.relative;
  f.bpfi = 0.5 * n * (1.0 + r) * f.relative;
  f.bsf = pitch / (2.0 * d) * (1.0 - r * r) * f.relative;
  f.bsf_x2 = 2.0 * f.bsf;
  return f;
}

std::span<const catalogued_bearing> bearing_catalogue() noexcept { return catalogue; }

const catalogued_bearing* find_bearing(std::string_view name) noexcept {
  while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
  while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
  for (const catalogued_bearing& known : catalogue) {
    if (is_called(name, known.name)) return &known;
  }
  return nullptr;
}

result<gear_frequencies> gear_mesh_frequencies(std::int64_t input_teeth, std::int64_t output_teeth, double input_speed) {
  constexpr std::int64_t most_teeth = 1000000;
  if (input_teeth < 1 || output_teeth < 1 || input_teeth > most_teeth || output_teeth > most_teeth) {
    return error(errc::invalid_argument, "gear", "a gear wheel has between 1 and 1000000 teeth", "give the number of teeth of both wheels");
  }
  if (!(input_speed >= 0.0 && std::isfinite(input_speed))) {
    return error(errc::invalid_argument, "gear", "the speed is negative or not finite", "give the speed of the driving shaft");
  }
  gear_frequencies f;
  f.input = input_speed;
  f.mesh = static_cast<double>(input_teeth) * input_speed;
  f.output = f.mesh / static_cast<double>(output_teeth);
  f.assembly_phase = f.mesh / static_cast<double>(std::gcd(input_teeth, output_teeth));
  f.hunting_tooth = f.mesh / static_cast<double>(std::lcm(input_teeth, output_teeth));
  return f;
}

}  // namespace millwright
