#include "millwright/signal/welch_stage.hpp"

#include <algorithm>

namespace millwright {

namespace {

/// The segments that a stage's parameters ask for.
template <class Stage>
result<segment_settings> settings_of(const Stage& stage) {
  segment_settings settings;
  MILLWRIGHT_TRY(settings.window, parse_taper(stage.window));
  settings.nperseg = static_cast<std::size_t>(stage.nperseg);
  settings.detrend = detail::detrend_of(stage.detrend);
  return settings;
}

/// Rate, room and delay of averages over `segments` segments.
signal_port averages_of(const signal_port& in, std::size_t columns, std::size_t nperseg, std::size_t hop, std::size_t segments,
                        std::size_t most_segments) {
  signal_port out;
  out.columns = columns;
  out.rate_hz = in.rate_hz / (static_cast<double>(hop) * static_cast<double>(segments));
  out.max_items = std::max<std::size_t>(1, (most_segments - 1) / segments + 1);
  out.delay_s = in.delay_s + 0.5 * static_cast<double>(nperseg - 1 + hop * (segments - 1)) / in.rate_hz;
  return out;
}

}  // namespace

// --- welch ----------------------------------------------------------------------------------------------------------------------

template <class Real>
result<signal_port> welch_stage<Real>::prepare(const signal_port& in, workspace& memory) {
  MILLWRIGHT_TRY(segment_settings settings, settings_of(*this));
  settings.nfft = static_cast<std::size_t>(nfft.value_or(0));
  MILLWRIGHT_TRY(const std::size_t hop, detail::hop_of(nperseg, noverlap, id));
  const auto count = static_cast<std::size_t>(segments);
  const auto kind = average == "median" ? spectrum_average::median : spectrum_average::mean;
  MILLWRIGHT_CHECK(core_.prepare(settings, in.columns, count, kind, memory));
  buffer_.prepare(in.columns, settings.nperseg, hop, memory);
  rate_hz_ = in.rate_hz;
  return averages_of(in, core_.width(), settings.nperseg, hop, count, buffer_.most_segments(in.max_items));
}

template <class Real>
void welch_stage<Real>::reset() noexcept {
  core_.reset();
  buffer_.reset();
}

template <class Real>
std::size_t welch_stage<Real>::finish(Real* out) noexcept {
  core_.finish(detail::scaling_of(scaling), rate_hz_, true, out);
  return core_.width();
}

template <class Real>
std::size_t welch_stage<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  std::size_t written = 0;
  buffer_.push(in, [&]() noexcept {
    for (std::size_t c = 0; c < buffer_.channels(); ++c) core_.transform(c, buffer_.row(c));
    core_.add();
    if (core_.count() == static_cast<std::size_t>(segments)) written += finish(out.data() + written);
  });
  return written;
}

template <class Real>
std::size_t welch_stage<Real>::flush(std::span<Real> out) noexcept {
  return core_.count() == 0 ? 0 : finish(out.data());
}

// --- cross spectrum ---------------------------------------------------------------------------------------------------------------

template <class Real>
result<signal_port> cross_spectrum_stage<Real>::prepare(const signal_port& in, workspace& memory) {
  MILLWRIGHT_TRY(const segment_settings settings, settings_of(*this));
  MILLWRIGHT_TRY(const std::size_t hop, detail::hop_of(nperseg, noverlap, id));
  const auto count = static_cast<std::size_t>(segments);
  MILLWRIGHT_CHECK(core_.prepare(settings, count, spectrum_average::mean, false, memory));
  buffer_.prepare(2, settings.nperseg, hop, memory);
  rate_hz_ = in.rate_hz;
  return averages_of(in, 2 * core_.bins(), settings.nperseg, hop, count, buffer_.most_segments(in.max_items));
}

template <class Real>
void cross_spectrum_stage<Real>::reset() noexcept {
  core_.reset();
  buffer_.reset();
}

template <class Real>
std::size_t cross_spectrum_stage<Real>::finish(Real* out) noexcept {
  core_.finish_cross(detail::scaling_of(scaling), rate_hz_, true, out);
  return 2 * core_.bins();
}

template <class Real>
std::size_t cross_spectrum_stage<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  std::size_t written = 0;
  buffer_.push(in, [&]() noexcept {
    core_.add(buffer_.row(0), buffer_.row(1));
    if (core_.count() == static_cast<std::size_t>(segments)) written += finish(out.data() + written);
  });
  return written;
}

template <class Real>
std::size_t cross_spectrum_stage<Real>::flush(std::span<Real> out) noexcept {
  return core_.count() == 0 ? 0 : finish(out.data());
}

// --- coherence --------------------------------------------------------------------------------------------------------------------

template <class Real>
result<signal_port> coherence_stage<Real>::prepare(const signal_port& in, workspace& memory) {
  MILLWRIGHT_TRY(const segment_settings settings, settings_of(*this));
  MILLWRIGHT_TRY(const std::size_t hop, detail::hop_of(nperseg, noverlap, id));
  const auto count = static_cast<std::size_t>(segments);
  MILLWRIGHT_CHECK(core_.prepare(settings, count, spectrum_average::mean, true, memory));
  buffer_.prepare(2, settings.nperseg, hop, memory);
  return averages_of(in, core_.bins(), settings.nperseg, hop, count, buffer_.most_segments(in.max_items));
}

template <class Real>
void coherence_stage<Real>::reset() noexcept {
  core_.reset();
  buffer_.reset();
}

template <class Real>
std::size_t coherence_stage<Real>::finish(Real* out) noexcept {
  core_.finish_coherence(out);
  return core_.bins();
}

template <class Real>
std::size_t coherence_stage<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  std::size_t written = 0;
  buffer_.push(in, [&]() noexcept {
    core_.add(buffer_.row(0), buffer_.row(1));
    if (core_.count() == static_cast<std::size_t>(segments)) written += finish(out.data() + written);
  });
  return written;
}

template <class Real>
std::size_t coherence_stage<Real>::flush(std::span<Real> out) noexcept {
  return core_.count() == 0 ? 0 : finish(out.data());
}

template class welch_stage<float>;
template class welch_stage<double>;
template class cross_spectrum_stage<float>;
template class cross_spectrum_stage<double>;
template class coherence_stage<float>;
template class coherence_stage<double>;

}  // namespace millwright
