#include "millwright/detect/distance/kmeans_distance.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/math.hpp"
#include "statistics/kmeans.hpp"
#include "statistics/standardized_rows.hpp"

namespace millwright {

namespace {

constexpr std::size_t fewest_rows = 8;
constexpr std::size_t most_rows = 16384;
constexpr double smallest_spread = 1e-6;  // of training rows that are nearly all centres; in scales of a column

}  // namespace

// ---- running ------------------------------------------------------------------------------------------------------------

result<port> kmeans_distance::prepare(const port& in, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_CHECK(standardizer_.prepare(id, in, center_, scale_));
  const std::size_t count = clusters_.size() / standardizer_.used();
  if (count == 0 || count > 1024 || clusters_.size() != count * standardizer_.used() || !detail::all_within_reach(clusters_.values()) ||
      !(spread_ >= smallest_spread && spread_ <= detail::standardizer::reach)) {
    return error(errc::corrupt_file, id, "the centres do not fit or are not finite", "save the bundle again from the fitted pipeline");
  }
  kernels_ = &detail::active_kernels();
  take(memory);
  return port::of({std::string(id)});
}

void kmeans_distance::take(workspace& memory) noexcept {
  standardizer_.take(memory);
  squares_ = memory.carve_scratch<double>(clusters_.size() / standardizer_.used());
}

std::size_t kmeans_distance::nearest() noexcept {
  const std::size_t count = squares_.size();
  kernels_->squared_distances(standardizer_.values().data(), 1, {clusters_.data(), standardizer_.used(), count, count}, squares_.data(),
                              count);
  return static_cast<std::size_t>(std::min_element(squares_.begin(), squares_.end()) - squares_.begin());
}

void kmeans_distance::process(const const_rows& in, const rows_view& out) noexcept {
  for (std::size_t r = 0; r < in.rows; ++r) out[r][0] = standardizer_.load(in[r]) ? std::sqrt(squares_[nearest()]) / spread_ : math::nan;
}

void kmeans_distance::explain(std::span<const double> row, std::span<double> contributions) noexcept {
  std::fill(contributions.begin(), contributions.end(), 0.0);
  if (!standardizer_.load(row)) return;
  const std::size_t chosen = nearest();
  standardizer_.for_each_used([&](std::size_t c, std::size_t k) {
    const double difference = (standardizer_.values()[k] - clusters_[k * squares_.size() + chosen]) / spread_;
    contributions[c] = difference * difference;
  });
}

// ---- fitting ------------------------------------------------------------------------------------------------------------

result<void> kmeans_distance::finish() {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_TRY(detail::standardized_rows rows, detail::take_standardized(id, training_, scaling, fewest_rows, most_rows));
  const detail::kmeans_model model = detail::kmeans(rows.values, rows.columns, static_cast<std::size_t>(clusters));
  double squares = 0.0;
  for (std::size_t r = 0; r < rows.rows; ++r) {
    const double* center = model.centers.data() + static_cast<std::size_t>(model.nearest[r]) * rows.columns;
    squares += detail::squared_distance(rows[r].data(), center, rows.columns);
  }
  spread_ = std::max(smallest_spread, std::sqrt(squares / static_cast<double>(rows.rows)));
  clusters_ = learned_array<double>(detail::transposed(model.centers, rows.columns), {rows.columns, model.count()});
  center_ = learned_array<double>(std::move(rows.center));
  scale_ = learned_array<double>(std::move(rows.scale));
  return {};
}

}  // namespace millwright
