#include "millwright/vibration/envelope.hpp"

#include <algorithm>
#include <cmath>

#include "millwright/numeric/math.hpp"
#include "vibration/band_edges.hpp"

namespace millwright {

namespace {

/// The usual margin of analysers between the highest frequency shown and the sampling rate.
constexpr double samples_per_f_max = 2.56;

std::size_t whole_factor(double rate, double wanted) noexcept {
  return static_cast<std::size_t>(std::max(std::floor(rate / wanted * (1.0 + 1e-12)), 1.0));
}

}  // namespace

template <class Real>
result<signal_port> envelope<Real>::prepare(const signal_port& in, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_TRY(auto band, detail::design_band(in.rate_hz, f_lo_hz, f_hi_hz, transition_hz, id));
  columns_ = in.columns;
  const double width = band.f_hi_hz - band.f_lo_hz + band.transition_hz;  // of all that passes; |z|^2 reaches as far
  band.is_analytic = true;
  band.decimation = whole_factor(in.rate_hz, (squared ? 2.0 : 4.0) * width);
  MILLWRIGHT_CHECK(band_.prepare(band, columns_, in.max_items, id, memory));

  signal_port out = in;
  out.rate_hz = in.rate_hz / static_cast<double>(band.decimation);
  const auto add_filter = [&out](double delay_s) {  // linear phase: it reaches back by twice its delay
    out.delay_s += delay_s;
    out.first_s -= delay_s;
    out.memory_s += 2.0 * delay_s;
    out.start_s += 2.0 * delay_s;
  };
  add_filter(band_.delay_s());
  out.max_items = band_.max_output_items();
  take_parts(memory);
  has_low_pass_ = f_max_hz && *f_max_hz < width;
  if (!has_low_pass_) return out;

  // Flat to f_max, closed from 1.5 f_max on, so that 2.56 f_max folds nothing below f_max.
  detail::band_filter_design low_pass;
  low_pass.rate_hz = out.rate_hz;
  low_pass.f_hi_hz = std::min(1.25 * *f_max_hz, 0.5 * out.rate_hz);
  low_pass.transition_hz = 0.5 * *f_max_hz;
  low_pass.decimation = whole_factor(out.rate_hz, samples_per_f_max * *f_max_hz);
  MILLWRIGHT_CHECK(low_pass_.prepare(low_pass, columns_, out.max_items, id, memory));
  out.rate_hz /= static_cast<double>(low_pass.decimation);
  add_filter(low_pass_.delay_s());
  out.max_items = low_pass_.max_output_items();
  return out;
}

template <class Real>
void envelope<Real>::take(workspace& memory) noexcept {
  band_.take(memory);
  take_parts(memory);
  if (has_low_pass_) low_pass_.take(memory);
}

template <class Real>
void envelope<Real>::take_parts(workspace& memory) noexcept {
  re_ = memory.carve_scratch<Real>(columns_ * band_.max_output_items());
  im_ = memory.carve_scratch<Real>(columns_ * band_.max_output_items());
}

template <class Real>
void envelope<Real>::reset() noexcept {
  band_.reset();
  if (has_low_pass_) low_pass_.reset();
}

template <class Real>
std::size_t envelope<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  const std::size_t values = band_.process(in, re_, im_);
  Real* e = has_low_pass_ ? re_.data() : out.data();
  for (std::size_t i = 0; i < values; ++i) {
    const Real square = re_[i] * re_[i] + im_[i] * im_[i];
    e[i] = std::isfinite(square) ? square : static_cast<Real>(math::nan);  // an overflow is no amplitude
  }
  if (!squared) {
    for (std::size_t i = 0; i < values; ++i) e[i] = std::sqrt(e[i]);
  }
  return has_low_pass_ ? low_pass_.process(re_.first(values), out) : values;
}

template <class Real>
std::size_t envelope<Real>::flush(std::span<Real>) noexcept {
  return 0;
}

template class envelope<float>;
template class envelope<double>;

}  // namespace millwright
