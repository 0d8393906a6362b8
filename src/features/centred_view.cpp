#include "millwright/features/centred_view.hpp"

#include "millwright/data/quality.hpp"

namespace millwright {

result<void> centred_view::prepare(const view_request& request, workspace& memory, workspace&) {
  memory_ = memory.carve<double>(request.length);
  return {};
}

bool centred_view::compute(const view_input& in, const time_view& time) noexcept {
  const std::size_t n = in.samples.size;
  is_constant = time.is_constant;
  x = memory_;
  const double mean = time.mean;
  if (in.samples.wide != nullptr) {
    for (std::size_t i = 0; i < n; ++i) memory_[i] = in.samples.wide[i] - mean;
  } else {
    for (std::size_t i = 0; i < n; ++i) memory_[i] = static_cast<double>(in.samples.narrow[i]) - mean;
  }
  if (in.quality != nullptr) {
    for (std::size_t i = 0; i < n; ++i) {
      if ((in.quality[i] & unusable_sample) != 0) memory_[i] = 0.0;
    }
  }
  return true;
}

result<void> frame_fft_view::prepare(const view_request& request, workspace& memory, workspace&) {
  MILLWRIGHT_CHECK(fft_.prepare(request.length, memory));
  memory_ = memory.carve<std::complex<double>>(request.length / 2 + 1);
  return {};
}

bool frame_fft_view::compute(const view_input&, const centred_view& centred) noexcept {
  is_constant = centred.is_constant;
  bins = memory_;
  fft_.forward(centred.x.data(), memory_.data());
  return true;
}

}  // namespace millwright
