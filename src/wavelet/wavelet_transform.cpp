#include "millwright/wavelet/wavelet_transform.hpp"

#include <algorithm>

namespace millwright {

template <class Real>
result<void> wavelet_transform<Real>::prepare(const wavelet& w, wavelet_mode mode, std::size_t level, std::size_t length,
                                              workspace& memory) {
  MILLWRIGHT_CHECK(detail::check_wavelet_level(length, w, level, "wavelet_transform"));
  bank_ = wavelet_bank<Real>(w, mode);
  layout_ = wavelet_layout(length, w.length(), mode, level);
  coefficients_ = memory.carve<Real>(layout_.total());
  scratch_ = memory.carve<Real>(layout_.scratch());
  energies_ = memory.carve<double>(layout_.bands());
  return {};
}

template <class Real>
void wavelet_transform<Real>::reset() noexcept {
  std::fill(coefficients_.begin(), coefficients_.end(), Real(0));
  std::fill(energies_.begin(), energies_.end(), 0.0);
  total_ = 0.0;
}

template <class Real>
void wavelet_transform<Real>::compute(const Real* x) noexcept {
  decompose(bank_, layout_, x, coefficients_.data(), scratch_.data());
  total_ = 0.0;
  for (std::size_t b = 0; b < layout_.bands(); ++b) {
    energies_[b] = bank_.energy(coefficients_.data() + layout_.start(b), layout_.size(b));
    total_ += energies_[b];
  }
}

template <class Real>
void wavelet_transform<Real>::inverse(Real* x) noexcept {
  recompose(bank_, layout_, coefficients_.data(), x, scratch_.data());
}

template class wavelet_transform<float>;
template class wavelet_transform<double>;

}  // namespace millwright
