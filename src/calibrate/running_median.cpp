#include "millwright/calibrate/running_median.hpp"

#include <algorithm>
#include <cmath>

#include "millwright/data/quality.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {

result<port> running_median::prepare(const port& in, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  columns_ = in.columns.size();
  take(memory);
  return in;
}

void running_median::take(workspace& memory) noexcept {
  history_ = memory.carve<double>(columns_ * static_cast<std::size_t>(windows));
  sorted_ = memory.carve_scratch<double>(static_cast<std::size_t>(windows));
}

void running_median::reset() noexcept {
  filled_ = 0;
  next_ = 0;
}

void running_median::process(const const_rows& in, const rows_view& out) noexcept {
  const auto length = static_cast<std::size_t>(windows);
  for (std::size_t r = 0; r < in.rows; ++r) {
    const auto row = in[r];
    const auto result_row = out[r];
    const bool skip = (in.meta != nullptr && has(in.meta[r].quality, quality::not_scored)) ||
                      std::any_of(row.begin(), row.end(), [](double v) { return std::isnan(v); });
    if (skip) {
      std::fill(result_row.begin(), result_row.end(), math::nan);
      continue;
    }
    for (std::size_t c = 0; c < in.columns; ++c) history_[c * length + next_] = row[c];
    next_ = (next_ + 1) % length;
    filled_ = std::min<std::uint64_t>(filled_ + 1, length);
    for (std::size_t c = 0; c < in.columns; ++c) {
      const auto column = history_.subspan(c * length, filled_);  // until it is full, slots are taken from the start
      std::copy(column.begin(), column.end(), sorted_.begin());
      const auto values = sorted_.first(filled_);
      std::sort(values.begin(), values.end());
      const std::size_t middle = filled_ / 2;
      result_row[c] = filled_ % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
    }
  }
}

}  // namespace millwright
