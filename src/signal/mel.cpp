#include "millwright/signal/mel.hpp"

#include <algorithm>
#include <cmath>

#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {

constexpr double linear_step_hz = 200.0 / 3.0;
constexpr double log_start_hz = 1000.0;
constexpr double log_start_mel = log_start_hz / linear_step_hz;
double log_step() noexcept { return math::log(6.4) / 27.0; }

constexpr double least_power = 1e-10;

/// Calls put(bin, weight) for every bin of triangle m, in order of the bins.
template <class Put>
void visit_triangle(const mel_options& options, std::size_t m, Put&& put) noexcept {
  const double high = options.f_hi > 0.0 ? options.f_hi : 0.5 * options.fs;
  const double low_mel = hz_to_mel(options.f_lo, options.scale);
  const double high_mel = hz_to_mel(high, options.scale);
  const auto corner = [&](std::size_t i) {
    const double share = static_cast<double>(i) / static_cast<double>(options.n_mels + 1);
    return mel_to_hz(low_mel + (high_mel - low_mel) * share, options.scale);
  };
  const double left = corner(m);
  const double centre = corner(m + 1);
  const double right = corner(m + 2);
  const double height = options.is_area_normalized ? 2.0 / (right - left) : 1.0;
  const double step = options.fs / static_cast<double>(options.nperseg);
  const std::size_t bins = options.nperseg / 2 + 1;
  const auto first = static_cast<std::size_t>(std::max(std::floor(left / step), 0.0));
  for (std::size_t k = first; k < bins; ++k) {
    const double f = static_cast<double>(k) * step;
    if (f >= right) break;
    const double weight = std::min((f - left) / (centre - left), (right - f) / (right - centre));
    if (weight > 0.0) put(k, weight * height);
  }
}

result<void> check(const mel_options& options) {
  const auto bad = [](const std::string& what) { return error{errc::invalid_argument, "mel", what}; };
  if (!(options.fs > 0.0) || !std::isfinite(options.fs)) return bad("fs must be positive and finite");
  if (options.n_mels == 0 || options.n_mels > 4096) return bad("there are 1 to 4096 mel bands");
  if (options.n_mfcc == 0 || options.n_mfcc > options.n_mels)
    return bad("n_mfcc = " + std::to_string(options.n_mfcc) + " must lie between 1 and n_mels = " + std::to_string(options.n_mels));
  const double high = options.f_hi > 0.0 ? options.f_hi : 0.5 * options.fs;
  if (!(options.f_lo >= 0.0) || !(options.f_lo < high) || !(high <= 0.5 * options.fs * (1.0 + 1e-12)))
    return bad("the band " + std::to_string(options.f_lo) + " .. " + std::to_string(high) + " Hz does not lie between 0 and half the rate");
  return {};
}

}  // namespace

double hz_to_mel(double hz, mel_scale scale) noexcept {
  if (scale == mel_scale::htk) return 2595.0 * math::log10(1.0 + hz / 700.0);
  if (hz < log_start_hz) return hz / linear_step_hz;
  return log_start_mel + math::log(hz / log_start_hz) / log_step();
}

double mel_to_hz(double mel, mel_scale scale) noexcept {
  if (scale == mel_scale::htk) return 700.0 * (math::pow(10.0, mel / 2595.0) - 1.0);
  if (mel < log_start_mel) return mel * linear_step_hz;
  return log_start_hz * math::exp(log_step() * (mel - log_start_mel));
}

result<void> mel_bank::prepare(const mel_options& options, bool with_dct, workspace& memory) {
  options_ = options;
  if (!with_dct) options_.n_mfcc = 1;
  MILLWRIGHT_CHECK(check(options_));
  with_dct_ = with_dct;
  weights_ = memory.carve_table<double>(2 * (options.nperseg / 2 + 1));  // a bin lies under two triangles at most
  first_ = memory.carve_table<std::uint32_t>(options.n_mels);
  size_ = memory.carve_table<std::uint32_t>(options.n_mels);
  levels_ = memory.carve_scratch<double>(options.n_mels);
  dct_ = memory.carve_table<double>(with_dct ? options.n_mfcc * options.n_mels : 0);
  return {};
}

void mel_bank::reset() noexcept {
  if (!weights_.fill) return;
  weights_.fill = false;
  std::size_t used = 0;
  for (std::size_t m = 0; m < options_.n_mels; ++m) {
    first_[m] = 0;
    size_[m] = 0;
    visit_triangle(options_, m, [&](std::size_t bin, double weight) {
      if (used == weights_.size()) return;
      if (size_[m] == 0) first_[m] = static_cast<std::uint32_t>(bin);
      weights_[used++] = weight;
      ++size_[m];
    });
  }
  const double n = static_cast<double>(options_.n_mels);
  std::size_t i = 0;
  for (std::size_t k = 0; i < dct_.size(); ++k) {
    for (std::size_t m = 0; m < options_.n_mels; ++m) {
      const double angle = static_cast<double>(k) * static_cast<double>(2 * m + 1) / (2.0 * n);
      dct_[i++] = std::sqrt((k == 0 ? 1.0 : 2.0) / n) * math::cos_pi(angle);
    }
  }
}

