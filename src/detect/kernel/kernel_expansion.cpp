#include "millwright/detect/kernel/kernel_expansion.hpp"

#include <algorithm>
#include <string>

#include "detect/kernel/svm_kernel.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/statistics/training_rows.hpp"

namespace millwright {

namespace {

constexpr std::size_t most_columns = 4096;
/// Rows with a larger squared norm are infinitely far from everything that was learned: gamma and training values are bounded.
constexpr double largest_square = 1e300;

}  // namespace

result<port> kernel_expansion::prepare_expansion(std::string_view stage, const port& in, workspace& memory,
                                                 const detail::kernel_formula& formula) {
  for (const auto* array : {&center_, &factor_, &typical_, &vectors_, &offsets_, &coefficients_}) {
    if (!array->is_set())
      return error(errc::not_fitted, stage, "the stage \"" + std::string(stage) + "\" has not learned yet", "fit the pipeline first");
  }
  columns_ = center_.size();
  if (in.columns.size() != columns_) {
    return error(errc::incompatible, stage,
                 "the stage \"" + std::string(stage) + "\" learned " + std::to_string(columns_) + " columns, the input has " +
                     std::to_string(in.columns.size()),
                 "use the features that it was fitted with");
  }
  tiles_ = offsets_.size() / detail::svm_tile;
  bool fits = columns_ > 0 && columns_ <= most_columns && factor_.size() == columns_ && typical_.size() == columns_ && tiles_ > 0 &&
              offsets_.size() == tiles_ * detail::svm_tile && coefficients_.size() == offsets_.size() &&
              vectors_.size() % (columns_ * detail::svm_tile) == 0 && vectors_.size() / (columns_ * detail::svm_tile) == tiles_ &&
              rho_ - rho_ == 0.0 && gamma_ > 0.0 && gamma_ < math::infinity;
  for (const auto* array : {&center_, &factor_, &typical_, &vectors_, &offsets_, &coefficients_})
    fits = fits && detail::all_finite(array->values());
  if (!fits) {
    return error(errc::corrupt_file, stage, "the arrays of stage \"" + std::string(stage) + "\" do not fit or are not finite",
                 "save the bundle again from the fitted pipeline");
  }
  formula_ = formula;
  formula_.gamma = gamma_;
  formula_.by_distances = formula.kind == detail::kernel_kind::rbf && detail::needs_distances(gamma_, offsets_.data(), offsets_.size());
  kernels_ = &detail::active_kernels();
  take(memory);
  return port::of({std::string(stage)});
}

void kernel_expansion::take(workspace& memory) noexcept {
  rows_ = memory.carve_scratch<double>(block_rows * columns_);
  squares_ = memory.carve_scratch<double>(block_rows);
  values_ = memory.carve_scratch<double>(block_rows * chunk_tiles * detail::svm_tile);
}

bool kernel_expansion::load_row(std::span<const double> row, std::size_t r) noexcept {
  double* z = rows_.data() + r * columns_;
  bool finite = true;
  for (std::size_t c = 0; c < columns_; ++c) {
    finite &= row[c] - row[c] == 0.0;
    z[c] = (row[c] - center_[c]) * factor_[c];
  }
  squares_[r] = detail::squared_norm(z, columns_);
  return finite;
}

void kernel_expansion::score_block(std::size_t count, bool with_self, double* scores) noexcept {
  double sums[block_rows] = {};
  for (std::size_t first = 0; first < tiles_; first += chunk_tiles) {
    const std::size_t tiles = std::min(chunk_tiles, tiles_ - first);
    const std::size_t width = tiles * detail::svm_tile;
    const std::size_t start = first * detail::svm_tile;
    detail::kernel_values(*kernels_, formula_, vectors_.data() + start * columns_, offsets_.data() + start, tiles, columns_, rows_.data(),
                          squares_.data(), count, values_.data());
    for (std::size_t r = 0; r < count; ++r) sums[r] += kernels_->dot(coefficients_.data() + start, values_.data() + r * width, width);
  }
  for (std::size_t r = 0; r < count; ++r) {
    if (formula_.kind == detail::kernel_kind::rbf && !(squares_[r] <= largest_square)) sums[r] = 0.0;
    const double score = rho_ - sums[r] + (with_self ? detail::kernel_of_itself(formula_, squares_[r]) : 0.0);
    scores[r] = score - score == 0.0 ? score : math::nan;
  }
}

void kernel_expansion::score_rows(const const_rows& in, const rows_view& out, bool with_self) noexcept {
  for (std::size_t first = 0; first < in.rows; first += block_rows) {
    const std::size_t count = std::min(block_rows, in.rows - first);
    bool finite[block_rows];
    double scores[block_rows];
    for (std::size_t r = 0; r < count; ++r) finite[r] = load_row(in[first + r], r);
    score_block(count, with_self, scores);
    for (std::size_t r = 0; r < count; ++r) out[first + r][0] = finite[r] ? scores[r] : math::nan;
  }
}

void kernel_expansion::explain_by_distance(std::span<const double> row, std::span<double> contributions, bool weighted) noexcept {
  std::fill(contributions.begin(), contributions.end(), 0.0);
  if (!load_row(row, 0) || !(squares_[0] <= largest_square)) return;
  const double* z = rows_.data();
  const auto exponent = [&](std::size_t v) {
    const double* vector = vectors_.data() + v / detail::svm_tile * columns_ * detail::svm_tile + v % detail::svm_tile;
    double sum = 0.0;
    for (std::size_t c = 0; c < columns_; ++c) {
      const double d = z[c] - vector[c * detail::svm_tile];
      sum += d * d;
    }
    return formula_.gamma * sum;
  };
  // Relative to the nearest vector, so that rows far away, whose kernels vanish, are explained as well.
  double nearest = math::infinity;
  for (std::size_t v = 0; v < offsets_.size(); ++v) {
    if (coefficients_[v] != 0.0) nearest = std::min(nearest, exponent(v));
  }
  double total = 0.0;
  for (std::size_t v = 0; v < offsets_.size(); ++v) {
    if (coefficients_[v] == 0.0) continue;
    const double weight = (weighted ? coefficients_[v] : 1.0) * math::exp(nearest - exponent(v));
    if (!(weight > 0.0)) continue;
    total += weight;
    const double* vector = vectors_.data() + v / detail::svm_tile * columns_ * detail::svm_tile + v % detail::svm_tile;
    for (std::size_t c = 0; c < columns_; ++c) {
      const double d = z[c] - vector[c * detail::svm_tile];
      contributions[c] += weight * (formula_.gamma * (d * d));
    }
  }
  for (double& c : contributions) {
    c = total > 0.0 ? c / total : 0.0;
    if (!(c < math::infinity)) c = 0.0;
  }
}

void kernel_expansion::explain_by_deviation(std::span<const double> row, std::span<double> contributions) noexcept {
  std::fill(contributions.begin(), contributions.end(), 0.0);
  if (!load_row(row, 0)) return;
  for (std::size_t c = 0; c < columns_; ++c) {
    const double d = rows_[c] - typical_[c];
    if (const double square = d * d; square < math::infinity) contributions[c] = square;
  }
}

void kernel_expansion::explain_by_replacement(std::span<const double> row, std::span<double> contributions) noexcept {
  std::fill(contributions.begin(), contributions.end(), 0.0);
  if (!load_row(row, 0)) return;
  double whole = 0.0;
  score_block(1, false, &whole);
  for (std::size_t c = 0; c < columns_; ++c) {
    const double kept = rows_[c];
    rows_[c] = typical_[c];
    squares_[0] = detail::squared_norm(rows_.data(), columns_);
    double without = 0.0;
    score_block(1, false, &without);
    rows_[c] = kept;
    if (const double fall = whole - without; fall > 0.0 && fall < math::infinity) contributions[c] = fall;
  }
}

}  // namespace millwright
