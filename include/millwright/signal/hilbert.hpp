#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/signal_stage.hpp"
#include "millwright/numeric/fft.hpp"
#include "millwright/numeric/own_or_lent_fft.hpp"

// Analytic signal: z = x + i H(x). |z| is the envelope, the rate of its phase the instantaneous frequency.
// Source: Gabor 1946; Oppenheim & Schafer, Discrete-Time Signal Processing, ch. 12.

namespace millwright {

/// Analytic signal of a frame by FFT: the prepared form of hilbert(). A value that is not finite makes the whole frame so.
template <class Real>
class analytic_signal {
 public:
  /// Frames of n samples. `real` and `complex`, transforms of that length that are ready for use, save the tables of own ones; they
  /// must outlive this object. Errors: those of complex_fft.
  result<void> prepare(std::size_t n, workspace& memory, const real_fft<Real>* real = nullptr, const complex_fft<Real>* complex = nullptr);
  void reset() noexcept;
  /// x, z: n values each.
  void compute(const Real* x, std::complex<Real>* z) noexcept;

 private:
  detail::own_or_lent_fft<complex_fft<Real>> fft_;
  detail::own_or_lent_fft<real_fft<Real>> real_;
  std::span<std::complex<Real>> bins_;
};

/// Analytic signal of x cut or padded with zeros to n samples (0: its length); equal to scipy.signal.hilbert.
/// Errors: an empty signal; n above 2^26.
template <class Real>
[[nodiscard]] result<std::vector<std::complex<Real>>> hilbert(std::span<const Real> x, std::size_t n = 0);
/// |hilbert(x)|.
template <class Real>
[[nodiscard]] result<std::vector<Real>> instantaneous_amplitude(std::span<const Real> x);
/// Frequency in Hz between each sample and the next, from the phase step of the analytic signal, -fs/2 .. fs/2; one value less than x
/// has. NaN where the analytic signal is 0. Means what it says only for a single modulated tone: filter to a band first.
template <class Real>
[[nodiscard]] result<std::vector<Real>> instantaneous_frequency(std::span<const Real> x, double fs);

/// Streaming analytic signal by an FIR Hilbert transformer (Kaiser-windowed, antisymmetric, odd length). In: samples, any channels.
/// Out: as many items, two columns a channel: re (the sample itself) and im. An item comes (taps - 1) / 2 samples after its sample;
/// zeros stand before the start and behind the end. A sample that is not finite gives NaN as far as the filter reaches.
/// Gain within 0.001 of 1 between 0.02 and 0.48 of the rate at the default taps; towards DC and half the rate it falls to 0.
template <class Real>
class hilbert_stage {
 public:
  static constexpr std::string_view id = "hilbert";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::analysis;
  static constexpr std::string_view doc = "Analytic signal by an FIR Hilbert transformer; columns re and im of each channel.";

  std::int64_t taps = 129;
  double beta = 8.0;

  static auto params() {
    using self = hilbert_stage;
    return std::tuple{
        integer("taps", &self::taps, 129, 3, 65537, unit::sample, "length of the filter, odd; longer reaches lower frequencies"),
        number("beta", &self::beta, 8.0, 0.0, 30.0, unit::none, "of the Kaiser window; more means less ripple, less band")};
  }
  static auto model() { return std::tuple{}; }

  /// Error: an even number of taps.
  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;
  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(seen_, history_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return seen_ <= half(); }

 private:
  [[nodiscard]] std::size_t half() const noexcept { return static_cast<std::size_t>(taps - 1) / 2; }
  /// in == nullptr: zeros.
  std::size_t advance(const Real* in, std::size_t items, Real* out) noexcept;

  std::size_t columns_ = 0;
  std::size_t room_ = 0;          // most items in one advance
  std::uint64_t seen_ = 0;        // items so far, up to half()
  std::span<Real> coefficients_;  // of x[n - k] - x[n + k], k = 1, 3, 5, ...
  std::span<Real> history_;       // columns x (taps - 1)
  std::span<Real> line_;          // history of one column, then its new samples
};

}  // namespace millwright
