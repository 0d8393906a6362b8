// Declarations, fitting, bundles.

#include <algorithm>
#include <exception>
#include <optional>

#include "bindings.hpp"
#include "millwright/pipeline/bundle.hpp"
#include "millwright/pipeline/fit.hpp"
#include "millwright/pipeline/pipeline_cost.hpp"
#include "millwright/pipeline/sections.hpp"
#include "recording_handle.hpp"
#include "stage_handle.hpp"

namespace millwright_python {

namespace {

using recordings = std::vector<const recording_handle*>;

std::vector<const mw::recording*> data_of(const recordings& handles) {
  std::vector<const mw::recording*> list;
  for (const auto* handle : handles) {
    if (handle == nullptr) throw py::type_error("None is not a recording");
    list.push_back(&handle->data);
  }
  return list;
}

std::vector<std::string> canonical_names(const mw::pipeline_parts& parts) {
  std::vector<std::string> names;
  for (const auto& name : parts.features.names) names.push_back(unwrap(mw::parse_feature_name(name)).canonical());
  return names;
}

py::dict extract_features(const std::string& declaration, const recordings& handles) {
  const mw::pipeline_parts parts = unwrap(mw::parse_pipeline_parts(declaration));
  const auto list = data_of(handles);
  std::optional<mw::result<mw::row_table>> done;
  {
    py::gil_scoped_release unlocked;
    done.emplace(mw::extract_features(parts, list));
  }
  const mw::row_table table = unwrap(std::move(*done));
  const mw::const_rows rows = table.view();
  std::vector<std::int64_t> end_time;
  std::vector<std::uint32_t> quality;
  for (std::size_t r = 0; r < rows.rows; ++r) {
    end_time.push_back(rows.meta[r].end_time);
    quality.push_back(rows.meta[r].quality);
  }
  py::dict d;
  d["names"] = canonical_names(parts);
  d["values"] = to_numpy(std::vector<double>(rows.values, rows.values + rows.rows * rows.columns),
                         {static_cast<py::ssize_t>(rows.rows), static_cast<py::ssize_t>(rows.columns)});
  d["end_time_ns"] = to_numpy(std::move(end_time));
  d["quality"] = to_numpy(std::move(quality));
  return d;
}

py::list sample_windows(const std::string& declaration, const recordings& handles, const std::string& channel, std::size_t most) {
  const mw::pipeline_parts parts = unwrap(mw::parse_pipeline_parts(declaration));
  const auto list = data_of(handles);
  std::optional<mw::result<std::vector<std::vector<double>>>> done;
  {
    py::gil_scoped_release unlocked;
    done.emplace(mw::sample_windows(parts, list, channel, most));
  }
  py::list windows;
  for (auto& values : unwrap(std::move(*done))) windows.append(to_numpy(std::move(values)));
  return windows;
}

mw::pipeline fit_pipeline(const std::string& declaration, const recordings& handles, const std::string& name,
                          const std::string& created_utc, const std::string& notes, const py::object& progress) {
  mw::pipeline_parts parts = unwrap(mw::parse_pipeline_parts(declaration));
  const auto list = data_of(handles);
  mw::provenance origin;
  origin.name = name;
  origin.created_utc = created_utc;
  origin.notes = notes;
  std::exception_ptr failure;
  const auto report = [&](double share, std::string_view what) noexcept {
    py::gil_scoped_acquire locked;
    try {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      if (!progress.is_none()) progress(share, what);
    } catch (...) {
      failure = std::current_exception();
      return false;
    }
    return true;
  };
  std::optional<mw::result<mw::pipeline>> done;
  {
    py::gil_scoped_release unlocked;
    done.emplace(mw::fit_pipeline(std::move(parts), list, origin, report));
  }
  if (failure) std::rethrow_exception(failure);
  return unwrap(std::move(*done));
}

py::dict to_dict(const mw::cost_report& report) {
  py::list rows;
  for (const auto& f : report.features) rows.append(py::make_tuple(f.name, f.view, f.own_ns, f.view_ns, f.sharing));
  py::dict d;
  d["windows"] = report.windows;
  d["total_ns"] = report.total_ns;
  d["features"] = std::move(rows);
  return d;
}

template <class Measure>
py::dict unlocked_cost(const Measure& measure) {
  std::optional<mw::result<mw::cost_report>> done;
  {
    py::gil_scoped_release unlocked;
    done.emplace(measure());
  }
  return to_dict(unwrap(std::move(*done)));
}

/// On a recording, or on noise.
py::dict declared_cost(const std::string& declaration, const recording_handle* source, std::size_t windows, std::size_t calls) {
  const mw::pipeline_parts parts = unwrap(mw::parse_pipeline_parts(declaration));
  const mw::cost_options options{windows, calls};
  return unlocked_cost(
      [&] { return source != nullptr ? mw::measure_cost(parts, source->data, options) : mw::measure_cost(parts, options); });
}

py::dict golden_cost(const mw::pipeline& self, std::size_t windows, std::size_t calls) {
  return unlocked_cost([&] { return mw::measure_cost(self, mw::cost_options{windows, calls}); });
}

mw::load_options to_options(bool replay, std::optional<std::size_t> max_file_bytes) {
  mw::load_options o;
  o.replay = replay;
  if (max_file_bytes) o.max_file_bytes = *max_file_bytes;
  return o;
}

mw::pipeline from_bytes(const py::bytes& data, bool replay) {
  const auto bytes = as_span(data);
  std::optional<mw::result<mw::pipeline>> done;
  {
    py::gil_scoped_release unlocked;
    done.emplace(mw::read_bundle(bytes, to_options(replay, std::nullopt)));
  }
  return unwrap(std::move(*done));
}

mw::pipeline load(const std::string& path, bool replay, std::optional<std::size_t> max_file_bytes) {
  std::optional<mw::result<mw::pipeline>> done;
  {
    py::gil_scoped_release unlocked;
    done.emplace(mw::load_bundle(path, to_options(replay, max_file_bytes)));
  }
  return unwrap(std::move(*done));
}

py::bytes pipeline_to_bytes(const mw::pipeline& self) { return to_bytes(unwrap(mw::write_bundle(self))); }

void save(const mw::pipeline& self, const std::string& path) {
  mw::result<void> done;
  {
    py::gil_scoped_release unlocked;
    done = mw::save_bundle(self, path);
  }
  unwrap(done);
}

py::dict evidence(const mw::pipeline& self) {
  py::dict d = record_to_python(self->evidence);
  d["rate_upper_bound"] = self->evidence.rate_upper_bound;  // as it was called before the record had a name for it
  return d;
}

py::dict memory_needed(const mw::pipeline& self) {
  const mw::memory_sizes& sizes = self.memory_needed();
  py::dict d;
  d["plan"] = sizes.plan;
  d["state"] = sizes.state;
  d["scratch"] = sizes.scratch;
  return d;
}

stage_handle normalizer(const mw::pipeline& self) {
  mw::port in = mw::port::of(self->feature_names);
  for (auto& column : in.columns) {
    const std::string channel = unwrap(mw::parse_feature_name(column.name)).channel;
    column.is_context = std::any_of(self->parts.channels.begin(), self->parts.channels.end(),
                                    [&](const mw::channel& c) { return c.name == channel && c.role == mw::channel_role::context; });
  }
  return {*self->parts.normalize, std::move(in)};
}

std::vector<stage_handle> detectors(const mw::pipeline& self) {
  std::vector<stage_handle> list;
  for (const auto& stage : self->parts.detect) list.push_back({stage, mw::port::of(self->normalized_names)});
  return list;
}

/// The list of sections, as C++ has it.
py::list section_list() {
  py::list list;
  mw::for_each_section([&](const mw::section_info& s) {
    if (s.key.empty()) return;
    py::dict d;
    d["key"] = s.key;
    d["role"] = s.role ? py::object(py::str(std::string(mw::to_string(*s.role)))) : py::object(py::none());
    d["fewest"] = s.fewest;
    d["most"] = s.most;
    d["default_stages"] = s.default_stages;
    d["doc"] = s.doc;
    list.append(std::move(d));
  });
  return list;
}

py::dict summarize(const py::bytes& data) {
  const mw::bundle_summary s = unwrap(mw::summarize_bundle(as_span(data)));
  py::dict d;
  d["header_json"] = s.header_json;
  d["checksum_ok"] = s.checksum_ok;
  d["file_bytes"] = s.file_bytes;
  return d;
}

}  // namespace

void bind_pipeline(py::module_& m) {
  py::class_<mw::pipeline>(m, "Pipeline")
      .def_static("from_bytes", &from_bytes, py::arg("data"), py::arg("replay") = true)
      .def_static("load", &load, py::arg("path"), py::arg("replay") = true, py::arg("max_file_bytes") = py::none())
      .def("to_bytes", &pipeline_to_bytes)
      .def("save", &save, py::arg("path"))
      .def("cost", &golden_cost, py::arg("windows"), py::arg("calls"))
      .def_property_readonly("declaration", [](const mw::pipeline& self) { return mw::to_json(self->parts); })
      .def_property_readonly("feature_names", [](const mw::pipeline& self) { return self->feature_names; })
      .def_property_readonly("normalized_names", [](const mw::pipeline& self) { return self->normalized_names; })
      .def_property_readonly("detector_names", [](const mw::pipeline& self) { return self->detector_names; })
      .def_property_readonly("memory_needed", &memory_needed)
      .def_property_readonly("evidence", &evidence)
      .def_property_readonly("origin", [](const mw::pipeline& self) { return record_to_python(self->origin); })
      .def_property_readonly("normalizer", &normalizer)
      .def_property_readonly("detectors", &detectors);
  m.def(
      "canonical_declaration", [](const std::string& json) { return mw::to_json(unwrap(mw::parse_pipeline_parts(json))); },
      py::arg("declaration"));
  m.def("pipeline_sections", &section_list);
  m.def("declared_cost", &declared_cost, py::arg("declaration"), py::arg("recording"), py::arg("windows"), py::arg("calls"));
  m.def("extract_features", &extract_features, py::arg("declaration"), py::arg("recordings"));
  m.def("sample_windows", &sample_windows, py::arg("declaration"), py::arg("recordings"), py::arg("channel"), py::arg("most"));
  m.def("fit_pipeline", &fit_pipeline, py::arg("declaration"), py::arg("recordings"), py::arg("name"), py::arg("created_utc"),
        py::arg("notes"), py::arg("progress") = py::none());
  m.def("summarize_bundle", &summarize, py::arg("data"));
}

}  // namespace millwright_python
