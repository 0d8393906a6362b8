// One-lane stand-in for a SIMD batch: the vocabulary in which the kernels are written, without any SIMD library.
// The scalar kernels are made of it, and the wider levels finish their tails with it. Everything has internal linkage,
// because files compiled for wider instruction sets include this too and must not export code to the linker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

// Packs must live in registers, so everything down to the kernels' entry points is inlined. Not where that serves nobody: the
// checks of a sanitizer, repeated in every inlined copy, would take the compiler a quarter of an hour.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define MILLWRIGHT_INLINE __attribute__((always_inline)) inline
#define MILLWRIGHT_LAMBDA __attribute__((always_inline))
#else
#define MILLWRIGHT_INLINE inline
#define MILLWRIGHT_LAMBDA
#endif

namespace millwright::detail {
namespace {

template <std::size_t Index>
struct constant {
  static constexpr std::size_t value = Index;
};

template <class Body, std::size_t... Index>
MILLWRIGHT_INLINE void unrolled(Body&& body, std::index_sequence<Index...>) noexcept {
  (body(constant<Index>{}), ...);
}
/// body(constant<0>), ..., body(constant<Count - 1>): unrolled at every optimisation level, so that arrays of packs live in registers.
template <std::size_t Count, class Body>
MILLWRIGHT_INLINE void unroll(Body&& body) noexcept {
  unrolled(body, std::make_index_sequence<Count>{});
}

template <class T>
struct scalar_pack {
  using value_type = T;
  static constexpr std::size_t size = 1;
  T value;

  scalar_pack() noexcept = default;
  explicit scalar_pack(T v) noexcept : value(v) {}

