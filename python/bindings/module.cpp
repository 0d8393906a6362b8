#include "bindings.hpp"
#include "millwright/alarm/episode.hpp"
#include "millwright/data/quality.hpp"

#include "millwright/features/feature.hpp"
#include "millwright/numeric/cpu.hpp"
#include "millwright/version.hpp"

namespace millwright_python {

namespace {

py::dict feature_definition(std::string_view family, const mw::feature_definition& f) {
  py::list arguments;
  for (const auto& a : f.arguments) {
    py::dict argument;
    argument["name"] = a.name;
    const auto choices = a.choices == nullptr ? std::span<const std::string_view>() : a.choices();
    argument["default"] = a.is_required     ? py::object(py::none())
                          : choices.empty() ? py::object(py::float_(a.initial))
                                            : py::object(py::str(mw::to_text(a, a.initial)));
    argument["choices"] = std::vector<std::string>(choices.begin(), choices.end());
    argument["low"] = a.low;
    argument["high"] = a.high;
    argument["unit"] = mw::to_string(a.of);
    argument["doc"] = a.doc;
    arguments.append(std::move(argument));
  }
  py::dict d;
  d["name"] = f.name;
  d["family"] = family;
  d["arguments"] = std::move(arguments);
  d["unit"] = mw::to_string(f.of);
  d["has_log"] = f.is_non_negative;
  d["formula"] = f.formula;
  d["doc"] = f.doc;
  d["source"] = f.source;
  return d;
}

py::list feature_definitions() {
  py::list list;
  for (const auto& family : mw::feature_families()) {
    for (const auto& f : family.features) list.append(feature_definition(family.name, f));
  }
  return list;
}

void force_kernel_level(const std::string& text) {
  const auto level = mw::parse_kernel_level(text);
  if (!level) throw py::value_error("there is no kernel level \"" + text + "\"; levels: scalar, sse2, avx2, avx512, neon64");
  unwrap(mw::force_kernel_level(*level));
}

py::list param_list(const std::vector<mw::param_info>& infos) {
  py::list list;
  for (const auto& p : infos) {
    py::dict d;
    d["name"] = p.name;
    d["default"] = to_python(p.initial);
    d["low"] = p.low;
    d["high"] = p.high;
    d["unit"] = mw::to_string(p.of);
    d["doc"] = p.doc;
    d["choices"] = p.choices;
    list.append(std::move(d));
  }
  return list;
}

}  // namespace

void raise(const mw::error& e) {
  const std::string text = e.message();
  switch (e.code) {
    case mw::errc::out_of_memory: PyErr_SetString(PyExc_MemoryError, text.c_str()); break;
    case mw::errc::io_error: PyErr_SetString(PyExc_OSError, text.c_str()); break;
    case mw::errc::not_fitted: {
      const py::object type = py::module_::import("sklearn.exceptions").attr("NotFittedError");
      PyErr_SetString(type.ptr(), text.c_str());
      break;
    }
    default: PyErr_SetString(PyExc_ValueError, text.c_str()); break;
  }
  throw py::error_already_set();
}

py::object to_python(const mw::param_value& value) {
  return std::visit([](const auto& v) { return py::object(py::cast(v)); }, value);
}

mw::param_value param_from_python(const py::handle& value) {
  // bool first: in Python it is an int.
  if (py::isinstance<py::bool_>(value)) return value.cast<bool>();
  if (PyIndex_Check(value.ptr()) != 0) return py::int_(py::reinterpret_borrow<py::object>(value)).cast<std::int64_t>();
  if (py::isinstance<py::str>(value)) return value.cast<std::string>();
  if (PyFloat_Check(value.ptr()) != 0 || py::hasattr(value, "__float__"))
    return py::float_(py::reinterpret_borrow<py::object>(value)).cast<double>();
  if (py::isinstance<py::sequence>(value) || py::hasattr(value, "__iter__")) {
    const auto list = py::list(py::reinterpret_borrow<py::object>(value));
    if (!list.empty() && py::isinstance<py::str>(list[0])) return list.cast<std::vector<std::string>>();
    return list.cast<std::vector<double>>();
  }
  throw py::type_error("a parameter is a bool, int, float, str, or a list of str or of numbers, not " +
                       std::string(py::str(py::type::of(value))));
}

py::bytes to_bytes(const std::vector<std::byte>& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::span<const std::byte> as_span(const py::bytes& bytes) {
  const auto view = static_cast<std::string_view>(bytes);
  return {reinterpret_cast<const std::byte*>(view.data()), view.size()};
}

py::dict describe(std::string_view id, std::string_view doc, std::optional<mw::stage_role> role, bool learns, bool explains,
                  const std::vector<mw::param_info>& infos) {
  py::dict d;
  d["id"] = id;
  d["doc"] = doc;
  d["role"] = role ? py::object(py::str(std::string(mw::to_string(*role)))) : py::object(py::none());
  d["learns"] = learns;
  d["explains"] = explains;
  d["params"] = param_list(infos);
  return d;
}

namespace {

template <class T>
constexpr std::string_view python_type() {
  if constexpr (std::is_same_v<T, bool>) return "bool";
  if constexpr (std::is_floating_point_v<T>) return "float";
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) return "int";
  return "str";
}

/// Fields of a record: name, type, kind ("plain", "time" or "open_time"), doc.
template <mw::record T>
py::list record_fields() {
  py::list list;
  mw::for_each_field<T>([&](const auto& f) {
    py::dict d;
    d["name"] = f.name;
    d["type"] = python_type<typename std::remove_cvref_t<decltype(f)>::value_type>();
    d["kind"] = f.kind == mw::field_kind::time ? "time" : f.kind == mw::field_kind::open_time ? "open_time" : "plain";
    d["doc"] = f.doc;
    list.append(std::move(d));
  });
  return list;
}

/// Names of the quality bits, lowest first.
std::vector<std::string_view> quality_names() {
  std::vector<std::string_view> names;
  for (const mw::bit_name& b : mw::quality_bits) names.push_back(b.name);
  return names;
}

}  // namespace

}  // namespace millwright_python

PYBIND11_MODULE(_core, m) {
  using namespace millwright_python;
  m.doc() = "The C++ core of millwright; private: use the package.";
  m.attr("version") = mw::version_string;
  m.attr("numerics_id") = mw::numerics_id;

  m.def("episode_fields", &record_fields<mw::episode>);
  m.def("quality_names", &quality_names);

  bind_features(m);
  bind_fft(m);
  bind_filter(m);
  bind_stage(m);
  bind_importers(m);
  bind_judge(m);
  bind_stage_stream(m);
  bind_forest_refresh(m);
  bind_small_models(m);
  bind_signal(m);
  bind_signal_stage(m);
  bind_feature_sets(m);
  bind_rotation(m);
  bind_envelope(m);
  bind_recording(m);
  bind_labels(m);
  bind_pipeline(m);
  bind_stream(m);
  bind_wavelet(m);

  m.def("arrow_columns", &arrow_columns, py::arg("table"));
  m.def("feature_definitions", &feature_definitions);
  m.def(
      "default_feature_names", [](const py::dict& channel) { return mw::default_feature_names(to_channel(channel)); }, py::arg("channel"));
  m.def("show_config", &mw::show_config);
  m.def("force_kernel_level", &force_kernel_level, py::arg("level"));
  m.def("kernel_level", [] { return mw::to_string(mw::active_kernel_level()); });
}
