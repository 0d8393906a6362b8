#if defined(MILLWRIGHT_FFT_FFTW)

#include <fftw3.h>

#include <cstring>
#include <mutex>

#include "millwright/numeric/fft.hpp"

namespace millwright {
namespace {

constexpr std::size_t largest_size = std::size_t{1} << 26;

/// FFTW's planner keeps global state and is not thread-safe; execution is.
std::mutex& planner() {
  static std::mutex& mutex = *new std::mutex;  // never destroyed: transforms of static objects may end later
  return mutex;
}

/// FFTW's functions in one precision. Plans assume the alignment of the arrays they were made with; ESTIMATE looks at it but does
/// not touch the arrays.
template <class Real>
struct fftw;

template <>
struct fftw<double> {
  using plan = fftw_plan;
  using bins = fftw_complex;
  static constexpr auto forward_real = &fftw_plan_dft_r2c_1d;
  static constexpr auto inverse_real = &fftw_plan_dft_c2r_1d;
  static constexpr auto complex = &fftw_plan_dft_1d;
  static constexpr auto execute = &fftw_execute;
  static constexpr auto destroy = &fftw_destroy_plan;
};

template <>
struct fftw<float> {
  using plan = fftwf_plan;
  using bins = fftwf_complex;
  static constexpr auto forward_real = &fftwf_plan_dft_r2c_1d;
  static constexpr auto inverse_real = &fftwf_plan_dft_c2r_1d;
  static constexpr auto complex = &fftwf_plan_dft_1d;
  static constexpr auto execute = &fftwf_execute;
  static constexpr auto destroy = &fftwf_destroy_plan;
};

/// A plan each way, between arrays of the object that owns it.
template <class Real>
struct plan_pair {
  typename fftw<Real>::plan forward = nullptr;
  typename fftw<Real>::plan inverse = nullptr;

