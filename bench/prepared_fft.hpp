// A real transform with its memory and arrays, ready to be timed.
#pragma once

#include <complex>
#include <cstdlib>
#include <memory>

#include "millwright/numeric/fft.hpp"
#include "millwright/numeric/random.hpp"

namespace millwright {

struct free_memory {
  void operator()(void* p) const noexcept { std::free(p); }
};

template <class T>
std::unique_ptr<T, free_memory> aligned(std::size_t count) {
  const std::size_t lines = (count * sizeof(T) + workspace::alignment - 1) / workspace::alignment;
  return std::unique_ptr<T, free_memory>(static_cast<T*>(std::aligned_alloc(workspace::alignment, lines * workspace::alignment)));
}

/// n values of noise and room for n/2 + 1 bins.
template <class Real>
struct fft_arrays {
  explicit fft_arrays(std::size_t n) : x(aligned<Real>(n)), bins(aligned<Real>(n + 2)) {}
  void fill(std::size_t n) {
    random_stream random(1, n);
    for (std::size_t i = 0; i < n; ++i) x.get()[i] = static_cast<Real>(random.normal());
  }
  std::unique_ptr<Real, free_memory> x, bins;
};

/// For the kernel level in use. is_ready is false where prepare failed.
template <class Real>
class prepared_fft {
 public:
  explicit prepared_fft(std::size_t n) : arrays_(n) {
    workspace measure;
    if (!fft_.prepare(n, measure)) return;
    memory_ = aligned<std::byte>(measure.bytes_used());
    workspace carve(std::span(memory_.get(), measure.bytes_used()));
    if (!fft_.prepare(n, carve)) return;
    fft_.reset();
    arrays_.fill(n);
    is_ready = true;
  }
  void run() { fft_.forward(arrays_.x.get(), reinterpret_cast<std::complex<Real>*>(arrays_.bins.get())); }

  bool is_ready = false;

 private:
  real_fft<Real> fft_;
  std::unique_ptr<std::byte, free_memory> memory_;
  fft_arrays<Real> arrays_;
};

}  // namespace millwright
