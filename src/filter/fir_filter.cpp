#include "millwright/filter/fir_filter.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "millwright/detail/kernels.hpp"
#include "millwright/filter/sos_filter.hpp"

namespace millwright {
namespace {

constexpr std::size_t block_items = 512;

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
  taps_ = std::make_shared<const std::vector<double>>(taps.begin(), taps.end());
  columns_ = columns;
  history_values_ = columns * (taps.size() - 1);
  kernels_ = detail::active_kernels().filter;
  take(memory);
  return {};
}

template <class Real>
void fir_convolution<Real>::take(workspace& memory) noexcept {
  const std::size_t block_values = columns_ * std::max(block_items, taps_->size());
  history_ = memory.carve<double>(history_values_);
  line_ = memory.carve_scratch<double>(history_values_ + block_values);
  filtered_ = memory.carve_scratch<double>(block_values);
}

template <class Real>
void fir_convolution<Real>::reset() noexcept {
  std::fill(history_.begin(), history_.end(), 0.0);
}

template <class Real>
void fir_convolution<Real>::fill_history(std::size_t column, double value) noexcept {
  for (std::size_t i = column; i < history_values_; i += columns_) history_[i] = value;
}

template <class Real>
void fir_convolution<Real>::process(const Real* in, Real* out, std::size_t items) noexcept {
  const std::size_t block = std::max(block_items, taps_->size());
  std::copy(history_.begin(), history_.end(), line_.begin());
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
    kernels_->fir(fresh, columns_, taps_->data(), taps_->size(), filtered_.data(), values);
    for (std::size_t i = 0; i < values; ++i) to[i] = static_cast<Real>(filtered_[i]);
    std::copy(line_.data() + values, line_.data() + values + history_values_, line_.data());
  }
  std::copy_n(line_.begin(), history_values_, history_.begin());
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
  const double delay_s = linear_phase_delay(designed) / in.rate_hz;
  const double reach_s = static_cast<double>(designed.size() - 1) / in.rate_hz;
  out.delay_s += delay_s;
  out.first_s -= delay_s;
  out.memory_s += reach_s;
  out.start_s += reach_s;
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
