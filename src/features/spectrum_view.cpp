#include "millwright/features/spectrum_view.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "features/text.hpp"
#include "millwright/data/channel.hpp"
#include "millwright/data/quality.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {

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

void spectrum_view::settle(view_request& request) noexcept {
  if (request.key[0] == 0.0) request.key[0] = static_cast<double>(request.length);
}

result<void> spectrum_view::prepare(const view_request& request, workspace& memory, workspace& scratch) {
  if (!(request.rate_hz > 0.0) || !std::isfinite(request.rate_hz)) {
    return error(errc::invalid_argument, id, "the rate of the channel is not a positive number", "give the channel its rate");
  }
  length_ = request.length;
  segment = static_cast<std::size_t>(request.key[0]);
  if (segment > length_) {
    const std::string length = std::to_string(length_);
    return error(errc::invalid_argument, id, detail::joined({"nperseg is above the window of ", length, " samples"}),
                 detail::joined({"give at most ", length, ", or a longer window"}));
  }
  const std::size_t bins = segment / 2 + 1;
  // Sums of the periodic Hann taper and of its squares; below 3 samples they are those of {1} and {0, 1}.
  taper_sum_ = segment < 3 ? 1.0 : static_cast<double>(segment) * 0.5;
  taper_squares_ = segment < 3 ? 1.0 : static_cast<double>(segment) * 0.375;
  taper_ = memory.carve_table<double>(segment);
  MILLWRIGHT_CHECK(fft_.prepare(segment, memory));
  power_ = memory.carve<double>(bins);
  const bool has_centroid = (request.parts & (spectrum_part::centroid | spectrum_part::spread | spectrum_part::shape)) != 0;
  index_ = has_centroid ? memory.carve_table<double>(segment / 2) : table<double>();
  tapered_ = scratch.carve<double>(segment);
  bins_ = scratch.carve<std::complex<double>>(bins);
  const bool has_slope = (request.parts & spectrum_part::slope) != 0;
  slope_weights_ = has_slope ? memory.carve_table<double>(segment / 2) : table<double>();
  const bool has_logs = has_slope || (request.parts & spectrum_part::logs) != 0;
  logs_ = has_logs ? scratch.carve<double>(segment / 2) : std::span<double>();
  const bool is_cut = segment != length_;
  ones_ = is_cut ? memory.carve_table<double>(length_) : table<double>();
  centred_ = is_cut ? scratch.carve<double>(length_) : std::span<double>();
  return {};
}

void spectrum_view::reset() noexcept {
  fft_.reset();
  if (taper_.fill) fill_tables();
  taper_.fill = false;
}

void spectrum_view::fill_tables() noexcept {
  const std::size_t n = segment;
  for (std::size_t i = 0; i < n; ++i) {
    const double s = math::sin_pi(static_cast<double>(i) / static_cast<double>(n));
    taper_[i] = s * s;
  }
  if (n == 1) taper_[0] = 1.0;
  std::fill(ones_.begin(), ones_.end(), 1.0);
  for (std::size_t i = 0; i < index_.size(); ++i) index_[i] = static_cast<double>(i);
  // Weights of the least-squares slope over log k: they sum to 0, so that the logarithms need not be centred.
  const std::size_t bins = slope_weights_.size();
  double mean = 0.0;
  for (std::size_t i = 0; i < bins; ++i) {
    slope_weights_[i] = math::log(static_cast<double>(i + 1));
    mean += slope_weights_[i] / static_cast<double>(bins);
  }
  double squares = 0.0;
  for (double& w : slope_weights_) {
    w -= mean;
    squares += w * w;
  }
  for (double& w : slope_weights_) w = bins > 1 ? w / squares : math::nan;
}

