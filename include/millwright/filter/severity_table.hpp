#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "millwright/core/error.hpp"

namespace millwright {

/// Zones of vibration severity: A newly commissioned, B long-term operation, C short-term only, D damage is to be expected.
enum class severity_zone : std::uint8_t { none, a, b, c, d };
/// "none", "A" .. "D".
[[nodiscard]] std::string_view to_string(severity_zone zone) noexcept;

/// One kind of machine: the boundaries between the zones, broad-band velocity in mm/s rms.
struct severity_class {
  std::string name;
  double a_b = 0.0, b_c = 0.0, c_d = 0.0;
};

/// Zone boundaries as data, which the user owns: millwright ships none as a default and claims no conformity with any standard.
struct severity_table {
  std::string name;
  std::string source;  ///< where the numbers come from: standard, edition, page, or who decided; mandatory
  std::vector<severity_class> classes;

  [[nodiscard]] const severity_class* find(std::string_view class_name) const noexcept;
};

/// Errors: no name, no source, no class, a class without or with the same name as another, boundaries not 0 < a_b < b_c < c_d.
[[nodiscard]] result<void> validate(const severity_table& table);

/// Zone of one value without memory: a value at a boundary belongs to the better zone. NaN and negative values: none.
[[nodiscard]] severity_zone classify(const severity_class& limits, double velocity_mm_s) noexcept;

/// Level for an alarm from a baseline: baseline + 25 % of b_c, not above 1.25 b_c.
[[nodiscard]] double severity_alarm_level(const severity_class& limits, double baseline_mm_s) noexcept;

/// What one value means.
struct severity_verdict {
  severity_zone zone = severity_zone::none;  ///< criterion I: magnitude, with hysteresis
  double change_mm_s = 0.0;                  ///< against the baseline; NaN without one
  bool is_changed = false;                   ///< criterion II: |change| above 25 % of b_c, even inside a good zone
};

/// Follows one measuring point. A worse zone is entered at once; a better one only when the value is below its boundary by
/// `hysteresis` of the boundary, so a value that wavers about a boundary gives one change of zone. NaN gives `none` and changes nothing.
class severity_monitor {
 public:
  /// Errors: boundaries not ascending, hysteresis not in 0 .. 0.5.
  static result<severity_monitor> create(const severity_class& limits, double hysteresis = 0.05);
  /// The value in good condition, against which criterion II compares; NaN: none.
  void set_baseline(double velocity_mm_s) noexcept { baseline_ = velocity_mm_s; }
  [[nodiscard]] double baseline() const noexcept { return baseline_; }
  [[nodiscard]] severity_verdict update(double velocity_mm_s) noexcept;
  void reset() noexcept { zone_ = severity_zone::none; }

 private:
  severity_class limits_;
  double hysteresis_ = 0.05;
  double baseline_ = __builtin_nan("");
  severity_zone zone_ = severity_zone::none;
};

/// Tables that circulate in the literature, as a start for one's own. Their names begin with "example"; published versions of these
/// numbers disagree, so check each against the edition of the standard that applies to the machine.
[[nodiscard]] std::vector<severity_table> example_severity_tables();

}  // namespace millwright
