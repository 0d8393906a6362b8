#include "millwright/features/cepstral_views.hpp"

namespace millwright {

result<void> cepstrum_view::prepare(const view_request& request, workspace& memory, workspace&) {
  MILLWRIGHT_CHECK(transform_.prepare(request.length, cepstrum_kind::real, memory));
  memory_ = memory.carve<double>(request.length);
  return {};
}

bool cepstrum_view::compute(const view_input& in, const centred_view& centred) noexcept {
  is_constant = centred.is_constant;
  rate_hz = in.rate_hz;
  shaft_hz = in.shaft_hz;
  transform_.compute(centred.x.data(), memory_.data());
  c = memory_;
  return true;
}

result<void> mfcc_view::prepare(const view_request& request, workspace& memory, workspace&) {
  mel_options options;
  options.fs = request.rate_hz;
  options.nperseg = request.length;
  options.n_mels = static_cast<std::size_t>(request.key[0]);
  options.n_mfcc = options.n_mels;
  MILLWRIGHT_CHECK(transform_.prepare(options, true, memory));
  memory_ = memory.carve<double>(options.n_mfcc);
  return {};
}

bool mfcc_view::compute(const view_input&, const centred_view& centred) noexcept {
  is_constant = centred.is_constant;
  transform_.compute(centred.x.data(), memory_.data());
  coefficients = memory_;
  return true;
}

}  // namespace millwright
