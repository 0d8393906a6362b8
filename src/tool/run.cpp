#include "tool/run.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "millwright/ingest/merge.hpp"
#include "millwright/numeric/cpu.hpp"
#include "millwright/pipeline/bundle.hpp"
#include "millwright/pipeline/stream.hpp"
#include "store/file.hpp"
#include "tool/interrupt.hpp"
#include "tool/open_sources.hpp"
#include "tool/output_file.hpp"
#include "tool/progress.hpp"
#include "tool/result_writer.hpp"
#include "tool/run_checkpoint.hpp"
#include "tool/run_summary.hpp"
#include "tool/text.hpp"

namespace millwright::tool {

namespace {

using steady = std::chrono::steady_clock;

/// With a checkpoint, blocks are pushed in pieces of at most this, so that checkpoints come about as often as asked for,
/// whatever the chunk size.
constexpr std::size_t checkpoint_slice = 4096;

class session {
 public:
  explicit session(const run_options& options)
      : options_(options), model_(load(options, bundle_bytes_)), stream_(must(stream::create(model_), exit_code::bundle_refused)) {
    const auto resumed = options.resume ? find_checkpoint() : std::optional<run_checkpoint>();
    open_inputs(resumed);
    if (resumed) resume(*resumed);
    out_.emplace(must(output_file::open(options.output, resumed ? resumed->output_bytes : 0),
                      resumed ? exit_code::checkpoint_refused : exit_code::output_failed));
    writer_.emplace(model_, options.choice, *out_);
    if (!resumed) writer_->begin();
    windows_at_checkpoint_ = stream_.windows();
  }

  exit_code run() {
    const auto start = steady::now();
    const std::uint64_t samples_before = values_taken();
    std::string end;
    exit_code code = exit_code::ok;
    try {
      end = drain(code);
      if (!options_.checkpoint.empty() && out_->ok()) save();
      // Whatever waits for slower channels is told only now, beyond the checkpoint: should the input grow, it is told again.
      if (code == exit_code::ok && stop_signal() == 0 && out_->ok()) stream_.flush([this](const window_result& w) { take_window(w); });
      must(check_output(), exit_code::output_failed);
    } catch (const failure& f) {
      progress_->clear();
      std::fprintf(stderr, "%s\n", f.what());
      end = "stopped by an error";
      code = f.code();
    }
    progress_->clear();
    const double seconds = std::chrono::duration<double>(steady::now() - start).count();
    report(end, seconds, seconds > 0.0 ? static_cast<double>(values_taken() - samples_before) / seconds : 0.0);
    return code;
  }

 private:
  static pipeline load(const run_options& options, std::size_t& bundle_bytes) {
    if (!options.level.empty()) must(force_kernel_level(*parse_kernel_level(options.level)), exit_code::usage);
    load_options how;
    how.replay = options.replay;
    const auto bytes = must(detail::read_file(options.bundle, how.max_file_bytes), exit_code::bundle_refused);
    bundle_bytes = bytes.size();
    return must(read_bundle(bytes, how), exit_code::bundle_refused);
  }

  void note(const std::string& text) const {
    if (!options_.quiet) std::fprintf(stderr, "millwright: %s\n", text.c_str());
  }

  void open_inputs(const std::optional<run_checkpoint>& resumed) {
    std::optional<time_ns> input_resumes_at;
    for (std::size_t i = 0; resumed && i < options_.inputs.size() && i < resumed->inputs.size(); ++i) {
      if (options_.inputs[i] == "-" && resumed->inputs[i].samples > 0) input_resumes_at = resumed->inputs[i].next_time;
    }
    std::vector<std::string> notes;
    sources_ = must(open_sources(options_, model_, stream_.groups(), input_resumes_at, notes), exit_code::input_refused);
    for (const auto& text : notes) note(text);
    std::uint64_t total = 0;
    bool known = true;
    for (const auto& s : sources_) {
      total += s.bytes_total();
      known = known && s.bytes_total() > 0;
    }
    const bool results_on_terminal = options_.output.empty() || options_.output == "-";
    progress_.emplace(!options_.quiet && !(results_on_terminal && ::isatty(STDOUT_FILENO) == 1), known ? total : 0);
    bad_lines_before_.assign(sources_.size(), 0);
  }

