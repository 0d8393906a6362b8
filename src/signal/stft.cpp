#include "millwright/signal/stft.hpp"

#include <algorithm>
#include <cmath>

namespace millwright {

namespace {

std::size_t nfft_of(const segment_settings& settings) { return settings.nfft == 0 ? settings.nperseg : settings.nfft; }

/// One-sided power of a frame.
template <class Real>
void power_of_frame(const std::complex<Real>* z, const segment_fft<Real>& transform, double scale, Real* out) noexcept {
  const Real* values = reinterpret_cast<const Real*>(z);
  const std::size_t bins = transform.bins();
  for (std::size_t k = 0; k < bins; ++k) {
    const double re = static_cast<double>(values[2 * k]);
    const double im = static_cast<double>(values[2 * k + 1]);
    out[k] = static_cast<Real>((re * re + im * im) * (2.0 * scale));
  }
  out[0] = out[0] * Real(0.5);
  if (transform.nfft() % 2 == 0 && bins > 1) out[bins - 1] *= Real(0.5);
}

/// The signal with boundary and zeros around it.
template <class Real>
std::vector<Real> extended(std::span<const Real> x, const stft_options& options, const stft_shape& shape) {
  std::vector<Real> y(shape.extended, Real(0));
  const std::size_t n = x.size();
  const std::size_t before = shape.before;
  std::copy(x.begin(), x.end(), y.begin() + static_cast<std::ptrdiff_t>(before));
  if (options.boundary == stft_boundary::zeros || options.boundary == stft_boundary::none) return y;
  Real* start = y.data() + before;
  for (std::size_t i = 1; i <= before; ++i) {
    switch (options.boundary) {
      case stft_boundary::even:
        *(start - i) = x[i];
        start[n - 1 + i] = x[n - 1 - i];
        break;
      case stft_boundary::odd:
        *(start - i) = Real(2) * x[0] - x[i];
        start[n - 1 + i] = Real(2) * x[n - 1] - x[n - 1 - i];
        break;
      default:
        *(start - i) = x[0];
        start[n - 1 + i] = x[n - 1];
        break;
    }
  }
  return y;
}

template <class T>
void fill_axes(short_time_spectrum<T>& out, const stft_shape& shape, double fs) {
  const double step = fs / static_cast<double>(nfft_of(shape.settings));
  out.frequency_hz.resize(shape.bins);
  for (std::size_t k = 0; k < shape.bins; ++k) out.frequency_hz[k] = static_cast<double>(k) * step;
  out.time_s.resize(shape.frames);
  for (std::size_t i = 0; i < shape.frames; ++i) {
    out.time_s[i] = (shape.first_time_s * fs + static_cast<double>(i) * static_cast<double>(shape.hop)) / fs;
  }
}

template <class Real>
result<detail::prepared<segment_fft<Real>>> make_transform(const segment_settings& settings, const real_fft<Real>& borrowed) {
  return detail::prepare_on_heap(segment_fft<Real>(), [&](auto& t, workspace& memory) { return t.prepare(settings, memory, &borrowed); });
}

}  // namespace

result<stft_shape> shape_of_stft(std::size_t samples, const stft_options& options) {
  const auto bad = [](const std::string& what, std::string_view mend = {}) { return error{errc::invalid_argument, "stft", what, mend}; };
  if (!(options.fs > 0.0) || !std::isfinite(options.fs)) return bad("fs = " + std::to_string(options.fs) + " must be positive and finite");
  stft_shape shape;
  shape.settings = {options.window, options.window_values, options.nperseg, options.nfft, options.detrend};
  if (!options.window_values.empty()) shape.settings.nperseg = options.window_values.size();
  if (samples > 0 && shape.settings.nperseg > samples) {
    if (!options.window_values.empty())
      return bad("the taper has " + std::to_string(shape.settings.nperseg) + " values and the signal " + std::to_string(samples));
    shape.settings.nperseg = samples;
  }
  const std::size_t n = shape.settings.nperseg;
  if (n == 0) return bad("nperseg must be at least 1");
  const std::size_t overlap = options.noverlap.value_or(n / 2);
  if (overlap >= n)
    return bad("noverlap = " + std::to_string(overlap) + " is not below nperseg = " + std::to_string(n),
               "a signal shorter than nperseg makes nperseg its length");
  workspace measure;
  segment_fft<double> probe;
  MILLWRIGHT_CHECK(probe.prepare(shape.settings, measure));
  shape.bins = probe.bins();
  shape.hop = n - overlap;
  shape.before = options.boundary == stft_boundary::none ? 0 : n / 2;
  if (samples == 0) return shape;
  if ((options.boundary == stft_boundary::even || options.boundary == stft_boundary::odd) && shape.before > samples - 1)
    return bad("a signal of " + std::to_string(samples) + " samples cannot be mirrored over " + std::to_string(shape.before),
               "choose the boundary zeros, or a shorter nperseg");
  shape.extended = samples + 2 * shape.before;
  if (options.padded) {
    const std::size_t rest = (shape.extended - n) % shape.hop;
    if (rest != 0) shape.extended += shape.hop - rest;
  }
  shape.frames = (shape.extended - n) / shape.hop + 1;
  shape.first_time_s = (0.5 * static_cast<double>(n) - (shape.before > 0 ? 0.5 * static_cast<double>(n) : 0.0)) / options.fs;
  return shape;
}

template <class Real>
result<void> stft_into(std::span<const Real> x, const stft_options& options, const stft_shape& shape, std::span<std::complex<Real>> out) {
  if (shape.frames == 0) return {};
  if (out.size() != shape.frames * shape.bins) return error{errc::invalid_argument, "stft", "the room for the result is not frames x bins"};
  MILLWRIGHT_TRY(const auto fft, fft_lease<real_fft<Real>>::borrow(nfft_of(shape.settings)));
  MILLWRIGHT_TRY(auto transform, make_transform<Real>(shape.settings, *fft));
  std::vector<Real> around;
  const Real* samples = x.data();
  if (shape.extended > x.size()) {
    around = extended(x, options, shape);
    samples = around.data();
  }
  transform.object.scale_bins(static_cast<Real>(std::sqrt(transform.object.power_scale(options.scaling, options.fs))));
  for (std::size_t i = 0; i < shape.frames; ++i) transform.object.forward(samples + i * shape.hop, out.data() + i * shape.bins);
  return {};
}

template <class Real>
result<short_time_spectrum<std::complex<Real>>> stft(std::span<const Real> x, const stft_options& options) {
  MILLWRIGHT_TRY(const stft_shape shape, shape_of_stft(x.size(), options));
  short_time_spectrum<std::complex<Real>> out;
  fill_axes(out, shape, options.fs);
  out.values.resize(shape.frames * shape.bins);
  MILLWRIGHT_CHECK(stft_into<Real>(x, options, shape, out.values));
  return out;
}

template <class Real>
result<short_time_spectrum<Real>> spectrogram(std::span<const Real> x, const spectrogram_options& options) {
  stft_options plain;
  plain.fs = options.fs;
  plain.window = options.window;
  plain.window_values = options.window_values;
  plain.nperseg = options.nperseg;
  plain.nfft = options.nfft;
  plain.detrend = options.detrend;
  plain.boundary = stft_boundary::none;
  plain.padded = false;
  std::size_t n = options.window_values.empty() ? options.nperseg : options.window_values.size();
  if (!x.empty()) n = std::min(n, x.size());
  plain.noverlap = options.noverlap.value_or(n / 8);
  MILLWRIGHT_TRY(const stft_shape shape, shape_of_stft(x.size(), plain));
  short_time_spectrum<Real> out;
  if (shape.frames == 0) return out;
  MILLWRIGHT_TRY(const auto fft, fft_lease<real_fft<Real>>::borrow(nfft_of(shape.settings)));
  MILLWRIGHT_TRY(auto transform, make_transform<Real>(shape.settings, *fft));
  fill_axes(out, shape, options.fs);
  out.values.resize(shape.frames * shape.bins);
  std::vector<std::complex<Real>> bins(shape.bins);
  const double scale = transform.object.power_scale(options.scaling, options.fs);
  for (std::size_t i = 0; i < shape.frames; ++i) {
    transform.object.forward(x.data() + i * shape.hop, bins.data());
    power_of_frame(bins.data(), transform.object, scale, out.values.data() + i * shape.bins);
  }
  return out;
}

// --- inverse ---------------------------------------------------------------------------------------------------------------------

template <class Real>
result<std::vector<Real>> istft(std::span<const std::complex<Real>> frames, const stft_options& options) {
  stft_options bare = options;
  bare.boundary = stft_boundary::none;
  // The sizes follow from the settings alone; the length of the signal is not known and plays no part.
  MILLWRIGHT_TRY(const stft_shape shape, shape_of_stft(0, bare));
  const std::size_t n = shape.settings.nperseg;
  const std::size_t nfft = nfft_of(shape.settings);
  if (frames.size() % shape.bins != 0)
    return error{errc::invalid_data, "istft", "the number of values is no multiple of " + std::to_string(shape.bins) + " bins",
                 "give frames x bins with the nperseg and nfft of the stft"};
  const std::size_t count = frames.size() / shape.bins;
  if (count == 0) return std::vector<Real>{};
  MILLWRIGHT_TRY(const auto fft, fft_lease<real_fft<Real>>::borrow(nfft));
  MILLWRIGHT_TRY(auto transform, make_transform<Real>(shape.settings, *fft));
  const auto w = transform.object.window();
  const Real scale = static_cast<Real>(1.0 / std::sqrt(transform.object.power_scale(options.scaling, options.fs)));
  const std::size_t length = n + (count - 1) * shape.hop;
  std::vector<Real> x(length, Real(0));
  std::vector<Real> norm(length, Real(0));
  std::vector<Real> frame(nfft);
  for (std::size_t i = 0; i < count; ++i) {
    fft->inverse(frames.data() + i * shape.bins, frame.data());
    Real* sum = x.data() + i * shape.hop;
    Real* weight = norm.data() + i * shape.hop;
    for (std::size_t k = 0; k < n; ++k) {
      sum[k] += frame[k] * scale * w[k];
      weight[k] += w[k] * w[k];
    }
  }
  const std::size_t cut = options.boundary == stft_boundary::none ? 0 : n / 2;
  for (std::size_t i = 0; i < length; ++i) {
    if (norm[i] > Real(1e-10)) x[i] /= norm[i];
  }
  if (2 * cut >= length) return std::vector<Real>{};
  return std::vector<Real>(x.begin() + static_cast<std::ptrdiff_t>(cut), x.end() - static_cast<std::ptrdiff_t>(cut));
}

bool is_invertible(std::span<const double> window, std::size_t noverlap) noexcept {
  const std::size_t n = window.size();
  if (n == 0 || noverlap >= n) return false;
  const std::size_t hop = n - noverlap;
  for (std::size_t i = 0; i < hop; ++i) {
    double sum = 0.0;
    for (std::size_t k = i; k < n; k += hop) sum += window[k] * window[k];
    if (!(sum > 1e-10)) return false;
  }
  return true;
}

// --- stages ----------------------------------------------------------------------------------------------------------------------

namespace {

/// Prepares transform and buffer of a stage that makes frames; what comes out but for the number of columns.
template <class Stage, class Real>
result<signal_port> prepare_frames(const Stage& stage, const signal_port& in, segment_fft<Real>& transform, segment_buffer<Real>& buffer,
                                   workspace& memory) {
  segment_settings settings;
  MILLWRIGHT_TRY(settings.window, parse_taper(stage.window));
  settings.nperseg = static_cast<std::size_t>(stage.nperseg);
  settings.nfft = static_cast<std::size_t>(stage.nfft.value_or(0));
  settings.detrend = detail::detrend_of(stage.detrend);
  MILLWRIGHT_TRY(const std::size_t hop, detail::hop_of(stage.nperseg, stage.noverlap, Stage::id));
  MILLWRIGHT_CHECK(transform.prepare(settings, memory));
  buffer.prepare(in.columns, settings.nperseg, hop, memory);
  signal_port out;
  out.columns = in.columns * transform.bins();
  out.rate_hz = in.rate_hz / static_cast<double>(hop);
  out.max_items = buffer.most_segments(in.max_items);
  out.delay_s = in.delay_s + 0.5 * static_cast<double>(settings.nperseg - 1) / in.rate_hz;
  return out;
}

}  // namespace

template <class Real>
result<signal_port> stft_stage<Real>::prepare(const signal_port& in, workspace& memory) {
  MILLWRIGHT_TRY(signal_port out, prepare_frames(*this, in, transform_, buffer_, memory));
  rate_hz_ = in.rate_hz;
  out.columns *= 2;
  return out;
}

template <class Real>
void stft_stage<Real>::reset() noexcept {
  transform_.reset();
  buffer_.reset();
  transform_.scale_bins(static_cast<Real>(std::sqrt(transform_.power_scale(detail::scaling_of(scaling), rate_hz_))));
}

template <class Real>
std::size_t stft_stage<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  std::size_t written = 0;
  buffer_.push(in, [&]() noexcept {
    for (std::size_t c = 0; c < buffer_.channels(); ++c) {
      auto* bins = reinterpret_cast<std::complex<Real>*>(out.data() + written);
      transform_.forward(buffer_.row(c), bins);
      written += 2 * transform_.bins();
    }
  });
  return written;
}

