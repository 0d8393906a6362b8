#include "millwright/rotation/gear.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "millwright/core/signal_stage.hpp"
#include "millwright/numeric/math.hpp"
#include "numeric/ratio.hpp"

namespace millwright {

using detail::ratio;

namespace {

enum bin_kind : std::uint8_t { other, shaft_or_mesh, sideband };

constexpr std::string_view where = "gear_monitor";

/// Sums of even powers about the mean.
struct even_sums {
  double mean = 0.0, m2 = 0.0, m4 = 0.0, m6 = 0.0, m8 = 0.0;
};

even_sums sums_of(std::span<const double> x) noexcept {
  even_sums s;
  for (const double v : x) s.mean += v;
  s.mean /= static_cast<double>(x.size());
  for (const double v : x) {
    const double square = (v - s.mean) * (v - s.mean);
    s.m2 += square;
    s.m4 += square * square;
    s.m6 += square * square * square;
    s.m8 += square * square * square * square;
  }
  return s;
}

gear_condition undefined() noexcept {
  gear_condition c;
  for (const gear_metric& metric : gear_metrics) c.*metric.value = math::nan;
  return c;
}

}  // namespace

template <class Real>
result<void> gear_monitor<Real>::prepare(std::size_t length, const gear_parameters& gear, workspace& memory) {
  gear_ = gear;
  length_ = length;
  if (gear.teeth.empty() || gear.teeth.size() > 16) {
    return error(errc::invalid_argument, where, "there is no gear on the shaft, or more than 16", "give the teeth of each gear");
  }
  for (const std::int64_t teeth : gear.teeth) {
    if (teeth < 2 || 2 * static_cast<std::uint64_t>(teeth) >= length) {
      return error(errc::invalid_argument, where,
                   std::to_string(teeth) + " teeth do not fit in a turn of " + std::to_string(length) + " samples",
                   "average with more than two samples a tooth; 2.56 and the harmonics wanted is better");
    }
  }
  for (const std::int64_t count : {gear.shaft_harmonics, gear.mesh_harmonics, gear.sidebands, gear.half_band}) {
    if (count < 0 || static_cast<std::uint64_t>(count) > length) {
      return error(errc::invalid_argument, where, "a number of harmonics, sidebands or orders is " + std::to_string(count),
                   "give 0 to the samples of a turn, " + std::to_string(length));
    }
  }
  if (gear_.half_band == 0) gear_.half_band = std::max<std::int64_t>(1, (gear.teeth[0] - 1) / 2);
  MILLWRIGHT_CHECK(fft_.prepare(length, memory));
  MILLWRIGHT_CHECK(envelope_fft_.prepare(length, memory));
  const std::size_t bins = length / 2 + 1;
  kinds_ = memory.carve<std::uint8_t>(bins);
  average_ = memory.carve<double>(length);
  regular_ = memory.carve<double>(length);
  residual_ = memory.carve<double>(length);
  difference_ = memory.carve<double>(length);
  envelope_ = memory.carve<double>(length);
  spectrum_ = memory.carve<std::complex<double>>(bins);
  chosen_ = memory.carve<std::complex<double>>(bins);
  band_ = memory.carve<std::complex<double>>(length);
  analytic_ = memory.carve<std::complex<double>>(length);
  return {};
}

template <class Real>
void gear_monitor<Real>::reset() noexcept {
  fft_.reset();
  envelope_fft_.reset();
  residual_history_ = envelope_history_ = {};
  const auto bins = static_cast<std::int64_t>(kinds_.size());
  std::fill(kinds_.begin(), kinds_.end(), std::uint8_t{other});
  const auto harmonics_of = [&](std::int64_t teeth) {
    const std::int64_t most = (bins - 1) / teeth;
    return gear_.mesh_harmonics == 0 ? most : std::min(most, gear_.mesh_harmonics);
  };
  for (const std::int64_t teeth : gear_.teeth) {
    for (std::int64_t h = 1; h <= harmonics_of(teeth); ++h) {
      const std::int64_t first = std::max<std::int64_t>(1, h * teeth - gear_.sidebands);
      const std::int64_t last = std::min(bins - 1, h * teeth + gear_.sidebands);
      for (std::int64_t k = first; k <= last; ++k) kinds_[static_cast<std::size_t>(k)] = sideband;
    }
  }
  for (const std::int64_t teeth : gear_.teeth) {
    for (std::int64_t h = 1; h <= harmonics_of(teeth); ++h) kinds_[static_cast<std::size_t>(h * teeth)] = shaft_or_mesh;
  }
  for (std::int64_t k = 1; k <= std::min(gear_.shaft_harmonics, bins - 1); ++k) kinds_[static_cast<std::size_t>(k)] = shaft_or_mesh;
}

template <class Real>
double gear_monitor<Real>::amplitude(std::size_t order) const noexcept {
  const double re = spectrum_[order].real();
  const double im = spectrum_[order].imag();
  return (2 * order == length_ ? 1.0 : 2.0) / static_cast<double>(length_) * std::sqrt(re * re + im * im);
}

template <class Real>
void gear_monitor<Real>::split(double mean) noexcept {
  const auto part = [&](bin_kind kind, std::span<double> out) {
    for (std::size_t k = 0; k < kinds_.size(); ++k) chosen_[k] = kinds_[k] == kind ? spectrum_[k] : std::complex<double>();
    fft_.inverse(chosen_.data(), out.data());
  };
  part(shaft_or_mesh, regular_);
  part(sideband, difference_);
  for (std::size_t i = 0; i < length_; ++i) {
    const double sidebands = difference_[i];
    residual_[i] = (average_[i] - mean) - regular_[i];
    difference_[i] = residual_[i] - sidebands;
    regular_[i] += sidebands;
  }
  // Envelope: the band about the first meshing order as an analytic signal.
  const std::int64_t first = std::max<std::int64_t>(1, gear_.teeth[0] - gear_.half_band);
  const std::int64_t last = std::min(static_cast<std::int64_t>((length_ - 1) / 2), gear_.teeth[0] + gear_.half_band);
  std::fill(band_.begin(), band_.end(), std::complex<double>());
  for (std::int64_t k = first; k <= last; ++k) band_[static_cast<std::size_t>(k)] = spectrum_[static_cast<std::size_t>(k)];
  envelope_fft_.inverse(band_.data(), analytic_.data());
  for (std::size_t i = 0; i < length_; ++i) {
    const double re = analytic_[i].real();
    const double im = analytic_[i].imag();
    envelope_[i] = 2.0 * std::sqrt(re * re + im * im);
  }
}

template <class Real>
bool gear_monitor<Real>::run_history::is_valid() const noexcept {
  return records < std::uint64_t{1} << 62 && sum >= 0.0 && std::isfinite(sum);
}

template <class Real>
double gear_monitor<Real>::run_history::add(double n, double m2, double m4, bool is_significant) noexcept {
  if (!is_significant || !std::isfinite(n * m2 * m2)) return math::nan;
  ++records;
  sum += m2;
  const double mean = sum / static_cast<double>(records);
  return ratio(n * m4, mean * mean);
}

template <class Real>
gear_condition gear_monitor<Real>::compute(const Real* average) noexcept {
  bool is_usable = true;
  for (std::size_t i = 0; i < length_; ++i) {
    average_[i] = static_cast<double>(average[i]);
    is_usable = is_usable && std::isfinite(average[i]);
  }
  if (!is_usable) return undefined();
  const auto n = static_cast<double>(length_);
  const even_sums whole = sums_of(average_);
  fft_.forward(average_.data(), spectrum_.data());
  split(whole.mean);

  gear_condition c;
  double lowest = average_[0];
  double highest = average_[0];
  for (const double v : average_) {
    lowest = std::min(lowest, v);
    highest = std::max(highest, v);
  }
  // What rounding leaves of a signal that has none of a part is not that part.
  const double floor_share = 64.0 * static_cast<double>(std::numeric_limits<Real>::epsilon());
  const auto is_significant = [&](double m2) { return m2 > floor_share * floor_share * whole.m2; };
  const auto significant = [&](double m2) { return is_significant(m2) ? m2 : 0.0; };
  c.rms = std::sqrt(whole.m2 / n);
  c.kurtosis = ratio(n * whole.m4, whole.m2 * whole.m2);
  c.crest_factor = ratio(std::max(highest - whole.mean, whole.mean - lowest), c.rms);

  const auto teeth = static_cast<std::size_t>(gear_.teeth[0]);
  double mesh = 0.0;
  for (std::size_t h = 1; h * teeth < kinds_.size() && (gear_.mesh_harmonics == 0 || h <= static_cast<std::size_t>(gear_.mesh_harmonics));
       ++h)
    mesh += amplitude(h * teeth);
  c.fm0 = ratio(highest - lowest, mesh > floor_share * c.rms ? mesh : 0.0);
  const double below = amplitude(teeth - 1);
  const double above = teeth + 1 < kinds_.size() ? amplitude(teeth + 1) : 0.0;
  c.sideband_index = 0.5 * (below + above);
  c.sideband_level_factor = ratio(below + above, c.rms);

  const even_sums difference = sums_of(difference_);
  const double m2 = significant(difference.m2);
  c.fm4 = ratio(n * difference.m4, m2 * m2);
  c.m6a = ratio(n * n * difference.m6, m2 * m2 * m2);
  c.m8a = ratio(n * n * n * difference.m8, m2 * m2 * m2 * m2);
  c.energy_ratio = ratio(std::sqrt(difference.m2), std::sqrt(significant(sums_of(regular_).m2)));

  const even_sums residual = sums_of(residual_);
  const even_sums envelope = sums_of(envelope_);
  c.na4 = residual_history_.add(n, residual.m2, residual.m4, is_significant(residual.m2));
  c.nb4 = envelope_history_.add(n, envelope.m2, envelope.m4, is_significant(envelope.m2));
  for (const gear_metric& metric : gear_metrics) {
    if (!std::isfinite(c.*metric.value)) c.*metric.value = math::nan;  // beyond a double
  }
  return c;
}

template class gear_monitor<float>;
template class gear_monitor<double>;

namespace {
template <class Real>
result<detail::prepared<gear_monitor<Real>>> make_monitor(std::size_t length, const gear_parameters& gear) {
  return detail::prepare_on_heap(gear_monitor<Real>(),
                                 [&](gear_monitor<Real>& m, workspace& memory) { return m.prepare(length, gear, memory); });
}
}  // namespace

template <class Real>
result<gear_signals<Real>> split_gear_signals(std::span<const Real> average, const gear_parameters& gear) {
  MILLWRIGHT_TRY(auto ready, make_monitor<Real>(average.size(), gear));
  for (const Real v : average) {
    if (!std::isfinite(v))
      return error(errc::invalid_data, where, "the average has a value that is not finite", "leave such turns out of it");
  }
  static_cast<void>(ready.object.compute(average.data()));
  const auto copy = [](std::span<const double> from) {
    std::vector<Real> to;
    for (const double v : from) to.push_back(static_cast<Real>(v));
    return to;
  };
  return gear_signals<Real>{copy(ready.object.regular()), copy(ready.object.residual()), copy(ready.object.difference())};
}

template <class Real>
result<std::vector<gear_condition>> gear_condition_metrics(std::span<const Real> averages, std::size_t length,
                                                           const gear_parameters& gear) {
  if (length == 0 || averages.empty() || averages.size() % length != 0) {
    return error(errc::invalid_data, where, "the averages are empty or not of one length", "give one turn in each row");
  }
  MILLWRIGHT_TRY(auto ready, make_monitor<Real>(length, gear));
  std::vector<gear_condition> run;
  for (std::size_t start = 0; start < averages.size(); start += length) run.push_back(ready.object.compute(averages.data() + start));
  return run;
}

template result<gear_signals<float>> split_gear_signals(std::span<const float>, const gear_parameters&);
template result<gear_signals<double>> split_gear_signals(std::span<const double>, const gear_parameters&);
template result<std::vector<gear_condition>> gear_condition_metrics(std::span<const float>, std::size_t, const gear_parameters&);
template result<std::vector<gear_condition>> gear_condition_metrics(std::span<const double>, std::size_t, const gear_parameters&);

}  // namespace millwright
