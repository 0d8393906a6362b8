// Packing of isolation forests, and the packed forest as C.

#include "bindings.hpp"
#include "millwright/detect/forest/quantized_forest.hpp"
#include "millwright/export/c99.hpp"
#include "stage_handle.hpp"

namespace millwright_python {

namespace {

using rows_array = py::array_t<double, py::array::c_style | py::array::forcecast>;

template <class T>
const T& stage_as(const stage_handle& handle) {
  const T* stage = handle.stage.as<T>();
  if (stage == nullptr) throw py::value_error("expected a stage \"" + std::string(T::id) + "\"");
  return *stage;
}

stage_handle quantize_forest(const stage_handle& handle, const rows_array& rows, const py::dict& params) {
  const auto& forest = stage_as<mw::isolation_forest>(handle);
  if (rows.ndim() != 2) throw py::value_error("expected rows of shape (rows, columns)");
  mw::quantized_forest settings;
  for (const auto& [name, value] : params) unwrap(mw::set_param(settings, name.cast<std::string>(), param_from_python(value)));
  const auto columns = static_cast<std::size_t>(rows.shape(1));
  const mw::const_rows view{rows.data(), static_cast<std::size_t>(rows.shape(0)), columns, columns, nullptr};
  mw::result<mw::quantized_forest> packed = mw::error();
  {
    py::gil_scoped_release unlocked;
    packed = mw::quantized_forest::from_forest(forest, view, settings);
  }
  return {mw::any_stage::of(unwrap(std::move(packed))), handle.in};
}

stage_handle unpack_forest(const stage_handle& handle) {
  return {mw::any_stage::of(unwrap(stage_as<mw::quantized_forest>(handle).unpack())), handle.in};
}

std::string export_c99(const stage_handle& handle, const std::string& prefix, const std::string& origin, const std::string& inputs) {
  mw::c99_options options{prefix, {}, origin, inputs};
  for (const auto& c : handle.in.columns) options.columns.push_back(c.name);
  return unwrap(mw::export_c99(stage_as<mw::quantized_forest>(handle), options));
}

}  // namespace

void bind_small_models(py::module_& m) {
  m.def("quantize_forest", &quantize_forest, py::arg("forest"), py::arg("rows"), py::arg("params"));
  m.def("unpack_forest", &unpack_forest, py::arg("packed"));
  m.def("export_c99", &export_c99, py::arg("packed"), py::arg("prefix"), py::arg("origin"), py::arg("inputs"));
}

}  // namespace millwright_python
