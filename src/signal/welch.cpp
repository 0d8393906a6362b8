#include "millwright/signal/welch.hpp"

#include <algorithm>
#include <cmath>

#include "millwright/core/signal_stage.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {

double median_bias(std::size_t n) noexcept {
  double bias = 1.0;
  for (std::size_t i = 1; i <= (n > 0 ? (n - 1) / 2 : 0); ++i) {
    const double even = 2.0 * static_cast<double>(i);
    bias += 1.0 / (even + 1.0) - 1.0 / even;
  }
  return bias;
}

// --- averages ----------------------------------------------------------------------------------------------------------------

void segment_average::prepare(std::size_t width, std::size_t capacity, spectrum_average average, workspace& memory) {
  average_ = average;
  width_ = width;
  capacity_ = capacity;
  const bool keeps_all = average == spectrum_average::median;
  rows_ = memory.carve<double>(width * (keeps_all ? capacity : 2));
  sorted_ = memory.carve<double>(keeps_all ? capacity : 0);
  result_ = memory.carve<double>(width);
}

void segment_average::reset() noexcept {
  count_ = 0;
  std::fill(rows_.begin(), rows_.end(), 0.0);
}

std::span<double> segment_average::row() noexcept {
  return rows_.subspan((average_ == spectrum_average::median ? count_ : 1) * width_, width_);
}

void segment_average::add() noexcept {
  if (average_ == spectrum_average::mean) {
    double* sum = rows_.data();
    const double* next = sum + width_;
    for (std::size_t k = 0; k < width_; ++k) sum[k] += next[k];
  }
  ++count_;
}

std::span<const double> segment_average::finish() noexcept {
  const std::size_t n = count();
  if (average_ == spectrum_average::mean) {
    for (std::size_t k = 0; k < width_; ++k) result_[k] = rows_[k] / static_cast<double>(n);
    std::fill(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(width_), 0.0);
  } else {
    const double bias = median_bias(n);
    const auto values = sorted_.first(n);
    for (std::size_t k = 0; k < width_; ++k) {
      bool is_number = true;
      for (std::size_t s = 0; s < n; ++s) {
        values[s] = rows_[s * width_ + k];
        is_number = is_number && values[s] == values[s];
      }
      if (!is_number) {
        result_[k] = math::nan;
        continue;
      }
      const auto middle = values.begin() + static_cast<std::ptrdiff_t>(n / 2);
      std::nth_element(values.begin(), middle, values.end());
      double median = *middle;
      if (n % 2 == 0) median = 0.5 * (median + *std::max_element(values.begin(), middle));
      result_[k] = median / bias;
    }
  }
  count_ = 0;
  return result_;
}

// --- powers and cross powers ---------------------------------------------------------------------------------------------------

