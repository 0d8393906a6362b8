#pragma once

#include <complex>
#include <cstddef>
#include <memory>
#include <span>

#include "millwright/error.hpp"
#include "millwright/workspace.hpp"

namespace millwright {

namespace detail {
struct fft_kernels;
}

/// Forward FFT of real input: out[k] = sum_j in[j] exp(-2 pi i j k / n), k = 0 .. n/2. Any n >= 1.
///
/// Backend `native` (default): mixed radix 2, 3, 4, 5, Bluestein for every other length; no lock, no allocation after
/// prepare, the same bits on every platform and kernel level. Backend `fftw` (CMake -DMILLWRIGHT_FFT=fftw): FFTW behind the
/// same interface; results agree to rounding, not in bits.
/// Cost O(n log n) at every length; memory O(n). Real is float or double. A copy shares the memory of the original until it is
/// prepared itself.
template <class Real>
class real_fft {
 public:
  /// Carves all memory for length n. Errors: n = 0 or above 2^26.
  result<void> prepare(std::size_t n, workspace& memory);
  /// Fills the tables; call once after a real (not measuring) prepare.
  void reset() noexcept;
  /// in: n values; out: n/2 + 1 bins. May not overlap. Unnormalised, as SciPy's rfft.
  void forward(const Real* in, std::complex<Real>* out) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] static const char* backend() noexcept;

 private:
  struct plan;
  std::size_t size_ = 0;
  const detail::fft_kernels* kernels_ = nullptr;
  std::span<std::byte> plan_memory_;
  std::span<Real> tables_;
  std::span<Real> scratch_;
  std::shared_ptr<void> backend_plan_;
};

}  // namespace millwright
