// Row stages by their registry id: parameters, fitting, processing, learned arrays, bytes.

#include <algorithm>
#include <memory>
#include <tuple>

#include "bindings.hpp"
#include "core/json.hpp"
#include "millwright/alarm/alarm.hpp"
#include "millwright/core/arena_memory.hpp"
#include "millwright/pipeline/fit.hpp"
#include "millwright/stage_registry.hpp"
#include "millwright/stages.hpp"
#include "stage_handle.hpp"
#include "store/safetensors.hpp"

namespace millwright_python {

std::pair<mw::port, mw::detail::arena_memory> prepare(mw::any_stage& stage, const mw::port& in) {
  mw::workspace measure;
  static_cast<void>(unwrap(stage.prepare(in, measure)));
  auto memory = unwrap(mw::detail::arena_memory::take(measure.bytes_used(), stage.id()));
  mw::workspace arena(memory.bytes());
  mw::port out = unwrap(stage.prepare(in, arena));
  stage.reset();
  return {std::move(out), std::move(memory)};
}

namespace {

using mw::detail::json;
using rows_array = py::array_t<double, py::array::c_style | py::array::forcecast>;
using float_rows_array = py::array_t<float, py::array::c_style>;

/// The stage prepared as a stream does it. Only the first call of many pays for that. An adaptive stage is frozen: the same row
/// scores the same, whatever rows come with it.
class lease {
 public:
  explicit lease(const stage_handle& self) : home_(self.idle), held_(home_->take()) {
    if (held_ != nullptr) return;
    const mw::kernel_level level = mw::active_kernel_level();
    held_ = std::make_unique<prepared_stage>(prepared_stage{self.stage, {}, {}, level});
    held_->stage.freeze();
    std::tie(held_->out, held_->memory) = prepare(held_->stage, self.in);
  }
  lease(const lease&) = delete;
  lease& operator=(const lease&) = delete;
  ~lease() { home_->give_back(std::move(held_)); }

  prepared_stage* operator->() const noexcept { return held_.get(); }

  /// Forgets the rows of the call before. A frozen stage keeps none, and what it knows would be learned again, at the cost of a fit.
  void start() const noexcept {
    if (!held_->stage.is_adaptive()) held_->stage.reset();
  }

