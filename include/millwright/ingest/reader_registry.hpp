#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millwright/core/any_object.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/data/channel.hpp"
#include "millwright/data/samples.hpp"
#include "millwright/data/time.hpp"
#include "millwright/ingest/byte_source.hpp"

namespace millwright {

/// What an input does not say about itself. Every member may stay as it is; a reader that lacks something names the option.
struct reader_options {
  std::string format;  ///< name of a reader; empty or "auto": by the end of the input's name
  /// Channels. With a CSV header or NDJSON keys: which ones to read, in this order (empty: all). Elsewhere: one name a column
  /// (empty: ch0, ch1, ...); for f32 they say how many channels there are.
  std::vector<std::string> names;
  std::vector<std::string> units;                             ///< empty, or one a channel
  double rate_hz = 0.0;                                       ///< nominal rate; 0: from the file (WAV), or unknown (needs stamps)
  std::optional<time_ns> start_time;                          ///< stamp of the first sample where the file has none; unset: 0
  std::vector<std::pair<std::string, param_value>> settings;  ///< the format's own, as its reader's params() describe them

  reader_options& set(std::string name, param_value value) {
    settings.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

/// What a reader met. Bad lines are skipped: without a time column their place in time stays empty, so that the clock sees a gap.
struct reader_counters {
  std::uint64_t samples = 0;    ///< instants delivered, those passed over by skip_to included
  std::uint64_t lines = 0;      ///< text: lines read, the header included
  std::uint64_t bad_lines = 0;  ///< text: lines skipped
  std::uint64_t truncated = 0;  ///< 1 when the input ends inside a line, a sample or a declared length

  struct bad_line {
    std::uint64_t line = 0;  ///< from 1
    fixed_text<80> reason;
  };
  static constexpr std::size_t most_reported = 5;
  std::array<bad_line, most_reported> first_bad = {};  ///< the first min(bad_lines, 5)
};

/// What a program that opens inputs of any format has to know of one, so that it can supply what the input leaves out.
struct reader_traits {
  bool tells_rate = false;       ///< the sampling rate stands in the input
  bool tells_channels = true;    ///< so does the number of channels; if not, names are needed
  bool may_lack_stamps = false;  ///< single samples may come without a stamp beside others that have one: a rate helps then too
  bool chooses_columns = false;  ///< with names, the other columns may hold anything
};

/// A format: reads samples from bytes. Described like a stage, its params() are the format's own settings. Contract:
/// - open takes the bytes, reads what stands before the samples and sets `channels` (declare_channels checks them). Errors:
///   invalid_argument if an option is missing or does not fit, corrupt_file or invalid_data if the bytes are not what they should be.
/// - next gives 1 to max_samples samples, valid until the next call, or an empty block at the end, and adds them to `counters.samples`. The
///   first block and each that follows a break has a start time or stamps; from a pipe it gives what is there, not waiting for more.
/// - optional: seek(position), where another way leads there than reading on (false: not this time), and size(), samples in all if known.
/// Bytes are hostile: any bytes give samples, counted bad lines or an error, in memory for one block.
template <class R>
concept input_reader = described<R> && std::default_initializable<R> && std::movable<R> &&
    requires(R r, byte_source bytes, const reader_options& options, std::size_t max_samples) {
  {std::span<const std::string_view>(R::endings)};
  { R::traits } -> std::convertible_to<reader_traits>;
  { r.open(std::move(bytes), options) } -> std::same_as<result<void>>;
  { r.next(max_samples) } -> std::same_as<result<sample_block>>;
  { r.channels } -> std::same_as<std::vector<channel>&>;
  { r.counters } -> std::same_as<reader_counters&>;
};

/// What can be done with any reader: one function pointer each.
struct reader_functions {
  std::string_view id;  ///< the format's name
  std::string_view doc;
  std::span<const std::string_view> endings;  ///< of file names, without dot, in lower case
  reader_traits traits;
  std::vector<param_info> (*params)();
  std::shared_ptr<void> (*make)();
  result<void> (*configure)(void*, const reader_options&);  // sets and validates the settings
  result<void> (*open)(void*, byte_source, const reader_options&);
  result<sample_block> (*next)(void*, std::size_t);
  const std::vector<channel>& (*channels)(const void*) noexcept;
  const reader_counters& (*counters)(const void*) noexcept;
  bool (*seek)(void*, std::uint64_t);                          // nullptr: only reading on leads anywhere
  std::optional<std::uint64_t> (*size)(const void*) noexcept;  // nullptr: never known
};

namespace detail {
template <input_reader R>
constexpr reader_functions make_reader_functions() {
  reader_functions f = {};
  f.id = R::id;
  f.doc = R::doc;
  f.endings = R::endings;
  f.traits = R::traits;
  f.params = []() -> std::vector<param_info> { return param_infos<R>(); };
  f.make = []() -> std::shared_ptr<void> { return std::make_shared<R>(with_defaults<R>()); };
  f.configure = [](void* r, const reader_options& options) -> result<void> {
    for (const auto& [name, value] : options.settings) MILLWRIGHT_CHECK(set_param(*static_cast<R*>(r), name, value));
    return validate_params(*static_cast<const R*>(r));
  };
  f.open = [](void* r, byte_source bytes, const reader_options& options) { return static_cast<R*>(r)->open(std::move(bytes), options); };
  f.next = [](void* r, std::size_t max_samples) { return static_cast<R*>(r)->next(max_samples); };
  f.channels = [](const void* r) noexcept -> const std::vector<channel>& { return static_cast<const R*>(r)->channels; };
  f.counters = [](const void* r) noexcept -> const reader_counters& { return static_cast<const R*>(r)->counters; };
  if constexpr (requires(R r) { r.seek(std::uint64_t{}); }) {
    f.seek = [](void* r, std::uint64_t position) -> bool { return static_cast<R*>(r)->seek(position); };
  }
  if constexpr (requires(const R r) { r.size(); }) {
    f.size = [](const void* r) noexcept -> std::optional<std::uint64_t> { return static_cast<const R*>(r)->size(); };
  }
  return f;
}
}  // namespace detail

/// The one table of reader R.
template <input_reader R>
[[nodiscard]] const reader_functions& reader_functions_of() noexcept {
  static constexpr reader_functions table = detail::make_reader_functions<R>();
  return table;
}

/// A type list of readers.
template <input_reader... Readers>
struct reader_list {};

/// The formats that a program reads, by name and by the ends of file names. Of two readers with one name or ending, the later one counts.
class reader_registry {
 public:
  template <input_reader... Readers>
  explicit reader_registry(reader_list<Readers...>) : tables_{&reader_functions_of<Readers>()...} {}

  /// These formats and further ones: builtin_readers().with<my_reader>().
  template <input_reader... Readers>
  [[nodiscard]] reader_registry with() const {
    reader_registry more = *this;
    (more.tables_.push_back(&reader_functions_of<Readers>()), ...);
    return more;
  }

  [[nodiscard]] const std::vector<const reader_functions*>& readers() const noexcept { return tables_; }
  /// The reader of a format, or, if that is empty or "auto", of the end of `path`. Errors (invalid_argument): there is no such format;
  /// the path does not tell it.
  [[nodiscard]] result<const reader_functions*> find(std::string_view format, std::string_view path) const;

 private:
  std::vector<const reader_functions*> tables_;
};

/// The library's own formats.
[[nodiscard]] const reader_registry& builtin_readers();

inline constexpr std::size_t most_reader_channels = 65536;

/// `count` channels with the options' names (or, if `names` is empty, ch0 ...) and units. `where` names the input. Errors: counts that
/// differ, empty or repeated names, a rate that is none.
[[nodiscard]] result<std::vector<channel>> declare_channels(const std::vector<std::string>& names, std::size_t count, double rate_hz,
                                                            const reader_options& options, const std::string& where);

}  // namespace millwright