template <class Real>
void mel_bank::apply(const double* power, Real* out) noexcept {
  const double* weight = weights_.data();
  for (std::size_t m = 0; m < options_.n_mels; ++m) {
    double sum = 0.0;
    const double* bin = power + first_[m];
    for (std::size_t k = 0; k < size_[m]; ++k) sum += *weight++ * bin[k];
    // A sum that is not a number stays one.
    levels_[m] = 10.0 * math::log10(sum < least_power ? least_power : sum);
  }
  if (!with_dct_) {
    for (std::size_t m = 0; m < options_.n_mels; ++m) out[m] = static_cast<Real>(levels_[m]);
    return;
  }
  for (std::size_t k = 0; k < options_.n_mfcc; ++k) {
    const double* row = dct_.data() + k * options_.n_mels;
    double sum = 0.0;
    for (std::size_t m = 0; m < options_.n_mels; ++m) sum += row[m] * levels_[m];
    out[k] = static_cast<Real>(sum);
  }
}

template void mel_bank::apply(const double*, float*) noexcept;
template void mel_bank::apply(const double*, double*) noexcept;

template <class Real>
result<void> mel_frame<Real>::prepare(const mel_options& options, bool with_dct, workspace& memory) {
  MILLWRIGHT_CHECK(bank_.prepare(options, with_dct, memory));
  segment_settings settings;
  settings.window = options.window;
  settings.nperseg = options.nperseg;
  settings.detrend = detrend_kind::none;
  MILLWRIGHT_CHECK(transform_.prepare(settings, memory));
  bins_ = memory.carve_scratch<std::complex<Real>>(transform_.bins());
  power_ = memory.carve_scratch<double>(transform_.bins());
  return {};
}

template <class Real>
void mel_frame<Real>::reset() noexcept {
  transform_.reset();
  bank_.reset();
}

template <class Real>
void mel_frame<Real>::compute(const Real* x, Real* out) noexcept {
  transform_.forward(x, bins_.data());
  const Real* z = reinterpret_cast<const Real*>(bins_.data());
  for (std::size_t k = 0; k < power_.size(); ++k) {
    const double re = static_cast<double>(z[2 * k]);
    const double im = static_cast<double>(z[2 * k + 1]);
    power_[k] = re * re + im * im;
  }
  bank_.apply(power_.data(), out);
}

namespace {

template <class Real>
result<mel_frames<Real>> frames_of(std::span<const Real> x, std::size_t rows, const mel_options& options, bool with_dct) {
  if (rows == 0 || x.size() % rows != 0) return error{errc::invalid_data, "mel", "the values are no whole number of rows"};
  const std::size_t n = x.size() / rows;
  const std::size_t overlap = options.noverlap.value_or(options.nperseg / 2);
  if (overlap >= options.nperseg)
    return error{errc::invalid_argument, "mel",
                 "noverlap = " + std::to_string(overlap) + " is not below nperseg = " + std::to_string(options.nperseg)};
  MILLWRIGHT_TRY(auto ready, detail::prepare_on_heap(mel_frame<Real>(),
                                                     [&](auto& f, workspace& memory) { return f.prepare(options, with_dct, memory); }));
  const std::size_t hop = options.nperseg - overlap;
  const std::size_t count = n < options.nperseg ? 0 : (n - options.nperseg) / hop + 1;
  mel_frames<Real> out{ready.object.size(), std::vector<Real>(rows * count * ready.object.size())};
  Real* frame = out.values.data();
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t i = 0; i < count; ++i, frame += out.columns) ready.object.compute(x.data() + r * n + i * hop, frame);
  }
  return out;
}

