// Models that another library has learned, as fitted stages.

#include "bindings.hpp"
#include "millwright/anomaly/pca_monitor.hpp"
#include "stage_handle.hpp"

namespace millwright_python {

namespace {

stage_handle import_pca_monitor(const py::dict& params, const std::vector<std::string>& names, std::vector<double> location,
                                std::vector<double> scale, std::vector<double> components, std::vector<double> eigenvalues, double rows) {
  mw::pca_monitor monitor;
  for (const auto& [name, value] : params) unwrap(mw::set_param(monitor, name.cast<std::string>(), param_from_python(value)));
  unwrap(monitor.adopt(std::move(location), std::move(scale), std::move(components), std::move(eigenvalues), rows));
  stage_handle self{mw::any_stage::of(std::move(monitor)), mw::port::of(names)};
  mw::workspace measure;
  static_cast<void>(unwrap(self.stage.prepare(self.in, measure)));
  return self;
}

}  // namespace

void bind_importers(py::module_& m) {
  m.def("import_pca_monitor", &import_pca_monitor, py::arg("params"), py::arg("names"), py::arg("location"), py::arg("scale"),
        py::arg("components"), py::arg("eigenvalues"), py::arg("rows"));
}

}  // namespace millwright_python
