#include "millwright/filter/integrate.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "millwright/filter/sos_filter.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {

template <class Real>
result<void> spectrum_integrator<Real>::prepare(std::size_t length, double rate_hz, std::int64_t order, double low_hz, double high_hz,
                                                workspace& memory, const real_fft<double>* borrowed) {
  const auto fail = [](std::string_view what, std::string_view mend) { return error(errc::invalid_argument, "integrate", what, mend); };
  if (!(rate_hz > 0.0) || !std::isfinite(rate_hz)) return fail("the sampling rate must be positive", "give samples per second");
  if (order != 1 && order != 2) return fail("order must be 1 or 2", "1 gives velocity, 2 displacement, of an acceleration");
  if (!(low_hz > 0.0 && low_hz < high_hz)) return fail("the band must satisfy 0 < low_hz < high_hz", "10 to 1000 Hz is usual");
  length_ = length;
  bin_hz_ = rate_hz / static_cast<double>(length);
  order_ = order;
  low_hz_ = low_hz;
  high_hz_ = high_hz;
  MILLWRIGHT_CHECK(fft_.prepare(length, memory, borrowed));
  frame_ = memory.carve<double>(length);
  bins_ = memory.carve<std::complex<double>>(length / 2 + 1);
  return {};
}

template <class Real>
void spectrum_integrator<Real>::reset() noexcept {
  fft_.reset();
}

template <class Real>
void spectrum_integrator<Real>::compute(const Real* in, Real* out) noexcept {
  bool is_finite = true;
  for (std::size_t i = 0; i < length_; ++i) {
    frame_[i] = static_cast<double>(in[i]);
    is_finite = is_finite && is_usable_sample(frame_[i]);
  }
  if (!is_finite) {
    std::fill_n(out, length_, static_cast<Real>(math::nan));
    return;
  }
  fft_->forward(frame_.data(), bins_.data());
  bins_[0] = 0.0;
  // k times the distance of the bins is rounded: a bin on an edge must not fall outside by its last bit.
  constexpr double slack = 1e-12;
  const double lowest_hz = low_hz_ * (1.0 - slack);
  const double highest_hz = high_hz_ * (1.0 + slack);
  for (std::size_t k = 1; k < bins_.size(); ++k) {
    const double frequency_hz = bin_hz_ * static_cast<double>(k);
    if (frequency_hz < lowest_hz || frequency_hz > highest_hz) {
      bins_[k] = 0.0;
      continue;
    }
    const double factor = 1.0 / (2.0 * math::pi * frequency_hz);
    const double re = bins_[k].real();
    const double im = bins_[k].imag();
    bins_[k] =
        order_ == 1 ? std::complex<double>(im * factor, -re * factor) : std::complex<double>(-re * factor * factor, -im * factor * factor);
  }
  fft_->inverse(bins_.data(), frame_.data());
  for (std::size_t i = 0; i < length_; ++i) out[i] = static_cast<Real>(frame_[i]);
}

template <class Real>
result<std::vector<Real>> integrate(std::span<const Real> x, double rate_hz, std::int64_t order, double low_hz, double high_hz) {
  if (x.empty()) return error(errc::invalid_data, "integrate", "there is no sample", "give at least one");
  MILLWRIGHT_TRY(const auto fft, fft_lease<real_fft<double>>::borrow(x.size()));
  MILLWRIGHT_TRY(auto ready, detail::prepare_on_heap(spectrum_integrator<Real>{}, [&](spectrum_integrator<Real>& i, workspace& memory) {
                   return i.prepare(x.size(), rate_hz, order, low_hz, high_hz, memory, &*fft);
                 }));
  std::vector<Real> out(x.size());
  ready.object.compute(x.data(), out.data());
  return out;
}

result<std::vector<sos_section>> integrator_sections(std::int64_t order, double low_hz, double high_hz, double rate_hz) {
  if (!(low_hz > 0.0 && low_hz < high_hz && high_hz <= 0.5 * rate_hz)) {
    return error(errc::invalid_argument, "integrator",
                 "the band " + std::to_string(low_hz) + " to " + std::to_string(high_hz) + " Hz does not fit a rate of " +
                     std::to_string(rate_hz) + " Hz",
                 "edges must satisfy 0 < low_hz < high_hz <= half the rate");
  }
  MILLWRIGHT_TRY(auto sections, design_sos({.band = filter_band::highpass, .order = 4, .low_hz = low_hz, .rate_hz = rate_hz}));
  // A section of the highpass has the numerator b0 (1 - z^-1)^2. The rule, (1 + z^-1) / (1 - z^-1) / (2 rate), takes one factor away.
  for (std::size_t i = 0; i < static_cast<std::size_t>(order); ++i) {
    const double gain = sections[i].b0 / (2.0 * rate_hz);
    sections[i].b0 = gain;
    sections[i].b1 = 0.0;
    sections[i].b2 = -gain;
    sections.push_back({-1.0 / 12.0, 7.0 / 6.0, -1.0 / 12.0, 0.0, 0.0});
  }
  if (high_hz < 0.5 * rate_hz) {
    MILLWRIGHT_TRY(const auto lowpass, design_sos({.order = 4, .high_hz = high_hz, .rate_hz = rate_hz}));
    sections.insert(sections.end(), lowpass.begin(), lowpass.end());
  }
  return sections;
}

template <class Real>
result<signal_port> integrator<Real>::prepare(const signal_port& in, workspace& memory) {
  MILLWRIGHT_TRY(auto sections, integrator_sections(order, low_hz, high_hz, in.rate_hz));
  MILLWRIGHT_TRY(auto steady, sos_steady_state(sections));
  steady_ = std::make_shared<const std::vector<sos_state>>(std::move(steady));
  MILLWRIGHT_CHECK(cascade_.prepare(std::move(sections), in.columns, memory));
  has_started_ = memory.carve<std::uint8_t>(in.columns);
  signal_port out = in;
  out.delay_s += static_cast<double>(order) / in.rate_hz;
  out.first_s -= static_cast<double>(order) / in.rate_hz;
  out.memory_s += sos_settling_items(cascade_.sections()) / in.rate_hz;
  return out;
}

template <class Real>
void integrator<Real>::take(workspace& memory) noexcept {
  cascade_.take(memory);
  has_started_ = memory.carve<std::uint8_t>(cascade_.columns());
}

template <class Real>
void integrator<Real>::reset() noexcept {
  cascade_.reset();
  std::fill(has_started_.begin(), has_started_.end(), std::uint8_t{0});
}

template <class Real>
std::size_t integrator<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  detail::start_steady(cascade_, std::span<const sos_state>(*steady_), has_started_, in);
  cascade_.process(in.data(), out.data(), in.size() / has_started_.size());
  return in.size();
}

template <class Real>
std::size_t integrator<Real>::flush(std::span<Real>) noexcept {
  return 0;
}

template class spectrum_integrator<float>;
template class spectrum_integrator<double>;
template result<std::vector<float>> integrate(std::span<const float>, double, std::int64_t, double, double);
template result<std::vector<double>> integrate(std::span<const double>, double, std::int64_t, double, double);
template class integrator<float>;
template class integrator<double>;

}  // namespace millwright
