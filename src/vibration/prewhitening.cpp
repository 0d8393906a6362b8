#include "millwright/vibration/prewhitening.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "millwright/core/signal_stage.hpp"
#include "vibration/bin_whitener.hpp"

namespace millwright {

template <class Real>
void prewhiten_bins(std::span<std::complex<Real>> bins) noexcept {
  const detail::bin_whitener<Real> whitener(bins);
  for (std::complex<Real>& bin : bins) {
    const double weight = whitener.weight(bin);
    const std::complex<double> scaled = whitener.scaled(bin);
    bin = {static_cast<Real>(weight * scaled.real()), static_cast<Real>(weight * scaled.imag())};
  }
}

template <class Real>
result<void> cepstral_prewhitening<Real>::prepare(std::size_t length, workspace& memory) {
  MILLWRIGHT_CHECK(fft_.prepare(length, memory));
  bins_ = memory.carve<std::complex<Real>>(length / 2 + 1);
  return {};
}

template <class Real>
void cepstral_prewhitening<Real>::reset() noexcept {
  fft_.reset();
}

template <class Real>
void cepstral_prewhitening<Real>::forward(const Real* in, Real* out) noexcept {
  fft_.forward(in, bins_.data());
  prewhiten_bins<Real>(bins_);
  fft_.inverse(bins_.data(), out);
}

template <class Real>
result<std::vector<Real>> prewhiten(std::span<const Real> samples) {
  const auto prepare = [&](cepstral_prewhitening<Real>& transform, workspace& memory) { return transform.prepare(samples.size(), memory); };
  MILLWRIGHT_TRY(auto ready, detail::prepare_on_heap(cepstral_prewhitening<Real>(), prepare));
  std::vector<Real> whitened(samples.size());
  ready.object.forward(samples.data(), whitened.data());
  return whitened;
}

template void prewhiten_bins<float>(std::span<std::complex<float>>) noexcept;
template void prewhiten_bins<double>(std::span<std::complex<double>>) noexcept;
template class cepstral_prewhitening<float>;
template class cepstral_prewhitening<double>;
template result<std::vector<float>> prewhiten<float>(std::span<const float>);
template result<std::vector<double>> prewhiten<double>(std::span<const double>);

}  // namespace millwright
