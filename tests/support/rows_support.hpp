#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "millwright/core/any_stage.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/numeric/random.hpp"
#include "support/must.hpp"

namespace millwright::test {

/// Memory of exactly the size that a stage's prepare measures.
class arena {
 public:
  explicit arena(std::size_t bytes) : lines_((bytes + sizeof(line) - 1) / sizeof(line)) {}
  /// At least the bytes asked for, aligned as a workspace wants them.
  [[nodiscard]] std::span<std::byte> bytes() { return std::as_writable_bytes(std::span(lines_)); }
  [[nodiscard]] workspace take() { return workspace(std::as_writable_bytes(std::span(lines_))); }

 private:
  struct alignas(workspace::alignment) line {
    std::byte bytes[workspace::alignment];
  };
  std::vector<line> lines_;
};

/// A stage that is ready to process.
template <class Stage>
class ready {
 public:
  ready(Stage s, const port& in) : stage(std::move(s)), memory_(0) {
    workspace measure;
    out = must(stage.prepare(in, measure));
    memory_ = arena(measure.bytes_used());
    workspace carve = memory_.take();
    must(stage.prepare(in, carve));
    EXPECT_FALSE(carve.exhausted());
    EXPECT_EQ(carve.bytes_used(), measure.bytes_used());
    stage.reset();
  }
  [[nodiscard]] row_table process(const const_rows& rows) {
    row_table result(out.columns.size());
    result.resize(rows.rows);
    rows_view view = result.view();
    for (std::size_t r = 0; r < rows.rows; ++r) view.meta[r] = rows.meta[r];
    stage.process(rows, view);
    return result;
  }

  Stage stage;
  port out;

 private:
  arena memory_;
};

template <class Stage>
Stage fitted(Stage stage, const port& in, const const_rows& rows) {
  must(stage.observe(in, rows));
  must(stage.finish());
  return stage;
}
template <class Stage>
row_table run(Stage stage, const port& in, const const_rows& rows) {
  return ready<Stage>(std::move(stage), in).process(rows);
}

inline port columns(std::size_t count) {
  port p;
  for (std::size_t c = 0; c < count; ++c) p.columns.push_back({std::string(1, 'f').append(std::to_string(c)), false});
  return p;
}

/// Independent standard normal values, one row a second.
inline row_table normal_rows(std::size_t rows, std::size_t width, std::uint64_t seed) {
  random_stream random(seed, 0);
  row_table table(width);
  std::vector<double> values(width);
  for (std::size_t r = 0; r < rows; ++r) {
    for (double& v : values) v = random.normal();
    table.append(values, {static_cast<time_ns>(r) * 1'000'000'000, 0, -1});
  }
  return table;
}

/// All bits of two tables equal, NaN included.
inline bool same_bits(const row_table& a, const row_table& b) {
  return a.rows() == b.rows() && a.columns() == b.columns() &&
         std::memcmp(a.view().values, b.view().values, a.rows() * a.columns() * sizeof(double)) == 0;
}

template <class Stage>
bool same_model(const Stage& a, const Stage& b) {
  const auto x = get_model(a);
  const auto y = get_model(b);
  if (x.size() != y.size()) return false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i].name != y[i].name || x[i].shape != y[i].shape || x[i].bytes.size() != y[i].bytes.size() ||
        (!x[i].bytes.empty() && std::memcmp(x[i].bytes.data(), y[i].bytes.data(), x[i].bytes.size()) != 0)) {
      return false;
    }
  }
  return true;
}

/// `original` with one learned array replaced; what a hostile bundle could hold.
template <class Stage, class T>
Stage with_learned(Stage original, std::string_view name, std::vector<T> values, std::vector<std::size_t> shape) {
  const tensor_view tensor{name, detail::dtype_of<T>::value, std::move(shape), std::as_bytes(std::span<const T>(values))};
  must(set_learned(original, tensor));
  return original;
}

template <class Stage>
errc refusal(Stage stage, const port& in) {
  workspace measure;
  const auto r = stage.prepare(in, measure);
  EXPECT_FALSE(r) << "prepare took it";
  return r ? errc::io_error : r.error().code;
}

}  // namespace millwright::test
