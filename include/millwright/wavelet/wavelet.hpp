#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "millwright/core/error.hpp"

namespace millwright {

/// haar; Daubechies db1-20; symlets sym2-20; coiflets coif1-5; biorthogonal splines bior and their reverse rbio.
enum class wavelet_family : std::uint8_t { haar, db, sym, coif, bior, rbio };

/// "haar", "db", ...
[[nodiscard]] std::string_view to_string(wavelet_family family) noexcept;

/// How a signal goes on past its ends, by PyWavelets' names; | marks the end of the signal a b c d.
enum class wavelet_mode : std::uint8_t {
  zero,           ///< a b c d | 0 0
  constant,       ///< a b c d | d d
  symmetric,      ///< a b c d | d c
  reflect,        ///< a b c d | c b; a single sample repeats
  periodic,       ///< a b c d | a b
  smooth,         ///< a b c d | the straight line through c and d
  antisymmetric,  ///< a b c d | -d -c
  antireflect,    ///< a b c d | (2d - c) (2d - b); a single sample repeats
  periodization,  ///< as periodic, with as few coefficients as samples; an odd length repeats its last sample
};

/// "zero", ..., "periodization".
[[nodiscard]] std::string_view to_string(wavelet_mode mode) noexcept;
/// Errors: unknown name; the mend names the nearest one.
[[nodiscard]] result<wavelet_mode> parse_wavelet_mode(std::string_view name);

/// A discrete wavelet: two analysis and two synthesis filters of equal, even length, in PyWavelets' order (dec_lo of an orthogonal
/// wavelet is rec_lo reversed) and with its bits. A view of static tables; trivially copyable.
/// Sources: Daubechies, Ten Lectures on Wavelets, 1992; Cohen, Daubechies, Feauveau, Comm. Pure Appl. Math. 45, 1992.
class wavelet {
 public:
  static constexpr std::size_t longest = 40;

  /// By PyWavelets' name: "haar", "db4", "bior2.2". Errors: unknown name; the mend names the nearest one.
  [[nodiscard]] static result<wavelet> from_name(std::string_view name);
  /// All names, by family.
  [[nodiscard]] static std::span<const std::string_view> names() noexcept;

  [[nodiscard]] std::string_view name() const noexcept { return name_; }
  [[nodiscard]] wavelet_family family() const noexcept { return family_; }
  [[nodiscard]] std::size_t length() const noexcept { return length_; }
  /// Not of a biorthogonal family: the transform keeps energy (in periodization mode).
  [[nodiscard]] bool is_orthogonal() const noexcept { return family_ <= wavelet_family::coif; }
  [[nodiscard]] int vanishing_moments_psi() const noexcept { return moments_psi_; }
  [[nodiscard]] int vanishing_moments_phi() const noexcept { return moments_phi_; }

  /// Filter coefficient i < length().
  [[nodiscard]] double rec_lo(std::size_t i) const noexcept { return rec_lo_[i]; }
  [[nodiscard]] double dec_lo(std::size_t i) const noexcept { return is_orthogonal() ? dec_lo_[length_ - 1 - i] : dec_lo_[i]; }
  [[nodiscard]] double rec_hi(std::size_t i) const noexcept { return (i % 2 == 0 ? 1.0 : -1.0) * dec_lo(i); }
  [[nodiscard]] double dec_hi(std::size_t i) const noexcept { return (i % 2 == 0 ? -1.0 : 1.0) * rec_lo(i); }

 private:
  std::string_view name_ = {};
  const double* rec_lo_ = nullptr;  // of an orthogonal wavelet both are the same, and dec_lo is read backwards
  const double* dec_lo_ = nullptr;
  std::size_t length_ = 0;
  wavelet_family family_ = wavelet_family::haar;
  int moments_psi_ = 0;
  int moments_phi_ = 0;
};

/// Coefficients that one level gives for n samples and filters of `length`: floor((n + length - 1) / 2); periodization ceil(n / 2).
[[nodiscard]] std::size_t dwt_coefficient_count(std::size_t n, std::size_t length, wavelet_mode mode) noexcept;
/// Deepest level at which at least one coefficient is free of the borders: floor(log2(n / (length - 1))), at least 0.
[[nodiscard]] std::size_t dwt_max_level(std::size_t n, std::size_t length) noexcept;

namespace detail {
/// invalid_argument when level exceeds dwt_max_level; the error tells the maximum.
[[nodiscard]] result<void> check_wavelet_level(std::size_t n, const wavelet& w, std::size_t level, std::string_view where);
/// invalid_data when no signal gives bands of these sizes; 0 stands for a band left out.
[[nodiscard]] result<void> check_band_sizes(std::size_t approximation, std::size_t detail, const wavelet& w, wavelet_mode mode);
}  // namespace detail

}  // namespace millwright
