#include "millwright/detect/distance/aakr.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "detect/distance/similarity_memory.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/math.hpp"
#include "statistics/standardized_rows.hpp"

namespace millwright {

namespace {

constexpr std::size_t fewest_rows = 8;
constexpr std::size_t most_rows = 65536;

error does_not_fit() {
  return {errc::corrupt_file, aakr::id, "the memory does not fit or is not finite", "save the bundle again from the fitted pipeline"};
}

}  // namespace

// ---- running ------------------------------------------------------------------------------------------------------------

result<port> aakr::prepare(const port& in, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_CHECK(standardizer_.prepare(id, in, center_, scale_));
  const std::size_t used = standardizer_.used();
  const std::size_t count = memory_.size() / used;
  is_mean_ = method == "aakr";
  const learned_array<double>& response = is_mean_ ? memory_ : response_;
  if (count == 0 || memory_.size() != count * used || response.size() != memory_.size() || residual_scale_.size() != used)
    return does_not_fit();
  for (double s : residual_scale_.values()) {
    if (!(s >= 1e-6 && s <= detail::standardizer::reach)) return does_not_fit();
  }
  if (!detail::all_within_reach(memory_.values()) || !detail::all_within_reach(response.values()) ||
      !(bandwidth_ >= 1e-9 && bandwidth_ <= 1e9)) {
    return does_not_fit();
  }
  kernels_ = &detail::active_kernels();
  responses_ = response.data();
  take(memory);
  return port::of({std::string(id)});
}

void aakr::take(workspace& memory) noexcept {
  standardizer_.take(memory);
  weights_ = memory.carve_scratch<double>(memory_.size() / standardizer_.used());
  residual_ = memory.carve_scratch<double>(standardizer_.used());
}

void aakr::estimate() noexcept {
  const std::size_t count = weights_.size();
  kernels_->squared_distances(standardizer_.values().data(), 1, {memory_.data(), standardizer_.used(), count, count}, weights_.data(),
                              count);
  const double total = detail::gaussian_weights(*kernels_, weights_, bandwidth_, is_mean_);
  for (std::size_t k = 0; k < residual_.size(); ++k) {
    const double estimated = kernels_->dot(weights_.data(), responses_ + k * count, count) / total;
    residual_[k] = (standardizer_.values()[k] - estimated) / residual_scale_[k];
  }
}

void aakr::process(const const_rows& in, const rows_view& out) noexcept {
  for (std::size_t r = 0; r < in.rows; ++r) {
    out[r][0] = math::nan;
    if (!standardizer_.load(in[r])) continue;
    estimate();
    out[r][0] = std::sqrt(kernels_->dot(residual_.data(), residual_.data(), residual_.size()));
  }
}

void aakr::explain(std::span<const double> row, std::span<double> contributions) noexcept {
  std::fill(contributions.begin(), contributions.end(), 0.0);
  if (!standardizer_.load(row)) return;
  estimate();
  standardizer_.for_each_used([&](std::size_t c, std::size_t k) { contributions[c] = residual_[k] * residual_[k]; });
}

// ---- fitting ------------------------------------------------------------------------------------------------------------

result<void> aakr::finish() {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_TRY(detail::standardized_rows rows, detail::take_standardized(id, training_, scaling, fewest_rows, most_rows));
  const bool is_mset = method == "mset";
  detail::similarity_memory learned =
      detail::learn_similarity(rows, {is_mset, selection == "min_max", static_cast<std::size_t>(max_memory), bandwidth, ridge});
  if (learned.memory.empty()) {
    return error(errc::invalid_data, id, "the similarities of the memory cannot be inverted, or estimates are not finite",
                 "raise ridge, or use method aakr");
  }
  const std::size_t count = learned.memory.size() / rows.columns;
  memory_ = learned_array<double>(std::move(learned.memory), {rows.columns, count});
  response_ = is_mset ? learned_array<double>(std::move(learned.response), {rows.columns, count}) : learned_array<double>();
  residual_scale_ = learned_array<double>(std::move(learned.residual_scale));
  bandwidth_ = learned.bandwidth;
  center_ = learned_array<double>(std::move(rows.center));
  scale_ = learned_array<double>(std::move(rows.scale));
  return {};
}

}  // namespace millwright
