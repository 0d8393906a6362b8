#include "millwright/vibration/fault_bands.hpp"

#include <algorithm>
#include <cmath>

#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {

constexpr std::size_t lobe = 2;  // bins to either side of a peak that belong to it under a Hann taper

/// Bins first .. last, none of them 0; empty when first > last.
struct bin_range {
  std::size_t first;
  std::size_t last;
};

bin_range range_about(double position, double half_width, std::size_t bins) noexcept {
  const double end = static_cast<double>(bins - 1);
  const double low = std::max(std::ceil(position - half_width), 1.0);
  const double high = std::min(std::floor(position + half_width), end);
  if (!(low <= high)) return {1, 0};
  return {static_cast<std::size_t>(low), static_cast<std::size_t>(high)};
}

template <class Real>
double magnitude_of(const line_spectrum<Real>& spectrum, double value) noexcept {
  return spectrum.is_power ? std::sqrt(value) : value;
}

template <class Real>
double square_of(const line_spectrum<Real>& spectrum, std::size_t bin) noexcept {
  const double v = static_cast<double>(spectrum.values[bin]);
  return spectrum.is_power ? v : v * v;
}

/// Median of magnitudes; reorders `values`, of which there is at least one. Mean of the middle two of an even number.
template <class Real>
double median_magnitude(const line_spectrum<Real>& spectrum, std::span<Real> values) noexcept {
  const std::size_t half = values.size() / 2;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(half);
  std::nth_element(values.begin(), middle, values.end());
  const double upper = magnitude_of(spectrum, static_cast<double>(*middle));
  if (values.size() % 2 == 1) return upper;
  return 0.5 * (magnitude_of(spectrum, static_cast<double>(*std::max_element(values.begin(), middle))) + upper);
}

bool is_inside(double frequency, double spacing, std::size_t bins) noexcept {
  return frequency > 0.0 && frequency <= spacing * static_cast<double>(bins - 1);
}

constexpr line_reading no_reading = {math::nan, math::nan, math::nan, math::nan};

}  // namespace

template <class Real>
line_reading read_line(const line_spectrum<Real>& spectrum, double frequency, const line_search& search, std::span<Real> scratch) noexcept {
  const auto values = spectrum.values;
  const std::size_t bins = values.size();
  if (bins < 2 || !is_inside(frequency, spectrum.spacing, bins)) return no_reading;
  const double position = frequency / spectrum.spacing;
  const double reach = std::max(search.tolerance * position, static_cast<double>(search.tolerance_bins));
  const bin_range near = range_about(position, std::max(reach, 0.5), bins);
  if (near.first > near.last) return no_reading;
  std::size_t peak = near.first;
  for (std::size_t k = near.first; k <= near.last; ++k) {
    if (values[k] > values[peak]) peak = k;
  }

  const double surroundings = std::max(search.background * position, reach + static_cast<double>(search.background_bins));
  const bin_range around = range_about(position, surroundings, bins);
  std::size_t count = 0;
  bool is_number = true;
  for (std::size_t k = around.first; k <= around.last; ++k) {
    is_number = is_number && !std::isnan(values[k]);
    if (k + lobe < peak || k > peak + lobe) scratch[count++] = values[k];
  }
  if (!is_number) return no_reading;

  line_reading reading;
  reading.frequency = static_cast<double>(peak) * spectrum.spacing;
  reading.magnitude = magnitude_of(spectrum, static_cast<double>(values[peak]));
  reading.background = count == 0 ? math::nan : median_magnitude(spectrum, scratch.first(count));
  for (std::size_t k = peak > lobe ? peak - lobe : 1; k <= std::min(peak + lobe, bins - 1); ++k) {
    reading.energy += square_of(spectrum, k);
  }
  reading.energy *= spectrum.energy_scale;
  return reading;
}

