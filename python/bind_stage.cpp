// Row stages by their registry id: parameters, fitting, processing, learned arrays, bytes.

#include <memory>

#include "bindings.hpp"
#include "json.hpp"
#include "millwright/alarm/alarm.hpp"
#include "millwright/detail/arena_memory.hpp"
#include "millwright/fit.hpp"
#include "millwright/stages.hpp"
#include "safetensors.hpp"
#include "stage_handle.hpp"

namespace millwright_python {

namespace {

using mw::detail::json;
using rows_array = py::array_t<double, py::array::c_style | py::array::forcecast>;

/// prepare, measured first, then on memory of that size; as a stream does.
std::pair<mw::port, mw::detail::arena_memory> prepare(mw::any_stage& stage, const mw::port& in) {
  mw::workspace measure;
  static_cast<void>(unwrap(stage.prepare(in, measure)));
  auto memory = unwrap(mw::detail::arena_memory::take(measure.bytes_used(), stage.id()));
  mw::workspace arena(memory.bytes());
  mw::port out = unwrap(stage.prepare(in, arena));
  stage.reset();
  return {std::move(out), std::move(memory)};
}

mw::const_rows view_of(const rows_array& values, std::size_t columns) {
  if (values.ndim() != 2 || static_cast<std::size_t>(values.shape(1)) != columns) {
    throw py::value_error("expected an array of shape (rows, " + std::to_string(columns) + ")");
  }
  return {values.data(), static_cast<std::size_t>(values.shape(0)), columns, columns, nullptr};
}

void fit(stage_handle& self, const rows_array& values, const std::vector<std::string>& names, const std::vector<std::string>& context,
         const std::vector<double>& weights) {
  mw::port in = mw::port::of(names);
  for (auto& c : in.columns) c.is_context = std::find(context.begin(), context.end(), c.name) != context.end();
  const mw::const_rows plain = view_of(values, names.size());
  std::vector<mw::row_meta> meta(plain.rows);
  if (!weights.empty() && weights.size() != plain.rows) {
    throw py::value_error("expected " + std::to_string(plain.rows) + " row weights, got " + std::to_string(weights.size()));
  }
  for (std::size_t r = 0; r < weights.size(); ++r) meta[r].weight = weights[r];
  const mw::const_rows rows{plain.values, plain.rows, plain.columns, plain.stride, meta.data()};
  mw::result<void> done;
  {
    py::gil_scoped_release unlocked;
    done = self.stage.validate();
    if (done && self.stage.learns()) done = self.stage.observe(in, rows);
    if (done && self.stage.learns()) done = self.stage.finish();
  }
  unwrap(done);
  self.in = std::move(in);
}

py::tuple process(const stage_handle& self, const rows_array& values) {
  mw::any_stage stage = self.stage;
  const auto [out_port, memory] = prepare(stage, self.in);
  const mw::const_rows plain = view_of(values, self.in.columns.size());
  const std::size_t columns = out_port.columns.size();
  std::vector<double> out(plain.rows * columns);
  std::vector<mw::row_meta> meta_in(plain.rows), meta_out(plain.rows);
  {
    py::gil_scoped_release unlocked;
    stage.process({plain.values, plain.rows, plain.columns, plain.stride, meta_in.data()},
                  {out.data(), plain.rows, columns, columns, meta_out.data()});
  }
  std::vector<std::int32_t> regimes;
  std::vector<std::uint32_t> quality;
  for (const auto& m : meta_out) {
    regimes.push_back(m.regime);
    quality.push_back(m.quality);
  }
  return py::make_tuple(to_numpy(std::move(out), {static_cast<py::ssize_t>(plain.rows), static_cast<py::ssize_t>(columns)}),
                        to_numpy(std::move(regimes)), to_numpy(std::move(quality)));
}

py::array_t<double> explain(const stage_handle& self, const rows_array& values) {
  mw::any_stage stage = self.stage;
  if (!stage.explains()) throw py::value_error("the stage \"" + std::string(stage.id()) + "\" does not explain scores");
  const auto prepared = prepare(stage, self.in);
  const mw::const_rows rows = view_of(values, self.in.columns.size());
  std::vector<double> out(rows.rows * rows.columns);
  {
    py::gil_scoped_release unlocked;
    for (std::size_t r = 0; r < rows.rows; ++r) stage.explain(rows[r], std::span(out).subspan(r * rows.columns, rows.columns));
  }
  return to_numpy(std::move(out), {static_cast<py::ssize_t>(rows.rows), static_cast<py::ssize_t>(rows.columns)});
}

template <class T>
py::array copy_of(const mw::tensor_view& t) {
  std::vector<T> values(t.bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), t.bytes.data(), t.bytes.size());
  return to_numpy(std::move(values), std::vector<py::ssize_t>(t.shape.begin(), t.shape.end()));
}

py::array to_array(const mw::tensor_view& t) {
  switch (t.type) {
    case mw::dtype::f64: return copy_of<double>(t);
    case mw::dtype::f32: return copy_of<float>(t);
    case mw::dtype::i64: return copy_of<std::int64_t>(t);
    case mw::dtype::i32: return copy_of<std::int32_t>(t);
    case mw::dtype::u16: return copy_of<std::uint16_t>(t);
    case mw::dtype::u8: return copy_of<std::uint8_t>(t);
  }
  throw py::value_error("unknown element type");
}

py::dict learned(const stage_handle& self) {
  py::dict d;
  for (const auto& t : self.stage.get_model()) d[py::str(t.name)] = to_array(t);
  return d;
}

py::dict params(const stage_handle& self) {
  py::dict d;
  for (const auto& [name, value] : self.stage.get_params()) d[py::str(name)] = to_python(value);
  return d;
}

py::bytes stage_to_bytes(const stage_handle& self) {
  json parameters = json::object();
  for (const auto& [name, value] : self.stage.get_params()) parameters[std::string(name)] = mw::detail::to_json(value);
  json columns = json::array();
  for (const auto& c : self.in.columns) columns.push_back({{"name", c.name}, {"is_context", c.is_context}});
  mw::detail::tensor_file file;
  file.metadata = {{"stage", std::string(self.stage.id())},
                   {"version", std::to_string(self.stage.version())},
                   {"params", mw::detail::dump(parameters)},
                   {"columns", mw::detail::dump(columns)}};
  const auto tensors = self.stage.get_model();
  for (const auto& t : tensors) file.tensors.push_back({std::string(t.name), t.type, t.shape, t.bytes});
  return to_bytes(mw::detail::write_tensor_file(file));
}

[[noreturn]] void raise_corrupt(std::string_view what) {
  raise(mw::error(mw::errc::corrupt_file, "stage bytes", what, "save the fitted object again"));
}

stage_handle stage_from_bytes(const py::bytes& bytes) {
  const auto file = unwrap(mw::detail::read_tensor_file(as_span(bytes)));
  stage_handle self{unwrap(mw::builtin_registry().make(file.metadata_at("stage"))), {}};
  if (file.metadata_at("version") != std::to_string(self.stage.version())) {
    raise(mw::error(mw::errc::incompatible, self.stage.id(), "these bytes were written by another version of the stage",
                    "fit it again with this version"));
  }
  const json parameters = unwrap(mw::detail::parse_json(file.metadata_at("params"), "stage bytes"));
  unwrap(mw::detail::params_from_json(parameters, "stage bytes", "",
                                      [&](std::string_view name, const mw::param_value& v) { return self.stage.set_param(name, v); }));
  unwrap(self.stage.validate());
  const json columns = unwrap(mw::detail::parse_json(file.metadata_at("columns"), "stage bytes"));
  if (!columns.is_array()) raise_corrupt("the columns are not a list");
  for (const auto& c : columns) {
    if (!c.is_object() || !c.contains("is_context") || !c["is_context"].is_boolean()) raise_corrupt("a column has no name or no role");
    self.in.columns.push_back({mw::detail::text_at(c, "name"), c["is_context"].get<bool>()});
  }
  for (const auto& t : file.tensors) unwrap(self.stage.set_learned({t.name, t.type, t.shape, t.bytes}));
  if (!file.tensors.empty()) {
    mw::workspace measure;
    static_cast<void>(unwrap(self.stage.prepare(self.in, measure)));
  }
  return self;
}

/// Every registered stage, in the registry's order.
py::list stages() {
  py::list list;
  for (const auto* table : mw::builtin_registry().stages()) {
    const mw::stage_info info = table->info();
    list.append(describe(info.id, info.doc, info.learns, info.explains, info.params));
  }
  return list;
}

/// The settings of a pipeline that are not row stages.
py::list sections() {
  py::list list;
  const auto add = [&list]<class T>(std::string_view doc) { list.append(describe(T::id, doc, false, false, mw::param_infos<T>())); };
  add.operator()<mw::clock_policy>("What the stream clock does with time that is not perfect.");
  add.operator()<mw::feature_extractor>(mw::feature_extractor::doc);
  add.operator()<mw::alert_budget>(mw::alert_budget::doc);
  add.operator()<mw::alarm>(mw::alarm::doc);
  add.operator()<mw::fit_options>(mw::fit_options::doc);
  return list;
}

stage_handle make_stage(const std::string& id, const py::dict& values) {
  stage_handle self{unwrap(mw::builtin_registry().make(id)), {}};
  for (const auto& [name, value] : values) unwrap(self.stage.set_param(name.cast<std::string>(), param_from_python(value)));
  unwrap(self.stage.validate());
  return self;
}

}  // namespace

