#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/wavelet/dwt.hpp"
#include "millwright/wavelet/wavelet_energies.hpp"

// Wavelet packets (Coifman and Wickerhauser, IEEE Trans. Inf. Theory 38, 1992): every band is split again, so that level j has 2^j
// bands of equal width. A node is named by its path, a (low-pass) or d (high-pass) for each level: "aad".
//
// Natural order sorts paths as text. Frequency order sorts by the band that a node really shows: a high-pass and every second sample
// turn the spectrum round, so the order is that of the Gray code: aa ad dd da. Band f of level j covers f .. f + 1 times rate / 2^(j+1).

namespace millwright {

enum class packet_order : std::uint8_t { natural, frequency };

/// Errors: neither "natural" nor "freq".
[[nodiscard]] result<packet_order> parse_packet_order(std::string_view name);

/// Place in natural order of the node that comes `index`-th in `order`.
[[nodiscard]] constexpr std::size_t natural_index(std::size_t index, packet_order order) noexcept {
  return order == packet_order::frequency ? index ^ (index >> 1) : index;
}
/// "aad" of the index-th node of a level, in `order`.
[[nodiscard]] std::string packet_path(std::size_t level, std::size_t index, packet_order order);
/// Place in natural order. Errors: letters other than a and d, more than `deepest` letters.
[[nodiscard]] result<std::size_t> packet_index(std::string_view path, std::size_t deepest);

/// The whole tree in one array: level 1, then level 2, ...; the nodes of a level in natural order, all of one size.
class packet_layout {
 public:
  static constexpr std::size_t deepest = 20;

  packet_layout() noexcept = default;
  /// n >= 1 samples, level <= deepest.
  packet_layout(std::size_t n, std::size_t length, wavelet_mode mode, std::size_t level) noexcept;

  [[nodiscard]] std::size_t level() const noexcept { return level_; }
  /// Coefficients in a node of a level; of level 0, the samples.
  [[nodiscard]] std::size_t node_size(std::size_t level) const noexcept { return size_[level]; }
  /// level >= 1
  [[nodiscard]] std::size_t start(std::size_t level) const noexcept { return start_[level]; }
  [[nodiscard]] std::size_t total() const noexcept { return start_[level_] + (level_ == 0 ? 0 : size_[level_] << level_); }

 private:
  std::size_t level_ = 0;
  std::size_t size_[deepest + 1] = {};
  std::size_t start_[deepest + 1] = {};
};

/// All nodes of all levels: layout.node_size(0) samples to layout.total() coefficients.
template <class Real>
void decompose_packets(const wavelet_bank<Real>& bank, const packet_layout& layout, const Real* x, Real* tree) noexcept;
/// From the nodes of the deepest level, already in the tree, up: overwrites the levels above, gives node_size(0) samples.
template <class Real>
void recompose_packets(const wavelet_bank<Real>& bank, const packet_layout& layout, Real* tree, Real* x) noexcept;

/// Packets of frames of one length, prepared: all nodes, and the energies of the deepest level's in order of frequency.
/// O(length level). Energies want mode periodization, see wavelet_energies.
template <class Real>
class wavelet_packet_transform {
 public:
  /// Errors: length 0; a level of 0, beyond dwt_max_level or packet_layout::deepest.
  result<void> prepare(const wavelet& w, wavelet_mode mode, std::size_t level, std::size_t length, workspace& memory);
  void reset() noexcept;

  /// x: length samples.
  void compute(const Real* x) noexcept;
  /// The signal that belongs to the deepest level's nodes: length samples. Overwrites the levels above.
  void inverse(Real* x) noexcept;

  [[nodiscard]] const packet_layout& layout() const noexcept { return layout_; }
  /// 1 <= level <= layout().level(), index < 2^level.
  [[nodiscard]] std::span<const Real> node(std::size_t level, std::size_t index,
                                           packet_order order = packet_order::frequency) const noexcept {
    return tree_.subspan(layout_.start(level) + natural_index(index, order) * layout_.node_size(level), layout_.node_size(level));
  }
  /// To change the deepest level's coefficients before inverse.
  [[nodiscard]] std::span<Real> leaf(std::size_t index, packet_order order = packet_order::frequency) noexcept {
    const std::size_t size = layout_.node_size(layout_.level());
    return tree_.subspan(layout_.start(layout_.level()) + natural_index(index, order) * size, size);
  }
  /// One band a node, in order of frequency.
  [[nodiscard]] wavelet_energies energies() const noexcept { return {energies_, total_}; }

 private:
  wavelet_bank<Real> bank_;
  packet_layout layout_;
  std::span<Real> tree_;
  std::span<double> energies_;
  double total_ = 0.0;
};

/// Plain form: the whole tree. As in PyWavelets the level may exceed dwt_max_level; nodes then hold mostly what the mode adds at the ends.
template <class Real>
struct wavelet_packet_tree {
  packet_layout layout;
  std::vector<Real> coefficients;
  /// 1 <= level, index < 2^level
  [[nodiscard]] std::span<const Real> node(std::size_t level, std::size_t index,
                                           packet_order order = packet_order::frequency) const noexcept {
    return std::span<const Real>(coefficients)
        .subspan(layout.start(level) + natural_index(index, order) * layout.node_size(level), layout.node_size(level));
  }
};
/// Errors: an empty signal; a level of 0 or beyond packet_layout::deepest.
template <class Real>
[[nodiscard]] result<wavelet_packet_tree<Real>> wavelet_packets(std::span<const Real> x, const wavelet& w, std::size_t level,
                                                                wavelet_mode mode = wavelet_mode::symmetric);
/// Undoes wavelet_packets from its deepest level.
template <class Real>
[[nodiscard]] result<std::vector<Real>> inverse_wavelet_packets(wavelet_packet_tree<Real> tree, const wavelet& w,
                                                                wavelet_mode mode = wavelet_mode::symmetric);

namespace detail {
/// What the plain forms check.
[[nodiscard]] result<void> check_packets(std::size_t n, std::size_t level);
}  // namespace detail

}  // namespace millwright
