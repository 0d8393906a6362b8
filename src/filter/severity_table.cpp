#include "millwright/filter/severity_table.hpp"

#include <algorithm>
#include <cmath>

#include "millwright/numeric/math.hpp"

namespace millwright {
namespace {

constexpr const char* here = "severity table";
constexpr double significant_share = 0.25;  // of b_c

bool ascends(const severity_class& c) noexcept { return c.a_b > 0.0 && c.a_b < c.b_c && c.b_c < c.c_d && std::isfinite(c.c_d); }

severity_zone zone_of(double v, const severity_class& limits, double share) noexcept {
  if (!(v >= 0.0)) return severity_zone::none;
  if (v > share * limits.c_d) return severity_zone::d;
  if (v > share * limits.b_c) return severity_zone::c;
  return v > share * limits.a_b ? severity_zone::b : severity_zone::a;
}

error boundaries_error(const severity_class& c) {
  return {errc::invalid_argument, here, "the boundaries of class \"" + c.name + "\" do not ascend", "give 0 < a_b < b_c < c_d in mm/s rms"};
}

}  // namespace

std::string_view to_string(severity_zone zone) noexcept {
  switch (zone) {
    case severity_zone::none: return "none";
    case severity_zone::a: return "A";
    case severity_zone::b: return "B";
    case severity_zone::c: return "C";
    case severity_zone::d: return "D";
  }
  return "none";
}

const severity_class* severity_table::find(std::string_view class_name) const noexcept {
  const auto found = std::find_if(classes.begin(), classes.end(), [&](const severity_class& c) { return c.name == class_name; });
  return found == classes.end() ? nullptr : &*found;
}

result<void> validate(const severity_table& table) {
  const auto fail = [](std::string_view what, std::string_view mend) { return error(errc::invalid_argument, here, what, mend); };
  if (table.name.empty()) return fail("the table has no name", "name it");
  if (table.source.find_first_not_of(" \t\n") == std::string::npos) {
    return fail("the table \"" + table.name + "\" has no source", "say where the numbers come from: standard and edition, or who decided");
  }
  if (table.classes.empty()) return fail("the table \"" + table.name + "\" has no class", "give at least one kind of machine");
  for (const severity_class& c : table.classes) {
    if (c.name.empty()) return fail("a class of the table \"" + table.name + "\" has no name", "name it");
    if (table.find(c.name) != &c) return fail("two classes are called \"" + c.name + "\"", "give each a name of its own");
    if (!ascends(c)) return boundaries_error(c);
  }
  return {};
}

severity_zone classify(const severity_class& limits, double velocity_mm_s) noexcept { return zone_of(velocity_mm_s, limits, 1.0); }

double severity_alarm_level(const severity_class& limits, double baseline_mm_s) noexcept {
  const double level = baseline_mm_s + significant_share * limits.b_c;
  const double most = 1.25 * limits.b_c;
  return level > most ? most : level;
}

result<severity_monitor> severity_monitor::create(const severity_class& limits, double hysteresis) {
  if (!ascends(limits)) return boundaries_error(limits);
  if (!(hysteresis >= 0.0 && hysteresis <= 0.5)) {
    return error(errc::invalid_argument, here, "hysteresis must be 0 to 0.5", "0.05 returns to the better zone 5 % below its boundary");
  }
  severity_monitor monitor;
  monitor.limits_ = limits;
  monitor.hysteresis_ = hysteresis;
  return monitor;
}

severity_verdict severity_monitor::update(double v) noexcept {
  const severity_zone upward = classify(limits_, v);
  severity_verdict verdict;
  verdict.change_mm_s = v - baseline_;
  if (upward == severity_zone::none) {
    verdict.change_mm_s = math::nan;
    return verdict;
  }
  const severity_zone downward = zone_of(v, limits_, 1.0 - hysteresis_);
  // `upward` is where a rising value belongs, `downward` (worse or equal) where a falling one still does.
  if (zone_ == severity_zone::none || upward > zone_) {
    zone_ = upward;
  } else if (downward < zone_) {
    zone_ = downward;
  }
  verdict.zone = zone_;
  verdict.is_changed = std::fabs(verdict.change_mm_s) > significant_share * limits_.b_c;
  return verdict;
}

std::vector<severity_table> example_severity_tables() {
  const std::string check =
      "; quoted from memory of published tables, which disagree with each other: check against the standard before use";
  return {{"example: machines above 15 kW",
           "example after ISO 10816-3:2009 / ISO 20816-3" + check,
           {{"group 1 (above 300 kW), rigid", 2.3, 4.5, 7.1},
            {"group 1 (above 300 kW), flexible", 3.5, 7.1, 11.0},
            {"group 2 (15 to 300 kW), rigid", 1.4, 2.8, 4.5},
            {"group 2 (15 to 300 kW), flexible", 2.3, 4.5, 7.1}}},
          {"example: legacy classes",
           "example after ISO 10816-1:1995, annex B (withdrawn)" + check,
           {{"class I", 0.71, 1.8, 4.5}, {"class II", 1.12, 2.8, 7.1}, {"class III", 1.8, 4.5, 11.2}, {"class IV", 2.8, 7.1, 18.0}}}};
}

}  // namespace millwright
