// Streams of a fitted pipeline: blocks in, windows and episodes out.

#include <chrono>
#include <exception>
#include <mutex>
#include <new>
#include <optional>

#include "bindings.hpp"
#include "recording_handle.hpp"
#include "running_state.hpp"
#include "window_columns.hpp"

namespace millwright_python {

namespace {

using stamp_array = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;

py::array to_bools(std::vector<std::uint8_t>&& values) { return to_numpy(std::move(values)).attr("view")("bool").cast<py::array>(); }

py::dict to_dict(const mw::episode& e, const std::vector<std::string>& feature_names) {
  py::list contributors;
  for (const auto& c : e.contributors) {
    if (c.share > 0.0 && c.feature < feature_names.size())
      contributors.append(py::make_tuple(feature_names[c.feature], c.share, c.deviation));
  }
  py::dict d = record_to_python(e);
  d["contributors"] = std::move(contributors);
  return d;
}

struct stream_handle {
  explicit stream_handle(const mw::pipeline& model) : stream(unwrap(mw::stream::create(model))) {}
  mw::stream stream;
  std::mutex busy;
};

py::dict push(stream_handle& handle, std::size_t group, const py::array_t<float>& samples, std::optional<std::int64_t> start_time,
              const std::optional<stamp_array>& timestamps) {
  constexpr py::ssize_t width = sizeof(float);
  if (samples.ndim() != 2) throw py::value_error("expected samples of shape (n, channels)");
  if (timestamps && timestamps->size() != samples.shape(0))
    throw py::value_error("there are " + std::to_string(samples.shape(0)) + " samples and " + std::to_string(timestamps->size()) +
                          " timestamps");
  if (samples.strides(0) % width != 0 || samples.strides(1) % width != 0)
    throw py::value_error("the samples do not lie on multiples of their size");
  mw::sample_block block;
  block.group = group;
  block.data = samples.data();
  block.channels = static_cast<std::size_t>(samples.shape(1));
  block.samples = static_cast<std::size_t>(samples.shape(0));
  block.channel_stride = samples.strides(1) / width;
  block.sample_stride = samples.strides(0) / width;
  block.start_time = start_time.value_or(mw::continues_previous);
  block.timestamps = timestamps ? timestamps->data() : nullptr;
  const auto held = lock_or_raise(handle.busy);
  mw::stream& self = handle.stream;
  window_columns columns(self.model());
  mw::result<void> done;
  {
    py::gil_scoped_release unlocked;
    done = self.push(block, [&columns](const mw::window_result& w) { columns.add(w); });
  }
  unwrap(done);
  return columns.to_dict();
}

/// Calls a Python function (samples done so far) ten times a second, and lets Ctrl-C through. What it raises ends the work.
class reporter {
 public:
  explicit reporter(const py::object& callback) : callback_(callback) {}

