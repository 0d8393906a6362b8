// Any stage of the registry, fitted on made-up rows and prepared on memory of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millwright/core/any_stage.hpp"
#include "millwright/numeric/random.hpp"
#include "millwright/stage_registry.hpp"
#include "support/row_stage_variants.hpp"
#include "support/small_machine.hpp"

namespace millwright::test {

/// Five measured columns and one of context.
inline port example_port() {
  port p = port::of({"vib_x.rms", "vib_x.kurtosis", "vib_x.peak", "vib_y.rms", "vib_y.kurtosis"});
  p.columns.push_back({"speed.mean", true});
  return p;
}

/// Correlated rows; the context takes two levels. Positive, so that they may also pass for severities.
inline row_table example_rows(std::size_t count, std::uint64_t seed) {
  row_table rows(6);
  random_stream random(seed, 0);
  for (std::size_t r = 0; r < count; ++r) {
    const double common = random.uniform();
    std::vector<double> values;
    for (int c = 0; c < 5; ++c) values.push_back(1.0 + common + 0.5 * random.uniform());
    values.push_back((r / 20) % 2 == 0 ? 1200.0 + random.uniform() : 1800.0 + random.uniform());
    row_meta meta;
    meta.end_time = static_cast<time_ns>(r + 1) * 100'000'000;
    rows.append(values, meta);
  }
  return rows;
}

/// Learns if the stage does.
inline any_stage fitted_stage(const stage_variant& variant) {
  any_stage stage = make_row_stage(variant);
  if (stage.learns()) {
    const row_table rows = example_rows(200, 7);
    must(stage.observe(example_port(), rows.view()));
    must(stage.finish());
  }
  return stage;
}

class prepared_stage {
 public:
  explicit prepared_stage(any_stage s) : stage(std::move(s)) { prepare(); }

  void prepare() {
    workspace measure;
    out = must(stage.prepare(example_port(), measure));
    needed = measure.bytes_used();
    memory_.assign(needed + workspace::alignment, std::byte{0xA5});  // a stage must not count on zeros
    auto* start = memory_.data() + (workspace::alignment - reinterpret_cast<std::uintptr_t>(memory_.data()) % workspace::alignment);
    workspace arena({start, needed});
    out = must(stage.prepare(example_port(), arena));
    exhausted = arena.exhausted();
    used = arena.bytes_used();
    stage.reset();
  }

  /// `piece` rows at a time; appends to the result, one row of values and its meta.
  row_table process(const row_table& rows, std::size_t piece) {
    row_table result(out.columns.size());
    result.resize(rows.rows());
    rows_view all = result.view();
    for (std::size_t r = 0; r < rows.rows(); ++r) all.meta[r] = rows.view().meta[r];
    for (std::size_t first = 0; first < rows.rows(); first += piece) {
      const std::size_t count = piece < rows.rows() - first ? piece : rows.rows() - first;
      stage.process(rows.slice(first, count), {all.values + first * all.stride, count, all.columns, all.stride, all.meta + first});
    }
    return result;
  }

  any_stage stage;
  port out;
  std::size_t needed = 0;
  std::size_t used = 0;
  bool exhausted = false;

 private:
  std::vector<std::byte> memory_;
};

inline std::uint64_t hash_of(const row_table& rows) {
  bit_hash hash;
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    for (const double v : rows.view()[r]) hash.add_number(v);
    hash.add(rows.view().meta[r].quality);
    hash.add(rows.view().meta[r].regime);
  }
  return hash.value();
}

inline std::vector<std::string_view> stage_ids() {
  std::vector<std::string_view> ids;
  for (const auto* table : builtin_registry().stages()) ids.push_back(table->id);
  return ids;
}

}  // namespace millwright::test
