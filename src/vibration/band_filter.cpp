#include "millwright/detail/band_filter.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "millwright/math.hpp"

namespace millwright::detail {

namespace {

constexpr std::size_t lanes = 16;
constexpr std::size_t most_taps = 16385;

/// sum x[i] h[i] in 16 lanes, added in a fixed tree.
template <class Real>
Real dot(const Real* x, const Real* h, std::size_t n) noexcept {
  Real lane[lanes] = {};
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (std::size_t k = 0; k < lanes; ++k) lane[k] += x[i + k] * h[i + k];
  }
  for (std::size_t k = 0; i + k < n; ++k) lane[k] += x[i + k] * h[i + k];
  for (std::size_t half = lanes / 2; half > 0; half /= 2) {
    for (std::size_t k = 0; k < half; ++k) lane[k] += lane[k + half];
  }
  return lane[0];
}

double blackman(std::size_t i, std::size_t count) noexcept {
  const double angle = 2.0 * static_cast<double>(i) / static_cast<double>(count - 1);
  return 0.42 - 0.5 * math::cos_pi(angle) + 0.08 * math::cos_pi(2.0 * angle);
}

}  // namespace

template <class Real>
result<void> band_filter<Real>::prepare(const band_filter_design& design, std::size_t columns, std::size_t max_items,
                                        std::string_view stage, workspace& memory) {
  design_ = design;
  const double wanted = std::ceil(5.5 * design.rate_hz / design.transition_hz);
  if (!(wanted < static_cast<double>(most_taps))) {
    return error(errc::invalid_argument, stage,
                 "a transition of " + std::to_string(design.transition_hz) + " Hz at " + std::to_string(design.rate_hz) +
                     " samples per second wants more than 16385 taps",
                 "widen the band or move it up, or lower the sampling rate first");
  }
  taps_ = std::max<std::size_t>(static_cast<std::size_t>(wanted), 3) | 1;
  re_ = memory.carve<Real>(taps_);
  im_ = memory.carve<Real>(design.is_analytic ? taps_ : 0);
  history_ = memory.carve<Real>(columns * (taps_ - 1));
  line_ = memory.carve<Real>(taps_ - 1 + max_items);
  return {};
}

template <class Real>
void band_filter<Real>::reset() noexcept {
  const bool is_low_pass = design_.f_lo_hz == 0.0 && !design_.is_analytic;
  const double center = is_low_pass ? 0.0 : 0.5 * (design_.f_lo_hz + design_.f_hi_hz) / design_.rate_hz;
  const double half_width = (is_low_pass ? design_.f_hi_hz : 0.5 * (design_.f_hi_hz - design_.f_lo_hz)) / design_.rate_hz;
  const double middle = 0.5 * static_cast<double>(taps_ - 1);
  const auto low_pass = [&](std::size_t i) {
    const double t = static_cast<double>(i) - middle;
    return (t == 0.0 ? 2.0 * half_width : math::sin_pi(2.0 * half_width * t) / (math::pi * t)) * blackman(i, taps_);
  };
  double sum = 0.0;
  for (std::size_t i = 0; i < taps_; ++i) sum += low_pass(i);
  for (std::size_t i = 0; i < taps_; ++i) {
    const double gain = (is_low_pass ? 1.0 : 2.0) * low_pass(i) / sum;
    // Reversed: the phase runs from the newest sample back.
    const double angle = 2.0 * center * (middle - static_cast<double>(i));
    re_[i] = static_cast<Real>(gain * math::cos_pi(angle));
    if (design_.is_analytic) im_[i] = static_cast<Real>(gain * math::sin_pi(angle));
  }
  std::fill(history_.begin(), history_.end(), Real(0));
  to_skip_ = 0;
}

template <class Real>
std::size_t band_filter<Real>::filter(std::size_t column, const Real* in, std::size_t stride, std::size_t items, Real* re,
                                      Real* im) noexcept {
  const std::size_t memory = taps_ - 1;
  Real* const history = history_.data() + column * memory;
  Real* const line = line_.data();
  std::copy_n(history, memory, line);
  for (std::size_t i = 0; i < items; ++i) {
    const Real x = in[i * stride];
    line[memory + i] = std::isfinite(x) ? x : static_cast<Real>(math::nan);  // an infinity would come out as one at some taps
  }
  std::size_t written = 0;
  for (std::size_t i = static_cast<std::size_t>(to_skip_); i < items; i += design_.decimation) {
    re[written] = dot(line + i, re_.data(), taps_);
    if (design_.is_analytic) im[written] = dot(line + i, im_.data(), taps_);
    ++written;
  }
  std::copy_n(line + items, memory, history);
  return written;
}

template <class Real>
void band_filter<Real>::advance(std::size_t items) noexcept {
  const std::uint64_t step = design_.decimation;
  const std::uint64_t past = items % step;
  to_skip_ = to_skip_ >= past ? to_skip_ - past : to_skip_ + step - past;
}

template class band_filter<float>;
template class band_filter<double>;

}  // namespace millwright::detail
