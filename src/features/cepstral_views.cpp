#include "millwright/features/cepstral_views.hpp"

namespace millwright {

result<void> cepstrum_view::prepare(const view_request& request, workspace& memory, workspace&) {
  MILLWRIGHT_CHECK(transform_.prepare(request.length, cepstrum_kind::real, memory));
  memory_ = memory.carve<double>(request.length);
  return {};
}

bool cepstrum_view::compute(const view_input& in, const frame_fft_view& fft) noexcept {
  is_constant = fft.is_constant;
  rate_hz = in.rate_hz;
  shaft_hz = in.shaft_hz;
  transform_.compute_from(fft.bins.data(), memory_.data());
  c = memory_;
  return true;
}

result<void> mfcc_view::prepare(const view_request& request, workspace& memory, workspace&) {
  mel_options options;
  options.fs = request.rate_hz;
  options.nperseg = request.length;
  options.n_mels = static_cast<std::size_t>(request.key[0]);
  options.n_mfcc = options.n_mels;
  MILLWRIGHT_CHECK(bank_.prepare(options, true, memory));
  memory_ = memory.carve<double>(options.n_mfcc);
  return {};
}

bool mfcc_view::compute(const view_input&, const spectrum_view& spectrum) noexcept {
  is_constant = spectrum.is_flat();
  bank_.apply(spectrum.power.data(), memory_.data());
  coefficients = memory_;
  return true;
}

}  // namespace millwright