bool spectrum_view::compute(const view_input& in, const time_view& time) noexcept {
  kernels = in.kernels;
  const std::size_t n = in.samples.size;
  const std::size_t step = segment - segment / 2;
  const std::size_t segments = (n - segment) / step + 1;
  const std::size_t bins = segment / 2 + 1;
  const double* taper = taper_.data();
  double* tapered = tapered_.data();
  power = power_;
  const auto tapered_from = [&](std::size_t start, const double* window, double offset, std::size_t count, double* to) noexcept {
    if (in.samples.wide != nullptr) {
      kernels->wide.taper(in.samples.wide + start, window, offset, count, to);
    } else {
      kernels->taper(in.samples.narrow + start, window, offset, count, to);
    }
  };

  // One segment over the whole window has the mean already; others need their own, taken about it.
  const bool is_whole = segment == n;
  if (!is_whole) {
    tapered_from(0, ones_.data(), time.mean, n, centred_.data());
    if (in.quality != nullptr) {
      for (std::size_t i = 0; i < n; ++i) {
        if (is_unusable(in.quality[i])) centred_[i] = 0.0;
      }
    }
  }
  std::fill(power_.begin(), power_.end(), 0.0);
  for (std::size_t s = 0; s < segments; ++s) {
    const std::size_t start = s * step;
    double offset = time.mean;
    if (!is_whole) offset += kernels->sum(centred_.data() + start, segment) / static_cast<double>(segment);
    tapered_from(start, taper, offset, segment, tapered);
    if (in.quality != nullptr) {
      for (std::size_t i = 0; i < segment; ++i) {
        if (is_unusable(in.quality[start + i])) tapered[i] = (time.mean - offset) * taper[i];
      }
    }
    fft_.forward(tapered, bins_.data());
    kernels->add_power(reinterpret_cast<const double*>(bins_.data()), bins, power_.data());
  }
  // One-sided: every bin but DC and Nyquist stands for two. The factor 2 is in the scales.
  power_[0] *= 0.5;
  if (segment % 2 == 0) power_[bins - 1] *= 0.5;

  bin_hz = in.rate_hz / static_cast<double>(segment);
  density_scale = 2.0 / (static_cast<double>(segments) * in.rate_hz * taper_squares_);
  energy_scale = density_scale * bin_hz;
  amplitude_scale = 2.0 / (std::sqrt(static_cast<double>(segments)) * taper_sum_);
  shaft_hz = in.shaft_hz;

  const double* above_dc = power_.data() + 1;
  const std::size_t count = bins - 1;
  double first_moment = 0.0;
  sum = 0.0;
  if ((in.parts & spectrum_part::logs) != 0) {
    const auto sums = kernels->spectral(above_dc, count, logs_.data());
    sum = sums.power;
    log_sum = sums.log_power;
    power_log_sum = sums.power_log_power;
    first_moment = sums.first_moment;
  } else {
    // Always: a ratio asks whether there is any power at all.
    sum = kernels->sum(above_dc, count);
    if ((in.parts & (spectrum_part::centroid | spectrum_part::spread | spectrum_part::shape)) != 0) {
      first_moment = kernels->dot(above_dc, index_.data(), count);
    }
  }
  if (sum > 0.0) {
    const double centre = first_moment / sum;
    centroid = centre + 1.0;
    if ((in.parts & (spectrum_part::spread | spectrum_part::shape)) != 0) {
      const auto moments = kernels->spectral_moments(above_dc, count, centre);
      variance = moments.m2 / sum;
      third = moments.m3 / sum;
      fourth = moments.m4 / sum;
    }
    if ((in.parts & spectrum_part::slope) != 0) {
      if ((in.parts & spectrum_part::logs) == 0) kernels->log(above_dc, 1e-300, count, logs_.data());
      slope = kernels->dot(logs_.data(), slope_weights_.data(), count);
    }
    if ((in.parts & spectrum_part::largest) != 0) largest = kernels->wide.raw(above_dc, count).maximum;
  }
  if ((in.parts & spectrum_part::peaks) != 0) find_peaks(*this, in.extent);
  return true;
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
    const std::size_t bin = std::min(static_cast<std::size_t>(std::floor(position + 0.5)), last);
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
