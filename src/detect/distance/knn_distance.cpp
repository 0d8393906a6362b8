#include "millwright/detect/distance/knn_distance.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/math.hpp"
#include "statistics/standardized_rows.hpp"

namespace millwright {

namespace {

constexpr std::size_t fewest_rows = 8;
constexpr std::size_t most_rows = 65536;  // that the reference set is chosen from
constexpr std::size_t tile_size = 512;    // distances at a time: they stay in the first cache

/// Which of `count` neighbours, ascending by distance, enter the score.
struct counted {
  std::size_t first, last;
};
counted counted_of(std::string_view aggregate, std::size_t count) {
  if (aggregate == "largest") return {count - 1, count};
  if (aggregate == "median") return {(count - 1) / 2, count / 2 + 1};
  return {0, count};
}

}  // namespace

// ---- running ------------------------------------------------------------------------------------------------------------

result<port> knn_distance::prepare(const port& in, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_CHECK(standardizer_.prepare(id, in, center_, scale_));
  references_ = reference_.size() / standardizer_.used();
  if (references_ == 0 || references_ > most_rows || reference_.size() != references_ * standardizer_.used() ||
      !detail::all_within_reach(reference_.values())) {
    return error(errc::corrupt_file, id, "the reference rows do not fit or are not finite",
                 "save the bundle again from the fitted pipeline");
  }
  kernels_ = &detail::active_kernels();
  take(memory);
  return port::of({std::string(id)});
}

void knn_distance::take(workspace& memory) noexcept {
  const std::size_t count = std::min(static_cast<std::size_t>(neighbors), references_);
  standardizer_.take(memory);
  tile_ = memory.carve_scratch<double>(std::min(tile_size, references_));
  squares_ = memory.carve_scratch<double>(count);
  nearest_ = memory.carve_scratch<std::uint32_t>(count);
}

void knn_distance::find_neighbors() noexcept {
  const std::size_t wanted = squares_.size();
  std::size_t found = 0;
  for (std::size_t first = 0; first < references_; first += tile_.size()) {
    const std::size_t count = std::min(tile_.size(), references_ - first);
    kernels_->squared_distances(standardizer_.values().data(), 1, {reference_.data() + first, standardizer_.used(), references_, count},
                                tile_.data(), count);
    for (std::size_t i = 0; i < count; ++i) {
      if (found == wanted && !(tile_[i] < squares_[wanted - 1])) continue;
      std::size_t place = found < wanted ? found++ : wanted - 1;
      for (; place > 0 && tile_[i] < squares_[place - 1]; --place) {
        squares_[place] = squares_[place - 1];
        nearest_[place] = nearest_[place - 1];
      }
      squares_[place] = tile_[i];
      nearest_[place] = static_cast<std::uint32_t>(first + i);
    }
  }
}

void knn_distance::process(const const_rows& in, const rows_view& out) noexcept {
  const auto [first, last] = counted_of(aggregate, squares_.size());
  for (std::size_t r = 0; r < in.rows; ++r) {
    out[r][0] = math::nan;
    if (!standardizer_.load(in[r])) continue;
    find_neighbors();
    double sum = 0.0;
    for (std::size_t k = first; k < last; ++k) sum += std::sqrt(squares_[k]);
    out[r][0] = sum / static_cast<double>(last - first);
  }
}

void knn_distance::explain(std::span<const double> row, std::span<double> contributions) noexcept {
  std::fill(contributions.begin(), contributions.end(), 0.0);
  if (!standardizer_.load(row)) return;
  find_neighbors();
  const auto [first, last] = counted_of(aggregate, squares_.size());
  standardizer_.for_each_used([&, first = first, last = last](std::size_t c, std::size_t k) {
    for (std::size_t n = first; n < last; ++n) {
      const double difference = standardizer_.values()[k] - reference_[k * references_ + nearest_[n]];
      contributions[c] += difference * difference / static_cast<double>(last - first);
    }
  });
}

// ---- fitting ------------------------------------------------------------------------------------------------------------

result<void> knn_distance::finish() {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_TRY(detail::standardized_rows rows, detail::take_standardized(id, training_, scaling, fewest_rows, most_rows));
  std::vector<double> reference;
  if (rows.rows <= static_cast<std::size_t>(max_reference)) {
    reference = rows.values;
  } else {
    for (std::size_t r : detail::covering_sample(rows.values, rows.columns, static_cast<std::size_t>(max_reference)))
      reference.insert(reference.end(), rows[r].begin(), rows[r].end());
  }
  const std::size_t references = reference.size() / rows.columns;
  reference_ = learned_array<double>(detail::transposed(reference, rows.columns), {rows.columns, references});
  center_ = learned_array<double>(std::move(rows.center));
  scale_ = learned_array<double>(std::move(rows.scale));
  return {};
}

}  // namespace millwright
