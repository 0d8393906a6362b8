// The bodies of svm_kernels, width-generic; see kernels.inl.hpp for the rules.
#pragma once

#include "exp.inl.hpp"
#include "scalar_pack.hpp"
#include "svm_kernels.hpp"

namespace millwright::detail {
namespace {

struct product_term {
  template <class Pack>
  static MILLWRIGHT_INLINE Pack of(Pack x, Pack v) noexcept {
    return x * v;
  }
};
struct squared_difference_term {
  template <class Pack>
  static MILLWRIGHT_INLINE Pack of(Pack x, Pack v) noexcept {
    const Pack difference = x - v;
    return difference * difference;
  }
};

/// One tile against `Rows` rows; as many sums in registers as the adders need to stay busy and the registers can hold.
template <class Arch, class Term, std::size_t Rows>
MILLWRIGHT_INLINE void tile_against_rows(const double* tile, std::size_t columns, const double* rows, double* out,
                                         std::size_t out_stride) noexcept {
  using pack = typename Arch::template pack<double>;
  using memory = memory_of<pack>;
  constexpr std::size_t tile_packs = svm_tile / pack::size;
  constexpr std::size_t wanted = Rows > 1 ? (pack::size == 8 ? 4 : 2) : 8;
  constexpr std::size_t packs = wanted < tile_packs ? wanted : tile_packs;
  for (std::size_t first = 0; first < svm_tile; first += packs * pack::size) {
    pack sum[Rows * packs];
    unroll<Rows * packs>([&](auto i) MILLWRIGHT_LAMBDA { sum[i.value] = pack(0.0); });
    const double* vectors = tile + first;
    for (std::size_t c = 0; c < columns; ++c, vectors += svm_tile) {
      pack v[packs];
      unroll<packs>([&](auto p) MILLWRIGHT_LAMBDA { v[p.value] = memory::load(vectors + p.value * pack::size); });
      unroll<Rows>([&](auto r) MILLWRIGHT_LAMBDA {
        const pack x(rows[r.value * columns + c]);
        unroll<packs>([&](auto p) MILLWRIGHT_LAMBDA {
          pack& s = sum[r.value * packs + p.value];
          s = s + Term::of(x, v[p.value]);
        });
      });
    }
    unroll<Rows>([&](auto r) MILLWRIGHT_LAMBDA {
      unroll<packs>([&](auto p) MILLWRIGHT_LAMBDA {
        memory::store(out + r.value * out_stride + first + p.value * pack::size, sum[r.value * packs + p.value]);
      });
    });
  }
}

template <class Arch, class Term>
void tiles_against_rows(const double* tiles, std::size_t tile_count, std::size_t columns, const double* rows, std::size_t row_count,
                        double* out) noexcept {
  const std::size_t stride = tile_count * svm_tile;
  for (std::size_t t = 0; t < tile_count; ++t) {
    const double* tile = tiles + t * columns * svm_tile;
    std::size_t r = 0;
    for (; r + 4 <= row_count; r += 4)
      tile_against_rows<Arch, Term, 4>(tile, columns, rows + r * columns, out + r * stride + t * svm_tile, stride);
    for (; r < row_count; ++r) tile_against_rows<Arch, Term, 1>(tile, columns, rows + r * columns, out + r * stride + t * svm_tile, stride);
  }
}

template <class Arch>
void rbf_of_products(const double* squares, double square, double gamma, std::size_t n, double* y) noexcept {
  using pack = typename Arch::template pack<double>;
  using memory = memory_of<pack>;
  for (std::size_t i = 0; i < n; i += pack::size) {
    const pack distance = (pack(square) + memory::load(squares + i)) - pack(2.0) * memory::load(y + i);
    memory::store(y + i, exp_of_negative(-(pack(gamma) * greater(distance, pack(0.0)))));
  }
}

template <class Arch>
void rbf_of_distances(double gamma, std::size_t n, double* y) noexcept {
  using pack = typename Arch::template pack<double>;
  using memory = memory_of<pack>;
  for (std::size_t i = 0; i < n; i += pack::size) memory::store(y + i, exp_of_negative(-(pack(gamma) * memory::load(y + i))));
}

template <class Arch>
constexpr svm_kernels svm_kernels_of = {&tiles_against_rows<Arch, product_term>, &tiles_against_rows<Arch, squared_difference_term>,
                                        &rbf_of_products<Arch>, &rbf_of_distances<Arch>};

}  // namespace
}  // namespace millwright::detail
