#include "millwright/features/views.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "millwright/block.hpp"
#include "millwright/math.hpp"

namespace millwright {

time_view compute_time_view(std::span<const float> samples, std::uint32_t parts, const detail::kernel_table& kernels) noexcept {
  time_view view;
  const float* x = samples.data();
  const std::size_t n = samples.size();
  if (n == 0) return view;
  view.raw = kernels.raw(x, n);
  // Squares of float32 cannot overflow a float64, so this is finite unless a sample is not.
  if (!std::isfinite(view.raw.sum_squares)) return view;
  view.count = n;
  view.is_constant = view.raw.minimum == view.raw.maximum;
  // Float32 sums of equal samples are exact in float64, so a constant window has exactly no spread.
  view.mean = view.raw.sum / static_cast<double>(n);
  if ((parts & time_part::central) != 0) view.central = kernels.central(x, n, view.mean);
  if ((parts & time_part::differences) != 0) view.differences = kernels.differences(x, n, view.mean);
  return view;
}

result<void> prepare_transform(spectrum_transform& transform, std::size_t segment, workspace& memory) {
  transform.segment = segment;
  transform.taper = memory.carve<double>(segment);
  // Sums of the periodic Hann taper and of its squares; below 3 samples they are those of {1} and {0, 1}.
  transform.taper_sum = segment < 3 ? 1.0 : static_cast<double>(segment) * 0.5;
  transform.taper_squares = segment < 3 ? 1.0 : static_cast<double>(segment) * 0.375;
  return transform.fft.prepare(segment, memory);
}

void reset_transform(spectrum_transform& transform) noexcept {
  const std::size_t n = transform.segment;
  for (std::size_t i = 0; i < n; ++i) {
    const double s = math::sin_pi(static_cast<double>(i) / static_cast<double>(n));
    transform.taper[i] = s * s;
  }
  if (n == 1) transform.taper[0] = 1.0;
  transform.fft.reset();
}

namespace {

/// Sum of (i - center)^2 p[i] in 16 lanes, added as the kernels add theirs. Sums of i and i^2 would cancel for a narrow line.
double second_moment_about(const double* p, std::size_t n, double center) noexcept {
  double lane[16] = {};
  std::size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const double start = static_cast<double>(i) - center;
    for (std::size_t k = 0; k < 16; ++k) {
      const double d = start + static_cast<double>(k);
      lane[k] += d * d * p[i + k];
    }
  }
  for (std::size_t k = 0; i + k < n; ++k) {
    const double d = static_cast<double>(i) - center + static_cast<double>(k);
    lane[k] += d * d * p[i + k];
  }
  for (std::size_t half = 8; half > 0; half /= 2) {
    for (std::size_t k = 0; k < half; ++k) lane[k] += lane[k + half];
  }
  return lane[0];
}

bool is_unusable(std::uint8_t quality_bits) noexcept { return (quality_bits & unusable_sample) != 0; }

}  // namespace

void find_peaks(spectrum_view& view, std::size_t wanted) noexcept {
  wanted = std::min(wanted, max_spectral_peaks);
  view.peak_count = 0;
  if (wanted == 0) return;
  const double* p = view.power.data();
  const std::size_t bins = view.power.size();
  double weakest = 0.0;  // of the peaks kept, once all places are taken; a bin without power is no peak
  for (std::size_t k = 1; k < bins; ++k) {
    const double here = p[k];
    if (!(here > weakest)) continue;
    if (k > 1 && !(here > p[k - 1])) continue;
    if (k + 1 < bins && !(here >= p[k + 1])) continue;
    std::size_t place = view.peak_count < wanted ? view.peak_count++ : wanted - 1;
    for (; place > 0 && p[view.peaks[place - 1]] < here; --place) view.peaks[place] = view.peaks[place - 1];
    view.peaks[place] = static_cast<std::uint32_t>(k);
    if (view.peak_count == wanted) weakest = p[view.peaks[wanted - 1]];
  }
}