namespace detail {

template <class Real>
result<void> power_average<Real>::prepare(const segment_settings& settings, std::size_t channels, std::size_t segments,
                                          spectrum_average average, workspace& memory, const real_fft<Real>* borrowed) {
  MILLWRIGHT_CHECK(transform_.prepare(settings, memory, borrowed));
  channels_ = channels;
  bins_ = memory.carve<std::complex<Real>>(transform_.bins());
  average_.prepare(width(), segments, average, memory);
  return {};
}

template <class Real>
void power_average<Real>::reset() noexcept {
  transform_.reset();
  average_.reset();
}

template <class Real>
void power_average<Real>::transform(std::size_t channel, const Real* x) noexcept {
  transform_.forward(x, bins_.data());
  const std::size_t bins = transform_.bins();
  const Real* z = reinterpret_cast<const Real*>(bins_.data());
  double* row = average_.row().data() + channel * bins;
  for (std::size_t k = 0; k < bins; ++k) {
    const double re = static_cast<double>(z[2 * k]);
    const double im = static_cast<double>(z[2 * k + 1]);
    row[k] = re * re + im * im;
  }
}

template <class Real>
void power_average<Real>::finish(spectrum_scaling scaling, double rate_hz, bool is_onesided, Real* out) noexcept {
  const std::size_t bins = transform_.bins();
  const double scale = transform_.power_scale(scaling, rate_hz);
  const auto values = average_.finish();
  for (std::size_t c = 0; c < channels_; ++c) {
    for (std::size_t k = 0; k < bins; ++k) {
      const double factor = is_onesided && transform_.is_doubled(k) ? 2.0 * scale : scale;
      out[c * bins + k] = to_samples<Real>(values[c * bins + k] * factor);
    }
  }
}

template <class Real>
result<void> cross_average<Real>::prepare(const segment_settings& settings, std::size_t segments, spectrum_average average,
                                          bool with_powers, workspace& memory, const real_fft<Real>* borrowed) {
  MILLWRIGHT_CHECK(transform_.prepare(settings, memory, borrowed));
  with_powers_ = with_powers;
  x_ = memory.carve<std::complex<Real>>(bins());
  y_ = memory.carve<std::complex<Real>>(bins());
  average_.prepare((with_powers ? 4 : 2) * bins(), segments, average, memory);
  return {};
}

template <class Real>
void cross_average<Real>::reset() noexcept {
  transform_.reset();
  average_.reset();
}

template <class Real>
void cross_average<Real>::add(const Real* x, const Real* y) noexcept {
  transform_.forward(x, x_.data());
  transform_.forward(y, y_.data());
  const std::size_t n = bins();
  const Real* a = reinterpret_cast<const Real*>(x_.data());
  const Real* b = reinterpret_cast<const Real*>(y_.data());
  double* row = average_.row().data();
  for (std::size_t k = 0; k < n; ++k) {
    const double x_re = static_cast<double>(a[2 * k]);
    const double x_im = static_cast<double>(a[2 * k + 1]);
    const double y_re = static_cast<double>(b[2 * k]);
    const double y_im = static_cast<double>(b[2 * k + 1]);
    row[k] = x_re * y_re + x_im * y_im;
    row[n + k] = x_re * y_im - x_im * y_re;
    if (with_powers_) {
      row[2 * n + k] = x_re * x_re + x_im * x_im;
      row[3 * n + k] = y_re * y_re + y_im * y_im;
    }
  }
  average_.add();
}

template <class Real>
void cross_average<Real>::finish_cross(spectrum_scaling scaling, double rate_hz, bool is_onesided, Real* out) noexcept {
  const std::size_t n = bins();
  const double scale = transform_.power_scale(scaling, rate_hz);
  const auto values = average_.finish();
  for (std::size_t k = 0; k < n; ++k) {
    const double factor = is_onesided && transform_.is_doubled(k) ? 2.0 * scale : scale;
    out[2 * k] = to_samples<Real>(values[k] * factor);
    out[2 * k + 1] = to_samples<Real>(values[n + k] * factor);
  }
}

template <class Real>
void cross_average<Real>::finish_coherence(Real* out) noexcept {
  const std::size_t n = bins();
  const auto values = average_.finish();
  for (std::size_t k = 0; k < n; ++k) {
    // Divided twice, because the product of two powers may leave the range of a float64.
    const double x_power = values[2 * n + k];
    const double y_power = values[3 * n + k];
    const double re = values[k];
    const double im = values[n + k];
    const double value = x_power > 0.0 && y_power > 0.0 ? (re / x_power) * (re / y_power) + (im / x_power) * (im / y_power) : math::nan;
    out[k] = static_cast<Real>(std::min(value, 1.0));
  }
}

template class power_average<float>;
template class power_average<double>;
template class cross_average<float>;
template class cross_average<double>;

}  // namespace detail

// --- arrays --------------------------------------------------------------------------------------------------------------------

