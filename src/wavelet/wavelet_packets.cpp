#include "millwright/wavelet/wavelet_packets.hpp"

#include <algorithm>
#include <utility>

#include "core/nearest_name.hpp"

namespace millwright {

result<packet_order> parse_packet_order(std::string_view name) {
  if (name == "natural") return packet_order::natural;
  if (name == "freq") return packet_order::frequency;
  constexpr std::string_view known[] = {"natural", "freq"};
  return error(errc::invalid_argument, "wavelet packets", "there is no order \"" + std::string(name.substr(0, 64)) + "\"",
               detail::suggestion(name, known));
}

std::string packet_path(std::size_t level, std::size_t index, packet_order order) {
  const std::size_t bits = natural_index(index, order);
  std::string path(level, 'a');
  for (std::size_t i = 0; i < level; ++i) {
    if ((bits >> (level - 1 - i) & 1) != 0) path[i] = 'd';
  }
  return path;
}

result<std::size_t> packet_index(std::string_view path, std::size_t deepest) {
  std::size_t index = 0;
  for (const char c : path) {
    if ((c != 'a' && c != 'd') || path.size() > deepest) {
      return error(errc::invalid_argument, "wavelet packets", "there is no node \"" + std::string(path.substr(0, 64)) + "\"",
                   "a path has one letter a level, a or d, and here at most " + std::to_string(deepest));
    }
    index = 2 * index + (c == 'd' ? 1 : 0);
  }
  return index;
}

packet_layout::packet_layout(std::size_t n, std::size_t length, wavelet_mode mode, std::size_t level) noexcept : level_(level) {
  MILLWRIGHT_ASSERT(level <= deepest);
  size_[0] = n;
  for (std::size_t j = 1; j <= level; ++j) {
    size_[j] = dwt_coefficient_count(size_[j - 1], length, mode);
    start_[j] = j == 1 ? 0 : start_[j - 1] + (size_[j - 1] << (j - 1));
  }
}

template <class Real>
void decompose_packets(const wavelet_bank<Real>& bank, const packet_layout& layout, const Real* x, Real* tree) noexcept {
  for (std::size_t level = 1; level <= layout.level(); ++level) {
    const std::size_t size = layout.node_size(level);
    const std::size_t above = layout.node_size(level - 1);
    const Real* from = level == 1 ? x : tree + layout.start(level - 1);
    Real* to = tree + layout.start(level);
    for (std::size_t node = 0; node < (std::size_t{1} << (level - 1)); ++node, from += above, to += 2 * size) {
      bank.analyse(from, above, to, to + size);
    }
  }
}

template <class Real>
void recompose_packets(const wavelet_bank<Real>& bank, const packet_layout& layout, Real* tree, Real* x) noexcept {
  for (std::size_t level = layout.level(); level > 0; --level) {
    const std::size_t size = layout.node_size(level);
    const std::size_t above = layout.node_size(level - 1);
    const Real* from = tree + layout.start(level);
    Real* to = level == 1 ? x : tree + layout.start(level - 1);
    for (std::size_t node = 0; node < (std::size_t{1} << (level - 1)); ++node, from += 2 * size, to += above) {
      bank.synthesise(from, from + size, size, to, above);
    }
  }
}

namespace detail {

result<void> check_packets(std::size_t n, std::size_t level) {
  if (level == 0 || level > packet_layout::deepest) {
    return error(errc::invalid_argument, "wavelet packets", "the level must lie in 1 .. " + std::to_string(packet_layout::deepest),
                 "level 4, with 16 bands, serves most machines");
  }
  if (n == 0) return error(errc::invalid_data, "wavelet packets", "the signal is empty", "give at least one sample");
  return {};
}

}  // namespace detail

template <class Real>
result<void> wavelet_packet_transform<Real>::prepare(const wavelet& w, wavelet_mode mode, std::size_t level, std::size_t length,
                                                     workspace& memory) {
  MILLWRIGHT_CHECK(detail::check_packets(length, level));
  MILLWRIGHT_CHECK(detail::check_wavelet_level(length, w, level, "wavelet packets"));
  bank_ = wavelet_bank<Real>(w, mode);
  layout_ = packet_layout(length, w.length(), mode, level);
  tree_ = memory.carve<Real>(layout_.total());
  energies_ = memory.carve<double>(std::size_t{1} << level);
  return {};
}

template <class Real>
void wavelet_packet_transform<Real>::reset() noexcept {
  std::fill(tree_.begin(), tree_.end(), Real(0));
  std::fill(energies_.begin(), energies_.end(), 0.0);
  total_ = 0.0;
}

template <class Real>
void wavelet_packet_transform<Real>::compute(const Real* x) noexcept {
  decompose_packets(bank_, layout_, x, tree_.data());
  total_ = 0.0;
  for (std::size_t f = 0; f < energies_.size(); ++f) {
    const auto values = leaf(f, packet_order::frequency);
    energies_[f] = bank_.energy(values.data(), values.size());
    total_ += energies_[f];
  }
}

template <class Real>
void wavelet_packet_transform<Real>::inverse(Real* x) noexcept {
  recompose_packets(bank_, layout_, tree_.data(), x);
}

template <class Real>
result<wavelet_packet_tree<Real>> wavelet_packets(std::span<const Real> x, const wavelet& w, std::size_t level, wavelet_mode mode) {
  MILLWRIGHT_CHECK(detail::check_packets(x.size(), level));
  wavelet_packet_tree<Real> tree{packet_layout(x.size(), w.length(), mode, level), {}};
  tree.coefficients.resize(tree.layout.total());
  decompose_packets(wavelet_bank<Real>(w, mode), tree.layout, x.data(), tree.coefficients.data());
  return tree;
}

template <class Real>
result<std::vector<Real>> inverse_wavelet_packets(wavelet_packet_tree<Real> tree, const wavelet& w, wavelet_mode mode) {
  const std::size_t samples = tree.layout.node_size(0);
  MILLWRIGHT_CHECK(detail::check_packets(samples, tree.layout.level()));
  if (packet_layout(samples, w.length(), mode, tree.layout.level()).total() != tree.coefficients.size()) {
    return error(errc::invalid_argument, "wavelet packets", "the nodes have another length than this wavelet and mode give",
                 "use the wavelet and the mode of the decomposition");
  }
  std::vector<Real> x(samples);
  recompose_packets(wavelet_bank<Real>(w, mode), tree.layout, tree.coefficients.data(), x.data());
  return x;
}

#define MILLWRIGHT_INSTANTIATE(Real)                                                                                                  \
  template class wavelet_packet_transform<Real>;                                                                                      \
  template void decompose_packets<Real>(const wavelet_bank<Real>&, const packet_layout&, const Real*, Real*) noexcept;                \
  template void recompose_packets<Real>(const wavelet_bank<Real>&, const packet_layout&, Real*, Real*) noexcept;                      \
  template result<wavelet_packet_tree<Real>> wavelet_packets<Real>(std::span<const Real>, const wavelet&, std::size_t, wavelet_mode); \
  template result<std::vector<Real>> inverse_wavelet_packets<Real>(wavelet_packet_tree<Real>, const wavelet&, wavelet_mode);
MILLWRIGHT_INSTANTIATE(float)
MILLWRIGHT_INSTANTIATE(double)
#undef MILLWRIGHT_INSTANTIATE

}  // namespace millwright