spectrum_view compute_spectrum_view(std::span<const float> samples, const std::uint8_t* quality, double mean, double rate_hz,
                                    spectrum_transform& transform, const spectrum_scratch& scratch, std::uint32_t parts, std::size_t peaks,
                                    const detail::kernel_table& kernels) noexcept {
  const float* x = samples.data();
  const std::size_t n = samples.size();
  const std::size_t segment = transform.segment;
  const std::size_t step = segment - segment / 2;
  const std::size_t segments = (n - segment) / step + 1;
  const std::size_t bins = segment / 2 + 1;
  const double* taper = transform.taper.data();
  double* tapered = scratch.tapered.data();
  double* power = scratch.power.data();

  // One segment over the whole window has the mean already; others need their own, taken about it.
  const bool is_whole = segment == n;
  if (!is_whole) {
    double* centred = scratch.centred.data();
    kernels.taper(x, scratch.ones.data(), mean, n, centred);
    if (quality != nullptr) {
      for (std::size_t i = 0; i < n; ++i) {
        if (is_unusable(quality[i])) centred[i] = 0.0;
      }
    }
  }
  std::memset(power, 0, bins * sizeof(double));
  for (std::size_t s = 0; s < segments; ++s) {
    const std::size_t start = s * step;
    double offset = mean;
    if (!is_whole) offset += kernels.sum(scratch.centred.data() + start, segment) / static_cast<double>(segment);
    kernels.taper(x + start, taper, offset, segment, tapered);
    if (quality != nullptr) {
      for (std::size_t i = 0; i < segment; ++i) {
        if (is_unusable(quality[start + i])) tapered[i] = (mean - offset) * taper[i];
      }
    }
    transform.fft.forward(tapered, scratch.bins.data());
    kernels.add_power(reinterpret_cast<const double*>(scratch.bins.data()), bins, power);
  }
  // One-sided: every bin but DC and Nyquist stands for two. The factor 2 is in the scales.
  power[0] *= 0.5;
  if (segment % 2 == 0) power[bins - 1] *= 0.5;

  spectrum_view view;
  view.power = {power, bins};
  view.segment = segment;
  view.bin_hz = rate_hz / static_cast<double>(segment);
  view.density_scale = 2.0 / (static_cast<double>(segments) * rate_hz * transform.taper_squares);
  view.energy_scale = view.density_scale * view.bin_hz;
  view.amplitude_scale = 2.0 / (std::sqrt(static_cast<double>(segments)) * transform.taper_sum);
  view.kernels = &kernels;

  const double* above_dc = power + 1;
  const std::size_t count = bins - 1;
  double first_moment = 0.0;
  if ((parts & spectrum_part::logs) != 0) {
    const auto sums = kernels.spectral(above_dc, count);
    view.sum = sums.power;
    view.log_sum = sums.log_power;
    view.power_log_sum = sums.power_log_power;
    first_moment = sums.first_moment;
  } else if (parts != 0) {
    view.sum = kernels.sum(above_dc, count);
    if ((parts & (spectrum_part::centroid | spectrum_part::spread)) != 0) {
      first_moment = kernels.dot(above_dc, scratch.index.data(), count);
    }
  }
  if (view.sum > 0.0) {
    const double centre = first_moment / view.sum;
    view.centroid = centre + 1.0;
    if ((parts & spectrum_part::spread) != 0) view.variance = second_moment_about(above_dc, count, centre) / view.sum;
  }
  if ((parts & spectrum_part::peaks) != 0) find_peaks(view, peaks);
  return view;
}

double band_energy(const spectrum_view& spectrum, double low_hz, double high_hz) noexcept {
  const double* p = spectrum.power.data();
  const std::size_t last = spectrum.power.size() - 1;
  // In units of the bin width, bin k covers k - 1/2 .. k + 1/2, cut off at 0 and at rate / 2.
  const double end = 0.5 * static_cast<double>(spectrum.segment);
  struct place {
    std::size_t bin;
    double share;  // of the bin that lies below
  };
  const auto locate = [&](double frequency_hz) {
    const double position = std::min(std::max(frequency_hz / spectrum.bin_hz, 0.0), end);
    const std::size_t bin = std::min(static_cast<std::size_t>(position + 0.5), last);
    const double low = bin == 0 ? 0.0 : static_cast<double>(bin) - 0.5;
    const double high = bin == last ? end : static_cast<double>(bin) + 0.5;
    return place{bin, (position - low) / (high - low)};
  };
  const place low = locate(low_hz);
  const place high = locate(high_hz);
  if (low.bin == high.bin) return spectrum.energy_scale * (p[low.bin] * (high.share - low.share));
  const double inner = spectrum.kernels->sum(p + low.bin + 1, high.bin - low.bin - 1);
  return spectrum.energy_scale * (p[low.bin] * (1.0 - low.share) + inner + p[high.bin] * high.share);
}

spectral_peak refined_peak(const spectrum_view& spectrum, std::size_t rank) noexcept {
  if (rank == 0 || rank > spectrum.peak_count) return {math::nan, math::nan};
  const double* p = spectrum.power.data();
  const std::size_t k = spectrum.peaks[rank - 1];
  double shift = 0.0;
  double log_gain = 0.0;
  if (k > 1 && k + 1 < spectrum.power.size() && p[k - 1] > 0.0 && p[k + 1] > 0.0) {
    const double middle = math::log(p[k]);
    const double left = math::log(p[k - 1]) - middle;
    const double right = math::log(p[k + 1]) - middle;
    const double curvature = left + right;
    if (curvature < 0.0) {
      shift = 0.5 * (left - right) / curvature;
      log_gain = -0.25 * (left - right) * shift;
    }
  }
  return {spectrum.bin_hz * (static_cast<double>(k) + shift), spectrum.amplitude_scale * std::sqrt(p[k]) * math::exp(0.5 * log_gain)};
}

}  // namespace millwright
