// Recordings: from NumPy arrays without a copy, and from files through the readers that the program uses.

#include <memory>

#include "bindings.hpp"
#include "millwright/ingest/readers.hpp"
#include "recording_handle.hpp"

namespace millwright_python {

namespace {

using sample_array = py::array_t<float>;
using stamp_array = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;

/// Keeps a Python object alive from C++; may be dropped by a thread that does not hold the GIL.
std::shared_ptr<const void> keep_alive(py::object object) {
  return {object.release().ptr(), [](const void* p) {
            py::gil_scoped_acquire locked;
            py::handle(static_cast<PyObject*>(const_cast<void*>(p))).dec_ref();
          }};
}

template <class T>
T member(const py::dict& object, const char* key, T fallback) {
  return object.contains(key) ? object[key].cast<T>() : fallback;
}

void add_signal(recording_handle& self, const std::vector<py::dict>& channels, const sample_array& samples,
                const stamp_array& segment_first, const stamp_array& start_ns, const std::optional<stamp_array>& timestamps_ns) {
  mw::recorded_group group;
  for (const auto& c : channels) group.channels.push_back(to_channel(c));
  if (samples.ndim() != 2 || static_cast<std::size_t>(samples.shape(1)) != channels.size())
    throw py::value_error("expected samples of shape (n, " + std::to_string(channels.size()) + ")");
  if (segment_first.ndim() != 1 || start_ns.ndim() != 1 || segment_first.size() != start_ns.size())
    throw py::value_error("every segment needs a first sample and a start time");
  constexpr py::ssize_t width = sizeof(float);
  if (samples.strides(0) % width != 0 || samples.strides(1) % width != 0)
    throw py::value_error("the samples do not lie on multiples of their size");
  group.data = samples.data();
  group.samples = static_cast<std::size_t>(samples.shape(0));
  group.sample_stride = samples.strides(0) / width;
  group.channel_stride = samples.strides(1) / width;
  group.owner = keep_alive(samples);
  if (timestamps_ns) {
    group.timestamps.assign(timestamps_ns->data(), timestamps_ns->data() + timestamps_ns->size());
  } else {
    for (py::ssize_t s = 0; s < start_ns.size(); ++s)
      group.segments.push_back({static_cast<std::size_t>(segment_first.at(s)), start_ns.at(s)});
  }
  unwrap(self.data.add(std::move(group)));
}

mw::reader_options to_options(const std::string& format, const py::dict& given, const py::dict& settings) {
  mw::reader_options o;
  o.format = format;
  o.names = member(given, "names", o.names);
  o.units = member(given, "units", o.units);
  o.rate_hz = member(given, "rate_hz", o.rate_hz);
  if (given.contains("start_time")) o.start_time = given["start_time"].cast<std::int64_t>();
  for (const auto& [name, value] : settings) o.set(name.cast<std::string>(), param_from_python(value));
  return o;
}

py::list readers() {
  py::list list;
  for (const mw::reader_functions* reader : mw::builtin_readers().readers()) {
    py::dict d = describe(reader->id, reader->doc, {}, false, false, reader->params());
    d["endings"] = std::vector<std::string>(reader->endings.begin(), reader->endings.end());
    list.append(std::move(d));
  }
  return list;
}

std::unique_ptr<recording_handle> read_recording(const std::string& path, const std::string& format, const py::dict& given,
                                                 const py::dict& settings) {
  const mw::reader_options options = to_options(format, given, settings);
  auto self = std::make_unique<recording_handle>();
  mw::reader_counters counters;
  const mw::result<void> done = [&]() -> mw::result<void> {
    py::gil_scoped_release unlocked;
    MILLWRIGHT_TRY(mw::signal_reader reader, mw::signal_reader::open(path, options));
    MILLWRIGHT_TRY(mw::recorded_group group, mw::read_group(reader));
    counters = reader.counters();
    return self->data.add(std::move(group));
  }();
  unwrap(done);
  self->bad_lines = counters.bad_lines;
  self->is_truncated = counters.truncated != 0;
  return self;
}

/// The signals of several recordings in one; the samples are shared.
void join(recording_handle& self, const recording_handle& other) {
  for (const auto& group : other.data.groups()) unwrap(self.data.add(group));
  self.bad_lines += other.bad_lines;
  self.is_truncated = self.is_truncated || other.is_truncated;
}

py::array channel_values(const py::object& object, const std::string& name) {
  const auto& self = object.cast<const recording_handle&>();
  for (const auto& g : self.data.groups()) {
    for (std::size_t c = 0; c < g.channels.size(); ++c) {
      if (g.channels[c].name != name) continue;
      const auto stride = static_cast<py::ssize_t>(g.sample_stride) * static_cast<py::ssize_t>(sizeof(float));
      py::array view = py::array_t<float>({static_cast<py::ssize_t>(g.samples)}, {stride},
                                          g.data + static_cast<std::ptrdiff_t>(c) * g.channel_stride, object);
      view.attr("flags").attr("writeable") = false;
      return view;
    }
  }
  throw py::key_error(name);
}

}  // namespace

mw::channel to_channel(const py::dict& object) {
  mw::channel c;
  c.name = object["name"].cast<std::string>();
  c.unit = member<std::string>(object, "unit", "");
  c.rate_hz = object["rate_hz"].cast<double>();
  const auto role = member<std::string>(object, "role", "vibration");
  const auto parsed = mw::parse_channel_role(role);
  if (!parsed)
    throw py::value_error("channel \"" + c.name + "\": there is no role \"" + role +
                          "\"; roles: vibration, process, slow, context, state, ignore");
  c.role = *parsed;
  return c;
}

void bind_recording(py::module_& m) {
  py::class_<recording_handle>(m, "Recording")
      .def(py::init())
      .def("add_signal", &add_signal, py::arg("channels"), py::arg("samples").noconvert(), py::arg("segment_first"), py::arg("start_ns"),
           py::arg("timestamps_ns") = py::none())
      .def("join", &join, py::arg("other"))
      .def("channel", &channel_values, py::arg("name"))
      .def_property_readonly("channel_names",
                             [](const recording_handle& self) {
                               std::vector<std::vector<std::string>> names;
                               for (const auto& g : self.data.groups()) {
                                 auto& list = names.emplace_back();
                                 for (const auto& c : g.channels) list.push_back(c.name);
                               }
                               return names;
                             })
      .def_property_readonly("sample_counts",
                             [](const recording_handle& self) {
                               std::vector<std::size_t> counts;
                               for (const auto& g : self.data.groups()) counts.push_back(g.samples);
                               return counts;
                             })
      .def_readonly("bad_lines", &recording_handle::bad_lines)
      .def_readonly("is_truncated", &recording_handle::is_truncated);
  m.def("read_recording", &read_recording, py::arg("path"), py::arg("format"), py::arg("options"), py::arg("settings"));
  m.def("readers", &readers);
}

}  // namespace millwright_python
