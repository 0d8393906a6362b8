#include "ingest/ndjson_reader.hpp"

#include <algorithm>
#include <limits>

#include "core/json.hpp"

namespace millwright::detail {

namespace {
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

bool is_value(const json& v) noexcept { return v.is_number() || v.is_null() || v.is_boolean(); }

double value_of(const json& v) {
  if (v.is_boolean()) return v.get<bool>() ? 1.0 : 0.0;
  return v.is_number() ? v.get<double>() : static_cast<double>(not_a_number);
}

const json* time_of(const json& object, const std::string& asked) {
  if (asked == "none") return nullptr;
  if (!asked.empty()) {
    const auto found = object.find(asked);
    return found != object.end() ? &*found : nullptr;
  }
  for (const auto& [key, value] : object.items()) {
    if (is_time_name(key)) return &value;
  }
  return nullptr;
}

bool is_time_key(std::string_view key, const std::string& asked) { return asked.empty() ? is_time_name(key) : key == asked; }
}  // namespace

result<void> ndjson_reader::open(byte_source source, const reader_options& options) {
  lines_ = line_source(std::move(source), static_cast<std::size_t>(max_line_bytes));
  options_ = options;
  time_format_ = format_of_time();
  if (!options.names.empty()) {
    MILLWRIGHT_CHECK(declare(options.names));
  } else {
    MILLWRIGHT_CHECK(read_lines(1));  // the first good line names the channels
    if (!declared_) {
      return error(errc::invalid_data, lines_.name(), "no line is a JSON object with numbers",
                   "write one object a line, such as {\"time\": 0.1, \"vib_x\": 0.02}");
    }
  }
  return {};
}

result<void> ndjson_reader::declare(std::vector<std::string> names) {
  MILLWRIGHT_TRY(channels, declare_channels(names, names.size(), options_.rate_hz, options_, lines_.name()));
  rows_ = row_buffer(channels.size());
  declared_ = true;
  return {};
}

std::string_view ndjson_reader::add_rows(std::string_view line) {
  const auto parsed = parse_json(line, lines_.name());
  if (!parsed) return "not valid JSON";
  const json& object = *parsed;
  if (!object.is_object()) return "not a JSON object";

  if (!declared_) {
    std::vector<std::string> names;
    for (const auto& [key, value] : object.items()) {
      const bool numbers = value.is_number() || value.is_boolean() || (value.is_array() && !value.empty() && value.front().is_number());
      if (numbers && !is_time_key(key, time_column)) names.push_back(key);
    }
    if (names.empty()) return "no number in it";
    trouble_ = declare(std::move(names));
    if (!trouble_) return "channels cannot be declared";
  }

  time_ns stamp = continues_previous;
  if (const json* time = time_of(object, time_column); time != nullptr && !time->is_null()) {
    std::optional<time_ns> read;
    if (time->is_string()) {
      const std::string text = time->get<std::string>();
      if (time_format_ == millwright::time_format::automatic)
        time_format_ = detect_time_format(text).value_or(millwright::time_format::automatic);
      read = parse_time(text, time_format_);
    } else if (time->is_number()) {
      if (time_format_ == millwright::time_format::automatic)
        time_format_ = detect_time_format(time->dump()).value_or(millwright::time_format::automatic);
      if (time->is_number_integer() && time_format_ == millwright::time_format::nanoseconds) {
        read = parse_time(time->dump(), time_format_);  // above 2^53 a double would round
      } else {
        read = time_from_number(time->get<double>(), time_format_);
      }
    }
    if (!read) return "time cannot be read";
    stamp = *read;
    has_stamps_ = true;
  } else if (stamp_next_ && !has_stamps_ && options_.rate_hz > 0.0) {
    stamp = regular_time();
  }
  if (stamp == continues_previous && !(options_.rate_hz > 0.0)) return "no time, and option rate_hz is not given";

  std::vector<const json*> columns(channels.size(), nullptr);
  std::optional<std::size_t> length;
  bool scalars = false;
  bool any = false;
  for (std::size_t c = 0; c < channels.size(); ++c) {
    const auto found = object.find(channels[c].name);
    if (found == object.end()) continue;
    any = true;
    columns[c] = &*found;
    if (found->is_array()) {
      if (length && *length != found->size()) return "arrays differ in length";
      length = found->size();
      if (!std::all_of(found->begin(), found->end(), is_value)) return "value is not a number";
    } else {
      if (!is_value(*found)) return "value is not a number";
      scalars = scalars || !found->is_null();
    }
  }
  if (!any) return "no channel in it";
  if (scalars && length) return "arrays and single values in one line";
  const std::size_t samples = length.value_or(1);
  if (samples > most_block_samples / channels.size()) return "too many values";
  for (std::size_t i = 0; i < samples; ++i) {
    const std::span<float> row = rows_.add(i == 0 ? stamp : continues_previous);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const json* column = columns[c];
      row[c] = column == nullptr ? not_a_number : scaled(value_of(column->is_array() ? (*column)[i] : *column));
    }
  }
  row_ += samples;
  line_rows_ = samples;
  stamp_next_ = false;
  return {};
}

time_ns ndjson_reader::regular_time() const noexcept {
  const double ns = std::min(static_cast<double>(row_) * 1e9 / options_.rate_hz, 4e18);
  const time_ns limit = (time_ns{1} << 62) - 1;
  return std::min(std::clamp(options_.start_time.value_or(0), -limit, limit) + static_cast<time_ns>(ns + 0.5), limit);
}

result<void> ndjson_reader::read_lines(std::size_t wanted) {
  while (!at_end_ && rows_.rows() < wanted) {
    std::string_view line;
    MILLWRIGHT_TRY(const auto state, lines_.next(line, rows_.rows() == 0));
    if (state == line_source::state::end) {
      at_end_ = true;
      break;
    }
    if (state == line_source::state::none_yet) break;
    ++counters.lines;
    std::string_view wrong;
    if (state == line_source::state::too_long) {
      wrong = "line is too long";
    } else if (line.find_first_not_of(" \t") == std::string_view::npos) {
      continue;
    } else {
      wrong = add_rows(line);
      MILLWRIGHT_CHECK(trouble_);
    }
    if (wrong.empty()) continue;
    if (state == line_source::state::unfinished) counters.truncated = 1;
    count_bad_line(counters, counters.lines, wrong);
    row_ += line_rows_;
    stamp_next_ = true;
  }
  return {};
}

result<sample_block> ndjson_reader::next(std::size_t max_samples) {
  if (rows_.rows() < max_samples && !at_end_) {
    rows_.compact();
    MILLWRIGHT_CHECK(read_lines(max_samples));
  }
  const sample_block block = rows_.take(max_samples, has_stamps_);
  counters.samples += block.samples;
  return block;
}

}  // namespace millwright::detail
