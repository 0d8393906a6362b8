#include "millwright/statistics/training_rows.hpp"

#include <numeric>
#include <utility>

namespace millwright::detail {

namespace {

result<void> check_weight(std::string_view stage, double weight, row_policy policy) {
  if (!(weight >= 0.0) || weight - weight != 0.0) {
    return error(errc::invalid_data, stage, "a row weight is " + std::to_string(weight), "give finite weights of 0 or more");
  }
  if (weight != 1.0 && !policy.uses_weights) {
    return error(errc::invalid_argument, stage, "this stage cannot weigh rows", "fit it without row weights");
  }
  return {};
}

}  // namespace

result<void> training_rows::observe(std::string_view stage, const port& in, const const_rows& rows, std::span<const std::uint32_t> chosen,
                                    row_policy policy) {
  if (in.columns.empty()) return error(errc::invalid_data, stage, "there is no column to learn from", "give at least one column");
  if (rows.columns != in.columns.size()) {
    return error(errc::invalid_data, stage,
                 "rows have " + std::to_string(rows.columns) + " columns, the port names " + std::to_string(in.columns.size()),
                 "pass rows and port of the same data");
  }
  std::vector<std::uint32_t> all;
  if (chosen.empty()) {
    all.resize(rows.columns);
    std::iota(all.begin(), all.end(), 0U);
    chosen = all;
  }
  if (names_.empty()) {
    for (auto c : chosen) names_.push_back(in.columns[c].name);
    not_finite_.assign(chosen.size(), 0);
    rows_ = row_table(chosen.size());
  } else if (names_.size() != chosen.size()) {
    return error(errc::invalid_data, stage,
                 "rows have " + std::to_string(chosen.size()) + " columns, earlier ones had " + std::to_string(names_.size()),
                 "pass all rows with the same columns");
  }
  std::vector<double> picked(chosen.size());
  for (std::size_t r = 0; r < rows.rows; ++r) {
    const row_meta meta = rows.meta != nullptr ? rows.meta[r] : row_meta{};
    ++seen_;
    if (has(meta.quality, quality::not_scored)) {
      ++not_scored_;
      continue;
    }
    MILLWRIGHT_CHECK(check_weight(stage, meta.weight, policy));
    if (meta.weight == 0.0) {
      ++weightless_;
      continue;
    }
    const auto row = rows[r];
    bool usable = true;
    std::size_t known = 0;
    for (std::size_t c = 0; c < chosen.size(); ++c) {
      picked[c] = row[chosen[c]];
      if (all_finite({&picked[c], 1})) {
        ++known;
      } else {
        ++not_finite_[c];
        usable &= policy.keeps_missing && picked[c] != picked[c];
      }
    }
    if (usable && known > 0) rows_.append(picked, meta);
  }
  return {};
}

result<void> training_rows::merge(std::string_view stage, training_rows&& other) {
  if (other.names_.empty()) return {};
  if (names_.empty()) {
    *this = std::exchange(other, {});
    return {};
  }
  if (names_.size() != other.names_.size()) {
    return error(
        errc::invalid_data, stage,
        "parts with " + std::to_string(names_.size()) + " and " + std::to_string(other.names_.size()) + " columns cannot be merged",
        "observe the same columns in all parts");
  }
  for (std::size_t c = 0; c < not_finite_.size(); ++c) not_finite_[c] += other.not_finite_[c];
  not_scored_ += other.not_scored_;
  weightless_ += other.weightless_;
  seen_ += other.seen_;
  rows_.append(std::as_const(other.rows_).view());
  other = {};
  return {};
}

result<row_table> training_rows::take(std::string_view stage, std::size_t fewest) {
  training_rows mine = std::exchange(*this, {});
  if (mine.rows_.rows() >= fewest) return std::move(mine.rows_);
  if (mine.seen_ == 0)
    return error(errc::invalid_data, stage, "there are no rows to learn from", "give at least " + std::to_string(fewest) + " rows");
  std::string what = "only " + std::to_string(mine.rows_.rows()) + " of " + std::to_string(mine.seen_) + " rows can be learned from";
  std::string mend = "give at least " + std::to_string(fewest) + " rows";
  std::size_t worst = 0;
  for (std::size_t c = 1; c < mine.not_finite_.size(); ++c) {
    if (mine.not_finite_[c] > mine.not_finite_[worst]) worst = c;
  }
  if (mine.not_finite_[worst] > 0) {
    what += "; column \"" + mine.names_[worst] + "\" is not finite in " + std::to_string(mine.not_finite_[worst]);
    mend += ", or leave that column out";
  }
  if (mine.weightless_ > 0) what += "; " + std::to_string(mine.weightless_) + " have weight 0";
  if (mine.not_scored_ > 0) what += "; " + std::to_string(mine.not_scored_) + " carry too little valid data to be scored";
  return error(errc::invalid_data, stage, what, mend);
}

}  // namespace millwright::detail
