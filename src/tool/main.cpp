// The millwright program: arguments, and what each command does with them.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

#include "millwright/numeric/cpu.hpp"
#include "millwright/version.hpp"
#include "tool/commands.hpp"
#include "tool/input_arguments.hpp"
#include "tool/run.hpp"
#include "tool/run_stage.hpp"

namespace {

using namespace millwright;
using namespace millwright::tool;

constexpr const char* footer =
    R"(Exit codes: 0 done, or stopped by SIGTERM or by the reader of the output; 1 internal error; 2 wrong arguments;
3 input refused; 4 bundle refused; 5 checkpoint refused; 6 output failed; 130 interrupted by SIGINT.
More: docs/command.md)";

struct run_arguments {
  run_options options;
  input_arguments input;
  std::vector<std::string> names;
  std::string output_format = "ndjson";
  bool no_scores = false;
};

struct stage_arguments {
  stage_options options;
  input_arguments input;
  std::vector<std::string> settings;
};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (true) {
    const std::size_t comma = text.find(',', start);
    parts.push_back(text.substr(start, comma - start));
    if (comma == std::string::npos) return parts;
    start = comma + 1;
  }
}

void declare_run(CLI::App& command, run_arguments& a) {
  run_options& o = a.options;
  command.add_option("BUNDLE", o.bundle, "the fitted pipeline")->required();
  command.add_option("FILE", o.inputs, "inputs, one for each sampling rate; - or nothing: standard input");

  CLI::Option_group* in = a.input.declare(command);
  in->add_option("--names", a.names, "channel names, comma-separated; repeat it for several inputs")->allow_extra_args(false)->take_all();
  in->add_option("--rate", o.rates_hz, "sampling rate in Hz where the input does not say it; repeat it for several inputs")
      ->allow_extra_args(false)
      ->take_all()
      ->check(CLI::PositiveNumber);
  in->add_option("--chunk", o.chunk_samples, "samples read at once; changes speed only, never a result")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();

  auto* out = command.add_option_group("Output");
  out->add_option("--out", o.output, "file for the results; standard output if not given");
  out->add_option("--format", a.output_format, "ndjson or csv")->check(CLI::IsMember({"ndjson", "csv"}))->capture_default_str();
  auto* no_scores = out->add_flag("--no-scores", a.no_scores, "only the severity of each window, not each detector's score");
  auto* features = out->add_flag("--features", o.choice.features, "also every feature of each window");
  out->add_flag("--only-episodes", o.choice.only_episodes, "episodes only, no windows")->excludes(no_scores)->excludes(features);
  out->add_option("--summary", o.summary, "file for the summary as JSON; people get it on standard error");
  out->add_flag("--quiet,-q", o.quiet, "nothing on standard error but errors");

  auto* state = command.add_option_group("Checkpoint");
  auto* checkpoint = state->add_option("--checkpoint", o.checkpoint, "file that keeps the state of the stream");
  state->add_option("--checkpoint-every", o.checkpoint_every, "windows from checkpoint to checkpoint")
      ->needs(checkpoint)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  state
      ->add_flag("--resume", o.resume,
                 "go on from the checkpoint if there is one: --out is cut back to where it stood and files are skipped to the position; "
                 "standard input must start there")
      ->needs(checkpoint);

  auto* how = command.add_option_group("Machine");
  how->add_option("--level", o.level, "kernel level: scalar, sse2, avx2, avx512 or neon64; changes speed only, never a result");
  how->add_flag("!--no-replay", o.replay, "do not replay the golden vectors before the first sample");
}

void convert_output(run_arguments& a) {
  run_options& o = a.options;
  o.choice.format = a.output_format == "csv" ? output_format::csv : output_format::ndjson;
  o.choice.scores = !a.no_scores;
  if (!o.level.empty()) {
    const auto level = parse_kernel_level(o.level);
    if (!level) refuse_arguments("there is no kernel level \"" + o.level + "\"", "`millwright config` lists the levels of this machine");
    if (!is_available(*level))
      refuse_arguments("the kernel level " + o.level + " is not available here", "`millwright config` lists the levels of this machine");
  }
  for (const auto& in : o.inputs) {
    if (in == o.output && in != "-") refuse_arguments("--out is the input " + in + " itself", "write to another file");
  }
  if (!o.checkpoint.empty() && o.checkpoint == o.output) refuse_arguments("--checkpoint and --out are the same file", "give two files");
}

const run_options& convert(run_arguments& a) {
  run_options& o = a.options;
  if (o.inputs.empty()) o.inputs.emplace_back("-");
  if (std::count(o.inputs.begin(), o.inputs.end(), "-") > 1) refuse_arguments("standard input is given twice", "give it once");
  for (const auto& list : a.names) o.names.push_back(split(list));
  const auto fits = [&](std::size_t entries) { return entries <= 1 || entries == o.inputs.size(); };
  if (!fits(o.names.size()) || !fits(o.rates_hz.size()))
    refuse_arguments("--names or --rate is given another number of times than there are inputs", "give it once, or once for each input");
  o.reader = a.input.convert();
  convert_output(a);
  return o;
}