  /// No value: there is no checkpoint yet, so the run starts anew.
  std::optional<run_checkpoint> find_checkpoint() const {
    auto found = must(load_checkpoint(options_.checkpoint), exit_code::checkpoint_refused);
    if (!found) note("there is no checkpoint " + options_.checkpoint + " yet: starting anew");
    return found;
  }

  void resume(const run_checkpoint& c) {
    const auto refuse = [this](const std::string& what, std::string_view mend) {
      throw failure(exit_code::checkpoint_refused, error(errc::incompatible, options_.checkpoint, what, mend));
    };
    if (c.output != options_.choice.signature()) {
      refuse("the checkpoint continues an output of \"" + c.output + "\", but \"" + options_.choice.signature() + "\" is asked for",
             "give the same output options");
    }
    if (c.inputs.size() != sources_.size())
      refuse("the checkpoint has " + std::to_string(c.inputs.size()) + " inputs", "give the same inputs in the same order");
    const restore_report restored = must(stream_.restore_checkpoint(c.stream), exit_code::checkpoint_refused);
    for (const restore_report::section& s : restored.sections()) {
      if (s.outcome == restore_outcome::taken) continue;
      const std::string why(to_string(s.outcome));
      if (s.name.view() == "front") {
        refuse("the checkpoint stands in the middle of windows that this bundle does not cut: " + why,
               "go on with a bundle of the same clock and window settings, or start anew");
      }
      note("checkpoint, \"" + std::string(s.name.view()) + "\": " + why);
    }
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      signal_source& s = sources_[i];
      const auto& was = c.inputs[i];
      if (was.channels != s.channel_names())
        refuse("input " + std::to_string(i + 1) + " had the channels " + was.channels, "give the same inputs in the same order");
      if (was.samples != stream_.position()[s.group()]) refuse("the checkpoint contradicts itself", "delete it and start anew");
      if (s.is_standard_input()) {
        note("going on with sample " + std::to_string(was.samples) + ", with which standard input must start");
        bad_lines_before_[i] = was.bad_lines;
      } else {
        must(s.skip_to(was.samples), exit_code::input_refused);
      }
    }
    reasons_ = c.reasons;
  }

  /// Reads and pushes until the input ends, somebody stops us, or the output fails; tells which.
  std::string drain(exit_code& code) {
    while (true) {
      for (auto& s : sources_) {
        const auto filled = s.fill(options_.chunk_samples);
        if (stop_signal() != 0) {
          // SIGTERM is how service managers stop a program: it did what it was told. Ctrl-C tells the shell.
          code = stop_signal() == SIGINT ? exit_code::interrupted : exit_code::ok;
          return "interrupted";
        }
        must(filled, exit_code::input_refused);
      }
      const merge_turn turn = next_turn<signal_source>(sources_, options_.checkpoint.empty() ? options_.chunk_samples : checkpoint_slice);
      if (turn.samples == 0) {
        if (values_taken() == 0)
          throw failure(exit_code::input_refused, error(errc::invalid_data, sources_.front().name(), "the input holds no samples",
                                                        "check the file, and --time-column and --names"));
        return "input ended";
      }
      push(sources_[turn.source], turn.samples);
      if (!out_->ok()) {
        must(check_output(), exit_code::output_failed);
        return "output closed by its reader";
      }
      if (!options_.checkpoint.empty() && stream_.windows() - windows_at_checkpoint_ >= options_.checkpoint_every) save();
      update_progress();
    }
  }

  void push(signal_source& s, std::size_t samples) {
    const sample_block block = s.take(samples);
    window_started_ = steady::now();
    must(stream_.push(block, [this](const window_result& w) { take_window(w); }), exit_code::input_refused);
  }