namespace {

struct segment_plan {
  segment_settings settings;
  std::size_t hop = 0;
  std::size_t count = 0;
};

result<void> check_rate(double fs, std::string_view where) {
  if (fs > 0.0 && std::isfinite(fs)) return {};
  return error{errc::invalid_argument, where, "fs = " + std::to_string(fs) + " must be positive and finite"};
}

/// Segments of a signal of n >= 1 samples, as SciPy cuts them.
result<segment_plan> plan_segments(const welch_options& options, std::size_t n, std::string_view where) {
  MILLWRIGHT_CHECK(check_rate(options.fs, where));
  segment_plan plan;
  plan.settings = {options.window, options.window_values, options.nperseg, options.nfft, options.detrend};
  if (!options.window_values.empty()) plan.settings.nperseg = options.window_values.size();
  if (plan.settings.nperseg > n) {
    if (!options.window_values.empty())
      return error{errc::invalid_argument, where,
                   "the taper has " + std::to_string(plan.settings.nperseg) + " values and the signal " + std::to_string(n) + " samples"};
    plan.settings.nperseg = n;
  }
  if (plan.settings.nperseg == 0) return error{errc::invalid_argument, where, "nperseg must be at least 1"};
  const std::size_t overlap = options.noverlap.value_or(plan.settings.nperseg / 2);
  if (overlap >= plan.settings.nperseg)
    return error{errc::invalid_argument, where,
                 "noverlap = " + std::to_string(overlap) + " is not below nperseg = " + std::to_string(plan.settings.nperseg),
                 "a signal shorter than nperseg makes nperseg its length"};
  plan.hop = plan.settings.nperseg - overlap;
  plan.count = (n - plan.settings.nperseg) / plan.hop + 1;
  return plan;
}

/// Fills in frequencies and, for two sides, the negative ones from the positive ones (conjugated by `mirror`).
template <class T, class Mirror>
spectrum<T> with_frequencies(std::vector<T>&& values, std::size_t nfft, double fs, bool is_onesided, Mirror mirror) {
  spectrum<T> out{{}, std::move(values)};
  const std::size_t bins = out.values.size();
  if (!is_onesided) {
    for (std::size_t k = bins; k < nfft; ++k) out.values.push_back(mirror(out.values[nfft - k]));
  }
  // As numpy.fft.fftfreq and rfftfreq.
  const double step = fs / static_cast<double>(nfft);
  out.frequency_hz.resize(out.values.size());
  for (std::size_t k = 0; k < out.values.size(); ++k) {
    const bool is_negative = !is_onesided && 2 * k >= nfft && k > 0;
    out.frequency_hz[k] = is_negative ? -static_cast<double>(nfft - k) * step : static_cast<double>(k) * step;
  }
  return out;
}

std::size_t nfft_of(const segment_settings& settings) { return settings.nfft == 0 ? settings.nperseg : settings.nfft; }

}  // namespace

template <class Real>
result<spectrum<Real>> welch(std::span<const Real> x, const welch_options& options) {
  if (x.empty()) return spectrum<Real>{};
  MILLWRIGHT_TRY(const segment_plan plan, plan_segments(options, x.size(), "welch"));
  MILLWRIGHT_TRY(const auto fft, fft_lease<real_fft<Real>>::borrow(nfft_of(plan.settings)));
  MILLWRIGHT_TRY(auto core, detail::prepare_on_heap(detail::power_average<Real>(), [&](auto& c, workspace& memory) {
                   return c.prepare(plan.settings, 1, plan.count, options.average, memory, &*fft);
                 }));
  for (std::size_t s = 0; s < plan.count; ++s) {
    core.object.transform(0, x.data() + s * plan.hop);
    core.object.add();
  }
  std::vector<Real> values(core.object.width());
  core.object.finish(options.scaling, options.fs, options.return_onesided, values.data());
  return with_frequencies(std::move(values), nfft_of(plan.settings), options.fs, options.return_onesided, [](Real v) { return v; });
}

