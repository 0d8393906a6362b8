#include "millwright/vibration/band_filter.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "millwright/filter/fir_design.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright::detail {

template <class Real>
result<void> band_filter<Real>::prepare(const band_filter_design& design, std::size_t columns, std::size_t max_items,
                                        std::string_view stage, workspace& memory) {
  constexpr double most_taps = 16385.0;
  const double wanted = std::ceil(5.5 * design.rate_hz / design.transition_hz);  // a Blackman taper's
  if (!(wanted < most_taps)) {
    return error(errc::invalid_argument, stage,
                 "a transition of " + std::to_string(design.transition_hz) + " Hz at " + std::to_string(design.rate_hz) +
                     " samples per second wants more than 16385 taps",
                 "widen the band or move it up, or lower the sampling rate first");
  }
  const std::size_t count = std::max<std::size_t>(static_cast<std::size_t>(wanted), 3) | 1;
  const bool is_low_pass = design.f_lo_hz == 0.0;
  const double edges_hz[] = {is_low_pass ? design.f_hi_hz : 0.5 * (design.f_hi_hz - design.f_lo_hz)};
  MILLWRIGHT_TRY(auto taps, firwin(count, edges_hz, design.rate_hz, true, {taper_kind::blackman, 0.0}));

  const double turns = is_low_pass ? 0.0 : 0.5 * (design.f_lo_hz + design.f_hi_hz) / design.rate_hz;  // per sample
  const double gain = is_low_pass ? 1.0 : 2.0;
  const double middle = 0.5 * static_cast<double>(count - 1);
  std::vector<double> quadrature(count);
  for (std::size_t k = 0; k < count; ++k) {
    const double half_turns = 2.0 * turns * (static_cast<double>(k) - middle);
    quadrature[k] = gain * taps[k] * math::sin_pi(half_turns);
    taps[k] *= gain * math::cos_pi(half_turns);
  }
  is_analytic_ = design.is_analytic;
  delay_s_ = middle / design.rate_hz;
  constexpr auto end = polyphase_fir<Real>::length::causal;
  MILLWRIGHT_CHECK(re_.prepare(taps, 1, design.decimation, 0, end, columns, max_items, memory));
  if (is_analytic_) MILLWRIGHT_CHECK(im_.prepare(quadrature, 1, design.decimation, 0, end, columns, max_items, memory));
  return {};
}

template <class Real>
void band_filter<Real>::take(workspace& memory) noexcept {
  re_.take(memory);
  if (is_analytic_) im_.take(memory);
}

template <class Real>
void band_filter<Real>::reset() noexcept {
  re_.reset();
  if (is_analytic_) im_.reset();
}

template <class Real>
std::size_t band_filter<Real>::process(std::span<const Real> in, std::span<Real> re, std::span<Real> im) noexcept {
  if (is_analytic_) im_.process(in, im);
  return re_.process(in, re);
}

template class band_filter<float>;
template class band_filter<double>;

}  // namespace millwright::detail
