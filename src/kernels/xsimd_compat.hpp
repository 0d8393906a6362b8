// xsimd behind the kernels' vocabulary: levels, conversions and shuffles that xsimd 8 lacks or names otherwise.
// Include only from a kernel file compiled for the level it asks for: xsimd refuses batches the compiler flags lack.
#pragma once

#if !defined(MILLWRIGHT_XSIMD_NAMESPACE)
#error "define MILLWRIGHT_XSIMD_NAMESPACE, a name of the file's own, before including this"
#endif

// Every kernel file gets xsimd under a name of its own. xsimd's functions are weak symbols wherever they are not inlined; under
// one name, the linker could keep the copy that was compiled with -mavx512f and call it from the SSE2 kernels.
#define xsimd MILLWRIGHT_XSIMD_NAMESPACE
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12's own AVX-512 intrinsics start from a deliberately uninitialised register (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <xsimd/xsimd.hpp>

#include <utility>

#include "kernels/scalar_pack.hpp"

namespace millwright::detail {
namespace {

template <class T, class A>
MILLWRIGHT_INLINE xsimd::batch<std::uint64_t, A> to_bits(xsimd::batch<T, A> a) noexcept {
  return xsimd::bitwise_cast<xsimd::batch<std::uint64_t, A>>(a);
}
template <class A>
MILLWRIGHT_INLINE xsimd::batch<double, A> from_bits(xsimd::batch<std::uint64_t, A> bits) noexcept {
  return xsimd::bitwise_cast<xsimd::batch<double, A>>(bits);
}

/// Correctly rounded. On AArch64, xsimd 8 approximates both in single precision, with other bits than everywhere else.
template <class A>
MILLWRIGHT_INLINE xsimd::batch<float, A> square_root(xsimd::batch<float, A> a) noexcept {
#if defined(__aarch64__)
  return xsimd::batch<float, A>(vsqrtq_f32(a.data));
#else
  return xsimd::sqrt(a);
#endif
}
template <class A>
MILLWRIGHT_INLINE xsimd::batch<double, A> square_root(xsimd::batch<double, A> a) noexcept {
#if defined(__aarch64__)
  return xsimd::batch<double, A>(vsqrtq_f64(a.data));
#else
  return xsimd::sqrt(a);
#endif
}
template <class A>
MILLWRIGHT_INLINE xsimd::batch<float, A> quotient(xsimd::batch<float, A> a, xsimd::batch<float, A> b) noexcept {
#if defined(__aarch64__)
  return xsimd::batch<float, A>(vdivq_f32(a.data, b.data));
#else
  return a / b;
#endif
}

#if defined(__x86_64__)
// What x86's instructions do, to the sign of zero and NaN; those of AArch64 do something else.
template <class T, class A>
MILLWRIGHT_INLINE xsimd::batch<T, A> lesser(xsimd::batch<T, A> a, xsimd::batch<T, A> b) noexcept {
  return xsimd::min(a, b);
}
template <class T, class A>
MILLWRIGHT_INLINE xsimd::batch<T, A> greater(xsimd::batch<T, A> a, xsimd::batch<T, A> b) noexcept {
  return xsimd::max(a, b);
}
#endif

#if defined(__AVX512F__)
/// xsimd 8 hands its batches themselves to GCC's macro of this intrinsic, which compiles only where it is a function: with optimisation.
MILLWRIGHT_INLINE xsimd::batch<std::int8_t, xsimd::avx512bw> select(xsimd::batch_bool<std::int8_t, xsimd::avx512bw> mask,
                                                                    xsimd::batch<std::int8_t, xsimd::avx512bw> a,
                                                                    xsimd::batch<std::int8_t, xsimd::avx512bw> b) noexcept {
  return xsimd::batch<std::int8_t, xsimd::avx512bw>(_mm512_mask_blend_epi8(mask.data, b.data, a.data));
}
#endif

/// Lanes of a and b by number, a first: the compilers' own shuffle, which picks the instructions.
template <int... Lane, class Pack>
MILLWRIGHT_INLINE Pack shuffled(Pack a, Pack b, std::integer_sequence<int, Lane...>) noexcept {
  return Pack(__builtin_shufflevector(a.data, b.data, Lane...));
}

template <int Size, class Lane, class Sequence = std::make_integer_sequence<int, Size>>
struct lane_numbers;
template <int Size, class Lane, int... I>
struct lane_numbers<Size, Lane, std::integer_sequence<int, I...>> {
  using type = std::integer_sequence<int, Lane::of(I)...>;
};
template <class Lane, class Pack>
MILLWRIGHT_INLINE Pack shuffle(Pack a, Pack b) noexcept {
  return shuffled(a, b, typename lane_numbers<static_cast<int>(Pack::size), Lane>::type{});
}

struct even_lanes {
  static constexpr int of(int i) noexcept { return 2 * i; }
};
struct odd_lanes {
  static constexpr int of(int i) noexcept { return 2 * i + 1; }
};
template <int Size>
struct low_zipped {
  static constexpr int of(int i) noexcept { return i / 2 + (i % 2) * Size; }
};
template <int Size>
struct high_zipped {
  static constexpr int of(int i) noexcept { return Size / 2 + i / 2 + (i % 2) * Size; }
};
/// The two halves of the reversed packs, zipped.
template <int Size>
struct low_reversed_zipped {
  static constexpr int of(int i) noexcept { return Size - 1 - i / 2 + (i % 2) * Size; }
};
template <int Size>
struct high_reversed_zipped {
  static constexpr int of(int i) noexcept { return Size / 2 - 1 - i / 2 + (i % 2) * Size; }
};
template <int Size>
struct reversed {
  static constexpr int of(int i) noexcept { return Size - 1 - i; }
};
template <int By>
struct slid {
  static constexpr int of(int i) noexcept { return By + i; }
};
/// One step of a transpose: exchanges bit `Bit` of the lane number with the choice of row.
template <int Size, int Bit>
struct low_exchanged {
  static constexpr int of(int i) noexcept { return (i & Bit) == 0 ? i : Size + i - Bit; }
};
template <int Size, int Bit>
struct high_exchanged {
  static constexpr int of(int i) noexcept { return (i & Bit) == 0 ? i + Bit : Size + i; }
};

template <int Bit, class Pack>
MILLWRIGHT_INLINE void transpose_steps(Pack* rows) noexcept {
  constexpr int size = static_cast<int>(Pack::size);
  if constexpr (Bit < size) {
    unroll<Pack::size / 2>([&](auto pair) MILLWRIGHT_LAMBDA {
      constexpr int number = static_cast<int>(pair.value);
      constexpr int i = number / Bit * 2 * Bit + number % Bit;
      const Pack a = rows[i];
      const Pack b = rows[i + Bit];
      rows[i] = shuffle<low_exchanged<size, Bit>>(a, b);
      rows[i + Bit] = shuffle<high_exchanged<size, Bit>>(a, b);
    });
    transpose_steps<2 * Bit>(rows);
  }
}

// Conversions, in the one instruction that each takes; xsimd would convert lane by lane. widened: as many floats as doubles fill a
// pack. narrowed: two packs of doubles in one of floats. half: one of them back.
#if defined(__x86_64__)
MILLWRIGHT_INLINE __m128d widened(const float* p, xsimd::sse2) noexcept {
  return _mm_cvtps_pd(_mm_castsi128_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
}
MILLWRIGHT_INLINE __m128 narrowed(__m128d a, __m128d b) noexcept { return _mm_movelh_ps(_mm_cvtpd_ps(a), _mm_cvtpd_ps(b)); }
template <std::size_t Half>
MILLWRIGHT_INLINE __m128d half_of(__m128 a) noexcept {
  return _mm_cvtps_pd(Half == 0 ? a : _mm_movehl_ps(a, a));
}
#if defined(__AVX2__)
MILLWRIGHT_INLINE __m256d widened(const float* p, xsimd::avx2) noexcept { return _mm256_cvtps_pd(_mm_loadu_ps(p)); }
MILLWRIGHT_INLINE __m256 narrowed(__m256d a, __m256d b) noexcept { return _mm256_set_m128(_mm256_cvtpd_ps(b), _mm256_cvtpd_ps(a)); }
template <std::size_t Half>
MILLWRIGHT_INLINE __m256d half_of(__m256 a) noexcept {
  return _mm256_cvtps_pd(_mm256_extractf128_ps(a, Half));
}
#endif
#if defined(__AVX512F__)
MILLWRIGHT_INLINE __m512d widened(const float* p, xsimd::avx512bw) noexcept { return _mm512_cvtps_pd(_mm256_loadu_ps(p)); }
MILLWRIGHT_INLINE __m512 narrowed(__m512d a, __m512d b) noexcept {
  return _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(a)), _mm512_cvtpd_ps(b), 1);
}
template <std::size_t Half>
MILLWRIGHT_INLINE __m512d half_of(__m512 a) noexcept {
  return _mm512_cvtps_pd(_mm512_extractf32x8_ps(a, Half));
}
#endif
#elif defined(__aarch64__)
MILLWRIGHT_INLINE float64x2_t widened(const float* p, xsimd::neon64) noexcept { return vcvt_f64_f32(vld1_f32(p)); }
MILLWRIGHT_INLINE float32x4_t narrowed(float64x2_t a, float64x2_t b) noexcept { return vcombine_f32(vcvt_f32_f64(a), vcvt_f32_f64(b)); }
template <std::size_t Half>
MILLWRIGHT_INLINE float64x2_t half_of(float32x4_t a) noexcept {
  return vcvt_f64_f32(Half == 0 ? vget_low_f32(a) : vget_high_f32(a));
}
#endif

template <class T, class A>
struct memory_of<xsimd::batch<T, A>> {
  using pack = xsimd::batch<T, A>;
  static constexpr int size = static_cast<int>(pack::size);

