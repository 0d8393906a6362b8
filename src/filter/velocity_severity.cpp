#include "millwright/filter/velocity_severity.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "millwright/filter/integrate.hpp"
#include "millwright/filter/sos_filter.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {
namespace {

constexpr std::size_t block_items = 256;
constexpr double standard_gravity = 9.80665;

}  // namespace

template <class Real>
result<signal_port> velocity_severity<Real>::prepare(const signal_port& in, workspace& memory) {
  const bool is_velocity = input_unit == "mm/s";
  to_mm_per_s_ = is_velocity ? 1.0 : input_unit == "g" ? 1000.0 * standard_gravity : 1000.0;
  MILLWRIGHT_TRY(auto sections, integrator_sections(is_velocity ? 0 : 1, low_hz, high_hz, in.rate_hz));
  MILLWRIGHT_TRY(auto steady, sos_steady_state(sections));
  steady_ = std::make_shared<const std::vector<sos_state>>(std::move(steady));
  MILLWRIGHT_CHECK(cascade_.prepare(std::move(sections), in.columns, memory));
  const double items = std::floor(interval_s * in.rate_hz + 0.5);
  if (!(items >= 1.0 && items <= 0x1p53)) {
    return error(errc::invalid_argument, id, "interval_s is shorter than a sample, or too long to count", "1 s is usual");
  }
  interval_items_ = static_cast<std::uint64_t>(items);
  settle_items_ = static_cast<std::uint64_t>(std::min(std::floor(settle_s * in.rate_hz + 0.5), 0x1p53));
  take_own(memory);
  signal_port out = in;
  out.rate_hz = in.rate_hz / items;
  out.max_items = in.max_items / interval_items_ + 1;
  const double integration = is_velocity ? 0.0 : 1.0;
  out.delay_s += (0.5 * (items - 1.0) + integration) / in.rate_hz;
  out.first_s += (0.5 * (items - 1.0) - integration) / in.rate_hz;
  out.newest_s += (items - 1.0) / in.rate_hz;
  out.memory_s += (items + sos_settling_items(cascade_.sections())) / in.rate_hz;
  return out;
}

template <class Real>
void velocity_severity<Real>::take(workspace& memory) noexcept {
  cascade_.take(memory);
  take_own(memory);
}

template <class Real>
void velocity_severity<Real>::take_own(workspace& memory) noexcept {
  const std::size_t columns = cascade_.columns();
  has_started_ = memory.carve<std::uint8_t>(columns);
  sum_ = memory.carve<double>(columns);
  count_ = memory.carve<std::uint64_t>(columns);
  block_ = memory.carve_scratch<double>(block_items * columns);
}

template <class Real>
void velocity_severity<Real>::reset() noexcept {
  cascade_.reset();
  settling_ = settle_items_;
  position_ = 0;
  std::fill(has_started_.begin(), has_started_.end(), std::uint8_t{0});
  std::fill(sum_.begin(), sum_.end(), 0.0);
  std::fill(count_.begin(), count_.end(), std::uint64_t{0});
}

template <class Real>
std::size_t velocity_severity<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  const std::size_t columns = sum_.size();
  const std::size_t items = in.size() / columns;
  detail::start_steady(cascade_, std::span<const sos_state>(*steady_), has_started_, in);
  std::size_t written = 0;
  for (std::size_t start = 0; start < items;) {
    const auto here = static_cast<std::size_t>(
        std::min<std::uint64_t>({block_items, items - start, interval_items_ - position_, settling_ > 0 ? settling_ : block_items}));
    cascade_.process(in.data() + start * columns, block_.data(), here);
    if (settling_ > 0) {
      settling_ -= here;
    } else {
      for (std::size_t i = 0; i < here; ++i) {
        for (std::size_t c = 0; c < columns; ++c) {
          const double v = block_[i * columns + c];
          if (v != v) continue;
          sum_[c] += v * v;
          ++count_[c];
        }
      }
    }
    start += here;
    position_ += here;
    if (position_ < interval_items_) continue;
    for (std::size_t c = 0; c < columns; ++c) {
      const bool is_defined = 2 * count_[c] >= interval_items_;
      out[written++] =
          detail::to_samples<Real>(is_defined ? to_mm_per_s_ * std::sqrt(sum_[c] / static_cast<double>(count_[c])) : math::nan);
      sum_[c] = 0.0;
      count_[c] = 0;
    }
    position_ = 0;
  }
  return written;
}

template <class Real>
std::size_t velocity_severity<Real>::flush(std::span<Real>) noexcept {
  return 0;
}

template class velocity_severity<float>;
template class velocity_severity<double>;

}  // namespace millwright
