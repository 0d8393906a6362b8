#include "millwright/filter/polyphase_fir.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "millwright/core/signal_stage.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {
namespace {

constexpr std::size_t short_lanes = 8;
constexpr std::size_t longest_short = 64;  // taps up to which the call of a kernel costs more than it saves

/// sum x[i] y[i] in 8 lanes, added 8 -> 4 -> 2 -> 1; n is a multiple of 8.
double short_dot(const double* x, const double* y, std::size_t n) noexcept {
  double lane[short_lanes] = {};
  for (std::size_t i = 0; i < n; i += short_lanes) {
    for (std::size_t k = 0; k < short_lanes; ++k) lane[k] += x[i + k] * y[i + k];
  }
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

}  // namespace

template <class Real>
result<void> polyphase_fir<Real>::prepare(std::span<const double> taps, std::size_t up, std::size_t down, std::size_t offset, length end,
                                          std::size_t columns, std::size_t max_items, workspace& memory) {
  constexpr std::size_t largest_factor = std::size_t{1} << 20;
  if (taps.empty() || up == 0 || down == 0 || up > largest_factor || down > largest_factor || offset > taps.size()) {
    return error(errc::invalid_argument, "polyphase filter", "there must be at least one tap, and factors of 1 to 1048576",
                 "reduce the ratio of the rates to small integers");
  }
  if (max_items > signal_port::most_items)
    return error(errc::limit_exceeded, "polyphase filter", "max_items is too large", "cut the input");
  taps_.assign(taps.begin(), taps.end());
  up_ = up;
  down_ = down;
  offset_ = offset;
  end_ = end;
  columns_ = columns;
  phase_taps_ = ((taps.size() + up - 1) / up + short_lanes - 1) / short_lanes * short_lanes;
  block_items_ = std::max<std::size_t>(256, phase_taps_);
  // A flush gives at most the length of the filter.
  const std::uint64_t through = std::uint64_t{max_items} * up;
  const std::uint64_t steps = end == length::causal ? through : std::max<std::uint64_t>(through, taps.size() + up);
  const std::uint64_t most_output = (steps + down - 1) / down + 1;
  if (most_output > std::numeric_limits<std::size_t>::max()) {
    return error(errc::limit_exceeded, "polyphase filter", "more items would come out of one call than can be counted", "lower max_items");
  }
  max_output_items_ = static_cast<std::size_t>(most_output);
  kernels_ = &detail::active_kernels();
  phases_ = memory.carve<double>(up * phase_taps_);
  line_ = memory.carve<double>(columns * (phase_taps_ - 1 + block_items_));
  return {};
}

template <class Real>
void polyphase_fir<Real>::reset() noexcept {
  std::fill(phases_.begin(), phases_.end(), 0.0);
  for (std::size_t i = 0; i < taps_.size(); ++i) phases_[i % up_ * phase_taps_ + (phase_taps_ - 1 - i / up_)] = taps_[i];
  std::fill(line_.begin(), line_.end(), 0.0);
  newest_needed_ = 1 + offset_ / up_;
  phase_ = offset_ % up_;
  items_in_ = 0;
  items_out_ = 0;
}

/// Outputs whose newest input lies among the `fresh` items that were put behind the history, but not beyond last_output in all.
template <class Real>
std::size_t polyphase_fir<Real>::advance(std::size_t fresh, std::uint64_t last_output, Real* out) noexcept {
  const std::size_t row = phase_taps_ - 1 + block_items_;
  const std::size_t whole_step = down_ / up_;
  const std::size_t rest_of_step = down_ % up_;
  std::size_t written = 0;
  while (newest_needed_ <= fresh && items_out_ < last_output) {
    const double* phase = phases_.data() + phase_ * phase_taps_;
    const auto sum = [&](const double* x) {
      return phase_taps_ <= longest_short ? short_dot(x, phase, phase_taps_) : kernels_->dot(x, phase, phase_taps_);
    };
    for (std::size_t c = 0; c < columns_; ++c) {
      double* x = line_.data() + c * row + (newest_needed_ - 1);
      double y = sum(x);
      if (y != y) {
        // The zeros that fill up a phase make NaN of a bad sample that the filter itself has forgotten.
        const std::size_t taps = taps_.size() > phase_ ? (taps_.size() - phase_ + up_ - 1) / up_ : 0;
        std::array<double, short_lanes> forgotten{};
        std::swap_ranges(x, x + (phase_taps_ - taps), forgotten.begin());
        y = sum(x);
        std::swap_ranges(x, x + (phase_taps_ - taps), forgotten.begin());
      }
      out[written++] = static_cast<Real>(y);
    }
    ++items_out_;
    newest_needed_ += whole_step;
    phase_ += rest_of_step;
    if (phase_ >= up_) {
      phase_ -= up_;
      ++newest_needed_;
    }
  }
  newest_needed_ -= std::min<std::uint64_t>(newest_needed_, fresh);
  for (std::size_t c = 0; c < columns_; ++c) {
    double* line = line_.data() + c * row;
    std::copy(line + fresh, line + fresh + phase_taps_ - 1, line);
  }
  return written;
}

template <class Real>
std::size_t polyphase_fir<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  const std::size_t items = in.size() / columns_;
  const std::size_t row = phase_taps_ - 1 + block_items_;
  std::size_t written = 0;
  for (std::size_t start = 0; start < items; start += block_items_) {
    const std::size_t fresh = std::min(block_items_, items - start);
    for (std::size_t c = 0; c < columns_; ++c) {
      double* line = line_.data() + c * row + (phase_taps_ - 1);
      const Real* from = in.data() + start * columns_ + c;
      // Infinity times a tap would be infinity, and NaN only by chance: bad samples are NaN from here on.
      for (std::size_t i = 0; i < fresh; ++i) {
        const auto x = static_cast<double>(from[i * columns_]);
        line[i] = x + (x - x) * 0.0;
      }
    }
    items_in_ += fresh;
    written += advance(fresh, std::numeric_limits<std::uint64_t>::max(), out.data() + written);
  }
  return written;
}

/// Outputs of a stream that ends here.
template <class Real>
std::uint64_t polyphase_fir<Real>::total_items() const noexcept {
  if (end_ == length::causal || items_in_ == 0) return items_out_;
  if (end_ == length::same) return (items_in_ * up_ + down_ - 1) / down_;
  return ((items_in_ - 1) * up_ + taps_.size() - 1) / down_ + 1;
}

template <class Real>
bool polyphase_fir<Real>::state_is_valid() const noexcept {
  const std::uint64_t far = (std::uint64_t{1} << 62) / up_;  // total_items multiplies by it
  return phase_ < up_ && newest_needed_ >= 1 && newest_needed_ < far && items_in_ < far && items_out_ <= far * up_ &&
         total_items() <= items_out_ + max_output_items_;
}

template <class Real>
std::size_t polyphase_fir<Real>::flush(std::span<Real> out) noexcept {
  const std::uint64_t total = total_items();
  const std::size_t row = phase_taps_ - 1 + block_items_;
  std::size_t written = 0;
  while (items_out_ < total) {
    for (std::size_t c = 0; c < columns_; ++c) std::fill_n(line_.data() + c * row + (phase_taps_ - 1), block_items_, 0.0);
    written += advance(block_items_, total, out.data() + written);
  }
  return written;
}

template class polyphase_fir<float>;
template class polyphase_fir<double>;

}  // namespace millwright
