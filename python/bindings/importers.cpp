// What importers of other libraries' models need besides Stage.from_learned.

#include "bindings.hpp"
#include "millwright/detect/covariance/pca_monitor.hpp"

namespace millwright_python {

namespace {

/// The learned scalars that follow from a PCA's eigenvalues, for the number of components in the parameters.
py::dict pca_limits(const py::dict& params, const std::vector<double>& eigenvalues, double rows) {
  auto monitor = mw::with_defaults<mw::pca_monitor>();
  for (const auto& [name, value] : params) unwrap(mw::set_param(monitor, name.cast<std::string>(), param_from_python(value)));
  const auto limits = unwrap(monitor.limits_of(eigenvalues, static_cast<std::size_t>(monitor.components), rows));
  py::dict d;
  d["t2_limit"] = limits.t2;
  d["spe_limit"] = limits.spe;
  d["combined_limit"] = limits.combined;
  return d;
}

}  // namespace

void bind_importers(py::module_& m) { m.def("pca_limits", &pca_limits, py::arg("params"), py::arg("eigenvalues"), py::arg("rows")); }

}  // namespace millwright_python
