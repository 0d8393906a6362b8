#include "millwright/detect/forest/half_space_trees.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "detect/forest/streaming_forest_fit.hpp"
#include "millwright/numeric/random.hpp"

namespace millwright {

namespace {
constexpr std::size_t fewest_rows = 8;
constexpr double positions = 65536.0;  // of a column inside the work range: 16 binary digits
}  // namespace

/// Where a row falls in one tree.
struct half_space_trees::path {
  std::uint16_t cell = 0;  // `depth` digits, the first one highest
  std::uint16_t column[deepest] = {};
};

result<port> half_space_trees::prepare(const port& in, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  tree_count_ = static_cast<std::size_t>(trees);
  depth_ = static_cast<std::size_t>(depth);
  window_ = static_cast<std::size_t>(window);
  MILLWRIGHT_CHECK(prepare_rows(id, in, window_));
  take(memory);
  return port::of({std::string(id)});
}

void half_space_trees::take(workspace& memory) noexcept {
  take_row(memory);
  range_start_ = memory.carve_table<double>(tree_count_ * columns_);
  range_inverse_ = memory.carve_table<double>(tree_count_ * columns_);
  path_cell_ = memory.carve_scratch<std::uint16_t>(tree_count_);
  seen_.take(columns_, memory);
  cell_ = memory.carve<std::uint16_t>(2 * tree_count_ * window_);
}

void half_space_trees::fill_ranges() noexcept {
  if (!range_start_.fill) return;
  range_start_.fill = false;
  for (std::size_t t = 0; t < tree_count_; ++t) {
    random_stream random(static_cast<std::uint64_t>(seed), t);
    for (std::size_t c = 0; c < columns_; ++c) {
      const double centre = random.uniform();
      const double half = 2.0 * std::max(centre, 1.0 - centre);
      range_start_[t * columns_ + c] = centre - half;
      range_inverse_[t * columns_ + c] = positions / (2.0 * half);
    }
  }
}

void half_space_trees::reset() noexcept {
  fill_ranges();
  seen_.reset();
  std::fill(cell_.begin(), cell_.end(), std::uint16_t{0});
  reference_ = 0;
  reference_rows_ = 0;
  latest_rows_ = 0;
  learn_model_rows(*this);
  if (latest_rows_ > 0) {  // fewer rows than a window: they are the reference all the same
    reference_ ^= 1;
    reference_rows_ = latest_rows_;
    latest_rows_ = 0;
  }
}

bool half_space_trees::state_is_valid() const noexcept {
  if (reference_ > 1 || reference_rows_ < 1 || reference_rows_ > window_ || latest_rows_ >= window_ || !seen_.is_valid()) return false;
  for (std::size_t t = 0; t < tree_count_; ++t) {
    const auto reference = cells_of(reference_, t).first(reference_rows_);
    const auto latest = cells_of(1U - reference_, t).first(latest_rows_);
    if (!std::is_sorted(reference.begin(), reference.end()) || !std::is_sorted(latest.begin(), latest.end())) return false;
  }
  return true;
}

std::span<std::uint16_t> half_space_trees::cells_of(std::size_t profile, std::size_t tree) const noexcept {
  return cell_.subspan((profile * tree_count_ + tree) * window_, window_);
}

half_space_trees::path half_space_trees::path_of(std::size_t tree, std::span<const double> x) const noexcept {
  path p;
  std::uint32_t node = 1;
  std::uint32_t draw[3] = {};
  for (std::size_t level = 0; level < depth_; ++level) {
    if (level % 2 == 0) {
      random_stream random(static_cast<std::uint64_t>(seed), (std::uint64_t{tree} + 1) << 32 | node);
      const std::uint64_t bits = random.next_u64();
      draw[0] = static_cast<std::uint32_t>(bits);
      draw[1] = static_cast<std::uint32_t>(bits >> 32);
      draw[2] = static_cast<std::uint32_t>(random.next_u64());
    }
    const std::uint64_t bits = draw[level % 2 == 0 ? 0 : 1 + (node & 1)];
    const auto column = static_cast<std::uint16_t>(bits * columns_ >> 32);
    const auto used = static_cast<std::uint32_t>(std::count(p.column, p.column + level, column));
    const std::size_t at = tree * columns_ + column;
    // A little more, because the smallest and largest training values lie on edges of cells by construction and rounding would
    // decide on which side.
    const double position = std::clamp((x[column] - range_start_[at]) * range_inverse_[at] + 0x1p-20, 0.0, positions - 1.0);
    const std::uint32_t digit = static_cast<std::uint32_t>(position) >> (15 - used) & 1U;
    p.column[level] = column;
    node = 2 * node + digit;
  }
  p.cell = static_cast<std::uint16_t>(node - (1U << depth_));
  return p;
}

/// Calls on_level(level, mass, mass of the half below) for each halving and returns mass 2^depth where the walk ends.
template <class OnLevel>
double half_space_trees::descend(std::size_t tree, const path& p, OnLevel&& on_level) const noexcept {
  const auto cells = cells_of(reference_, tree);
  const auto* first = cells.data();
  const auto* last = first + reference_rows_;
  double volume = 1.0;  // 2^level
  for (std::size_t level = 0; level < depth_; ++level) {
    const auto mass = static_cast<std::size_t>(last - first);
    if (10 * mass <= reference_rows_) break;
    const std::size_t below = depth_ - 1 - level;
    const auto upper = static_cast<std::uint32_t>((std::uint32_t{p.cell} >> below | 1U) << below);  // where the upper half begins
    const auto* middle = std::lower_bound(first, last, upper, [](std::uint16_t a, std::uint32_t b) { return a < b; });
    if ((p.cell >> below & 1) != 0) {
      first = middle;
    } else {
      last = middle;
    }
    on_level(level, mass, static_cast<std::size_t>(last - first));
    volume *= 2.0;
  }
  return static_cast<double>(last - first) * volume;
}

double half_space_trees::score(std::span<const double> x) noexcept {
  double sum = 0.0;
  for (std::size_t t = 0; t < tree_count_; ++t) {
    const path p = path_of(t, x);
    path_cell_[t] = p.cell;
    sum += descend(t, p, [](std::size_t, std::size_t, std::size_t) {});
  }
  return 1.0 - math::log2(sum + 1.0) / normalizer() + out_of_box_weight * seen_.mean_excess(x);
}

/// log2 of the sum over trees where rows are spread evenly over the work range.
double half_space_trees::normalizer() const noexcept {
  return math::log2(static_cast<double>(tree_count_) * static_cast<double>(std::max(reference_rows_, 2U)));
}

void half_space_trees::learn_row(std::span<const double> x) noexcept {
  seen_.extend(x);
  for (std::size_t t = 0; t < tree_count_; ++t) {
    const auto cells = cells_of(1U - reference_, t);
    std::size_t i = latest_rows_;
    for (; i > 0 && cells[i - 1] > path_cell_[t]; --i) cells[i] = cells[i - 1];
    cells[i] = path_cell_[t];
  }
  ++latest_rows_;
  if (latest_rows_ < window_) return;
  reference_ ^= 1;
  reference_rows_ = latest_rows_;
  latest_rows_ = 0;
}

void half_space_trees::explain(std::span<const double> row, std::span<double> contributions) noexcept {
  std::fill(contributions.begin(), contributions.end(), 0.0);
  if (!load(row)) return;
  for (std::size_t t = 0; t < tree_count_; ++t) {
    const path p = path_of(t, x_);
    static_cast<void>(descend(t, p, [&](std::size_t level, std::size_t mass, std::size_t half) {
      // An even spread leaves half of the rows in each half; half a row more keeps the logarithm finite.
      const double bits = math::log2((static_cast<double>(mass) + 1.0) / (2.0 * static_cast<double>(half) + 1.0));
      contributions[p.column[level]] += std::max(bits, 0.0);
    }));
  }
  for (std::size_t c = 0; c < columns_; ++c) {
    contributions[c] = contributions[c] / (static_cast<double>(tree_count_) * normalizer()) +
                       out_of_box_weight * seen_.excess(x_, c) / static_cast<double>(columns_);
  }
}

result<void> half_space_trees::finish() {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_TRY(const row_table rows, training_.take(id, fewest_rows));
  return detail::finish_forest(*this, rows, static_cast<std::size_t>(window), [](half_space_trees&, std::size_t) {});
}

}  // namespace millwright
