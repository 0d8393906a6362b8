#if defined(MILLWRIGHT_FFT_FFTW)

#include <fftw3.h>

#include <cstring>
#include <mutex>

#include "millwright/fft.hpp"

namespace millwright {
namespace {

constexpr std::size_t largest_size = std::size_t{1} << 26;

/// FFTW's planner keeps global state and is not thread-safe; execution is.
std::mutex& planner() {
  static std::mutex mutex;
  return mutex;
}

template <class Real>
struct fftw;

template <>
struct fftw<double> {
  static void* plan(int n, double* in, std::complex<double>* out) {
    return fftw_plan_dft_r2c_1d(n, in, reinterpret_cast<fftw_complex*>(out), FFTW_ESTIMATE);
  }
  static void execute(void* plan, double* in, std::complex<double>* out) {
    fftw_execute_dft_r2c(static_cast<fftw_plan>(plan), in, reinterpret_cast<fftw_complex*>(out));
  }
  static void destroy(void* plan) { fftw_destroy_plan(static_cast<fftw_plan>(plan)); }
};

template <>
struct fftw<float> {
  static void* plan(int n, float* in, std::complex<float>* out) {
    return fftwf_plan_dft_r2c_1d(n, in, reinterpret_cast<fftwf_complex*>(out), FFTW_ESTIMATE);
  }
  static void execute(void* plan, float* in, std::complex<float>* out) {
    fftwf_execute_dft_r2c(static_cast<fftwf_plan>(plan), in, reinterpret_cast<fftwf_complex*>(out));
  }
  static void destroy(void* plan) { fftwf_destroy_plan(static_cast<fftwf_plan>(plan)); }
};

/// Input and output of a transform in one array: n values, then n/2 + 1 bins on the next cache line.
template <class Real>
constexpr std::size_t output_offset(std::size_t n) noexcept {
  constexpr std::size_t line = workspace::alignment / sizeof(Real);
  return (n + line - 1) / line * line;
}

}  // namespace

template <class Real>
result<void> real_fft<Real>::prepare(std::size_t n, workspace& memory) {
  if (n == 0 || n > largest_size) {
    return error(errc::invalid_argument, "real_fft", "the transform length must lie in 1 .. 67108864", "choose a shorter window");
  }
  size_ = n;
  backend_plan_.reset();
  scratch_ = memory.carve<Real>(output_offset<Real>(n) + 2 * (n / 2 + 1));
  if (scratch_.empty()) return {};
  // ESTIMATE looks at the alignment of the arrays but does not touch them. The plan's own memory is FFTW's.
  auto* out = reinterpret_cast<std::complex<Real>*>(scratch_.data() + output_offset<Real>(n));
  const std::lock_guard lock(planner());
  void* made = fftw<Real>::plan(static_cast<int>(n), scratch_.data(), out);
  if (made == nullptr) return error(errc::out_of_memory, "real_fft", "FFTW could not make a plan");
  backend_plan_ = std::shared_ptr<void>(made, [](void* released) {
    const std::lock_guard destroy_lock(planner());
    fftw<Real>::destroy(released);
  });
  return {};
}

template <class Real>
void real_fft<Real>::reset() noexcept {}

template <class Real>
void real_fft<Real>::forward(const Real* in, std::complex<Real>* out) noexcept {
  MILLWRIGHT_ASSERT(backend_plan_ != nullptr);
  // Plans assume the alignment they were made with, so the transform runs between this object's own arrays.
  auto* bins = reinterpret_cast<std::complex<Real>*>(scratch_.data() + output_offset<Real>(size_));
  std::memcpy(scratch_.data(), in, size_ * sizeof(Real));
  fftw<Real>::execute(backend_plan_.get(), scratch_.data(), bins);
  std::memcpy(static_cast<void*>(out), bins, (size_ / 2 + 1) * sizeof(std::complex<Real>));
}

template <class Real>
const char* real_fft<Real>::backend() noexcept {
  return "fftw";
}

template class real_fft<float>;
template class real_fft<double>;

}  // namespace millwright

#endif
