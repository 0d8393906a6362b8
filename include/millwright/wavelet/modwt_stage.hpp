#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "millwright/core/signal_stage.hpp"
#include "millwright/wavelet/modwt.hpp"

namespace millwright {

/// Maximal overlap wavelet transform of each column, sample by sample: level + 1 columns out for one in, the approximation first, then
/// the details from the coarsest to the finest; same rate. The bits are those of modwt with modwt_boundary::zero: before the first
/// sample the signal counts as zero, so the first (2^j - 1)(length - 1) items of level j (modwt_boundary_count) are a start-up.
/// delay_s grows by half the length of the longest filter. O(length level) a sample; about 2^level length values of state a column.
/// A sample that is not finite spoils as many items as the filters are long, (2^level - 1)(length - 1) + 1.
/// Source: Percival and Walden, Wavelet Methods for Time Series Analysis, 2000.
template <class Real>
class modwt_stage {
 public:
  static constexpr std::string_view id = "modwt";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::analysis;
  static constexpr std::string_view doc =
      "Maximal overlap wavelet transform, sample by sample: the approximation, then the details from the coarsest to the finest.";
  static constexpr std::int64_t deepest = 16;

  std::string wavelet = "db4";
  std::int64_t level = 4;

  static auto params() {
    return std::tuple{choice("wavelet", &modwt_stage::wavelet, "db4", {}, "orthogonal wavelet: haar, db1-20, sym2-20, coif1-5"),
                      integer("level", &modwt_stage::level, 4, 1, deepest, unit::none, "octaves that are split off")};
  }
  static auto model() { return std::tuple<>{}; }

  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(used_, lines_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept;

 private:
  [[nodiscard]] std::size_t history(std::size_t j) const noexcept { return (bank_.length() - 1) << (j - 1); }
  [[nodiscard]] std::size_t line_size(std::size_t j) const noexcept { return 2 * history(j) + max_items_; }

  stationary_bank<Real> bank_;
  std::size_t columns_ = 0;
  std::size_t max_items_ = 0;
  std::span<Real> lines_;          // for each column and level: the approximation below, at least as far back as the filters reach
  std::span<std::uint64_t> used_;  // for each level: values in the line, of which the last are the newest
  std::span<Real> approximation_;  // of the last level
  std::span<Real> detail_;
};

}  // namespace millwright
