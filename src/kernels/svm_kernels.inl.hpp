// The bodies of svm_kernels, width-generic; see kernels.inl.hpp for the rules.
#pragma once

#include "kernels/distance_kernels.inl.hpp"
#include "kernels/exp.inl.hpp"
#include "kernels/scalar_pack.hpp"
#include "kernels/svm_kernels.hpp"

namespace millwright::detail {
namespace {

template <class Arch>
void products(const double* tiles, std::size_t tile_count, std::size_t columns, const double* rows, std::size_t row_count,
              double* out) noexcept {
  for (std::size_t t = 0; t < tile_count; ++t) {
    sums_of_terms<Arch, product_term>(rows, row_count, {tiles + t * columns * svm_tile, columns, svm_tile, svm_tile}, out + t * svm_tile,
                                      tile_count * svm_tile);
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
constexpr svm_kernels svm_kernels_of = {&products<Arch>, &rbf_of_products<Arch>};

}  // namespace
}  // namespace millwright::detail
