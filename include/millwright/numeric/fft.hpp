#pragma once

#include <complex>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"

// Discrete Fourier transforms of any length 1 .. 2^26, in the conventions of scipy.fft with norm="backward": forward without a
// factor, inverse with 1/n.
//
// Backend `native` (default): mixed radix for lengths of the factors 2, 3 and 5, Bluestein's algorithm for every other length
// (IEEE Trans. Audio Electroacoust. 18, 1970); no lock, no allocation after prepare, the same bits on every platform and kernel
// level. Backend `fftw` (CMake -DMILLWRIGHT_FFT=fftw): FFTW behind the same interface; results agree to rounding, not in bits.
//
// Cost O(n log n) at every length; memory O(n). Real is float or double. Input and output may not overlap. Not finite input gives
// not finite output, and leaves nothing behind. An object serves one thread at a time; a copy shares the memory of the original
// until it is prepared itself. Twiddles are tables (see workspace.hpp): objects of the same length share them in a model.

namespace millwright {

namespace detail {
struct fft_kernels;
}

/// Real input: out[k] = sum_j in[j] exp(-2 pi i j k / n), k = 0 .. n/2.
template <class Real>
class real_fft {
 public:
  using value_type = Real;

  /// Carves all memory for length n. Errors: n = 0 or above 2^26.
  result<void> prepare(std::size_t n, workspace& memory);
  /// Fills the tables, unless another object has; call once after a real (not measuring) prepare.
  void reset() noexcept;

  /// in: n values; out: n/2 + 1 bins.
  void forward(const Real* in, std::complex<Real>* out) noexcept;
  /// forward() of the products in[i] taper[i], equal in bits, without a buffer for them. False, and nothing done, for a length or a
  /// backend that cannot do so.
  [[nodiscard]] bool forward_tapered(const Real* in, const Real* taper, std::complex<Real>* out) noexcept;
  /// in: n/2 + 1 bins, of which the imaginary parts of bin 0 and, for even n, bin n/2 are ignored; out: n values. Undoes forward.
  void inverse(const std::complex<Real>* in, Real* out) noexcept;

  /// `count` transforms, equal in bits to as many single ones: frame i starts at in + i * in_stride and its bins at
  /// out + i * out_stride. Frames may overlap (in_stride < n is a hop), bins may not.
  void forward_batch(const Real* in, std::size_t in_stride, std::size_t count, std::complex<Real>* out, std::size_t out_stride) noexcept;
  void inverse_batch(const std::complex<Real>* in, std::size_t in_stride, std::size_t count, Real* out, std::size_t out_stride) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] static const char* backend() noexcept;

 private:
  struct plan;
  std::size_t size_ = 0;
  const detail::fft_kernels* kernels_ = nullptr;
  std::span<std::byte> plan_memory_;
  table<Real> tables_;
  std::span<Real> scratch_;
  std::shared_ptr<void> backend_plan_;
};

/// Complex input: out[k] = sum_j in[j] exp(-2 pi i j k / n), k = 0 .. n-1.
template <class Real>
class complex_fft {
 public:
  using value_type = Real;

  /// Carves all memory for length n. Errors: n = 0 or above 2^26.
  result<void> prepare(std::size_t n, workspace& memory);
  /// Fills the tables, unless another object has; call once after a real (not measuring) prepare.
  void reset() noexcept;

  /// in: n values; out: n bins.
  void forward(const std::complex<Real>* in, std::complex<Real>* out) noexcept;
  /// out[j] = 1/n sum_k in[k] exp(2 pi i j k / n).
  void inverse(const std::complex<Real>* in, std::complex<Real>* out) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  struct plan;
  std::size_t size_ = 0;
  const detail::fft_kernels* kernels_ = nullptr;
  std::span<std::byte> plan_memory_;
  table<Real> tables_;
  std::span<Real> scratch_;
  std::shared_ptr<void> backend_plan_;
};

/// A prepared transform, borrowed from a cache of the process: for plain functions over arrays, which have nowhere to keep one.
/// Code that streams prepares its own instead, as borrowing locks, and allocates when the cache has no transform of that length.
///
///     auto fft = fft_lease<real_fft<double>>::borrow(n);
///     if (!fft) return fft.error();
///     (*fft)->forward(in, out);
///
/// What is borrowed belongs to this lease alone, state and scratch, until its end gives it back. The cache keeps at most 64
/// transforms of a kind and 64 MiB of each, and drops what was given back longest ago.
template <class Transform>
class fft_lease {
 public:
  /// A transform of length n for the kernel level in use. Errors: those of prepare; out_of_memory.
  [[nodiscard]] static result<fft_lease> borrow(std::size_t n);

  fft_lease(fft_lease&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
  fft_lease& operator=(fft_lease&& other) noexcept {
    std::swap(entry_, other.entry_);
    return *this;
  }
  fft_lease(const fft_lease&) = delete;
  fft_lease& operator=(const fft_lease&) = delete;
  ~fft_lease();

  [[nodiscard]] Transform& operator*() const noexcept;
  [[nodiscard]] Transform* operator->() const noexcept { return &**this; }

 private:
  struct entry;
  class cache;
  explicit fft_lease(entry* borrowed) noexcept : entry_(borrowed) {}
  entry* entry_;
};

}  // namespace millwright
