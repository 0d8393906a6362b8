// Rows against points that lie column by column, width-generic; see kernels.inl.hpp for the rules. A lane holds one point, so the
// columns are summed in order and the bits depend neither on the level nor on how many rows or points are taken together.
#pragma once

#include "kernels/exp.inl.hpp"
#include "kernels/scalar_pack.hpp"
#include "millwright/detail/kernels.hpp"

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

/// Sums over the columns of the terms of `Packs` packs of points and `Rows` rows, in registers.
template <class Pack, class Term, std::size_t Rows, std::size_t Packs>
MILLWRIGHT_INLINE void packs_against_rows(const double* points, std::size_t dimensions, std::size_t stride, const double* rows, double* out,
                                          std::size_t out_stride) noexcept {
  using memory = memory_of<Pack>;
  Pack sum[Rows * Packs];
  unroll<Rows * Packs>([&](auto i) MILLWRIGHT_LAMBDA { sum[i.value] = Pack(0.0); });
  for (std::size_t d = 0; d < dimensions; ++d, points += stride) {
    Pack v[Packs];
    unroll<Packs>([&](auto p) MILLWRIGHT_LAMBDA { v[p.value] = memory::load(points + p.value * Pack::size); });
    unroll<Rows>([&](auto r) MILLWRIGHT_LAMBDA {
      const Pack x(rows[r.value * dimensions + d]);
      unroll<Packs>([&](auto p) MILLWRIGHT_LAMBDA {
        Pack& s = sum[r.value * Packs + p.value];
        s = s + Term::of(x, v[p.value]);
      });
    });
  }
  unroll<Rows>([&](auto r) MILLWRIGHT_LAMBDA {
    unroll<Packs>([&](auto p) MILLWRIGHT_LAMBDA {
      memory::store(out + r.value * out_stride + p.value * Pack::size, sum[r.value * Packs + p.value]);
    });
  });
}

/// As many sums at a time as the adders need to stay busy and the registers can hold.
template <class Arch, class Term, std::size_t Rows>
MILLWRIGHT_INLINE void points_against_rows(const point_columns& points, const double* rows, double* out, std::size_t out_stride) noexcept {
  using pack = typename Arch::template pack<double>;
  using single = scalar_pack<double>;
  constexpr std::size_t packs = pack::size == 8 ? 4 : Rows > 1 ? 2 : 8;
  std::size_t i = 0;
  const auto take = [&](auto* tag, auto count) MILLWRIGHT_LAMBDA {
    using P = std::remove_pointer_t<decltype(tag)>;
    constexpr std::size_t step = count.value * P::size;
    for (; i + step <= points.count; i += step)
      packs_against_rows<P, Term, Rows, count.value>(points.values + i, points.dimensions, points.stride, rows, out + i, out_stride);
  };
  take(static_cast<pack*>(nullptr), constant<packs>{});
  take(static_cast<pack*>(nullptr), constant<2>{});
  take(static_cast<pack*>(nullptr), constant<1>{});
  take(static_cast<single*>(nullptr), constant<1>{});
}

template <class Arch, class Term>
MILLWRIGHT_INLINE void sums_of_terms(const double* rows, std::size_t row_count, const point_columns& points, double* out,
                                     std::size_t out_stride) noexcept {
  std::size_t r = 0;
  for (; r + 4 <= row_count; r += 4)
    points_against_rows<Arch, Term, 4>(points, rows + r * points.dimensions, out + r * out_stride, out_stride);
  for (; r < row_count; ++r) points_against_rows<Arch, Term, 1>(points, rows + r * points.dimensions, out + r * out_stride, out_stride);
}

template <class Arch>
void squared_distances(const double* rows, std::size_t row_count, const point_columns& points, double* out,
                       std::size_t out_stride) noexcept {
  sums_of_terms<Arch, squared_difference_term>(rows, row_count, points, out, out_stride);
}

template <class Arch>
void gaussians(double gamma, double nearest, std::size_t n, double* y) noexcept {
  for_each_pack<Arch>(n, [=](auto* tag, std::size_t i) MILLWRIGHT_LAMBDA {
    using pack = pack_of<decltype(*tag)>;
    using memory = memory_of<pack>;
    memory::store(y + i, exp_of_negative(-(pack(gamma) * (memory::load(y + i) - pack(nearest)))));
  });
}

}  // namespace
}  // namespace millwright::detail