template <class Real>
std::size_t stft_stage<Real>::flush(std::span<Real> /*out*/) noexcept {
  return 0;
}

template <class Real>
result<signal_port> spectrogram_stage<Real>::prepare(const signal_port& in, workspace& memory) {
  MILLWRIGHT_TRY(const signal_port out, prepare_frames(*this, in, transform_, buffer_, memory));
  rate_hz_ = in.rate_hz;
  bins_ = memory.carve<std::complex<Real>>(transform_.bins());
  return out;
}

template <class Real>
void spectrogram_stage<Real>::reset() noexcept {
  transform_.reset();
  buffer_.reset();
}

template <class Real>
std::size_t spectrogram_stage<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  const double scale = transform_.power_scale(detail::scaling_of(scaling), rate_hz_);
  std::size_t written = 0;
  buffer_.push(in, [&]() noexcept {
    for (std::size_t c = 0; c < buffer_.channels(); ++c) {
      transform_.forward(buffer_.row(c), bins_.data());
      power_of_frame(bins_.data(), transform_, scale, out.data() + written);
      written += transform_.bins();
    }
  });
  return written;
}

template <class Real>
std::size_t spectrogram_stage<Real>::flush(std::span<Real> /*out*/) noexcept {
  return 0;
}

template result<void> stft_into(std::span<const float>, const stft_options&, const stft_shape&, std::span<std::complex<float>>);
template result<void> stft_into(std::span<const double>, const stft_options&, const stft_shape&, std::span<std::complex<double>>);
template result<short_time_spectrum<std::complex<float>>> stft(std::span<const float>, const stft_options&);
template result<short_time_spectrum<std::complex<double>>> stft(std::span<const double>, const stft_options&);
template result<short_time_spectrum<float>> spectrogram(std::span<const float>, const spectrogram_options&);
template result<short_time_spectrum<double>> spectrogram(std::span<const double>, const spectrogram_options&);
template result<std::vector<float>> istft(std::span<const std::complex<float>>, const stft_options&);
template result<std::vector<double>> istft(std::span<const std::complex<double>>, const stft_options&);
template class stft_stage<float>;
template class stft_stage<double>;
template class spectrogram_stage<float>;
template class spectrogram_stage<double>;

}  // namespace millwright
