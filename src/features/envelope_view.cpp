#include "millwright/features/envelope_view.hpp"

#include "numeric/lane_sum.hpp"

namespace millwright {

result<void> envelope_view::prepare(const view_request& request, workspace& memory, workspace& scratch) {
  envelope_settings settings;
  settings.f_lo_hz = request.key[0];
  settings.f_hi_hz = request.key[1];
  MILLWRIGHT_CHECK(transform_.prepare(request.length, request.rate_hz, settings, memory));
  const bool has_spectrum = (request.parts & envelope_part::spectrum) != 0;
  magnitude_ = has_spectrum ? memory.carve<double>(transform_.bins()) : std::span<double>();
  searched = has_spectrum ? memory.carve<double>(transform_.bins()) : std::span<double>();
  envelope_ = (request.parts & envelope_part::moments) != 0 ? scratch.carve<double>(transform_.samples()) : std::span<double>();
  bin_hz = transform_.bin_hz();
  return {};
}

bool envelope_view::compute(const view_input& in, const frame_fft_view& frame) noexcept {
  is_constant = frame.is_constant;
  shaft_hz = in.shaft_hz;
  if ((in.parts & envelope_part::moments) != 0) {
    transform_.envelope(frame.bins.data(), envelope_.data());
    const double* e = envelope_.data();
    const std::size_t n = envelope_.size();
    mean = detail::lane_sum(n, [e](std::size_t i) noexcept { return e[i]; }) / static_cast<double>(n);
    mean_square = detail::lane_sum(n, [e](std::size_t i) noexcept { return e[i] * e[i]; }) / static_cast<double>(n);
  }
  if ((in.parts & envelope_part::spectrum) != 0) {
    magnitude = magnitude_;
    transform_.forward(frame.bins.data(), magnitude_.data());
  }
  return true;
}

}  // namespace millwright