  void take_window(const window_result& w) noexcept {
    latency_.add(static_cast<std::uint64_t>((steady::now() - window_started_).count()));
    if (!w.scored) {
      for (std::size_t bit = 0; bit < reasons_.size(); ++bit) reasons_[bit] += (w.quality >> bit) & 1u;
    }
    alarm_active_ = w.alarm_active;
    writer_->write(w);
    window_started_ = steady::now();
  }

  void save() {
    // The order makes the promise: what the checkpoint says was written is on the disk before the checkpoint is.
    must(out_->sync(), exit_code::output_failed);
    run_checkpoint c;
    c.output = options_.choice.signature();
    c.output_bytes = out_->bytes();
    c.reasons = reasons_;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      c.inputs.push_back({sources_[i].channel_names(), stream_.position()[sources_[i].group()], sources_[i].next_time(),
                          bad_lines_before_[i] + sources_[i].counters().bad_lines});
    }
    c.stream.resize(stream_.checkpoint_size());
    static_cast<void>(must(stream_.write_checkpoint(c.stream), exit_code::internal));
    must(save_checkpoint(options_.checkpoint, c), exit_code::output_failed);
    windows_at_checkpoint_ = stream_.windows();
  }

  result<void> check_output() const {
    if (out_->ok() || out_->reader_gone()) return {};
    return out_->reason();
  }

  /// Single values taken so far, over all channels.
  [[nodiscard]] std::uint64_t values_taken() const {
    std::uint64_t sum = 0;
    for (std::size_t g = 0; g < stream_.groups().size(); ++g) sum += stream_.position()[g] * stream_.groups()[g].size();
    return sum;
  }

  void update_progress() {
    std::uint64_t done = 0;
    for (const auto& s : sources_) done += s.bytes_read();
    progress_->update(done, stream_.windows(), stream_.episodes());
  }

  void report(const std::string& end, double seconds, double speed) {
    run_summary s;
    s.bundle = options_.bundle;
    s.model_name = model_->origin.name;
    s.kernel_level = to_string(active_kernel_level());
    s.end = end;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      const auto& counters = sources_[i].counters();
      run_summary::input in{sources_[i].name(),
                            sources_[i].channel_names(),
                            stream_.position()[sources_[i].group()],
                            bad_lines_before_[i] + counters.bad_lines,
                            counters.truncated > 0,
                            {}};
      const auto told = std::min<std::uint64_t>(counters.bad_lines, reader_counters::most_reported);
      in.first_bad.assign(counters.first_bad.begin(), counters.first_bad.begin() + static_cast<std::ptrdiff_t>(told));
      for (const auto& bad : in.first_bad)
        note(in.name + ", line " + std::to_string(bad.line) + " skipped: " + std::string(bad.reason.view()));
      s.inputs.push_back(std::move(in));
    }
    s.windows = stream_.windows();
    s.not_scored = stream_.windows_not_scored();
    s.episodes = stream_.episodes();
    s.alarm_active = alarm_active_;
    s.reasons = reasons_;
    s.clock = stream_.counters();
    s.latency = latency_;
    s.seconds = seconds;
    s.samples_per_second = speed;
    s.stream_bytes = model_.memory_needed().state + model_.memory_needed().scratch;
    s.bundle_bytes = bundle_bytes_;
    if (!options_.quiet) std::fputs(to_text(s).c_str(), stderr);
    if (options_.summary.empty()) return;
    const std::string json = to_json_text(s);
    must(detail::write_file_atomically(options_.summary, std::as_bytes(std::span<const char>(json))), exit_code::output_failed);
  }

  const run_options& options_;
  std::size_t bundle_bytes_ = 0;
  pipeline model_;
  stream stream_;
  std::vector<signal_source> sources_;
  std::optional<output_file> out_;
  std::optional<result_writer> writer_;
  std::optional<progress_line> progress_;

  steady::time_point window_started_;
  latency_histogram latency_;
  std::array<std::uint64_t, 32> reasons_ = {};
  std::vector<std::uint64_t> bad_lines_before_;
  std::uint64_t windows_at_checkpoint_ = 0;
  bool alarm_active_ = false;
};

}  // namespace

exit_code run(const run_options& options) {
  catch_signals();
  return session(options).run();
}

}  // namespace millwright::tool
