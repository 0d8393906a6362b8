#pragma once

#include <array>
#include <span>

#include "millwright/features/centred_view.hpp"
#include "millwright/features/spectrum_view.hpp"
#include "millwright/features/view.hpp"
#include "millwright/signal/cepstrum.hpp"
#include "millwright/signal/mel.hpp"

namespace millwright {

/// Real cepstrum of one window less its mean, without a taper.
class cepstrum_view {
 public:
  static constexpr std::string_view id = "cepstrum";
  static constexpr std::string_view doc = "real cepstrum of the window less its mean";
  using needs = view_list<frame_fft_view>;

  result<void> prepare(const view_request& request, workspace& memory, workspace& scratch);
  void reset() noexcept { transform_.reset(); }
  bool compute(const view_input& in, const frame_fft_view& fft) noexcept;
  [[nodiscard]] bool is_flat() const noexcept { return is_constant; }

  std::span<const double> c;  ///< c[q] at quefrency q / rate
  double rate_hz = 0.0;
  double shaft_hz = 0.0;  ///< of the frame; NaN when it is not known
  bool is_constant = false;

 private:
  cepstrum<double> transform_;
  std::span<double> memory_;
};

/// Mel-frequency cepstral coefficients of one window less its mean: Hann taper, Slaney's scale, decibels, orthonormal DCT.
class mfcc_view {
 public:
  static constexpr std::string_view id = "mfcc";
  static constexpr std::string_view doc = "mel-frequency cepstral coefficients of the window less its mean";
  static constexpr std::array<view_argument, 1> key = {{{"n_mels", 40.0}}};
  using needs = view_list<spectrum_view>;

  result<void> prepare(const view_request& request, workspace& memory, workspace& scratch);
  void reset() noexcept { bank_.reset(); }
  bool compute(const view_input& in, const spectrum_view& spectrum) noexcept;
  [[nodiscard]] bool is_flat() const noexcept { return is_constant; }

  std::span<const double> coefficients;  ///< n_mels of them
  bool is_constant = false;

 private:
  mel_bank bank_;
  std::span<double> memory_;
};

}  // namespace millwright
