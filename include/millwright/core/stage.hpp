#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millwright/core/archive.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/stage_role.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/data/channel.hpp"
#include "millwright/data/rows.hpp"

namespace millwright {

/// A named column of rows.
struct column {
  std::string name;
  bool is_context = false;  ///< comes from a channel of role context: describes the operating point, is never itself scored
};

/// What flows between two row stages.
struct port {
  std::vector<column> columns;

  [[nodiscard]] static port of(const std::vector<std::string>& names) {
    port p;
    for (const auto& n : names) p.columns.push_back({n, false});
    return p;
  }
};

// A stage is a plain, copyable class with three kinds of members: parameters (listed by params()), the model that fitting
// learns (listed by model(), shared between copies) and the state of one stream (carved from the workspace in prepare, walked
// by persist). See docs/adding-a-stage.md.
//
//   static constexpr std::string_view id;  static constexpr std::uint16_t version;  static constexpr std::string_view doc;
//   static constexpr stage_role role;
//   static auto params();  static auto model();
//   result<port> prepare(const port& in, workspace& memory);    checks parameters, model and input; takes all memory
//   void reset() noexcept;                                       fills the memory taken; start of a stream
//   void process(const const_rows& in, const rows_view& out) noexcept;   out.rows == in.rows; allocates nothing
//
// A stage that needs memory takes it in a member of its own, which prepare calls at its end:
//   void take(workspace& memory) noexcept;       carve: what lives from row to row; carve_scratch: what holds nothing between two calls;
//                                                carve_table: what is constant, filled in reset by the instance that finds `fill` set
// Many streams run one prepared stage: each has a copy of it that takes memory of its own and is reset (stage_instance.hpp). Such a
// copy may take nothing from the heap: what prepare sets is shared or small (learned_array, spans, numbers, short texts). A stage that
// takes nothing and whose process is const is not even copied.
//
// A learner adds, called in this order (merge in a fixed order gives the same model whatever the number of workers):
//   result<void> observe(const port& in, const const_rows& rows);
//   result<void> merge(Self&& other);
//   result<void> finish();
//
// What a stage can do besides, it has as one of these members; any_stage tells which:
//   void explain(std::span<const double> row, std::span<double> contributions) noexcept;
//   result<void> fit(const port& in, const const_rows& rows);    observe and finish in one, on rows that need not be copied
//   void score(const float* rows, std::size_t count, std::size_t stride, double* scores) noexcept;    rows without meta, `stride`
//                                                                values apart; same bits as process on the same values
//   result<void> upgrade(std::uint16_t from);    parameters and learned arrays of an older version were set; brings them to this one
//   void freeze() noexcept;                                      of a stage that learns while it scores: no longer
//   void drop_fit_settings() noexcept;                           of a stage with lists or long texts among the settings that only fitting
//                                                                reads: without them a copy takes nothing from the heap
//   bool is_stateful() const noexcept;                           of a stage with persist that, as it is set, carries nothing from row to
//   row

template <class T>
concept described = requires {
  { T::id } -> std::convertible_to<std::string_view>;
  { T::version } -> std::convertible_to<std::uint16_t>;
  { T::doc } -> std::convertible_to<std::string_view>;
  T::params();
};

template <class T>
concept row_stage = described<T> && std::copyable<T> && requires {
  { T::role } -> std::convertible_to<stage_role>;
} && requires(T t, const port& in, workspace& memory, const const_rows& rows, const rows_view& out) {
  T::model();
  { t.prepare(in, memory) } -> std::same_as<result<port>>;
  { t.reset() }
  noexcept;
  { t.process(rows, out) }
  noexcept;
};

template <class T>
concept learner = row_stage<T> && requires(T t, T other, const port& in, const const_rows& rows) {
  { t.observe(in, rows) } -> std::same_as<result<void>>;
  { t.merge(std::move(other)) } -> std::same_as<result<void>>;
  { t.finish() } -> std::same_as<result<void>>;
};

/// Detectors say how much each input column added to a row's score; `contributions` has one value per column, higher = more.
template <class T>
concept explains = requires(T t, std::span<const double> row, std::span<double> contributions) {
  { t.explain(row, contributions) }
  noexcept;
};

template <class T>
concept fits_without_copy = learner<T> && requires(T t, const port& in, const const_rows& rows) {
  { t.fit(in, rows) } -> std::same_as<result<void>>;
};

template <class T>
concept scores_float32 = row_stage<T> && requires(T t, const float* rows, std::size_t n, double* scores) {
  { t.score(rows, n, n, scores) }
  noexcept;
};

/// Takes memory when it is prepared.
template <class T>
concept takes_memory = row_stage<T> && requires(T t, workspace& memory) {
  { t.take(memory) }
  noexcept;
};

/// Carries something from row to row.
template <class T>
concept persists = requires(T t, state_writer& writer) {
  t.persist(writer);
};

/// One object serves all streams and threads: running changes nothing in it.
template <class T>
concept runs_shared =
    row_stage<T> && !takes_memory<T> && !persists<T> &&
    requires(const T t, const const_rows& rows, const rows_view& out, std::span<const double> row, std::span<double> contributions) {
  { t.process(rows, out) }
  noexcept;
  requires(!explains<T> || requires { t.explain(row, contributions); });
};

/// Learns while it scores: the same row may score differently the next time.
template <class T>
concept adaptive = row_stage<T> && requires(T t) {
  { t.freeze() }
  noexcept;
};

}  // namespace millwright