const stage_options& convert(stage_arguments& a) {
  a.options.reader = a.input.convert();
  for (const auto& text : a.settings) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) refuse_arguments("--set \"" + text + "\" has no value", "write --set name=value");
    a.options.settings.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return a.options;
}

void declare_stage(CLI::App& command, stage_arguments& a) {
  stage_options& o = a.options;
  command.add_option("STAGE", o.id, "the signal stage; without it, all of them are listed with their settings");
  command.add_option("FILE", o.input, "the signal; - or nothing: standard input")->capture_default_str();
  command.add_option("--set", a.settings, "a setting, name=value; repeat it for several; lists are comma-separated")
      ->allow_extra_args(false)
      ->take_all();
  CLI::Option_group* in = a.input.declare(command);
  in->add_option("--names", a.input.names, "channels to read, comma-separated")->delimiter(',');
  in->add_option("--rate", a.input.rate_hz, "sampling rate in Hz where the input does not say it")->check(CLI::PositiveNumber);
  in->add_option("--chunk", o.chunk_samples, "samples read at once; changes speed only, never a result")
      ->check(CLI::Range(1, 1 << 24))
      ->capture_default_str();
  auto* out = command.add_option_group("Output");
  out->add_option("--out", o.output, "file for the result; standard output if not given");
  out->add_option("--format", o.format, "csv: one line an item; f32: raw float32, item by item")
      ->check(CLI::IsMember({"csv", "f32"}))
      ->capture_default_str();
}

void declare_export_c(CLI::App& command, export_c_options& o) {
  command.add_option("BUNDLE", o.bundle, "the fitted pipeline, with a quantized_forest among its detectors")->required();
  command.add_option("--out", o.output, "file for the header; standard output if not given");
  command.add_option("--prefix", o.prefix, "of every name in the header")->capture_default_str();
  command.add_option("--detector", o.detector, "which forest, where the bundle has several: quantized_forest, quantized_forest_2, ...");
}

exit_code dispatch(CLI::App& app, run_arguments& run_args, stage_arguments& stage_args, const export_c_options& export_args,
                   const std::string& bundle, bool as_json, bool with_cost) {
  if (app.got_subcommand("run")) return run(convert(run_args));
  if (app.got_subcommand("stage")) return run_stage(convert(stage_args));
  if (app.got_subcommand("export-c")) return export_c(export_args);
  if (app.got_subcommand("inspect")) return inspect(bundle, as_json, with_cost);
  if (app.got_subcommand("verify")) return verify(bundle, as_json);
  std::fputs(show_config().c_str(), stdout);
  return exit_code::ok;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    CLI::App app("Condition monitoring: runs a pipeline that was fitted in Python on live signals.");
    app.set_version_flag("--version", "millwright " + std::string(version_string));
    app.footer(footer);
    app.require_subcommand(1);

    run_arguments run_args;
    CLI::App* run_command = app.add_subcommand("run", "stream signals through a bundle and tell scores and alarms");
    declare_run(*run_command, run_args);
    run_command->footer(footer);

    stage_arguments stage_args;
    CLI::App* stage_command = app.add_subcommand("stage", "stream a signal through one stage: filter, envelope, tracker, transform");
    declare_stage(*stage_command, stage_args);

    export_c_options export_args;
    declare_export_c(*app.add_subcommand("export-c", "write a bundle's packed forest as a C header for microcontrollers"), export_args);

    std::string bundle;
    bool as_json = false;
    bool with_cost = false;
    CLI::App* inspect_command = app.add_subcommand("inspect", "what a bundle holds: stages, features, threshold, memory");
    CLI::App* verify_command =
        app.add_subcommand("verify", "whether a bundle is intact and computes here what it computed where it was fitted");
    for (CLI::App* command : {inspect_command, verify_command}) {
      command->add_option("BUNDLE", bundle, "the fitted pipeline")->required();
      command->add_flag("--json", as_json, "for programs");
    }
    inspect_command->add_flag("--cost", with_cost, "also measure the time of each feature on this machine");
    app.add_subcommand("config", "version, numerics, kernel levels of this machine");

    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
      return app.exit(e) == 0 ? 0 : static_cast<int>(exit_code::usage);
    }
    return static_cast<int>(dispatch(app, run_args, stage_args, export_args, bundle, as_json, with_cost));
  } catch (const failure& f) {
    std::fprintf(stderr, "%s\n", f.what());
    return static_cast<int>(f.code());
  } catch (const std::exception& e) {
    std::fprintf(stderr, "millwright: internal error: %s\n", e.what());
    return static_cast<int>(exit_code::internal);
  }
}
