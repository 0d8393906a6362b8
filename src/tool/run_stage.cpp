#include "tool/run_stage.hpp"

#include <cstdio>
#include <span>
#include <string_view>

#include "millwright/signal_stages.hpp"
#include "tool/interrupt.hpp"
#include "tool/output_file.hpp"
#include "tool/text.hpp"

namespace millwright::tool {

namespace {

void list_stages() {
  for (const auto* table : builtin_signal_registry<float>().stages()) {
    const stage_info info = table->info();
    std::printf("%.*s\n    %.*s\n", static_cast<int>(info.id.size()), info.id.data(), static_cast<int>(info.doc.size()), info.doc.data());
    for (const param_info& p : info.params) {
      const std::string_view kind = p.choices.empty() ? to_string(p.of) : p.choices;
      std::printf("    --set %.*s=%s  %.*s%s%.*s%s\n", static_cast<int>(p.name.size()), p.name.data(), to_text(p.initial).c_str(),
                  static_cast<int>(p.doc.size()), p.doc.data(), kind.empty() ? "" : " (", static_cast<int>(kind.size()), kind.data(),
                  kind.empty() ? "" : ")");
    }
  }
}

void configure(any_signal_stage<float>& stage, const stage_options& options) {
  const stage_info info = stage.info();
  for (const auto& [name, text] : options.settings) {
    const param_info* p = find_param(info.params, name);
    must(stage.set_param(name, p != nullptr ? param_from_text(*p, text) : param_value(text)), exit_code::usage);
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
