#include "detect/forest/row_sampler.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

namespace millwright::detail {

result<std::vector<double>> drawing_weights(std::string_view stage, const const_rows& rows, std::int64_t samples) {
  std::vector<double> weights;
  if (rows.meta == nullptr) return weights;
  double largest = 0.0;
  bool equal = true;
  for (std::size_t r = 0; r < rows.rows; ++r) {
    weights.push_back(rows.meta[r].weight);
    largest = std::max(largest, weights.back());
    equal &= weights[r] == weights[0];
  }
  if (equal) return std::vector<double>();
  if (samples >= static_cast<std::int64_t>(rows.rows)) {
    return error(errc::invalid_argument, stage,
                 "row weights decide which rows a tree draws, but each tree draws all " + std::to_string(rows.rows) + " rows",
                 "choose fewer samples or fit without weights");
  }
  // A weight too small beside the largest to be drawn still takes part: with probability 2^-1000 or so.
  for (double& w : weights) w = std::max(w / largest, 1e-300);
  return weights;
}

row_sampler::row_sampler(std::size_t rows, std::span<const double> weights) : weights_(weights) {
  if (weights.empty()) {
    order_.resize(rows);
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    return;
  }
  first_leaf_ = std::bit_ceil(rows);
  sums_.assign(2 * first_leaf_, 0.0);
  std::copy(weights.begin(), weights.end(), sums_.begin() + static_cast<std::ptrdiff_t>(first_leaf_));
  for (std::size_t i = first_leaf_; --i > 0;) sums_[i] = sums_[2 * i] + sums_[2 * i + 1];
}

void row_sampler::draw(random_stream& random, std::span<std::size_t> picked) {
  if (!weights_.empty()) {
    for (std::size_t& p : picked) p = take(random.uniform() * sums_[1]);
    for (const std::size_t p : picked) set(p, weights_[p]);
    return;
  }
  swaps_.clear();
  for (std::size_t i = 0; i < picked.size(); ++i) {
    const std::size_t j = i + static_cast<std::size_t>(random.below(order_.size() - i));
    swaps_.push_back(j);
    std::swap(order_[i], order_[j]);
    picked[i] = order_[i];
  }
  for (std::size_t i = picked.size(); i-- > 0;) std::swap(order_[i], order_[swaps_[i]]);
}

/// The row whose share of the sum holds `point`; a side that is used up is never entered.
std::size_t row_sampler::take(double point) {
  std::size_t at = 1;
  while (at < first_leaf_) {
    at *= 2;
    if (sums_[at] > 0.0 && (point < sums_[at] || !(sums_[at + 1] > 0.0))) continue;
    point -= sums_[at];
    ++at;
  }
  set(at - first_leaf_, 0.0);
  return at - first_leaf_;
}

/// Sums are formed anew from below, so that a side without rows is exactly 0.
void row_sampler::set(std::size_t row, double weight) {
  std::size_t at = first_leaf_ + row;
  sums_[at] = weight;
  while ((at /= 2) > 0) sums_[at] = sums_[2 * at] + sums_[2 * at + 1];
}

}  // namespace millwright::detail
