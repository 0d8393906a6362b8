// An isolation forest as codes, and codes as a stream of bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "millwright/core/error.hpp"

namespace millwright::detail {

/// Nodes of all trees in the order of isolation_forest: siblings side by side, children behind their parent; a leaf has
/// feature = columns and is its own child.
struct coded_trees {
  std::vector<std::uint32_t> code;  ///< of the threshold; of a leaf: index of its path length
  std::vector<std::uint16_t> node;  ///< feature, left child
  std::vector<std::int32_t> start;  ///< first node of each tree, then the number of nodes
};

enum class threshold_form : std::uint8_t { rank, float32, fixed16 };

/// What the codes of thresholds mean. A value goes right if it is >= the threshold, so a code stands for the smallest value that does.
class threshold_codec {
 public:
  static constexpr double last_code = 65534.0;  // of fixed16: one more than the number of steps fits 16 bits

  /// Views into `table` and `start`, as quantized_forest keeps them. Error: they do not fit the form and the number of columns.
  static result<threshold_codec> of(threshold_form form, std::size_t columns, std::span<const double> table,
                                    std::span<const std::int32_t> start);

  [[nodiscard]] threshold_form form() const noexcept { return form_; }
  /// Bits of a code.
  [[nodiscard]] unsigned width(std::size_t feature) const noexcept;
  [[nodiscard]] bool is_code(std::size_t feature, std::uint32_t code) const noexcept;
  /// The smallest value that goes right; not finite when there is none.
  [[nodiscard]] double value(std::size_t feature, std::uint32_t code) const noexcept;
  /// The code nearest to `threshold`; none if the form has none.
  [[nodiscard]] std::optional<std::uint32_t> code(std::size_t feature, double threshold) const noexcept;

 private:
  [[nodiscard]] bool reaches(std::size_t feature, std::uint32_t code, double value) const noexcept;

  threshold_form form_ = threshold_form::rank;
  std::span<const double> table_;
  std::span<const std::int32_t> start_;
};

/// The tables of a codec for these thresholds.
struct threshold_tables {
  std::vector<double> table;
  std::vector<std::int32_t> start;
};
/// `thresholds`: of each feature, ascending, without repetition. Error: the range of a feature is too large for fixed16.
result<threshold_tables> tables_for(threshold_form form, std::vector<std::vector<double>> thresholds);

/// Bits that tell `count` things apart; at least one, so that no node is free.
[[nodiscard]] unsigned bits_for(std::size_t count) noexcept;

[[nodiscard]] std::vector<std::uint8_t> write_trees(const coded_trees& trees, const threshold_codec& codec, std::size_t columns,
                                                    std::size_t paths);

/// Everything is checked: features, codes, sizes, the end of the stream. Error: what does not fit.
result<coded_trees> read_trees(std::span<const std::uint8_t> bits, const threshold_codec& codec, std::size_t columns, std::size_t paths,
                               std::size_t trees);

}  // namespace millwright::detail
