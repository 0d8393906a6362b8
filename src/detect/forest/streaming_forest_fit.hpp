#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "core/prepare_with_memory.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/data/rows.hpp"

namespace millwright::detail {

/// At most `most` of every `step`-th row from `first` on, evenly spaced, in order.
inline std::vector<double> evenly_spaced(const const_rows& rows, std::size_t first, std::size_t step, std::size_t most) {
  const std::size_t available = first < rows.rows ? (rows.rows - first + step - 1) / step : 0;
  const std::size_t kept = std::min(available, most);
  std::vector<double> values;
  values.reserve(kept * rows.columns);
  for (std::size_t i = 0; i < kept; ++i) {
    const auto row = rows[first + step * (i * available / kept)];
    values.insert(values.end(), row.begin(), row.end());
  }
  return values;
}

/// Sets what the forests that learn while they score have in common: box, rows (at most `window`, evenly spaced over the training
/// rows) and guard. The guard is a quantile of scores that odd rows get from a forest that learned even rows.
/// `own` sets what this forest adds to the model, given the number of rows that its window starts with.
template <class Forest, class Own>
result<void> finish_forest(Forest& forest, const row_table& table, std::size_t window, Own&& own) {
  const const_rows rows = table.view();
  const std::size_t width = rows.columns;
  if (width > 65534) {
    return error(errc::limit_exceeded, Forest::id, "there are " + std::to_string(width) + " columns; the forest takes 65534",
                 "choose fewer features");
  }
  std::vector<double> low(rows[0].begin(), rows[0].end());
  std::vector<double> high = low;
  for (std::size_t r = 1; r < rows.rows; ++r) {
    for (std::size_t c = 0; c < width; ++c) {
      low[c] = std::min(low[c], rows[r][c]);
      high[c] = std::max(high[c], rows[r][c]);
    }
  }
  if (low == high) {
    return error(errc::invalid_data, Forest::id, "no column varies over the " + std::to_string(rows.rows) + " training rows",
                 "record normal operation long enough for features to vary");
  }
  forest.box_low_ = learned_array<double>(std::move(low));
  forest.box_high_ = learned_array<double>(std::move(high));
  const auto set_rows = [&](Forest& f, std::vector<double> values) {
    const std::size_t count = values.size() / width;
    own(f, count);
    f.row_ = learned_array<double>(std::move(values), {count, width});
  };

  constexpr std::size_t most_held_out = 4096;
  Forest half = forest;
  half.guard_ = 0.0;
  half.learn = "never";
  set_rows(half, evenly_spaced(rows, 0, 2, window));
  port in;
  in.columns.resize(width);
  MILLWRIGHT_TRY(const auto memory, prepare_with_memory([&](workspace& w) -> result<void> {
                   MILLWRIGHT_CHECK(half.prepare(in, w));
                   return {};
                 }));
  half.reset();
  const std::vector<double> held_out = evenly_spaced(rows, 1, 2, most_held_out);
  const std::size_t count = held_out.size() / width;
  std::vector<double> scores(count);
  half.process({held_out.data(), count, width, width, nullptr}, {scores.data(), count, 1, 1, nullptr});
  std::sort(scores.begin(), scores.end());
  const auto rank = static_cast<std::size_t>(std::ceil(forest.learn_quantile * static_cast<double>(count)));
  forest.guard_ = scores[std::clamp<std::size_t>(rank, 1, count) - 1];

  set_rows(forest, evenly_spaced(rows, 0, 1, window));
  return {};
}

}  // namespace millwright::detail
