#pragma once

#include <cstddef>
#include <span>

#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/wavelet/dwt.hpp"
#include "millwright/wavelet/wavelet_energies.hpp"

namespace millwright {

/// wavedec of frames of one length, prepared: all coefficients and the energy of every band, in memory carved once.
/// Bands in order of frequency: 0 is the approximation, b >= 1 the detail of level level + 1 - b. O(length).
/// Energies of levels want mode periodization: the other modes count the signal's ends twice.
template <class Real>
class wavelet_transform {
 public:
  /// Errors: length 0; a level beyond dwt_max_level.
  result<void> prepare(const wavelet& w, wavelet_mode mode, std::size_t level, std::size_t length, workspace& memory);
  void reset() noexcept;

  /// x: length samples.
  void compute(const Real* x) noexcept;
  /// The signal that belongs to the coefficients: length samples.
  void inverse(Real* x) noexcept;

  [[nodiscard]] const wavelet_layout& layout() const noexcept { return layout_; }
  [[nodiscard]] std::span<const Real> band(std::size_t b) const noexcept {
    return coefficients_.subspan(layout_.start(b), layout_.size(b));
  }
  /// To change coefficients before inverse (thresholding); the energies stay those of compute.
  [[nodiscard]] std::span<Real> band(std::size_t b) noexcept { return coefficients_.subspan(layout_.start(b), layout_.size(b)); }
  [[nodiscard]] std::span<const Real> approximation() const noexcept { return band(0); }
  /// 1 <= level <= layout().level(), 1 the finest.
  [[nodiscard]] std::span<const Real> detail(std::size_t level) const noexcept { return band(layout_.level() + 1 - level); }
  [[nodiscard]] wavelet_energies energies() const noexcept { return {energies_, total_}; }

 private:
  wavelet_bank<Real> bank_;
  wavelet_layout layout_;
  std::span<Real> coefficients_;
  std::span<Real> scratch_;
  std::span<double> energies_;
  double total_ = 0.0;
};

}  // namespace millwright