  friend MILLWRIGHT_INLINE scalar_pack operator+(scalar_pack a, scalar_pack b) noexcept { return scalar_pack(a.value + b.value); }
  friend MILLWRIGHT_INLINE scalar_pack operator-(scalar_pack a, scalar_pack b) noexcept { return scalar_pack(a.value - b.value); }
  friend MILLWRIGHT_INLINE scalar_pack operator*(scalar_pack a, scalar_pack b) noexcept { return scalar_pack(a.value * b.value); }
  friend MILLWRIGHT_INLINE scalar_pack operator/(scalar_pack a, scalar_pack b) noexcept { return scalar_pack(a.value / b.value); }
  friend MILLWRIGHT_INLINE scalar_pack operator-(scalar_pack a) noexcept { return scalar_pack(-a.value); }
  friend MILLWRIGHT_INLINE bool operator<(scalar_pack a, scalar_pack b) noexcept { return a.value < b.value; }
  friend MILLWRIGHT_INLINE bool operator>(scalar_pack a, scalar_pack b) noexcept { return a.value > b.value; }
  friend MILLWRIGHT_INLINE bool operator==(scalar_pack a, scalar_pack b) noexcept { return a.value == b.value; }
};

/// Correctly rounded, unlike the library functions of that name for some platforms; see xsimd_compat.hpp.
MILLWRIGHT_INLINE scalar_pack<float> square_root(scalar_pack<float> a) noexcept { return scalar_pack<float>(__builtin_sqrtf(a.value)); }
MILLWRIGHT_INLINE scalar_pack<double> square_root(scalar_pack<double> a) noexcept { return scalar_pack<double>(__builtin_sqrt(a.value)); }
MILLWRIGHT_INLINE scalar_pack<float> quotient(scalar_pack<float> a, scalar_pack<float> b) noexcept { return a / b; }
MILLWRIGHT_INLINE scalar_pack<double> abs(scalar_pack<double> a) noexcept { return scalar_pack<double>(__builtin_fabs(a.value)); }
MILLWRIGHT_INLINE scalar_pack<float> abs(scalar_pack<float> a) noexcept { return scalar_pack<float>(__builtin_fabsf(a.value)); }

template <class T>
MILLWRIGHT_INLINE scalar_pack<T> select(bool mask, scalar_pack<T> a, scalar_pack<T> b) noexcept {
  return mask ? a : b;
}

/// a < b ? a : b and a > b ? a : b: b where either is NaN, and of equal zeros.
template <class T>
MILLWRIGHT_INLINE T lesser(T a, T b) noexcept {
  return select(a < b, a, b);
}
template <class T>
MILLWRIGHT_INLINE T greater(T a, T b) noexcept {
  return select(a > b, a, b);
}
MILLWRIGHT_INLINE float lesser(float a, float b) noexcept { return a < b ? a : b; }
MILLWRIGHT_INLINE double lesser(double a, double b) noexcept { return a < b ? a : b; }
MILLWRIGHT_INLINE float greater(float a, float b) noexcept { return a > b ? a : b; }
MILLWRIGHT_INLINE double greater(double a, double b) noexcept { return a > b ? a : b; }

MILLWRIGHT_INLINE std::uint64_t to_bits(scalar_pack<double> a) noexcept {
  std::uint64_t bits = 0;
  __builtin_memcpy(&bits, &a.value, sizeof bits);
  return bits;
}
MILLWRIGHT_INLINE scalar_pack<double> from_bits(std::uint64_t bits) noexcept {
  double value = 0;
  __builtin_memcpy(&value, &bits, sizeof value);
  return scalar_pack<double>(value);
}

/// Loading and storing, by pack type. The primary template is the one-lane form; SIMD packs specialise it.
template <class Pack>
struct memory_of {
  using T = typename Pack::value_type;
  static MILLWRIGHT_INLINE Pack load(const T* p) noexcept { return Pack(*p); }
  static MILLWRIGHT_INLINE void store(T* p, Pack a) noexcept { *p = a.value; }
  /// Pack::size samples as doubles.
  static MILLWRIGHT_INLINE Pack widen(const float* p) noexcept { return Pack(static_cast<T>(*p)); }
  static MILLWRIGHT_INLINE Pack widen(const double* p) noexcept { return Pack(static_cast<T>(*p)); }
  /// The packs of doubles that fill one of floats, rounded to single precision; and one of them back.
  static MILLWRIGHT_INLINE scalar_pack<float> narrow(const Pack* a) noexcept { return scalar_pack<float>(static_cast<float>(a->value)); }
  template <std::size_t>
  static MILLWRIGHT_INLINE Pack half(scalar_pack<float> a) noexcept {
    return Pack(static_cast<T>(a.value));
  }
  /// (first, first + 1, ...)
  static MILLWRIGHT_INLINE Pack iota(T first) noexcept { return Pack(first); }
  static MILLWRIGHT_INLINE void load_interleaved(const T* p, Pack& a, Pack& b) noexcept {
    a = Pack(p[0]);
    b = Pack(p[1]);
  }
  static MILLWRIGHT_INLINE void store_interleaved(T* p, Pack a, Pack b) noexcept {
    p[0] = a.value;
    p[1] = b.value;
  }
  /// store_interleaved of the reversed packs.
  static MILLWRIGHT_INLINE void store_reversed(T* p, Pack a, Pack b) noexcept { store_interleaved(p, a, b); }
  static MILLWRIGHT_INLINE Pack reverse(Pack a) noexcept { return a; }
  /// Pack::size lanes of a followed by b, from lane By on.
  template <std::size_t By>
  static MILLWRIGHT_INLINE Pack slide(Pack a, Pack b) noexcept {
    return By == 0 ? a : b;
  }
  static MILLWRIGHT_INLINE T first(Pack a) noexcept { return a.value; }
  static MILLWRIGHT_INLINE void transpose(Pack*) noexcept {}
};

/// Instruction level without SIMD.
struct scalar_arch {
  template <class T>
  using pack = scalar_pack<T>;
  using narrower = void;
};

}  // namespace
}  // namespace millwright::detail
