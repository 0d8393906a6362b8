#include "millwright/ingest/readers.hpp"

#include <utility>
#include <variant>

#include "ingest/array_reader.hpp"
#include "ingest/csv_reader.hpp"
#include "ingest/ndjson_reader.hpp"

namespace millwright {

namespace {
constexpr std::array<std::pair<input_format, std::string_view>, 6> format_names = {{
    {input_format::automatic, "auto"},
    {input_format::csv, "csv"},
    {input_format::npy, "npy"},
    {input_format::wav, "wav"},
    {input_format::f32, "f32"},
    {input_format::ndjson, "ndjson"},
}};

input_format format_of(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string::npos) return input_format::automatic;
  std::string ending = path.substr(dot + 1);
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  constexpr std::array<std::pair<std::string_view, input_format>, 11> endings = {{{"csv", input_format::csv},
                                                                                  {"tsv", input_format::csv},
                                                                                  {"txt", input_format::csv},
                                                                                  {"npy", input_format::npy},
                                                                                  {"wav", input_format::wav},
                                                                                  {"wave", input_format::wav},
                                                                                  {"f32", input_format::f32},
                                                                                  {"raw", input_format::f32},
                                                                                  {"ndjson", input_format::ndjson},
                                                                                  {"jsonl", input_format::ndjson},
                                                                                  {"json", input_format::ndjson}}};
  for (const auto& [name, format] : endings) {
    if (ending == name) return format;
  }
  return input_format::automatic;
}
}  // namespace

std::string_view to_string(input_format format) noexcept {
  for (const auto& [value, name] : format_names) {
    if (value == format) return name;
  }
  return "unknown";
}

std::optional<input_format> parse_input_format(std::string_view text) noexcept {
  for (const auto& [value, name] : format_names) {
    if (name == text) return value;
  }
  return std::nullopt;
}

struct signal_reader::implementation {
  std::variant<detail::array_reader, detail::csv_reader, detail::ndjson_reader> reader;

  template <class Reader>
  explicit implementation(Reader opened) : reader(std::move(opened)) {}

  static result<signal_reader> open(detail::byte_source source, const reader_options& options) {
    const auto wrap = [](auto opened) -> result<signal_reader> {
      if (!opened) return opened.error();
      return signal_reader(std::make_unique<implementation>(*std::move(opened)));
    };
    const std::string where = source.name();
    if (options.scale && !(*options.scale > -1e300 && *options.scale < 1e300)) {
      return error(errc::invalid_argument, where, "option scale is not a finite number",
                   "give the value of one stored unit, for example 0.001");
    }
    if (options.max_line_bytes == 0 || options.max_line_bytes > (std::size_t{1} << 30)) {
      return error(errc::invalid_argument, where, "option max_line_bytes is out of range", "give 1 to 2^30");
    }
    switch (options.format == input_format::automatic ? format_of(where) : options.format) {
      case input_format::csv: return wrap(detail::csv_reader::open(std::move(source), options));
      case input_format::npy: return wrap(detail::array_reader::open_npy(std::move(source), options));
      case input_format::wav: return wrap(detail::array_reader::open_wav(std::move(source), options));
      case input_format::f32: return wrap(detail::array_reader::open_raw(std::move(source), options));
      case input_format::ndjson: return wrap(detail::ndjson_reader::open(std::move(source), options));
      case input_format::automatic: break;
    }
    return error(errc::invalid_argument, where, "the name does not tell the format", "give option format: csv, npy, wav, f32 or ndjson");
  }
};

signal_reader::signal_reader(std::unique_ptr<implementation> held) noexcept : held_(std::move(held)) {}
signal_reader::signal_reader(signal_reader&&) noexcept = default;
signal_reader& signal_reader::operator=(signal_reader&&) noexcept = default;
signal_reader::~signal_reader() = default;

result<signal_reader> signal_reader::open(const std::string& path, const reader_options& options) {
  MILLWRIGHT_TRY(auto source, detail::byte_source::from_path(path));
  return implementation::open(std::move(source), options);
}

result<signal_reader> signal_reader::open_descriptor(int descriptor, const std::string& name, const reader_options& options) {
  return implementation::open(detail::byte_source::from_descriptor(descriptor, name, false), options);
}

result<signal_reader> signal_reader::open_memory(std::span<const std::byte> bytes, const std::string& name, const reader_options& options) {
  return implementation::open(detail::byte_source::from_memory(bytes, name), options);
}

const std::vector<channel>& signal_reader::channels() const noexcept {
  return std::visit([](const auto& r) -> const std::vector<channel>& { return r.channels; }, held_->reader);
}

result<sample_block> signal_reader::next(std::size_t max_samples) {
  return std::visit([&](auto& r) { return r.next(max_samples); }, held_->reader);
}

const reader_counters& signal_reader::counters() const noexcept {
  return std::visit([](const auto& r) -> const reader_counters& { return r.counters; }, held_->reader);
}

std::uint64_t signal_reader::position() const noexcept { return counters().samples; }

std::optional<std::uint64_t> signal_reader::size() const noexcept {
  return std::visit([](const auto& r) { return r.size(); }, held_->reader);
}

result<void> signal_reader::skip_to(std::uint64_t target) {
  if (target < position()) {
    return error(errc::invalid_argument, "ingest",
                 "a reader cannot go back from sample " + std::to_string(position()) + " to " + std::to_string(target),
                 "open the input anew");
  }
  if (std::visit([&](auto& r) { return r.seek(target); }, held_->reader)) return {};
  while (position() < target) {
    const std::uint64_t left = target - position();
    MILLWRIGHT_TRY(const sample_block passed, next(left < 4096 ? static_cast<std::size_t>(left) : 4096));
    if (!passed) break;
  }
  return {};
}

}  // namespace millwright