template <class Real>
double fault_snr(const line_spectrum<Real>& spectrum, double frequency, std::size_t harmonics, const line_search& search,
                 std::span<Real> scratch) noexcept {
  // 300 dB stand for a line without any background: the ratio must not become infinite.
  constexpr double smallest_share = 1e-15;
  if (harmonics > most_harmonics) return math::nan;
  double sum = 0.0;
  double count = 0.0;
  for (std::size_t h = 1; h <= harmonics; ++h) {
    const double wanted = static_cast<double>(h) * frequency;
    if (spectrum.values.empty() || !is_inside(wanted, spectrum.spacing, spectrum.values.size())) break;
    const line_reading line = read_line(spectrum, wanted, search, scratch);
    const double background = std::max(line.background, smallest_share * line.magnitude);
    if (std::isnan(line.background) || !(background > 0.0)) return math::nan;
    sum += line.magnitude / background;
    count += 1.0;
  }
  return count > 0.0 && sum > 0.0 ? 20.0 * math::log10(sum / count) : math::nan;
}

template <class Real>
double sideband_ratio(const line_spectrum<Real>& spectrum, double frequency, double spacing, std::size_t harmonics, std::size_t sidebands,
                      const line_search& search, std::span<Real> scratch) noexcept {
  if (harmonics > most_harmonics || sidebands > most_harmonics) return math::nan;
  double lines = 0.0;
  double sides = 0.0;
  for (std::size_t h = 1; h <= harmonics; ++h) {
    const double center = static_cast<double>(h) * frequency;
    if (spectrum.values.empty() || !is_inside(center, spectrum.spacing, spectrum.values.size())) break;
    lines += read_line(spectrum, center, search, scratch).magnitude;
    for (std::size_t s = 1; s <= sidebands; ++s) {
      const double distance = static_cast<double>(s) * spacing;
      bool is_any_inside = false;
      for (const double side : {center - distance, center + distance}) {
        if (!is_inside(side, spectrum.spacing, spectrum.values.size())) continue;
        is_any_inside = true;
        sides += read_line(spectrum, side, search, scratch).magnitude;
      }
      if (!is_any_inside) break;  // those further out are not inside either
    }
  }
  return lines > 0.0 ? sides / lines : math::nan;
}

template <class Real>
double harmonic_energy(const line_spectrum<Real>& spectrum, double frequency, std::size_t harmonics, const line_search& search,
                       std::span<Real> scratch) noexcept {
  double energy = math::nan;
  if (harmonics > most_harmonics) return energy;
  for (std::size_t h = 1; h <= harmonics; ++h) {
    const double wanted = static_cast<double>(h) * frequency;
    if (spectrum.values.empty() || !is_inside(wanted, spectrum.spacing, spectrum.values.size())) break;
    const double line = read_line(spectrum, wanted, search, scratch).energy;
    energy = h == 1 ? line : energy + line;
  }
  return energy;
}

result<std::vector<fault_band>> fault_bands(std::span<const double> frequencies, const fault_band_settings& settings) {
  const auto refuse = [](std::string_view what, std::string_view mend) { return error(errc::invalid_argument, "fault_bands", what, mend); };
  if (!(settings.width >= 0.0 && std::isfinite(settings.width))) return refuse("the width is negative or not finite", "0 means 4 %");
  if (settings.sidebands < 0 || settings.sidebands > static_cast<std::int32_t>(most_harmonics))
    return refuse("the number of sidebands lies outside 0 .. 1000", "give pairs");
  if (settings.sidebands > 0 && !(settings.sideband_spacing > 0.0 && std::isfinite(settings.sideband_spacing))) {
    return refuse("sidebands need their distance", "give the shaft's frequency for BPFI, FTF for the rolling elements");
  }
  std::vector<fault_band> bands;
  for (std::size_t line = 0; line < frequencies.size(); ++line) {
    if (!(frequencies[line] > 0.0 && std::isfinite(frequencies[line]))) {
      return refuse("a fault frequency is not a positive number", "give frequencies in Hz, or orders");
    }
    for (const std::int32_t harmonic : settings.harmonics) {
      if (harmonic < 1) return refuse("a harmonic is below 1", "1 is the fault frequency itself");
      for (std::int32_t side = -settings.sidebands; side <= settings.sidebands; ++side) {
        const double offset = side == 0 ? 0.0 : static_cast<double>(side) * settings.sideband_spacing;
        const double center = static_cast<double>(harmonic) * frequencies[line] + offset;
        if (!(center > 0.0)) continue;
        const double half = settings.width > 0.0 ? 0.5 * settings.width : line_search().tolerance * center;
        bands.push_back({std::max(center - half, 0.0), center, center + half, static_cast<std::uint32_t>(line), harmonic, side});
      }
    }
  }
  return bands;
}

