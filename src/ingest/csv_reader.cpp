#include "ingest/csv_reader.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace millwright::detail {

namespace {
constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t day = 86400 * second;

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool same_letters(std::string_view a, std::string_view lower) noexcept {
  return a.size() == lower.size() &&
         std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x - 'A' + 'a' : x) == y; });
}

bool is_missing(std::string_view text) noexcept {
  constexpr std::array<std::string_view, 6> words = {"", "-", "na", "n/a", "nan", "null"};
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) { return same_letters(text, w); });
}

std::optional<double> parse_double(std::string_view text) noexcept {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0.0;
  const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (rest != text.data() + text.size()) return std::nullopt;
  if (failed == std::errc::result_out_of_range) return std::numeric_limits<double>::quiet_NaN();
  return failed == std::errc{} ? std::optional(value) : std::nullopt;
}
}  // namespace

result<void> csv_reader::open(byte_source source, const reader_options& options) {
  lines_ = line_source(std::move(source), static_cast<std::size_t>(max_line_bytes));
  options_ = options;
  std::string_view line;
  while (true) {
    MILLWRIGHT_TRY(const auto state, lines_.next(line, true));
    if (state == line_source::state::end)
      return error(errc::invalid_data, lines_.name(), "the file has no line", "give a CSV file with values");
    ++counters.lines;
    if (state == line_source::state::too_long) {
      return error(errc::invalid_data, lines_.name(), "the first line is longer than " + std::to_string(max_line_bytes) + " bytes",
                   "this does not look like CSV; else raise option max_line_bytes");
    }
    if (!trimmed(line).empty()) break;
  }
  MILLWRIGHT_CHECK(read_first_line(line));
  rows_ = row_buffer(channels.size());
  return {};
}

bool csv_reader::split(std::string_view line) {
  std::size_t used = 0;
  const auto field = [&]() -> std::string& {
    if (used == fields_.size()) fields_.emplace_back();
    fields_[used].clear();
    return fields_[used++];
  };
  std::size_t at = 0;
  while (true) {
    std::string& text = field();
    std::size_t start = at;
    while (start < line.size() && line[start] == ' ') ++start;
    if (start < line.size() && line[start] == '"') {
      at = start + 1;
      while (true) {
        const std::size_t quote = line.find('"', at);
        if (quote == std::string_view::npos) return false;
        text.append(line.substr(at, quote - at));
        at = quote + 1;
        if (at >= line.size() || line[at] != '"') break;
        text.push_back('"');
        ++at;
      }
      while (at < line.size() && line[at] == ' ') ++at;
      if (at < line.size() && line[at] != delimiter_) return false;
    } else {
      const std::size_t end = std::min(line.find(delimiter_, at), line.size());
      text.assign(trimmed(line.substr(at, end - at)));
      at = end;
    }
    if (at >= line.size()) break;
    ++at;
    if (used > most_reader_channels) return false;
  }
  fields_.resize(used);
  return true;
}

result<void> csv_reader::read_first_line(std::string_view line) {
  const std::string& where = lines_.name();
  delimiter_ = delimiter == "tab" ? '\t' : delimiter.front();
  if (delimiter == "auto") {
    std::string outside;  // what is not quoted
    bool quoted = false;
    for (const char c : line) {
      if (c == '"') quoted = !quoted;
      if (!quoted) outside.push_back(c);
    }
    delimiter_ = outside.find(';') != std::string::npos ? ';' : outside.find('\t') != std::string::npos ? '\t' : ',';
  }
  if (!split(line))
    return error(errc::invalid_data, where, "the first line has an open quote or too many columns",
                 "give option delimiter, or mend the line");
  columns_ = fields_.size();
  bool has_header = header == "yes";
  if (header == "auto") {
    has_header =
        std::any_of(fields_.begin(), fields_.end(), [&](const std::string& f) { return !parse_value(f) && !detect_time_format(f); });
  }
  std::vector<std::string> names = fields_;
  if (!has_header) {
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = "#" + std::to_string(i);
    waiting_ = std::string(line);
  }
  MILLWRIGHT_CHECK(find_time_columns(names, has_header));
  std::vector<std::size_t> left_out;
  if (time_is_hms) {
    left_out.assign(hms_.begin(), hms_.end());
  } else if (time_column_) {
    left_out.push_back(*time_column_);
  }
  std::vector<std::string> channel_names = options_.names;
  if (has_header) {
    MILLWRIGHT_TRY(chosen_, choose_columns(names, left_out, options_, where));
    channel_names.clear();
    for (const std::size_t c : chosen_) channel_names.push_back(names[c]);
  } else {
    reader_options all = options_;
    all.names.clear();
    MILLWRIGHT_TRY(chosen_, choose_columns(names, left_out, all, where));
  }
  MILLWRIGHT_TRY(channels, declare_channels(channel_names, chosen_.size(), options_.rate_hz, options_, where));
  if (!time_column_ && !time_is_hms && !(options_.rate_hz > 0.0)) {
    return error(errc::invalid_argument, where, "neither a time column nor a sampling rate is known",
                 "give option rate_hz, or option time_column (a name, or \"#0\")");
  }
  return {};
}

