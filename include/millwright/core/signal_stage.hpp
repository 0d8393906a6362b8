#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "millwright/core/archive.hpp"
#include "millwright/core/arena_memory.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/core/workspace.hpp"

namespace millwright {

/// What flows between two signal stages: a table of items x columns, row-major. An item is one sample of every channel, or one frame
/// whose columns are, for example, bins (a complex value takes two columns: re, im).
struct signal_port {
  std::size_t columns = 1;
  double rate_hz = 0.0;       ///< items per second; samples per revolution behind an order tracker
  std::size_t max_items = 0;  ///< most items in one call of process or flush; decides the memory taken
  double delay_s = 0.0;       ///< time by which an item comes after what it describes: group delay of the filters so far

  // What stages multiply them by, lengths and factors of 2^20, still fits std::size_t.
  static constexpr std::size_t most_columns = std::size_t{1} << (sizeof(std::size_t) > 4 ? 20 : 10);  ///< that go into a stage
  static constexpr std::size_t most_items = std::size_t{1} << (sizeof(std::size_t) > 4 ? 40 : 24);
  static constexpr std::size_t most_values = most_items;  ///< columns x max_items
};

// A signal stage turns a stream of samples into another stream of samples or frames, in pieces of any size with the same result in
// bits. It is a class template over the sample type (float and double, both instantiated in its source file), plain and copyable,
// with parameters, model and state as any stage (see stage.hpp).
//
//   static constexpr std::size_t input_columns;   columns it wants; 0 or absent: any number, each treated alike
//   result<signal_port> prepare(const signal_port& in, workspace& memory);      validates; takes all memory; what it will give
//   void reset() noexcept;                                                      fills the memory taken; start of a stream
//   std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
//       consumes all of `in` (a multiple of in.columns values, at most in.max_items items); `out` has room for the given port's
//       max_items; returns the values written, a multiple of its columns
//   std::size_t flush(std::span<Real> out) noexcept;                            what is still inside at the end; only reset may follow
//   template <class Archive> void persist(Archive& archive) noexcept;           all state of the stream
//
// A stage that learns adds observe(std::span<const Real> samples, const signal_port& in) and finish(), both result<void>.
// A sample that is not finite must not spoil more of the output than the stage's memory: recursive stages give NaN for it and leave
// their state as it was. What comes out is a number or NaN: run_signal_stage and any_signal_stage turn infinities, as infinite samples
// and overflows of huge ones leave them, into NaN.

template <class T, class Real>
concept signal_stage = described<T> && std::copyable<T> && requires {
  { T::role } -> std::convertible_to<stage_role>;
} && requires(T t, const signal_port& in, workspace& memory, std::span<const Real> samples, std::span<Real> out, state_writer& writer,
              state_reader& reader) {
  T::model();
  { t.prepare(in, memory) } -> std::same_as<result<signal_port>>;
  { t.reset() }
  noexcept;
  { t.process(samples, out) }
  noexcept->std::same_as<std::size_t>;
  { t.flush(out) }
  noexcept->std::same_as<std::size_t>;
  t.persist(writer);
  t.persist(reader);
};

template <class T, class Real>
concept signal_learner = signal_stage<T, Real> && requires(T t, const signal_port& in, std::span<const Real> samples) {
  { t.observe(samples, in) } -> std::same_as<result<void>>;
  { t.finish() } -> std::same_as<result<void>>;
};

/// Whether a sample may enter a recursion or a running sum; false for NaN, infinity and what could overflow it.
[[nodiscard]] inline bool is_usable_sample(double x) noexcept { return std::fabs(x) <= 1e100; }

namespace detail {

/// A result in the type of the samples: NaN, not infinity, where it lies beyond its range.
template <class Real>
[[nodiscard]] inline Real to_samples(double value) noexcept {
  constexpr auto largest = static_cast<double>(std::numeric_limits<Real>::max());
  return std::fabs(value) <= largest ? static_cast<Real>(value) : std::numeric_limits<Real>::quiet_NaN();
}

/// Number of columns that T asks for; 0: any.
template <class T>
[[nodiscard]] constexpr std::size_t input_columns_of() noexcept {
  if constexpr (requires { T::input_columns; }) {
    return T::input_columns;
  } else {
    return 0;
  }
}

/// Columns, rate and max_items checked alike for every stage; the error names `stage`. The limits of
/// signal_port leave room for what stages multiply sizes by.
[[nodiscard]] result<void> check_signal_port(const signal_port& in, std::size_t wanted_columns, std::string_view stage);

/// NaN in place of every infinity. The difference is 0 for numbers and NaN for the rest; the loop runs in vector registers, and -0 stays.
template <class Real>
void replace_infinities(std::span<Real> values) noexcept {
  for (Real& v : values) v = v - (v - v);  // NOLINT(misc-redundant-expression)
}

/// What a prepare left behind: the workspace had what was asked of it, and the values of one call can be counted. Without this check
/// the spans of a stage may be empty although prepare went well.
[[nodiscard]] result<void> check_prepared(const signal_port& out, const workspace& memory, std::string_view stage);
[[nodiscard]] result<void> check_carved(const workspace& memory, std::string_view where);

/// A prepared object and the memory that it carved.
template <class T>
struct prepared {
  T object;
  arena_memory memory;
};

/// Prepares a copy of `object` on memory of its own: measured first, then carved, then reset. `prepare(object, workspace)` returns a
/// result whose value is kept in `out` when that is given. For batch calls; a stream brings its own workspace.
template <class T, class Prepare>
[[nodiscard]] result<prepared<T>> prepare_on_heap(T object, Prepare&& prepare) {
  workspace measure;
  if (auto measured = prepare(object, measure); !measured) return measured.error();
  MILLWRIGHT_CHECK(check_carved(measure, "prepare"));
  MILLWRIGHT_TRY(auto memory, arena_memory::take(measure.bytes_used(), "prepare"));
  workspace arena(memory.bytes());
  if (auto carved = prepare(object, arena); !carved) return carved.error();
  MILLWRIGHT_CHECK(check_carved(arena, "prepare"));
  object.reset();
  return prepared<T>{std::move(object), std::move(memory)};
}

}  // namespace detail

/// Batch form of a signal stage: prepare, one process over all of `in` (items x port.columns, row-major), flush. `port.max_items` is
/// set from `in`. `given`, when not nullptr, receives the port of the output.
/// Errors: those of prepare; in.size() no multiple of the columns.
template <class Real, template <class> class Stage>
requires signal_stage<Stage<Real>, Real>
[[nodiscard]] result<std::vector<Real>> run_signal_stage(Stage<Real> stage, std::span<const Real> in, signal_port port,
                                                         signal_port* given = nullptr) {
  if (port.columns == 0 || in.size() % port.columns != 0) {
    return error(errc::invalid_data, Stage<Real>::id, "the number of values is no multiple of the number of columns",
                 "give whole items, row after row");
  }
  port.max_items = in.size() / port.columns > 0 ? in.size() / port.columns : 1;
  signal_port out;
  const auto prepare = [&](Stage<Real>& s, workspace& memory) -> result<void> {
    MILLWRIGHT_CHECK(validate_params(s));
    MILLWRIGHT_CHECK(detail::check_signal_port(port, detail::input_columns_of<Stage<Real>>(), Stage<Real>::id));
    MILLWRIGHT_TRY(out, s.prepare(port, memory));
    return detail::check_prepared(out, memory, Stage<Real>::id);
  };
  MILLWRIGHT_TRY(auto ready, detail::prepare_on_heap(std::move(stage), prepare));
  const std::size_t room = out.columns * out.max_items;
  std::vector<Real> values(2 * room);
  std::size_t size = ready.object.process(in, std::span(values).first(room));
  size += ready.object.flush(std::span(values).subspan(size, room));
  values.resize(size);
  detail::replace_infinities(std::span(values));
  if (given != nullptr) *given = out;
  return values;
}

}  // namespace millwright
