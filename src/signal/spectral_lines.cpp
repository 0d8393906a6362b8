#include "millwright/signal/spectral_lines.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "millwright/numeric/math.hpp"
#include "millwright/signal/segment_fft.hpp"

namespace millwright {

namespace {

bool is_grid(double df_hz) noexcept { return df_hz > 0.0 && std::isfinite(df_hz); }

}  // namespace

template <class Real>
double band_energy(std::span<const Real> psd, double df_hz, double nyquist_hz, double low_hz, double high_hz) noexcept {
  if (psd.empty() || !(low_hz <= high_hz) || !is_grid(df_hz) || !(nyquist_hz >= 0.0) || !std::isfinite(nyquist_hz)) return math::nan;
  const std::size_t last = psd.size() - 1;
  const double end = nyquist_hz / df_hz;
  struct place {
    std::size_t bin;
    double share;  // of the bin that lies below
  };
  const auto locate = [&](double frequency_hz) {
    const double position = std::min(std::max(frequency_hz / df_hz, 0.0), end);
    const std::size_t bin = static_cast<std::size_t>(std::min(position + 0.5, static_cast<double>(last)));
    const double low = bin == 0 ? 0.0 : static_cast<double>(bin) - 0.5;
    const double high = bin == last ? end : static_cast<double>(bin) + 0.5;
    return place{bin, high > low ? std::min((position - low) / (high - low), 1.0) : 1.0};
  };
  const auto at = [&](std::size_t k) { return static_cast<double>(psd[k]); };
  const place low = locate(low_hz);
  const place high = locate(high_hz);
  if (low.bin == high.bin) return df_hz * (at(low.bin) * (high.share - low.share));
  const double inner = detail::sum_less(psd.data() + low.bin + 1, high.bin - low.bin - 1, 0.0);
  return df_hz * (at(low.bin) * (1.0 - low.share) + inner + at(high.bin) * high.share);
}

template <class Real>
double band_ratio(std::span<const Real> psd, double df_hz, double nyquist_hz, double low_hz, double high_hz) noexcept {
  if (psd.empty()) return math::nan;
  const double total = df_hz * detail::sum_less(psd.data(), psd.size(), 0.0);
  return total > 0.0 ? band_energy(psd, df_hz, nyquist_hz, low_hz, high_hz) / total : math::nan;
}

template <class Real>
double velocity_rms(std::span<const Real> psd, double df_hz, double nyquist_hz, double low_hz, double high_hz) noexcept {
  if (psd.empty() || !(low_hz > 0.0) || !(low_hz <= high_hz) || !is_grid(df_hz) || !(nyquist_hz >= 0.0) || !std::isfinite(nyquist_hz))
    return math::nan;
  const double top = std::min(high_hz, nyquist_hz);
  double sum = 0.0;
  for (std::size_t k = 0; k < psd.size(); ++k) {
    const double middle = static_cast<double>(k) * df_hz;
    const double bin_low = std::max(middle - 0.5 * df_hz, 0.0);
    const double bin_high = k + 1 == psd.size() ? nyquist_hz : std::min(middle + 0.5 * df_hz, nyquist_hz);
    const double from = std::max(bin_low, low_hz);
    const double to = std::min(bin_high, top);
    if (!(from < to)) continue;
    const double angular = 2.0 * math::pi * (from == bin_low && to == bin_high && k > 0 && k + 1 < psd.size() ? middle : 0.5 * (from + to));
    sum += static_cast<double>(psd[k]) * (to - from) / (angular * angular);
  }
  return std::sqrt(sum);
}

template <class Real>
spectral_line line_at(std::span<const Real> power, double df_hz, std::size_t k, peak_interpolation how) noexcept {
  if (k >= power.size()) return {math::nan, math::nan};
  const double here = static_cast<double>(power[k]);
  double shift = 0.0;
  double log_gain = 0.0;
  if (how == peak_interpolation::quadratic && k > 0 && k + 1 < power.size()) {
    const double before = static_cast<double>(power[k - 1]);
    const double after = static_cast<double>(power[k + 1]);
    // Only a maximum has a vertex within half a bin.
    if (before > 0.0 && after > 0.0 && here >= before && here >= after) {
      const double middle = math::log(here);
      const double left = math::log(before) - middle;
      const double right = math::log(after) - middle;
      const double curvature = left + right;
      if (curvature < 0.0) {
        shift = 0.5 * (left - right) / curvature;
        log_gain = -0.25 * (left - right) * shift;
      }
    }
  }
  return {df_hz * (static_cast<double>(k) + shift), std::sqrt(2.0 * here) * math::exp(0.5 * log_gain)};
}

template <class Real>
spectral_line find_line(std::span<const Real> power, double df_hz, double frequency_hz, double tolerance_hz,
                        peak_interpolation how) noexcept {
  const spectral_line none{math::nan, math::nan};
  if (!is_grid(df_hz) || !(tolerance_hz >= 0.0)) return none;
  const double centre = std::floor(frequency_hz / df_hz + 0.5);
  if (power.empty() || !(centre >= 0.0) || !(centre <= static_cast<double>(power.size() - 1))) return none;
  double first = -std::floor(-(frequency_hz - tolerance_hz) / df_hz);
  double last = std::floor((frequency_hz + tolerance_hz) / df_hz);
  first = std::max(std::min(first, centre), 0.0);
  last = std::min(std::max(last, centre), static_cast<double>(power.size() - 1));
  std::size_t best = static_cast<std::size_t>(first);
  for (std::size_t k = best + 1; k <= static_cast<std::size_t>(last); ++k) {
    if (power[k] > power[best]) best = k;
  }
  return line_at(power, df_hz, best, how);
}

namespace {

result<void> check_lines(std::string_view where, double df_hz, double spacing_hz, double tolerance_hz, std::size_t count) {
  if (count > most_lines)
    return error{errc::limit_exceeded, where, std::to_string(count) + " lines are asked for",
                 "ask for at most " + std::to_string(most_lines)};
  if (!(df_hz > 0.0) || !std::isfinite(df_hz) || !(spacing_hz > 0.0) || !std::isfinite(spacing_hz))
    return error{errc::invalid_argument, where, "the distance of the bins and of the lines must be positive and finite"};
  if (!(tolerance_hz >= 0.0) || !(2.0 * tolerance_hz < spacing_hz))
    return error{errc::invalid_argument, where,
                 "a tolerance of " + std::to_string(tolerance_hz) + " Hz does not tell lines " + std::to_string(spacing_hz) + " Hz apart",
                 "choose one below half their distance"};
  return {};
}

}  // namespace

template <class Real>
result<std::vector<spectral_line>> find_harmonics(std::span<const Real> power, double df_hz, double fundamental_hz, std::size_t count,
                                                  double tolerance_hz, peak_interpolation how) {
  MILLWRIGHT_CHECK(check_lines("find_harmonics", df_hz, fundamental_hz, tolerance_hz, count));
  std::vector<spectral_line> lines;
  for (std::size_t k = 1; k <= count; ++k)
    lines.push_back(find_line(power, df_hz, static_cast<double>(k) * fundamental_hz, tolerance_hz, how));
  return lines;
}

template <class Real>
result<sideband_lines> find_sidebands(std::span<const Real> power, double df_hz, double carrier_hz, double spacing_hz, std::size_t pairs,
                                      double tolerance_hz, peak_interpolation how) {
  MILLWRIGHT_CHECK(check_lines("find_sidebands", df_hz, spacing_hz, tolerance_hz, pairs));
  sideband_lines out;
  out.carrier = find_line(power, df_hz, carrier_hz, tolerance_hz, how);
  double sum = 0.0;
  for (std::size_t m = 1; m <= pairs; ++m) {
    const double distance = static_cast<double>(m) * spacing_hz;
    out.lower.push_back(find_line(power, df_hz, carrier_hz - distance, tolerance_hz, how));
    out.upper.push_back(find_line(power, df_hz, carrier_hz + distance, tolerance_hz, how));
    for (const double amplitude : {out.lower.back().amplitude, out.upper.back().amplitude}) {
      if (amplitude == amplitude) sum += amplitude;
    }
  }
  out.ratio = out.carrier.amplitude > 0.0 ? sum / out.carrier.amplitude : math::nan;
  return out;
}

template <class Real>
result<std::vector<spectral_line>> find_spectral_peaks(std::span<const Real> power, double df_hz, std::size_t count,
                                                       peak_interpolation how) {
  if (!(df_hz > 0.0) || !std::isfinite(df_hz))
    return error{errc::invalid_argument, "find_spectral_peaks", "the distance of the bins must be positive and finite"};
  std::vector<std::size_t> places;
  for (std::size_t k = 1; k < power.size(); ++k) {
    if (!(power[k] > Real(0)) || (k > 1 && !(power[k] > power[k - 1]))) continue;
    if (k + 1 < power.size() && !(power[k] >= power[k + 1])) continue;
    places.push_back(k);
  }
  std::sort(places.begin(), places.end(),
            [&](std::size_t a, std::size_t b) { return power[a] > power[b] || (power[a] == power[b] && a < b); });
  if (places.size() > count) places.resize(count);
  std::vector<spectral_line> lines;
  // A parabola over the DC bin would be drawn to the mean; bin 1 is not refined.
  for (const std::size_t k : places) lines.push_back(line_at(power, df_hz, k, k == 1 ? peak_interpolation::none : how));
  return lines;
}

template <class Real>
result<double> jacobsen_offset(std::span<const std::complex<Real>> bins, std::size_t k, taper_kind window) {
  double weight = 0.0;
  double sign = 1.0;
  switch (window) {
    case taper_kind::boxcar:
      weight = 1.0;
      sign = -1.0;
      break;
    case taper_kind::hann: weight = 0.55; break;
    case taper_kind::hamming: weight = 0.60; break;
    case taper_kind::blackman: weight = 0.55; break;
    case taper_kind::blackmanharris: weight = 0.56; break;
    default:
      return error{errc::invalid_argument, "jacobsen_offset", "there is no factor for the taper " + std::string(to_string(window)),
                   "use boxcar, hann, hamming, blackman or blackmanharris, or the parabola"};
  }
  if (k == 0 || k + 1 >= bins.size()) return math::nan;
  const auto re = [&](std::size_t i) { return static_cast<double>(bins[i].real()); };
  const auto im = [&](std::size_t i) { return static_cast<double>(bins[i].imag()); };
  const double top_re = re(k - 1) - re(k + 1);
  const double top_im = im(k - 1) - im(k + 1);
  const double bottom_re = 2.0 * re(k) + sign * (re(k - 1) + re(k + 1));
  const double bottom_im = 2.0 * im(k) + sign * (im(k - 1) + im(k + 1));
  const double square = bottom_re * bottom_re + bottom_im * bottom_im;
  if (!(square > 0.0)) return math::nan;
  return std::min(std::max(weight * (top_re * bottom_re + top_im * bottom_im) / square, -0.5), 0.5);
}

#define MILLWRIGHT_INSTANTIATE(Real)                                                                                                      \
  template double band_energy(std::span<const Real>, double, double, double, double) noexcept;                                            \
  template double velocity_rms(std::span<const Real>, double, double, double, double) noexcept;                                           \
  template double band_ratio(std::span<const Real>, double, double, double, double) noexcept;                                             \
  template spectral_line line_at(std::span<const Real>, double, std::size_t, peak_interpolation) noexcept;                                \
  template spectral_line find_line(std::span<const Real>, double, double, double, peak_interpolation) noexcept;                           \
  template result<std::vector<spectral_line>> find_harmonics(std::span<const Real>, double, double, std::size_t, double,                  \
                                                             peak_interpolation);                                                         \
  template result<sideband_lines> find_sidebands(std::span<const Real>, double, double, double, std::size_t, double, peak_interpolation); \
  template result<std::vector<spectral_line>> find_spectral_peaks(std::span<const Real>, double, std::size_t, peak_interpolation);        \
  template result<double> jacobsen_offset(std::span<const std::complex<Real>>, std::size_t, taper_kind);
MILLWRIGHT_INSTANTIATE(float)
MILLWRIGHT_INSTANTIATE(double)
#undef MILLWRIGHT_INSTANTIATE

}  // namespace millwright
