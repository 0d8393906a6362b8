#include "bindings.hpp"
#include "millwright/features/presets.hpp"
#include "millwright/features/ranking.hpp"

namespace millwright_python {

namespace {

template <class T>
T option(const py::dict& options, const char* name) {
  return options.contains(name) ? options[name].cast<T>() : T{};
}

std::vector<std::string> preset_feature_names(const std::string& preset, const py::dict& channel, const py::dict& options) {
  const mw::channel of = to_channel(channel);
  if (preset == "bearing") {
    mw::bearing_geometry geometry;
    geometry.elements = option<std::int64_t>(options, "elements");
    geometry.element_diameter = option<double>(options, "element_diameter");
    geometry.pitch_diameter = option<double>(options, "pitch_diameter");
    geometry.contact_angle_deg = option<double>(options, "contact_angle_deg");
    mw::bearing_band band;
    band.f_lo_hz = option<double>(options, "f_lo");
    band.f_hi_hz = option<double>(options, "f_hi");
    band.harmonics = option<std::int64_t>(options, "harmonics");
    band.shaft_hz = option<std::optional<double>>(options, "shaft_hz");
    return unwrap(mw::bearing_features(of, geometry, band));
  }
  if (preset == "gearbox") {
    return unwrap(
        mw::gearbox_features(of, option<std::vector<std::int64_t>>(options, "teeth"), option<std::optional<double>>(options, "shaft_hz")));
  }
  if (preset == "comprehensive") return mw::comprehensive_features(of, option<std::size_t>(options, "length"));
  return unwrap(mw::preset_features(preset, of));
}

py::dict prognostic_scores(const std::vector<std::vector<double>>& runs) {
  const mw::prognostic_scores scores = unwrap(mw::score_prognostics(runs));
  py::dict d;
  d["monotonicity"] = scores.monotonicity;
  d["trendability"] = scores.trendability;
  d["prognosability"] = scores.prognosability;
  return d;
}

py::array_t<std::int64_t> select_features(const py::array_t<double, py::array::c_style>& values, const std::vector<double>& merit,
                                          std::size_t max_features, double max_correlation) {
  if (values.ndim() != 2) throw py::value_error("expected values of shape (windows, features)");
  const auto rows = static_cast<std::size_t>(values.shape(0));
  const auto columns = static_cast<std::size_t>(values.shape(1));
  mw::result<std::vector<std::size_t>> kept = std::vector<std::size_t>();
  {
    py::gil_scoped_release unlocked;
    kept = mw::select_features({values.data(), rows, columns, columns, nullptr}, merit, {max_features, max_correlation});
  }
  const auto indices = unwrap(std::move(kept));
  return to_numpy(std::vector<std::int64_t>(indices.begin(), indices.end()));
}

}  // namespace

void bind_feature_sets(py::module_& m) {
  m.def("preset_feature_names", &preset_feature_names, py::arg("preset"), py::arg("channel"), py::arg("options"));
  m.def("prognostic_scores", &prognostic_scores, py::arg("runs"));
  m.def("select_features", &select_features, py::arg("values"), py::arg("merit"), py::arg("max_features"), py::arg("max_correlation"));
}

}  // namespace millwright_python