template <class Real>
fault_band_metric measure_band(const line_spectrum<Real>& spectrum, const fault_band& band) noexcept {
  const std::size_t bins = spectrum.values.size();
  const double end = bins > 0 ? spectrum.spacing * static_cast<double>(bins - 1) : 0.0;
  const bool is_band = std::isfinite(band.low) && std::isfinite(band.center) && std::isfinite(band.high) && band.low <= band.high;
  if (bins < 1 || !(is_band && band.high >= 0.0 && band.low <= end)) return {math::nan, math::nan, math::nan};
  // An edge that is meant to fall on a bin must not miss it by rounding.
  constexpr double slack = 1e-9;
  const double nearest = std::clamp(std::floor(band.center / spectrum.spacing + 0.5), 0.0, static_cast<double>(bins - 1));
  auto first = static_cast<std::size_t>(std::max(std::ceil(band.low / spectrum.spacing * (1.0 - slack)), 0.0));
  auto last = static_cast<std::size_t>(std::min(std::floor(band.high / spectrum.spacing * (1.0 + slack)), static_cast<double>(bins - 1)));
  if (first > last) first = last = static_cast<std::size_t>(nearest);
  fault_band_metric metric;
  std::size_t peak = first;
  for (std::size_t k = first; k <= last; ++k) {
    if (!(spectrum.values[k] <= spectrum.values[peak])) peak = k;  // a NaN wins, and shows
    metric.energy += square_of(spectrum, k);
  }
  metric.energy *= spectrum.energy_scale;
  metric.peak_magnitude = magnitude_of(spectrum, static_cast<double>(spectrum.values[peak]));
  metric.peak_frequency = static_cast<double>(peak) * spectrum.spacing;
  return metric;
}

template line_reading read_line<float>(const line_spectrum<float>&, double, const line_search&, std::span<float>) noexcept;
template double fault_snr<float>(const line_spectrum<float>&, double, std::size_t, const line_search&, std::span<float>) noexcept;
template double sideband_ratio<float>(const line_spectrum<float>&, double, double, std::size_t, std::size_t, const line_search&,
                                      std::span<float>) noexcept;
template double harmonic_energy<float>(const line_spectrum<float>&, double, std::size_t, const line_search&, std::span<float>) noexcept;
template fault_band_metric measure_band<float>(const line_spectrum<float>&, const fault_band&) noexcept;

template line_reading read_line<double>(const line_spectrum<double>&, double, const line_search&, std::span<double>) noexcept;
template double fault_snr<double>(const line_spectrum<double>&, double, std::size_t, const line_search&, std::span<double>) noexcept;
template double sideband_ratio<double>(const line_spectrum<double>&, double, double, std::size_t, std::size_t, const line_search&,
                                       std::span<double>) noexcept;
template double harmonic_energy<double>(const line_spectrum<double>&, double, std::size_t, const line_search&, std::span<double>) noexcept;
template fault_band_metric measure_band<double>(const line_spectrum<double>&, const fault_band&) noexcept;

}  // namespace millwright