void bind_stage(py::module_& m) {
  py::class_<stage_handle>(m, "Stage")
      .def(py::init(&make_stage), py::arg("id"), py::arg("params") = py::dict())
      .def_property_readonly("id", [](const stage_handle& s) { return s.stage.id(); })
      .def_property_readonly("version", [](const stage_handle& s) { return s.stage.version(); })
      .def_property_readonly("params", &params)
      .def_property_readonly("learned", &learned)
      .def_property_readonly("input_names",
                             [](const stage_handle& s) {
                               std::vector<std::string> names;
                               for (const auto& c : s.in.columns) names.push_back(c.name);
                               return names;
                             })
      .def_property_readonly("output_names",
                             [](const stage_handle& s) {
                               mw::any_stage stage = s.stage;
                               mw::workspace measure;
                               std::vector<std::string> names;
                               for (const auto& c : unwrap(stage.prepare(s.in, measure)).columns) names.push_back(c.name);
                               return names;
                             })
      .def("fit", &fit, py::arg("rows"), py::arg("names"), py::arg("context") = std::vector<std::string>(),
           py::arg("weights") = std::vector<double>())
      .def("process", &process, py::arg("rows"))
      .def("explain", &explain, py::arg("rows"))
      .def("to_bytes", &stage_to_bytes)
      .def_static("from_bytes", &stage_from_bytes, py::arg("data"))
      .def(py::pickle(&stage_to_bytes, &stage_from_bytes));
  m.def("stages", &stages);
  m.def("sections", &sections);
}

}  // namespace millwright_python