  plan_pair() = default;
  plan_pair(const plan_pair&) = delete;
  plan_pair& operator=(const plan_pair&) = delete;
  ~plan_pair() {
    const std::lock_guard lock(planner());
    if (forward != nullptr) fftw<Real>::destroy(forward);
    if (inverse != nullptr) fftw<Real>::destroy(inverse);
  }
};

template <class Real>
const plan_pair<Real>& pair_of(const std::shared_ptr<void>& plan) noexcept {
  MILLWRIGHT_ASSERT(plan != nullptr);
  return *static_cast<const plan_pair<Real>*>(plan.get());
}

/// Two arrays in one: the second starts on the cache line after `count` values.
template <class Real>
constexpr std::size_t after(std::size_t count) noexcept {
  constexpr std::size_t line = workspace::alignment / sizeof(Real);
  return (count + line - 1) / line * line;
}

template <class Real>
typename fftw<Real>::bins* as_bins(Real* values) noexcept {
  return reinterpret_cast<typename fftw<Real>::bins*>(values);
}

error bad_length(std::string_view where) {
  return {errc::invalid_argument, where, "the transform length must lie in 1 .. 67108864", "choose a shorter window"};
}

}  // namespace

// --- real input ------------------------------------------------------------------------------------------------------------
// Transforms run between the object's own arrays, first n values, then the bins: plans assume an alignment, and the inverse
// destroys its input.

template <class Real>
result<void> real_fft<Real>::prepare(std::size_t n, workspace& memory) {
  if (n == 0 || n > largest_size) return bad_length("real_fft");
  size_ = n;
  backend_plan_.reset();
  scratch_ = memory.carve_scratch<Real>(after<Real>(n) + 2 * (n / 2 + 1));
  if (scratch_.empty()) return {};
  Real* const values = scratch_.data();
  auto* const bins = as_bins(values + after<Real>(n));
  auto made = std::make_shared<plan_pair<Real>>();
  {
    const std::lock_guard lock(planner());
    made->forward = fftw<Real>::forward_real(static_cast<int>(n), values, bins, FFTW_ESTIMATE);
    made->inverse = fftw<Real>::inverse_real(static_cast<int>(n), bins, values, FFTW_ESTIMATE);
  }
  if (made->forward == nullptr || made->inverse == nullptr) {
    return error(errc::out_of_memory, "real_fft", "FFTW could not make a plan");
  }
  backend_plan_ = std::move(made);
  return {};
}

template <class Real>
void real_fft<Real>::reset() noexcept {}

template <class Real>
bool real_fft<Real>::forward_tapered(const Real*, const Real*, std::complex<Real>*) noexcept {
  return false;
}

template <class Real>
void real_fft<Real>::forward(const Real* in, std::complex<Real>* out) noexcept {
  Real* const bins = scratch_.data() + after<Real>(size_);
  std::memcpy(scratch_.data(), in, size_ * sizeof(Real));
  fftw<Real>::execute(pair_of<Real>(backend_plan_).forward);
  std::memcpy(static_cast<void*>(out), bins, (size_ / 2 + 1) * sizeof(std::complex<Real>));
}

template <class Real>
void real_fft<Real>::inverse(const std::complex<Real>* in, Real* out) noexcept {
  Real* const bins = scratch_.data() + after<Real>(size_);
  std::memcpy(bins, in, (size_ / 2 + 1) * sizeof(std::complex<Real>));
  bins[1] = Real(0);
  if (size_ % 2 == 0) bins[size_ + 1] = Real(0);
  fftw<Real>::execute(pair_of<Real>(backend_plan_).inverse);
  const Real scale = Real(1) / static_cast<Real>(size_);
  for (std::size_t i = 0; i < size_; ++i) out[i] = scale * scratch_[i];
}

template <class Real>
void real_fft<Real>::forward_batch(const Real* in, std::size_t in_stride, std::size_t count, std::complex<Real>* out,
                                   std::size_t out_stride) noexcept {
  for (std::size_t i = 0; i < count; ++i) forward(in + i * in_stride, out + i * out_stride);
}

template <class Real>
void real_fft<Real>::inverse_batch(const std::complex<Real>* in, std::size_t in_stride, std::size_t count, Real* out,
                                   std::size_t out_stride) noexcept {
  for (std::size_t i = 0; i < count; ++i) inverse(in + i * in_stride, out + i * out_stride);
}

template <class Real>
const char* real_fft<Real>::backend() noexcept {
  return "fftw";
}

// --- complex input ---------------------------------------------------------------------------------------------------------

template <class Real>
result<void> complex_fft<Real>::prepare(std::size_t n, workspace& memory) {
  if (n == 0 || n > largest_size) return bad_length("complex_fft");
  size_ = n;
  backend_plan_.reset();
  scratch_ = memory.carve_scratch<Real>(after<Real>(2 * n) + 2 * n);
  if (scratch_.empty()) return {};
  auto* const from = as_bins(scratch_.data());
  auto* const to = as_bins(scratch_.data() + after<Real>(2 * n));
  auto made = std::make_shared<plan_pair<Real>>();
  {
    const std::lock_guard lock(planner());
    made->forward = fftw<Real>::complex(static_cast<int>(n), from, to, FFTW_FORWARD, FFTW_ESTIMATE);
    made->inverse = fftw<Real>::complex(static_cast<int>(n), from, to, FFTW_BACKWARD, FFTW_ESTIMATE);
  }
  if (made->forward == nullptr || made->inverse == nullptr) {
    return error(errc::out_of_memory, "complex_fft", "FFTW could not make a plan");
  }
  backend_plan_ = std::move(made);
  return {};
}

template <class Real>
void complex_fft<Real>::reset() noexcept {}

template <class Real>
void complex_fft<Real>::forward(const std::complex<Real>* in, std::complex<Real>* out) noexcept {
  std::memcpy(scratch_.data(), in, size_ * sizeof(std::complex<Real>));
  fftw<Real>::execute(pair_of<Real>(backend_plan_).forward);
  std::memcpy(static_cast<void*>(out), scratch_.data() + after<Real>(2 * size_), size_ * sizeof(std::complex<Real>));
}

template <class Real>
void complex_fft<Real>::inverse(const std::complex<Real>* in, std::complex<Real>* out) noexcept {
  std::memcpy(scratch_.data(), in, size_ * sizeof(std::complex<Real>));
  fftw<Real>::execute(pair_of<Real>(backend_plan_).inverse);
  const Real* const z = scratch_.data() + after<Real>(2 * size_);
  const Real scale = Real(1) / static_cast<Real>(size_);
  for (std::size_t j = 0; j < size_; ++j) out[j] = {scale * z[2 * j], scale * z[2 * j + 1]};
}

template class real_fft<float>;
template class real_fft<double>;
template class complex_fft<float>;
template class complex_fft<double>;

}  // namespace millwright

#endif
