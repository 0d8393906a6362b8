// One-lane stand-in for a SIMD batch: the vocabulary in which the kernels are written, without any SIMD library.
// The scalar kernels are made of it, and the wider levels finish their tails with it. Everything has internal linkage,
// because files compiled for wider instruction sets include this too and must not export code to the linker.
#pragma once

#include <cstddef>
#include <cstdint>

namespace millwright::detail {
namespace {

template <class T>
struct scalar_pack {
  using value_type = T;
  static constexpr std::size_t size = 1;
  T value;

  scalar_pack() noexcept = default;
  explicit scalar_pack(T v) noexcept : value(v) {}

  friend scalar_pack operator+(scalar_pack a, scalar_pack b) noexcept { return scalar_pack(a.value + b.value); }
  friend scalar_pack operator-(scalar_pack a, scalar_pack b) noexcept { return scalar_pack(a.value - b.value); }
  friend scalar_pack operator*(scalar_pack a, scalar_pack b) noexcept { return scalar_pack(a.value * b.value); }
  friend scalar_pack operator/(scalar_pack a, scalar_pack b) noexcept { return scalar_pack(a.value / b.value); }
  friend scalar_pack operator-(scalar_pack a) noexcept { return scalar_pack(-a.value); }
  friend bool operator<(scalar_pack a, scalar_pack b) noexcept { return a.value < b.value; }
  friend bool operator>(scalar_pack a, scalar_pack b) noexcept { return a.value > b.value; }
  friend bool operator==(scalar_pack a, scalar_pack b) noexcept { return a.value == b.value; }
};

inline scalar_pack<double> sqrt(scalar_pack<double> a) noexcept { return scalar_pack<double>(__builtin_sqrt(a.value)); }
inline scalar_pack<float> sqrt(scalar_pack<float> a) noexcept { return scalar_pack<float>(__builtin_sqrtf(a.value)); }
inline scalar_pack<double> abs(scalar_pack<double> a) noexcept { return scalar_pack<double>(__builtin_fabs(a.value)); }
inline scalar_pack<float> abs(scalar_pack<float> a) noexcept { return scalar_pack<float>(__builtin_fabsf(a.value)); }

template <class T>
inline scalar_pack<T> select(bool mask, scalar_pack<T> a, scalar_pack<T> b) noexcept {
  return mask ? a : b;
}

inline std::uint64_t to_bits(scalar_pack<double> a) noexcept {
  std::uint64_t bits = 0;
  __builtin_memcpy(&bits, &a.value, sizeof bits);
  return bits;
}
inline scalar_pack<double> from_bits(std::uint64_t bits) noexcept {
  double value = 0;
  __builtin_memcpy(&value, &bits, sizeof value);
  return scalar_pack<double>(value);
}

/// Loading and storing, by pack type. The primary template is the one-lane form; SIMD packs specialise it.
template <class Pack>
struct memory_of {
  using T = typename Pack::value_type;
  static Pack load(const T* p) noexcept { return Pack(*p); }
  static void store(T* p, Pack a) noexcept { *p = a.value; }
  /// Pack::size floats as doubles.
  static Pack widen(const float* p) noexcept { return Pack(static_cast<T>(*p)); }
  /// (first, first + 1, ...)
  static Pack iota(T first) noexcept { return Pack(first); }
  static void load_interleaved(const T* p, Pack& a, Pack& b) noexcept {
    a = Pack(p[0]);
    b = Pack(p[1]);
  }
  static void store_interleaved(T* p, Pack a, Pack b) noexcept {
    p[0] = a.value;
    p[1] = b.value;
  }
  static Pack reverse(Pack a) noexcept { return a; }
  static void transpose(Pack*) noexcept {}
};

/// Instruction level without SIMD.
struct scalar_arch {
  template <class T>
  using pack = scalar_pack<T>;
  using narrower = void;
};

}  // namespace
}  // namespace millwright::detail
