#pragma once

#include <complex>
#include <span>

#include "millwright/features/time_view.hpp"
#include "millwright/features/view.hpp"
#include "millwright/numeric/fft.hpp"

namespace millwright {

/// The whole window as float64 less the mean of its valid samples; the others are 0. What transforms of a frame start from.
class centred_view {
 public:
  static constexpr std::string_view id = "centred";
  static constexpr std::string_view doc = "the window less its mean, 0 where samples are not valid";
  using needs = view_list<time_view>;

  result<void> prepare(const view_request& request, workspace& memory, workspace& scratch);
  void reset() noexcept {}
  bool compute(const view_input& in, const time_view& time) noexcept;
  [[nodiscard]] bool is_flat() const noexcept { return is_constant; }

  std::span<const double> x;
  bool is_constant = false;

 private:
  std::span<double> memory_;
};

/// FFT of the centred window without a taper: what all envelope bands of a frame share.
class frame_fft_view {
 public:
  static constexpr std::string_view id = "frame_fft";
  static constexpr std::string_view doc = "FFT of the window less its mean";
  using needs = view_list<centred_view>;

  result<void> prepare(const view_request& request, workspace& memory, workspace& scratch);
  void reset() noexcept { fft_.reset(); }
  bool compute(const view_input& in, const centred_view& centred) noexcept;
  [[nodiscard]] bool is_flat() const noexcept { return is_constant; }

  std::span<const std::complex<double>> bins;  ///< length / 2 + 1
  bool is_constant = false;

 private:
  real_fft<double> fft_;
  std::span<std::complex<double>> memory_;
};

}  // namespace millwright
