#pragma once

#include <algorithm>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/fft.hpp"
#include "millwright/numeric/own_or_lent_fft.hpp"
#include "millwright/signal/taper.hpp"

// What all short-time spectra share: cutting a stream into segments, and the detrended, tapered, padded transform of one of them.

namespace millwright {

/// What is taken off a segment before the taper: nothing, its mean, or its least-squares line.
enum class detrend_kind : std::uint8_t { none, constant, linear };
/// density: power per Hz (unit^2 / Hz); spectrum: power of a line (unit^2), right for tones.
enum class spectrum_scaling : std::uint8_t { density, spectrum };

/// Settings of one segment's transform, with SciPy's names and defaults.
struct segment_settings {
  taper window = {};                           ///< periodic
  std::span<const double> window_values = {};  ///< when not empty, this taper instead; of length nperseg, and must outlive the transform
  std::size_t nperseg = 256;
  std::size_t nfft = 0;  ///< length of the transform, padded with zeros; 0: nperseg
  detrend_kind detrend = detrend_kind::constant;
};

/// Detrend, taper, pad, transform: the prepared form behind all short-time spectra. Statistics in float64, transform in Real.
/// A segment that holds a value that is not finite gives bins that are not finite; a constant one, detrended, gives exact zeros.
template <class Real>
class segment_fft {
 public:
  /// Errors: nperseg 0, nfft below nperseg, a taper of another length, and those of validate_taper and real_fft.
  /// `borrowed`, a transform of the length nfft that is ready for use, saves the tables of an own one; it must outlive this object.
  result<void> prepare(const segment_settings& settings, workspace& memory, const real_fft<Real>* borrowed = nullptr);
  void reset() noexcept;
  /// Multiplies every bin by `factor` from now on, at no cost: it goes into the taper. After reset.
  void scale_bins(Real factor) noexcept;
  /// x: nperseg samples; out: bins() values, unnormalised as SciPy's rfft.
  void forward(const Real* x, std::complex<Real>* out) noexcept;

  [[nodiscard]] std::size_t nperseg() const noexcept { return nperseg_; }
  [[nodiscard]] std::size_t nfft() const noexcept { return fft_->size(); }
  [[nodiscard]] std::size_t bins() const noexcept { return fft_->size() / 2 + 1; }
  /// The taper, with the factor of scale_bins.
  [[nodiscard]] std::span<const Real> window() const noexcept { return taper_; }
  /// Factor from |bin|^2 to a power spectrum of two sides; rate_hz matters for density only. After reset.
  [[nodiscard]] double power_scale(spectrum_scaling scaling, double rate_hz) const noexcept;
  /// Whether bin k stands for two lines of the two-sided spectrum: all but DC and, for even nfft, the last.
  [[nodiscard]] bool is_doubled(std::size_t k) const noexcept { return k > 0 && 2 * k != nfft(); }

 private:
  segment_settings settings_;
  const detail::sample_kernels<Real>* kernels_ = nullptr;
  std::size_t nperseg_ = 0;
  detail::own_or_lent_fft<real_fft<Real>> fft_;
  std::span<Real> taper_;
  std::span<Real> tapered_;  // nfft; zeros behind nperseg
  taper_sums sums_;
  double index_squares_ = 0.0;  // of i - (nperseg - 1) / 2
};

/// Cuts a stream of items x channels into overlapping segments, one contiguous row a channel.
template <class Real>
class segment_buffer {
 public:
  /// 1 <= hop <= length.
  void prepare(std::size_t channels, std::size_t length, std::size_t hop, workspace& memory) {
    channels_ = channels;
    length_ = length;
    hop_ = hop;
    rows_ = memory.carve<Real>(channels * length);
  }
  void reset() noexcept {
    filled_ = 0;
    std::fill(rows_.begin(), rows_.end(), Real(0));
  }
  /// Calls on_segment() whenever a segment is complete; it reads row(c).
  template <class F>
  void push(std::span<const Real> in, F&& on_segment) noexcept {
    const std::size_t items = in.size() / channels_;
    std::size_t done = 0;
    while (done < items) {
      const std::size_t take = std::min(items - done, length_ - static_cast<std::size_t>(filled_));
      for (std::size_t c = 0; c < channels_; ++c) {
        Real* row = rows_.data() + c * length_ + filled_;
        const Real* from = in.data() + done * channels_ + c;
        for (std::size_t i = 0; i < take; ++i) row[i] = from[i * channels_];
      }
      done += take;
      filled_ += take;
      if (filled_ < length_) return;
      on_segment();
      filled_ = length_ - hop_;
      for (std::size_t c = 0; c < channels_ && filled_ > 0; ++c) {
        Real* row = rows_.data() + c * length_;
        std::memmove(row, row + hop_, filled_ * sizeof(Real));
      }
    }
  }
  [[nodiscard]] const Real* row(std::size_t channel) const noexcept { return rows_.data() + channel * length_; }
  [[nodiscard]] std::size_t channels() const noexcept { return channels_; }
  /// Most segments that `items` items can complete.
  [[nodiscard]] std::size_t most_segments(std::size_t items) const noexcept { return (items - 1) / hop_ + 1; }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(filled_, rows_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return filled_ < length_; }

 private:
  std::size_t channels_ = 0, length_ = 0, hop_ = 0;
  std::uint64_t filled_ = 0;
  std::span<Real> rows_;
};

namespace detail {

/// "none", "constant", "linear" and "density", "spectrum", as parameters are written; the text was checked before.
[[nodiscard]] detrend_kind detrend_of(std::string_view text) noexcept;
[[nodiscard]] spectrum_scaling scaling_of(std::string_view text) noexcept;
inline constexpr std::string_view detrend_choices = "none|constant|linear";
inline constexpr std::string_view scaling_choices = "density|spectrum";

/// noverlap as a parameter, -1 being half of nperseg, made a hop. Errors: noverlap not below nperseg.
[[nodiscard]] result<std::size_t> hop_of(std::int64_t nperseg, std::int64_t noverlap, std::string_view stage);

/// sum of x[i] in 16 lanes, added in the kernels' order.
template <class Real>
[[nodiscard]] double sum_less(const Real* x, std::size_t n, double offset) noexcept;

}  // namespace detail

}  // namespace millwright