  static MILLWRIGHT_INLINE pack load(const T* p) noexcept { return pack::load_unaligned(p); }
  static MILLWRIGHT_INLINE void store(T* p, pack a) noexcept { a.store_unaligned(p); }
  static MILLWRIGHT_INLINE pack widen(const float* p) noexcept { return pack(widened(p, A{})); }
  static MILLWRIGHT_INLINE pack widen(const double* p) noexcept { return load(p); }
  static MILLWRIGHT_INLINE xsimd::batch<float, A> narrow(const pack* a) noexcept {
    return xsimd::batch<float, A>(narrowed(a[0].data, a[1].data));
  }
  template <std::size_t Half>
  static MILLWRIGHT_INLINE pack half(xsimd::batch<float, A> a) noexcept {
    return pack(half_of<Half>(a.data));
  }
  static MILLWRIGHT_INLINE pack iota(T first) noexcept {
    alignas(64) static constexpr T steps[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return pack(first) + load(steps);
  }
  static MILLWRIGHT_INLINE void load_interleaved(const T* p, pack& a, pack& b) noexcept {
    const pack first = load(p);
    const pack second = load(p + size);
    a = shuffle<even_lanes>(first, second);
    b = shuffle<odd_lanes>(first, second);
  }
  static MILLWRIGHT_INLINE void store_interleaved(T* p, pack a, pack b) noexcept {
    store(p, shuffle<low_zipped<size>>(a, b));
    store(p + size, shuffle<high_zipped<size>>(a, b));
  }
  static MILLWRIGHT_INLINE void store_reversed(T* p, pack a, pack b) noexcept {
    store(p, shuffle<low_reversed_zipped<size>>(a, b));
    store(p + size, shuffle<high_reversed_zipped<size>>(a, b));
  }
  static MILLWRIGHT_INLINE pack reverse(pack a) noexcept { return shuffle<reversed<size>>(a, a); }
  template <std::size_t By>
  static MILLWRIGHT_INLINE pack slide(pack a, pack b) noexcept {
    return shuffle<slid<static_cast<int>(By)>>(a, b);
  }
  static MILLWRIGHT_INLINE T first(pack a) noexcept { return static_cast<T>(a.data[0]); }
  /// size rows of size lanes, in place.
  static MILLWRIGHT_INLINE void transpose(pack* rows) noexcept { transpose_steps<1>(rows); }
};

#if defined(__x86_64__)
struct sse2_arch {
  template <class T>
  using pack = xsimd::batch<T, xsimd::sse2>;
  using narrower = scalar_arch;
};
#if defined(__AVX2__)
struct avx2_arch {
  template <class T>
  using pack = xsimd::batch<T, xsimd::avx2>;
  using narrower = sse2_arch;
};
#endif
#if defined(__AVX512F__)
struct avx512_arch {
  template <class T>
  using pack = xsimd::batch<T, xsimd::avx512bw>;
  using narrower = avx2_arch;
};
#endif
#elif defined(__aarch64__)
struct neon64_arch {
  template <class T>
  using pack = xsimd::batch<T, xsimd::neon64>;
  using narrower = scalar_arch;
};
#endif

}  // namespace
}  // namespace millwright::detail