 private:
  std::shared_ptr<idle_stage> home_;
  std::unique_ptr<prepared_stage> held_;
};

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
  mw::const_rows rows = view_of(values, names.size());
  if (!weights.empty() && weights.size() != rows.rows) {
    throw py::value_error("expected " + std::to_string(rows.rows) + " row weights, got " + std::to_string(weights.size()));
  }
  mw::result<void> done;
  {
    py::gil_scoped_release unlocked;
    std::vector<mw::row_meta> meta(weights.size());
    for (std::size_t r = 0; r < weights.size(); ++r) meta[r].weight = weights[r];
    if (!meta.empty()) rows.meta = meta.data();
    done = self.stage.validate();
    if (done) done = self.stage.fit(in, rows);
  }
  unwrap(done);
  self.in = std::move(in);
  self.idle = std::make_shared<idle_stage>();
}

constexpr std::size_t rows_at_once = 1024;  // whose meta data are written and read back while they are in the cache

/// Processes all rows from the start of a stream; `use(first, count, meta)` sees the meta data of one piece after the other.
template <class Use>
void process_pieces(const lease& held, const mw::const_rows& rows, double* out, Use use) {
  const std::size_t columns = held->out.columns.size();
  const std::size_t most = std::min(rows.rows, rows_at_once);
  const std::vector<mw::row_meta> meta_in(most);
  std::vector<mw::row_meta> meta_out(most);
  held.start();
  for (std::size_t first = 0; first < rows.rows; first += most) {
    const std::size_t count = std::min(most, rows.rows - first);
    std::fill(meta_out.begin(), meta_out.end(), mw::row_meta{});
    held->stage.process({rows.values + first * rows.stride, count, rows.columns, rows.stride, meta_in.data()},
                        {out + first * columns, count, columns, columns, meta_out.data()});
    use(first, count, meta_out.data());
  }
}

py::tuple process(const stage_handle& self, const rows_array& values) {
  const lease held(self);
  const mw::const_rows rows = view_of(values, self.in.columns.size());
  py::array_t<double> out({static_cast<py::ssize_t>(rows.rows), static_cast<py::ssize_t>(held->out.columns.size())});
  py::array_t<std::int32_t> regimes(static_cast<py::ssize_t>(rows.rows));
  py::array_t<std::uint32_t> quality(static_cast<py::ssize_t>(rows.rows));
  double* scores = out.mutable_data();
  std::int32_t* regime = regimes.mutable_data();
  std::uint32_t* bits = quality.mutable_data();
  {
    py::gil_scoped_release unlocked;
    process_pieces(held, rows, scores, [&](std::size_t first, std::size_t count, const mw::row_meta* meta) {
      for (std::size_t i = 0; i < count; ++i) {
        regime[first + i] = meta[i].regime;
        bits[first + i] = meta[i].quality;
      }
    });
  }
  return py::make_tuple(std::move(out), std::move(regimes), std::move(quality));
}

/// The one column of a detector. Rows of float32 are scored as they are where the detector can, else widened.
py::array_t<double> score(const stage_handle& self, const py::array& values) {
  const lease held(self);
  if (held->out.columns.size() != 1) throw py::value_error("the stage \"" + std::string(self.stage.id()) + "\" gives more than one column");
  if (held->stage.scores_float32() && py::isinstance<float_rows_array>(values)) {
    const auto floats = py::cast<float_rows_array>(values);
    if (floats.ndim() == 2 && static_cast<std::size_t>(floats.shape(1)) == self.in.columns.size()) {
      py::array_t<double> out(floats.shape(0));
      double* scores = out.mutable_data();
      const float* rows = floats.data();
      const auto count = static_cast<std::size_t>(floats.shape(0));
      {
        py::gil_scoped_release unlocked;
        held.start();
        held->stage.score(rows, count, self.in.columns.size(), scores);
      }
      return out;
    }
  }
  const auto doubles = py::cast<rows_array>(values);
  const mw::const_rows rows = view_of(doubles, self.in.columns.size());
  py::array_t<double> out(static_cast<py::ssize_t>(rows.rows));
  double* scores = out.mutable_data();
  {
    py::gil_scoped_release unlocked;
    process_pieces(held, rows, scores, [](std::size_t, std::size_t, const mw::row_meta*) {});
  }
  return out;
}

/// One row; so short a call that it keeps the interpreter's lock.
double score_row(const stage_handle& self, const rows_array& values) {
  const lease held(self);
  if (held->out.columns.size() != 1) throw py::value_error("the stage \"" + std::string(self.stage.id()) + "\" gives more than one column");
  const std::size_t columns = self.in.columns.size();
  if (values.ndim() != 1 || static_cast<std::size_t>(values.shape(0)) != columns) {
    throw py::value_error("expected an array of shape (" + std::to_string(columns) + ",)");
  }
  const mw::row_meta meta_in;
  mw::row_meta meta_out;
  double result = 0.0;
  held.start();
  held->stage.process({values.data(), 1, columns, columns, &meta_in}, {&result, 1, 1, 1, &meta_out});
  return result;
}

py::array_t<double> explain(const stage_handle& self, const rows_array& values) {
  if (!self.stage.explains()) throw py::value_error("the stage \"" + std::string(self.stage.id()) + "\" does not explain scores");
  const lease held(self);
  const mw::const_rows rows = view_of(values, self.in.columns.size());
  py::array_t<double> out({static_cast<py::ssize_t>(rows.rows), static_cast<py::ssize_t>(rows.columns)});
  double* contributions = out.mutable_data();
  {
    py::gil_scoped_release unlocked;
    held.start();
    std::vector<double> scores(held->out.columns.size());
    for (std::size_t r = 0; r < rows.rows; ++r) {  // a stage with lags explains the row that it processed last
      const mw::row_meta meta_in;
      mw::row_meta meta_out;
      held->stage.process({rows.values + r * rows.stride, 1, rows.columns, rows.stride, &meta_in},
                          {scores.data(), 1, scores.size(), scores.size(), &meta_out});
      held->stage.explain(rows[r], {contributions + r * rows.columns, rows.columns});
    }
  }
  return out;
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

stage_handle make_stage(const std::string& id, const py::dict& values) {
  stage_handle self{unwrap(mw::builtin_registry().make(id)), {}};
  for (const auto& [name, value] : values) unwrap(self.stage.set_param(name.cast<std::string>(), param_from_python(value)));
  unwrap(self.stage.validate());
  return self;
}

/// A fitted stage of arrays that were learned elsewhere; checked as a bundle is.
stage_handle stage_from_learned(const std::string& id, const py::dict& params, const std::vector<std::string>& names,
                                const py::dict& arrays) {
  stage_handle self = make_stage(id, params);
  self.in = mw::port::of(names);
  for (const auto& [key, value] : arrays) {
    const auto name = key.cast<std::string>();
    const auto array = py::array::ensure(value, py::array::c_style);
    if (!array) throw py::value_error("array \"" + name + "\" is not an array");
    mw::dtype type = mw::dtype::f64;
    if (py::isinstance<py::array_t<float>>(array)) {
      type = mw::dtype::f32;
    } else if (py::isinstance<py::array_t<std::int64_t>>(array)) {
      type = mw::dtype::i64;
    } else if (py::isinstance<py::array_t<std::int32_t>>(array)) {
      type = mw::dtype::i32;
    } else if (py::isinstance<py::array_t<std::uint16_t>>(array)) {
      type = mw::dtype::u16;
    } else if (py::isinstance<py::array_t<std::uint8_t>>(array)) {
      type = mw::dtype::u8;
    } else if (!py::isinstance<py::array_t<double>>(array)) {
      throw py::value_error("array \"" + name + "\" has an element type that no stage learns");
    }
    const std::vector<std::size_t> shape(array.shape(), array.shape() + array.ndim());
    const auto* bytes = static_cast<const std::byte*>(array.data());
    unwrap(self.stage.set_learned({name, type, shape, {bytes, static_cast<std::size_t>(array.nbytes())}}));
  }
  mw::workspace measure;
  static_cast<void>(unwrap(self.stage.prepare(self.in, measure)));
  return self;
}

/// Every registered stage, threshold and monitor, in the registry's order.
py::list stages() {
  py::list list;
  const auto add = [&list](const auto& tables) {
    for (const auto* table : tables) {
      const mw::stage_info info = table->info();
      list.append(describe(info.id, info.doc, info.role, info.learns, info.explains, info.params));
    }
  };
  add(mw::builtin_registry().stages());
  add(mw::builtin_registry().thresholds());
  add(mw::builtin_registry().monitors());
  return list;
}

/// The settings of a pipeline that are no stages of a registry.
py::list sections() {
  py::list list;
  const auto add = [&list]<class T>(std::optional<mw::stage_role> role, std::string_view doc) {
    list.append(describe(T::id, doc, role, false, false, mw::param_infos<T>()));
  };
  add.operator()<mw::clock_policy>({}, "What the stream clock does with time that is not perfect.");
  add.operator()<mw::feature_extractor>({}, mw::feature_extractor::doc);
  add.operator()<mw::alarm>(mw::alarm::role, mw::alarm::doc);
  add.operator()<mw::fit_options>({}, mw::fit_options::doc);
  return list;
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
      .def("score", &score, py::arg("rows"))
      .def("score_row", &score_row, py::arg("row"))
      .def("explain", &explain, py::arg("rows"))
      .def("to_bytes", &stage_to_bytes)
      .def_static("from_bytes", &stage_from_bytes, py::arg("data"))
      .def_static("from_learned", &stage_from_learned, py::arg("id"), py::arg("params"), py::arg("names"), py::arg("arrays"))
      .def(py::pickle(&stage_to_bytes, &stage_from_bytes));
  m.def("stages", &stages);
  m.def("sections", &sections);
}

}  // namespace millwright_python
