#include "millwright/detect/forest/random_cut_forest.hpp"

#include <algorithm>
#include <utility>

#include "detect/forest/random_cut_tree.hpp"
#include "detect/forest/streaming_forest_fit.hpp"
#include "millwright/numeric/random.hpp"

namespace millwright {

namespace {
constexpr std::size_t fewest_rows = 8;
constexpr std::uint64_t acceptance = std::uint64_t{1} << 63;  // streams of random numbers that decide which trees take a row

/// A new stream starts from this many rows at most: enough that trees of different samples differ.
std::size_t most_model_rows(std::int64_t samples, std::int64_t window) {
  return static_cast<std::size_t>(std::max(samples, std::min(window, 8 * samples)));
}
}  // namespace

result<port> random_cut_forest::prepare(const port& in, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_CHECK(prepare_rows(id, in, most_model_rows(samples, window)));
  tree_count_ = static_cast<std::size_t>(trees);
  samples_ = static_cast<std::size_t>(samples);
  take(memory);
  return port::of({std::string(id)});
}

void random_cut_forest::take(workspace& memory) noexcept {
  take_row(memory);
  const std::size_t slots = tree_count_ * samples_;
  taken_ = memory.carve<std::uint64_t>(tree_count_);
  for (auto* each : {&root_, &oldest_, &size_}) *each = memory.carve<std::uint16_t>(tree_count_);
  for (auto* each : {&parent_, &count_}) *each = memory.carve<std::uint16_t>(2 * slots);
  for (auto* each : {&left_, &right_, &cut_column_, &leaf_of_}) *each = memory.carve<std::uint16_t>(slots);
  cut_ = memory.carve<double>(slots);
  for (auto* each : {&low_, &high_, &point_}) *each = memory.carve<double>(slots * columns_);
  scratch_ = memory.carve_scratch<std::uint16_t>(samples_);
}

detail::random_cut_tree random_cut_forest::tree(std::size_t t) const noexcept {
  const auto part = [t](auto values, std::size_t size) { return values.subspan(t * size, size); };
  const std::size_t n = samples_;
  return {n,
          columns_,
          part(parent_, 2 * n),
          part(count_, 2 * n),
          part(left_, n),
          part(right_, n),
          part(cut_column_, n),
          part(cut_, n),
          part(low_, n * columns_),
          part(high_, n * columns_),
          part(point_, n * columns_),
          part(leaf_of_, n),
          scratch_,
          root_[t],
          oldest_[t],
          size_[t]};
}

void random_cut_forest::reset() noexcept {
  std::fill(taken_.begin(), taken_.end(), std::uint64_t{0});
  for (std::size_t t = 0; t < tree_count_; ++t) tree(t).clear();
  offered_ = 0;
  rate_ = static_cast<double>(samples) / static_cast<double>(std::max<std::size_t>(model_rows_, 1));
  learn_model_rows(*this);
  rate_ = static_cast<double>(samples) / static_cast<double>(window);
}

bool random_cut_forest::state_is_valid() const noexcept {
  for (std::size_t t = 0; t < tree_count_; ++t) {
    if (!tree(t).is_valid()) return false;
  }
  return true;
}

double random_cut_forest::score(std::span<const double> x) const noexcept {
  double sum = 0.0;
  for (std::size_t t = 0; t < tree_count_; ++t) sum += tree(t).codisp(x, random_stream(static_cast<std::uint64_t>(seed), stream_of(t)));
  return sum / static_cast<double>(tree_count_);
}

void random_cut_forest::learn_row(std::span<const double> x) noexcept {
  random_stream chance(static_cast<std::uint64_t>(seed), acceptance | offered_);
  ++offered_;
  for (std::size_t t = 0; t < tree_count_; ++t) {
    if (!(chance.uniform() < rate_)) continue;
    detail::random_cut_tree one = tree(t);
    if (one.size == one.capacity) one.remove_oldest();
    one.insert(x, random_stream(static_cast<std::uint64_t>(seed), stream_of(t)));
    ++taken_[t];
  }
}

void random_cut_forest::explain(std::span<const double> row, std::span<double> contributions) noexcept {
  std::fill(contributions.begin(), contributions.end(), 0.0);
  if (!load(row)) return;
  for (std::size_t t = 0; t < tree_count_; ++t) tree(t).attribute(x_, contributions);
  for (double& c : contributions) c /= static_cast<double>(tree_count_);
}

result<void> random_cut_forest::finish() {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_TRY(const row_table rows, training_.take(id, fewest_rows));
  return detail::finish_forest(*this, rows, most_model_rows(samples, window), [](random_cut_forest&, std::size_t) {});
}

}  // namespace millwright