  [[nodiscard]] bool operator()(std::size_t samples) noexcept {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return true;
    next_ = now + std::chrono::milliseconds(100);
    py::gil_scoped_acquire locked;
    try {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      if (!callback_.is_none()) callback_(samples);
    } catch (...) {
      failure_ = std::current_exception();
      return false;
    }
    return true;
  }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  const py::object& callback_;
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now();
  std::exception_ptr failure_;
};

py::dict run(stream_handle& handle, const recording_handle& source, std::size_t block_samples, const py::object& progress) {
  if (block_samples == 0) throw py::value_error("block_samples must be at least 1");
  const auto held = lock_or_raise(handle.busy);
  mw::stream& self = handle.stream;
  window_columns columns(self.model());
  const auto keep = [&columns](const mw::window_result& w) { columns.add(w); };
  reporter report(progress);
  std::size_t samples = 0;
  mw::result<void> done;
  {
    py::gil_scoped_release unlocked;
    done = mw::visit_blocks(source.data, self.model()->parts.channels, self.groups(), block_samples,
                            [&](const mw::sample_block& block) -> mw::result<void> {
                              samples += block.samples;
                              if (!report(samples)) return mw::error(mw::errc::invalid_argument, "run", "stopped");
                              return self.push(block, keep);
                            });
    if (done) self.flush(keep);
  }
  report.rethrow();
  unwrap(done);
  return columns.to_dict();
}

py::bytes checkpoint(stream_handle& self) {
  const auto held = lock_or_raise(self.busy);
  std::vector<std::byte> bytes(self.stream.checkpoint_size());
  static_cast<void>(unwrap(self.stream.write_checkpoint(bytes)));
  return to_bytes(bytes);
}

/// Names of the sections taken, and of those that start anew with the reason.
py::dict restore(stream_handle& self, const py::bytes& state) {
  const auto held = lock_or_raise(self.busy);
  const mw::restore_report report = unwrap(self.stream.restore_checkpoint(as_span(state)));
  py::list taken;
  py::dict dropped;
  for (const auto& s : report.sections()) {
    const py::str name{std::string(s.name.view())};
    if (s.outcome == mw::restore_outcome::taken)
      taken.append(name);
    else
      dropped[name] = mw::to_string(s.outcome);
  }
  py::dict d;
  d["taken"] = std::move(taken);
  d["dropped"] = std::move(dropped);
  return d;
}

void add_shadow(stream_handle& self, const mw::pipeline& candidate) {
  const auto held = lock_or_raise(self.busy);
  unwrap(self.stream.add_shadow(candidate));
}

/// What the monitors say: a dict for each measure.
py::list reports(stream_handle& self) {
  const auto held = lock_or_raise(self.busy);
  std::vector<mw::monitor_report> said;
  self.stream.report([&said](const mw::monitor_report& r) { said.push_back(r); });
  py::list list;
  for (const auto& r : said) list.append(record_to_python(r));
  return list;
}

void command(stream_handle& self, const std::string& kind, const std::string& actor, const std::string& text, std::uint64_t episode,
             std::optional<std::int64_t> time, double duration_s) {
  mw::operator_command c;
  bool known = false;
  std::string kinds;
  for (std::uint8_t k = 0; k < mw::command_kinds; ++k) {
    const auto name = mw::to_string(static_cast<mw::command_kind>(k));
    if (name == kind) c.kind = static_cast<mw::command_kind>(k), known = true;
    kinds += (k > 0 ? ", " : "") + std::string(name);
  }
  if (!known) throw py::value_error("there is no command '" + kind + "'; there are: " + kinds);
  c.actor = actor;
  c.text = text;
  c.episode = episode;
  c.time = time.value_or(mw::at_once);
  c.duration_s = duration_s;
  const auto held = lock_or_raise(self.busy);
  unwrap(self.stream.push(c));
}

void set_external(stream_handle& self, const std::string& name, double value, std::optional<std::int64_t> time) {
  mw::external_value v;
  v.name = name;
  v.value = value;
  v.time = time.value_or(mw::at_once);
  const auto held = lock_or_raise(self.busy);
  unwrap(self.stream.push(v));
}

/// Values that hold now, by name.
py::dict externals(stream_handle& self) {
  const auto held = lock_or_raise(self.busy);
  py::dict d;
  for (const auto& c : self.stream.received().columns()) {
    if (c.known) d[py::str(c.name.view())] = c.value;
  }
  return d;
}

void reset(stream_handle& self) {
  const auto held = lock_or_raise(self.busy);
  self.stream.reset();
}

py::dict counters(stream_handle& self) {
  const auto held = lock_or_raise(self.busy);
  py::dict d;
  for (const auto& [name, member] : mw::clock_counters::list()) d[py::str(name)] = self.stream.counters().*member;
  d["windows"] = self.stream.windows();
  d["windows_not_scored"] = self.stream.windows_not_scored();
  d["episodes"] = self.stream.episodes();
  for (const auto& [name, member] : mw::inbox_counters::list())
    d[py::str("inbox_" + std::string(name))] = self.stream.received().counters().*member;
  return d;
}

std::vector<std::uint64_t> position(stream_handle& self) {
  const auto held = lock_or_raise(self.busy);
  const auto p = self.stream.position();
  return {p.begin(), p.end()};
}

std::vector<std::vector<std::string>> group_names(const stream_handle& self) {
  std::vector<std::vector<std::string>> names;
  for (const auto& group : self.stream.groups()) {
    auto& list = names.emplace_back();
    for (const std::size_t c : group) list.push_back(self.stream.model()->parts.channels[c].name);
  }
  return names;
}

}  // namespace

void window_columns::add(const mw::window_result& w) noexcept {
  try {
    end_time_.push_back(w.end_time);
    features_.insert(features_.end(), w.features.begin(), w.features.end());
    scores_.insert(scores_.end(), w.scores.begin(), w.scores.end());
    severities_.insert(severities_.end(), w.severities.begin(), w.severities.end());
    severity_.push_back(w.severity);
    regime_.push_back(w.regime);
    quality_.push_back(w.quality);
    scored_.push_back(w.scored ? 1 : 0);
    alarm_.push_back(w.alarm_active ? 1 : 0);
    shadow_severity_.resize(w.shadows.size());
    for (std::size_t s = 0; s < w.shadows.size(); ++s) shadow_severity_[s].push_back(w.shadows[s].severity);
    if (w.event != mw::alarm::event::none && w.current_episode != nullptr) episodes_[w.current_episode->number] = *w.current_episode;
  } catch (const std::bad_alloc&) {
    is_exhausted_ = true;
  }
}

py::dict window_columns::to_dict() {
  if (is_exhausted_) raise(mw::error(mw::errc::out_of_memory, "run", "the windows do not fit into memory", "run the recording in parts"));
  const auto rows = static_cast<py::ssize_t>(end_time_.size());
  const auto features = static_cast<py::ssize_t>(model_->feature_names.size());
  const auto detectors = static_cast<py::ssize_t>(model_->detector_names.size());
  py::list episodes;
  for (const auto& [number, e] : episodes_) episodes.append(millwright_python::to_dict(e, model_->feature_names));
  py::dict d;
  d["end_time_ns"] = to_numpy(std::move(end_time_));
  d["feature_values"] = to_numpy(std::move(features_), {rows, features});
  d["score_values"] = to_numpy(std::move(scores_), {rows, detectors});
  d["severity_values"] = to_numpy(std::move(severities_), {rows, detectors});
  d["severity"] = to_numpy(std::move(severity_));
  d["regime"] = to_numpy(std::move(regime_));
  d["quality"] = to_numpy(std::move(quality_));
  d["is_scored"] = to_bools(std::move(scored_));
  d["is_alarm"] = to_bools(std::move(alarm_));
  d["episodes"] = std::move(episodes);
  py::list shadows;
  for (auto& severity : shadow_severity_) shadows.append(to_numpy(std::move(severity)));
  d["shadow_severity"] = std::move(shadows);
  return d;
}

void bind_stream(py::module_& m) {
  py::class_<stream_handle>(m, "Stream")
      .def(py::init<const mw::pipeline&>(), py::arg("pipeline"))
      .def("push", &push, py::arg("group"), py::arg("samples").noconvert(), py::arg("start_time") = py::none(),
           py::arg("timestamps") = py::none())
      .def("run", &run, py::arg("recording"), py::arg("block_samples"), py::arg("progress") = py::none())
      .def("reset", &reset)
      .def("checkpoint", &checkpoint)
      .def("restore", &restore, py::arg("state"))
      .def("add_shadow", &add_shadow, py::arg("candidate"))
      .def("reports", &reports)
      .def("command", &command, py::arg("kind"), py::arg("actor"), py::arg("text"), py::arg("episode"), py::arg("time"),
           py::arg("duration_s"))
      .def("set_external", &set_external, py::arg("name"), py::arg("value"), py::arg("time"))
      .def_property_readonly("externals", &externals)
      .def_property_readonly("groups", &group_names)
      .def_property_readonly("counters", &counters)
      .def_property_readonly("position", &position);
}

}  // namespace millwright_python