template <class Real>
result<spectrum<Real>> periodogram(std::span<const Real> x, const periodogram_options& options) {
  if (x.empty()) return spectrum<Real>{};
  std::size_t nfft = options.nfft == 0 ? x.size() : options.nfft;
  const std::size_t used = std::min(x.size(), nfft);
  if (!options.window_values.empty() && options.window_values.size() != used)
    return error{
        errc::invalid_argument, "periodogram",
        "the taper has " + std::to_string(options.window_values.size()) + " values and the signal " + std::to_string(used) + " samples"};
  return welch(x.first(used), welch_options{.fs = options.fs,
                                            .window = options.window,
                                            .window_values = options.window_values,
                                            .nperseg = used,
                                            .noverlap = 0,
                                            .nfft = nfft,
                                            .detrend = options.detrend,
                                            .return_onesided = options.return_onesided,
                                            .scaling = options.scaling});
}

namespace {

/// The averages of a pair; the shorter signal is padded with zeros.
template <class Real>
result<detail::prepared<detail::cross_average<Real>>> cross_segments(std::span<const Real> x, std::span<const Real> y,
                                                                     const welch_options& options, const segment_plan& plan,
                                                                     bool with_powers) {
  // Given back on return: what is left to do with the averages needs no transform.
  MILLWRIGHT_TRY(const auto fft, fft_lease<real_fft<Real>>::borrow(nfft_of(plan.settings)));
  MILLWRIGHT_TRY(auto core, detail::prepare_on_heap(detail::cross_average<Real>(), [&](auto& c, workspace& memory) {
                   return c.prepare(plan.settings, plan.count, options.average, with_powers, memory, &*fft);
                 }));
  std::vector<Real> padded;
  if (x.size() != y.size()) {
    auto& shorter = x.size() < y.size() ? x : y;
    padded.assign(shorter.begin(), shorter.end());
    padded.resize(std::max(x.size(), y.size()), Real(0));
    shorter = padded;
  }
  for (std::size_t s = 0; s < plan.count; ++s) core.object.add(x.data() + s * plan.hop, y.data() + s * plan.hop);
  return core;
}

}  // namespace

template <class Real>
result<spectrum<std::complex<Real>>> csd(std::span<const Real> x, std::span<const Real> y, const welch_options& options) {
  if (x.empty() || y.empty()) return spectrum<std::complex<Real>>{};
  MILLWRIGHT_TRY(const segment_plan plan, plan_segments(options, std::max(x.size(), y.size()), "csd"));
  MILLWRIGHT_TRY(auto core, cross_segments(x, y, options, plan, false));
  std::vector<std::complex<Real>> values(core.object.bins());
  core.object.finish_cross(options.scaling, options.fs, options.return_onesided, reinterpret_cast<Real*>(values.data()));
  return with_frequencies(std::move(values), nfft_of(plan.settings), options.fs, options.return_onesided,
                          [](std::complex<Real> v) { return std::complex<Real>(v.real(), -v.imag()); });
}

template <class Real>
result<spectrum<Real>> coherence(std::span<const Real> x, std::span<const Real> y, const welch_options& options) {
  if (x.empty() || y.empty()) return spectrum<Real>{};
  welch_options means = options;
  means.average = spectrum_average::mean;
  MILLWRIGHT_TRY(const segment_plan plan, plan_segments(means, std::max(x.size(), y.size()), "coherence"));
  MILLWRIGHT_TRY(auto core, cross_segments(x, y, means, plan, true));
  std::vector<Real> values(core.object.bins());
  core.object.finish_coherence(values.data());
  return with_frequencies(std::move(values), nfft_of(plan.settings), options.fs, true, [](Real v) { return v; });
}

template result<spectrum<float>> periodogram(std::span<const float>, const periodogram_options&);
template result<spectrum<double>> periodogram(std::span<const double>, const periodogram_options&);
template result<spectrum<float>> welch(std::span<const float>, const welch_options&);
template result<spectrum<double>> welch(std::span<const double>, const welch_options&);
template result<spectrum<std::complex<float>>> csd(std::span<const float>, std::span<const float>, const welch_options&);
template result<spectrum<std::complex<double>>> csd(std::span<const double>, std::span<const double>, const welch_options&);
template result<spectrum<float>> coherence(std::span<const float>, std::span<const float>, const welch_options&);
template result<spectrum<double>> coherence(std::span<const double>, std::span<const double>, const welch_options&);

}  // namespace millwright