result<void> csv_reader::find_time_columns(const std::vector<std::string>& names, bool has_header) {
  const std::string& where = lines_.name();
  if (time_is_hms) {
    constexpr std::array<std::string_view, 4> parts = {"hour", "minute", "second", "microsecond"};
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto found = std::find_if(names.begin(), names.end(), [&](const std::string& n) { return same_letters(n, parts[i]); });
      hms_[i] = has_header && found != names.end() ? static_cast<std::size_t>(found - names.begin()) : i;
    }
    if (columns_ < 5)
      return error(errc::invalid_data, where, "there are no four columns of time besides the values", "leave option time_is_hms away");
    day_ns_ = options_.start_time.value_or(0) / day * day;
    return {};
  }
  const std::string& asked = time_column;
  if (asked == "none") return {};
  if (!asked.empty()) {
    std::size_t index = columns_;
    if (asked.front() == '#') {
      const auto [rest, failed] = std::from_chars(asked.data() + 1, asked.data() + asked.size(), index);
      if (failed != std::errc{} || rest != asked.data() + asked.size()) index = columns_;
    } else {
      index = static_cast<std::size_t>(std::find(names.begin(), names.end(), asked) - names.begin());
    }
    if (index >= columns_) {
      return error(errc::invalid_data, where, "there is no time column \"" + asked + "\"",
                   "give option time_column as the column is called, or \"#0\" for the first column");
    }
    time_column_ = index;
  } else if (has_header) {
    const auto found = std::find_if(names.begin(), names.end(), [](const std::string& n) { return is_time_name(n); });
    if (found != names.end()) time_column_ = static_cast<std::size_t>(found - names.begin());
  } else if (detect_time_format(fields_[0]) == millwright::time_format::iso8601) {
    time_column_ = 0;
  }
  time_format_ = format_of_time();
  return {};
}

std::optional<float> csv_reader::parse_value(std::string_view field) const noexcept {
  if (is_missing(field)) return std::numeric_limits<float>::quiet_NaN();
  if (const auto value = parse_double(field)) return static_cast<float>(*value);
  if (delimiter_ != ';' || field.size() > 40) return std::nullopt;
  const std::size_t comma = field.find(',');  // a decimal comma
  if (comma == std::string_view::npos) return std::nullopt;
  std::array<char, 40> text;
  field.copy(text.data(), field.size());
  text[comma] = '.';
  if (const auto value = parse_double({text.data(), field.size()})) return static_cast<float>(*value);
  return std::nullopt;
}

std::optional<time_ns> csv_reader::parse_stamp() noexcept {
  if (!time_is_hms) {
    const std::string& text = fields_[*time_column_];
    if (time_format_ == millwright::time_format::automatic) {
      const auto detected = detect_time_format(text);
      if (!detected) return std::nullopt;
      time_format_ = *detected;
    }
    return parse_time(text, time_format_);
  }
  std::array<double, 4> parts = {};
  constexpr std::array<double, 4> most = {24.0, 60.0, 61.0, 1e6};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto value = parse_double(fields_[hms_[i]]);
    if (!value || !(*value >= 0.0 && *value < most[i])) return std::nullopt;
    parts[i] = *value;
  }
  const auto of_day = static_cast<std::int64_t>((parts[0] * 3600.0 + parts[1] * 60.0 + parts[2]) * 1e9 + parts[3] * 1e3 + 0.5);
  if (last_of_day_ >= 0 && last_of_day_ - of_day > day / 2) day_ns_ += day;  // past midnight
  last_of_day_ = of_day;
  return day_ns_ + of_day;
}

std::string_view csv_reader::add_row(std::string_view line) {
  if (!split(line)) return "open quote";
  if (fields_.size() != columns_) return fields_.size() < columns_ ? "too few columns" : "too many columns";
  time_ns stamp = continues_previous;
  if (time_column_ || time_is_hms) {
    const auto parsed = parse_stamp();
    if (!parsed) return "time cannot be read";
    stamp = *parsed;
  } else if (stamp_next_) {
    stamp = regular_time();
  }
  const std::span<float> row = rows_.add(stamp);
  for (std::size_t c = 0; c < chosen_.size(); ++c) {
    const auto value = parse_value(fields_[chosen_[c]]);
    if (!value) {
      rows_.drop_last();
      return "value is not a number";
    }
    row[c] = scaled(static_cast<double>(*value));
  }
  return {};
}

time_ns csv_reader::regular_time() const noexcept {
  const double ns = std::min(static_cast<double>(row_) * 1e9 / options_.rate_hz, 4e18);
  const time_ns limit = (time_ns{1} << 62) - 1;
  return std::min(std::clamp(options_.start_time.value_or(0), -limit, limit) + static_cast<time_ns>(ns + 0.5), limit);
}

result<sample_block> csv_reader::next(std::size_t max_samples) {
  rows_.compact();
  max_samples = std::min(max_samples, most_block_samples / channels.size() + 1);
  while (!at_end_ && rows_.rows() < max_samples) {
    std::string_view line;
    auto state = line_source::state::line;
    std::string first;
    if (waiting_) {
      first = std::move(*waiting_);
      waiting_.reset();
      line = first;
    } else {
      MILLWRIGHT_TRY(state, lines_.next(line, rows_.rows() == 0));
      if (state == line_source::state::end) {
        at_end_ = true;
        break;
      }
      if (state == line_source::state::none_yet) break;
      ++counters.lines;
    }
    std::string_view wrong;
    if (state == line_source::state::too_long) {
      wrong = "line is too long";
    } else if (trimmed(line).empty()) {
      continue;
    } else {
      wrong = add_row(line);
    }
    ++row_;
    if (wrong.empty()) {
      stamp_next_ = false;
      continue;
    }
    if (state == line_source::state::unfinished) counters.truncated = 1;
    count_bad_line(counters, counters.lines, wrong);
    stamp_next_ = true;  // the row's place in time stays empty
  }
  const sample_block block = rows_.take(max_samples, time_column_ || time_is_hms);
  counters.samples += block.samples;
  return block;
}

}  // namespace millwright::detail