/// What the two stages share; n_mfcc = 0: no DCT.
template <class Stage, class Real>
result<signal_port> prepare_stage(const Stage& stage, std::int64_t n_mfcc, const signal_port& in, segment_buffer<Real>& buffer,
                                  mel_frame<Real>& frame, workspace& memory) {
  mel_options options;
  MILLWRIGHT_TRY(options.window, parse_taper(stage.window));
  options.fs = in.rate_hz;
  options.nperseg = static_cast<std::size_t>(stage.nperseg);
  options.n_mels = static_cast<std::size_t>(stage.n_mels);
  options.n_mfcc = static_cast<std::size_t>(n_mfcc);
  options.f_lo = stage.f_lo;
  options.f_hi = stage.f_hi;
  options.scale = stage.scale == "htk" ? mel_scale::htk : mel_scale::slaney;
  options.is_area_normalized = stage.area_normalized;
  MILLWRIGHT_TRY(const std::size_t hop, detail::hop_of(stage.nperseg, stage.noverlap, Stage::id));
  MILLWRIGHT_CHECK(frame.prepare(options, n_mfcc > 0, memory));
  buffer.prepare(in.columns, options.nperseg, hop, memory);
  signal_port out;
  out.columns = in.columns * frame.size();
  out.rate_hz = in.rate_hz / static_cast<double>(hop);
  out.max_items = buffer.most_segments(in.max_items);
  out.delay_s = in.delay_s + 0.5 * static_cast<double>(options.nperseg - 1) / in.rate_hz;
  return out;
}

template <class Real>
std::size_t push_frames(std::span<const Real> in, std::span<Real> out, segment_buffer<Real>& buffer, mel_frame<Real>& frame) noexcept {
  std::size_t written = 0;
  buffer.push(in, [&]() noexcept {
    for (std::size_t c = 0; c < buffer.channels(); ++c) {
      frame.compute(buffer.row(c), out.data() + written);
      written += frame.size();
    }
  });
  return written;
}

}  // namespace

template <class Real>
result<mel_frames<Real>> log_mel(std::span<const Real> x, const mel_options& options) {
  return frames_of(x, 1, options, false);
}

template <class Real>
result<mel_frames<Real>> mfcc(std::span<const Real> x, const mel_options& options) {
  return frames_of(x, 1, options, true);
}

template <class Real>
result<mel_frames<Real>> log_mel_rows(std::span<const Real> x, std::size_t rows, const mel_options& options) {
  return frames_of(x, rows, options, false);
}

template <class Real>
result<mel_frames<Real>> mfcc_rows(std::span<const Real> x, std::size_t rows, const mel_options& options) {
  return frames_of(x, rows, options, true);
}

result<std::vector<double>> mel_filters(const mel_options& options) {
  mel_options checked = options;
  checked.n_mfcc = 1;
  MILLWRIGHT_CHECK(check(checked));
  if (options.nperseg == 0) return error{errc::invalid_argument, "mel_filters", "nperseg must be at least 1"};
  const std::size_t bins = options.nperseg / 2 + 1;
  std::vector<double> weights(options.n_mels * bins);
  for (std::size_t m = 0; m < options.n_mels; ++m) {
    visit_triangle(options, m, [&](std::size_t bin, double weight) { weights[m * bins + bin] = weight; });
  }
  return weights;
}

template <class Real>
result<signal_port> log_mel_stage<Real>::prepare(const signal_port& in, workspace& memory) {
  return prepare_stage(*this, 0, in, buffer_, frame_, memory);
}
template <class Real>
void log_mel_stage<Real>::reset() noexcept {
  buffer_.reset();
  frame_.reset();
}
template <class Real>
std::size_t log_mel_stage<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  return push_frames(in, out, buffer_, frame_);
}
template <class Real>
std::size_t log_mel_stage<Real>::flush(std::span<Real> /*out*/) noexcept {
  return 0;
}

template <class Real>
result<signal_port> mfcc_stage<Real>::prepare(const signal_port& in, workspace& memory) {
  return prepare_stage(*this, n_mfcc, in, buffer_, frame_, memory);
}
template <class Real>
void mfcc_stage<Real>::reset() noexcept {
  buffer_.reset();
  frame_.reset();
}
template <class Real>
std::size_t mfcc_stage<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  return push_frames(in, out, buffer_, frame_);
}
template <class Real>
std::size_t mfcc_stage<Real>::flush(std::span<Real> /*out*/) noexcept {
  return 0;
}

template class mel_frame<float>;
template class mel_frame<double>;
template result<mel_frames<float>> log_mel(std::span<const float>, const mel_options&);
template result<mel_frames<double>> log_mel(std::span<const double>, const mel_options&);
template result<mel_frames<float>> mfcc(std::span<const float>, const mel_options&);
template result<mel_frames<double>> mfcc(std::span<const double>, const mel_options&);
template result<mel_frames<float>> log_mel_rows(std::span<const float>, std::size_t, const mel_options&);
template result<mel_frames<double>> log_mel_rows(std::span<const double>, std::size_t, const mel_options&);
template result<mel_frames<float>> mfcc_rows(std::span<const float>, std::size_t, const mel_options&);
template result<mel_frames<double>> mfcc_rows(std::span<const double>, std::size_t, const mel_options&);
template class log_mel_stage<float>;
template class log_mel_stage<double>;
template class mfcc_stage<float>;
template class mfcc_stage<double>;

}  // namespace millwright
