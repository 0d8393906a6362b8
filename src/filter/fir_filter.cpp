#include "millwright/filter/fir_filter.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "millwright/filter/sos_filter.hpp"

namespace millwright {
namespace {

constexpr std::size_t block_items = 512;
constexpr std::size_t lanes = 16;  // outputs that are summed side by side

/// delay_s of taps that are equal to, or the negative of, their mirror image; else 0.
double linear_phase_delay(std::span<const double> taps) noexcept {
  const std::size_t n = taps.size();
  double scale = 0.0;
  double even = 0.0;
  double odd = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    scale = std::max(scale, std::fabs(taps[i]));
    even = std::max(even, std::fabs(taps[i] - taps[n - 1 - i]));
    odd = std::max(odd, std::fabs(taps[i] + taps[n - 1 - i]));
  }
  return std::min(even, odd) <= 1e-9 * scale ? 0.5 * static_cast<double>(n - 1) : 0.0;
}

}  // namespace

template <class Real>
result<void> fir_convolution<Real>::prepare(std::span<const double> taps, std::size_t columns, workspace& memory) {
  if (taps.empty() || taps.size() > max_taps) {
    return error(errc::invalid_argument, "fir_filter", "there must be 1 to " + std::to_string(max_taps) + " taps", "give the taps");
  }
  taps_.assign(taps.begin(), taps.end());
  columns_ = columns;
  history_values_ = columns * (taps.size() - 1);
  line_ = memory.carve<double>(history_values_ + columns * std::max(block_items, taps.size()));
  return {};
}

template <class Real>
void fir_convolution<Real>::reset() noexcept {
  std::fill(line_.begin(), line_.end(), 0.0);
}

template <class Real>
void fir_convolution<Real>::fill_history(std::size_t column, double value) noexcept {
  for (std::size_t i = column; i < history_values_; i += columns_) line_[i] = value;
}

template <class Real>
void fir_convolution<Real>::process(const Real* in, Real* out, std::size_t items) noexcept {
  const std::size_t block = std::max(block_items, taps_.size());
  const std::size_t n = taps_.size();
  const double* taps = taps_.data();
  for (std::size_t start = 0; start < items; start += block) {
    const std::size_t values = columns_ * std::min(block, items - start);
    const Real* from = in + start * columns_;
    Real* to = out + start * columns_;
    double* fresh = line_.data() + history_values_;
    for (std::size_t i = 0; i < values; ++i) {
      const auto x = static_cast<double>(from[i]);
      fresh[i] = x + (x - x) * 0.0;  // infinity becomes NaN
    }
    // Item and column do not matter here: value i needs values i - columns, i - 2 columns, ...
    std::size_t i = 0;
    for (; i + lanes <= values; i += lanes) {
      double sum[lanes] = {};
      for (std::size_t k = 0; k < n; ++k) {
        const double* x = fresh + i - k * columns_;
        for (std::size_t lane = 0; lane < lanes; ++lane) sum[lane] += taps[k] * x[lane];
      }
      for (std::size_t lane = 0; lane < lanes; ++lane) to[i + lane] = static_cast<Real>(sum[lane]);
    }
    for (; i < values; ++i) {
      double sum = 0.0;
      for (std::size_t k = 0; k < n; ++k) sum += taps[k] * *(fresh + i - k * columns_);
      to[i] = static_cast<Real>(sum);
    }
    std::copy(line_.data() + values, line_.data() + values + history_values_, line_.data());
  }
}

template <class Real>
result<signal_port> fir_filter<Real>::prepare(const signal_port& in, workspace& memory) {
  std::vector<double> designed = taps;
  if (taps.empty()) {
    MILLWRIGHT_TRY(const taper shape, parse_taper(window));
    MILLWRIGHT_TRY(designed, firwin(static_cast<std::size_t>(length), filter_band_of(band), low_hz, high_hz, in.rate_hz, shape));
  }
  columns_ = in.columns;
  MILLWRIGHT_CHECK(convolution_.prepare(designed, in.columns, memory));
  signal_port out = in;
  out.delay_s += linear_phase_delay(designed) / in.rate_hz;
  return out;
}

template <class Real>
void fir_filter<Real>::reset() noexcept {
  convolution_.reset();
}

template <class Real>
std::size_t fir_filter<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  convolution_.process(in.data(), out.data(), in.size() / columns_);
  return in.size();
}

template <class Real>
std::size_t fir_filter<Real>::flush(std::span<Real>) noexcept {
  return 0;
}

template class fir_convolution<float>;
template class fir_convolution<double>;
template class fir_filter<float>;
template class fir_filter<double>;

}  // namespace millwright
