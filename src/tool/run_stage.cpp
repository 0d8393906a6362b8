#include "tool/run_stage.hpp"

#include <charconv>
#include <cstdio>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "millwright/signal_stages.hpp"
#include "tool/interrupt.hpp"
#include "tool/output_file.hpp"
#include "tool/text.hpp"

namespace millwright::tool {

namespace {

std::string value_text(const param_value& value) {
  std::string text;
  const auto list = [&](const auto& values, const auto& write) {
    for (const auto& v : values) {
      if (&v != &values.front()) text += ',';
      write(v);
    }
  };
  if (const auto* b = std::get_if<bool>(&value)) text = *b ? "true" : "false";
  if (const auto* i = std::get_if<std::int64_t>(&value)) text = std::to_string(*i);
  if (const auto* d = std::get_if<double>(&value)) text = short_number(*d);
  if (const auto* s = std::get_if<std::string>(&value)) text = *s;
  if (const auto* names = std::get_if<std::vector<std::string>>(&value)) list(*names, [&](const std::string& v) { text += v; });
  if (const auto* numbers = std::get_if<std::vector<double>>(&value)) list(*numbers, [&](double v) { text += short_number(v); });
  return text;
}

void list_stages() {
  for (const auto* table : builtin_signal_registry<float>().stages()) {
    const stage_info info = table->info();
    std::printf("%.*s\n    %.*s\n", static_cast<int>(info.id.size()), info.id.data(), static_cast<int>(info.doc.size()), info.doc.data());
    for (const param_info& p : info.params) {
      const std::string_view kind = p.choices.empty() ? to_string(p.of) : p.choices;
      std::printf("    --set %.*s=%s  %.*s%s%.*s%s\n", static_cast<int>(p.name.size()), p.name.data(), value_text(p.initial).c_str(),
                  static_cast<int>(p.doc.size()), p.doc.data(), kind.empty() ? "" : " (", static_cast<int>(kind.size()), kind.data(),
                  kind.empty() ? "" : ")");
    }
  }
}

std::optional<double> number_in(std::string_view text) {
  double value = 0.0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The text as the kind of value that `like` is; a text that does not fit is kept as text, which set_param then refuses with a reason.
param_value parse_value(const std::string& text, const param_value& like) {
  if (std::holds_alternative<bool>(like) && (text == "true" || text == "false")) return text == "true";
  if (std::holds_alternative<std::int64_t>(like) || std::holds_alternative<double>(like)) {
    if (const auto number = number_in(text)) return *number;
  }
  if (std::holds_alternative<std::vector<double>>(like) || std::holds_alternative<std::vector<std::string>>(like)) {
    std::vector<std::string> parts;
    std::vector<double> numbers;
    for (std::size_t start = 0; start <= text.size() && !text.empty();) {
      const std::size_t comma = std::min(text.find(',', start), text.size());
      parts.push_back(text.substr(start, comma - start));
      if (const auto number = number_in(parts.back())) numbers.push_back(*number);
      start = comma + 1;
    }
    if (std::holds_alternative<std::vector<double>>(like) && numbers.size() == parts.size()) return numbers;
    return parts;
  }
  return text;
}

void configure(any_signal_stage<float>& stage, const stage_options& options) {
  const stage_info info = stage.info();
  for (const auto& [name, text] : options.settings) {
    param_value like = std::string();
    for (const param_info& p : info.params) {
      if (p.name == name) like = p.initial;
    }
    must(stage.set_param(name, parse_value(text, like)), exit_code::usage);
  }
  must(stage.validate(), exit_code::usage);
  if (stage.learns()) {
    throw failure(exit_code::usage, error(errc::not_fitted, info.id, "this stage has to learn before it runs",
                                          "use it from Python or C++, or give what it learns as a setting of another stage"));
  }
}

/// One reader's samples, item by item.
void interleave(const sample_block& block, std::vector<float>& items) {
  items.resize(block.samples * block.channels);
  for (std::size_t i = 0; i < block.samples; ++i) {
    for (std::size_t c = 0; c < block.channels; ++c) {
      items[i * block.channels + c] =
          block.data[static_cast<std::ptrdiff_t>(c) * block.channel_stride + static_cast<std::ptrdiff_t>(i) * block.sample_stride];
    }
  }
}

void write_items(output_file& out, const std::string& format, std::span<const float> values, std::size_t columns) {
  if (format == "f32") {
    out.write({reinterpret_cast<const char*>(values.data()), values.size_bytes()});
    return;
  }
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    append_csv_number(text, static_cast<double>(values[i]));
    text += (i + 1) % columns == 0 ? '\n' : ',';
  }
  out.write(text);
}

}  // namespace

exit_code run_stage(const stage_options& options) {
  if (options.id.empty()) {
    list_stages();
    return exit_code::ok;
  }
  catch_signals();
  auto stage = must(builtin_signal_registry<float>().make(options.id), exit_code::usage);
  configure(stage, options);

  auto reader = must(signal_reader::open(options.input, options.reader), exit_code::input_refused);
  signal_port in;
  in.columns = reader.channels().size();
  in.rate_hz = options.reader.rate_hz > 0.0 ? options.reader.rate_hz : reader.channels().front().rate_hz;
  in.max_items = options.chunk_samples;
  if (!(in.rate_hz > 0.0)) {
    throw failure(exit_code::usage, error(errc::invalid_argument, options.input, "the sampling rate is not known", "give --rate"));
  }
  workspace measure;
  static_cast<void>(must(stage.prepare(in, measure), exit_code::usage));
  const auto memory = must(detail::arena_memory::take(measure.bytes_used(), options.id), exit_code::usage);
  workspace arena(memory.bytes());
  const signal_port given = must(stage.prepare(in, arena), exit_code::usage);
  stage.reset();

  auto out = must(output_file::open(options.output, 0), exit_code::output_failed);
  std::vector<float> items;
  const std::size_t most = given.columns * given.max_items;
  const auto room_memory = must(detail::arena_memory::take(most * sizeof(float), options.id), exit_code::usage);
  const std::span<float> room(reinterpret_cast<float*>(room_memory.bytes().data()), most);
  while (stop_signal() == 0 && out.ok()) {
    const sample_block block = must(reader.next(options.chunk_samples), exit_code::input_refused);
    if (block.samples == 0) break;
    interleave(block, items);
    write_items(out, options.format, room.first(stage.process(items, room)), given.columns);
  }
  if (stop_signal() == 0 && out.ok()) write_items(out, options.format, room.first(stage.flush(room)), given.columns);
  if (!out.ok() && !out.reader_gone()) throw failure(exit_code::output_failed, out.reason());
  return exit_code::ok;
}

}  // namespace millwright::tool
