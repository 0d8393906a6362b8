#include "millwright/features/presets.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/nearest_name.hpp"
#include "features/text.hpp"
#include "millwright/features/feature.hpp"

namespace millwright {

namespace {

using detail::joined;
using detail::shortest;

/// Names of one channel.
class name_list {
 public:
  explicit name_list(const channel& of) : channel_(of.name) {}

  void add(std::string_view feature) { names_.push_back(joined({channel_, ".", feature})); }
  /// feature(a=1,b=2)
  void add(std::string_view feature, std::initializer_list<std::pair<std::string_view, double>> arguments) {
    std::string text(feature);
    for (const auto& [name, value] : arguments) text += joined({text.size() == feature.size() ? "(" : ",", name, "=", shortest(value)});
    add(text + ")");
  }
  void add_all(std::initializer_list<std::string_view> features) {
    for (const auto feature : features) add(feature);
  }
  [[nodiscard]] std::vector<std::string> take() { return std::move(names_); }

 private:
  std::string channel_;
  std::vector<std::string> names_;
};

struct band {
  double low, high;
};
/// `count` octaves down from half the rate.
std::vector<band> octaves_below(double rate_hz, int count) {
  std::vector<band> bands;
  double high = 0.5 * rate_hz;
  for (int i = 0; i < count; ++i) {
    bands.push_back({0.5 * high, high});
    high *= 0.5;
  }
  return bands;
}

bool is_signal(const channel& of) { return of.role == channel_role::vibration; }

error preset_error(std::string_view preset, std::string_view what, std::string_view mend) {
  return {errc::invalid_argument, joined({"features preset ", preset}), what, mend};
}

bool needs_an_argument(const feature_definition& d) {
  return std::any_of(d.arguments.begin(), d.arguments.end(), [](const feature_argument& a) { return a.is_required; });
}

/// Broad-band level and impacts: what every set for rotating parts begins with.
void add_level_and_impacts(name_list& names) { names.add_all({"log_rms", "log_peak", "crest", "log_kurtosis"}); }

}  // namespace

std::vector<std::string> minimal_features(const channel& of) {
  if (!is_signal(of)) return default_feature_names(of);
  name_list names(of);
  names.add_all({"log_rms", "crest", "log_kurtosis", "spectral_centroid", "spectral_entropy"});
  return names.take();
}

std::vector<std::string> efficient_features(const channel& of) { return default_feature_names(of); }

std::vector<std::string> comprehensive_features(const channel& of, std::size_t length) {
  if (!is_signal(of)) return default_feature_names(of);
  name_list names(of);
  for (const auto& family : feature_families()) {
    for (const auto& definition : family.features) {
      if (!definition.needs_shaft && !needs_an_argument(definition)) names.add(definition.name);
    }
  }
  for (const double q : {0.05, 0.25, 0.75, 0.95}) names.add("quantile", {{"q", q}});
  const std::size_t longest = length == 0 ? 64 : length;
  for (const double lag : {2.0, 4.0, 8.0, 16.0, 32.0}) {
    if (lag < static_cast<double>(longest)) names.add("autocorrelation", {{"lag", lag}});
  }
  for (const band& b : octaves_below(of.rate_hz, 7)) {
    names.add("log_band_rms", {{"f_lo", b.low}, {"f_hi", b.high}});
    names.add("band_ratio", {{"f_lo", b.low}, {"f_hi", b.high}});
  }
  if (longest >= 64) {
    for (const band& b : octaves_below(of.rate_hz, 3)) {
      names.add("log_envelope_rms", {{"f_lo", b.low}, {"f_hi", b.high}});
      names.add("envelope_kurtosis", {{"f_lo", b.low}, {"f_hi", b.high}});
    }
  }
  if (longest >= 256) {
    for (double level_band = 0; level_band <= 5; ++level_band) names.add("wavelet_relative_energy", {{"band", level_band}, {"level", 5}});
    for (double node = 0; node < 8; ++node) names.add("packet_relative_energy", {{"band", node}, {"level", 3}});
  }
  return names.take();
}

result<std::vector<std::string>> bearing_features(const channel& of, const bearing_geometry& bearing, const bearing_band& where) {
  if (!is_signal(of)) return default_feature_names(of);
  MILLWRIGHT_TRY(const bearing_frequencies lines, bearing_fault_frequencies(bearing));
  const double nyquist = 0.5 * of.rate_hz;
  const double high = where.f_hi_hz > 0.0 ? where.f_hi_hz : nyquist;
  if (!(where.f_lo_hz >= 0.0 && where.f_lo_hz < high && high <= nyquist)) {
    return preset_error(
        "bearing", joined({"the band ", shortest(where.f_lo_hz), " .. ", shortest(high), " Hz does not fit channel \"", of.name, "\""}),
        joined({"give a band within 0 .. ", shortest(nyquist), " Hz"}));
  }
  if (where.harmonics < 1 || where.harmonics > 64) return preset_error("bearing", "harmonics is out of range", "give 1 to 64 harmonics");
  name_list names(of);
  add_level_and_impacts(names);
  names.add("log_envelope_rms", {{"f_lo", where.f_lo_hz}, {"f_hi", high}});
  names.add("envelope_kurtosis", {{"f_lo", where.f_lo_hz}, {"f_hi", high}});
  const auto harmonics = static_cast<double>(where.harmonics);
  for (const double line : {lines.bpfo, lines.bpfi, lines.bsf_x2, lines.ftf}) {
    if (where.shaft_hz) {
      names.add("envelope_line_snr", {{"f0", line * *where.shaft_hz}, {"f_lo", where.f_lo_hz}, {"f_hi", high}, {"harmonics", harmonics}});
    } else {
      names.add("fault_snr", {{"order", line}, {"f_lo", where.f_lo_hz}, {"f_hi", high}, {"harmonics", harmonics}});
    }
  }
  return names.take();
}

result<std::vector<std::string>> gearbox_features(const channel& of, std::span<const std::int64_t> teeth, std::optional<double> shaft_hz) {
  if (!is_signal(of)) return default_feature_names(of);
  if (teeth.empty()) return preset_error("gearbox", "no wheel is given", "give the number of teeth of each wheel on the shaft");
  name_list names(of);
  add_level_and_impacts(names);
  const auto add_line = [&](double order, double harmonics) {
    if (shaft_hz) {
      names.add("log_line_rms", {{"f0", order * *shaft_hz}, {"harmonics", harmonics}});
    } else {
      names.add("log_order_rms", {{"order", order}, {"harmonics", harmonics}});
    }
  };
  for (const double order : {1.0, 2.0, 3.0}) add_line(order, 1.0);
  for (const std::int64_t wheel : teeth) {
    if (wheel < 2) return preset_error("gearbox", joined({"a wheel has ", std::to_string(wheel), " teeth"}), "give at least 2");
    add_line(static_cast<double>(wheel), 3.0);
  }
  return names.take();
}

std::vector<std::string> acoustic_features(const channel& of) {
  if (!is_signal(of)) return default_feature_names(of);
  name_list names(of);
  names.add_all({"log_rms", "crest", "zero_crossings", "spectral_centroid", "spectral_spread", "spectral_entropy", "spectral_flatness",
                 "spectral_rolloff"});
  for (double coefficient = 0; coefficient < 13; ++coefficient) names.add("mfcc", {{"coefficient", coefficient}});
  for (const band& b : octaves_below(of.rate_hz, 7)) names.add("log_band_rms", {{"f_lo", b.low}, {"f_hi", b.high}});
  return names.take();
}

result<std::vector<std::string>> preset_features(std::string_view name, const channel& of) {
  if (name == "minimal") return minimal_features(of);
  if (name == "efficient") return efficient_features(of);
  if (name == "comprehensive") return comprehensive_features(of);
  if (name == "acoustic") return acoustic_features(of);
  return error(errc::invalid_argument, "features", joined({"there is no preset \"", name, "\""}),
               detail::suggestion(name, std::array<std::string_view, 4>{"minimal", "efficient", "comprehensive", "acoustic"}));
}

}  // namespace millwright
