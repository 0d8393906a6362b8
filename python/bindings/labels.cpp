// What a few labelled events teach: weights of the fusion, and signatures of confirmed faults.

#include <optional>

#include "bindings.hpp"
#include "millwright/alarm/fault_signatures.hpp"
#include "millwright/calibrate/fusion_weights.hpp"
#include "millwright/core/any_object.hpp"
#include "statistics/ridge_logistic.hpp"

namespace millwright_python {

namespace {

using matrix = py::array_t<double, py::array::c_style | py::array::forcecast>;
using flags = py::array_t<std::uint8_t, py::array::c_style | py::array::forcecast>;
using indices = py::array_t<std::uint32_t, py::array::c_style | py::array::forcecast>;
using times = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;
using regimes = py::array_t<std::int32_t, py::array::c_style | py::array::forcecast>;

template <class T>
T described_by(const py::dict& settings) {
  T object = mw::with_defaults<T>();
  for (const auto& [name, value] : settings) unwrap(mw::set_param(object, py::cast<std::string>(name), param_from_python(value)));
  return object;
}

template <class Array>
auto span_of(const Array& a) {
  return std::span(a.data(), static_cast<std::size_t>(a.size()));
}

mw::const_rows view_of(const matrix& values, const mw::row_meta* meta = nullptr) {
  if (values.ndim() != 2) throw py::value_error("expected an array of two dimensions");
  const auto columns = static_cast<std::size_t>(values.shape(1));
  return {values.data(), static_cast<std::size_t>(values.shape(0)), columns, columns, meta};
}

py::dict to_dict(const mw::fusion_weights::outcome& o) {
  py::dict d;
  d["detected"] = o.detected;
  d["peak_severity"] = o.peak;
  d["threshold"] = o.threshold;
  d["false_episodes"] = o.false_episodes;
  return d;
}

py::dict learn_fusion_weights(const matrix& severities, const times& end_time_ns, const indices& quality, const regimes& regime,
                              const times& events, const py::dict& settings, const py::dict& alert, const py::dict& alarm,
                              const py::dict& calibrate) {
  const auto learner = described_by<mw::fusion_weights>(settings);
  const auto budget = described_by<mw::alert_budget>(alert);
  const auto machine = described_by<mw::alarm>(alarm);
  const auto tail = described_by<mw::tail_calibration>(calibrate);
  const auto rows = static_cast<std::size_t>(severities.ndim() == 2 ? severities.shape(0) : 0);
  if (static_cast<std::size_t>(end_time_ns.size()) != rows || static_cast<std::size_t>(quality.size()) != rows ||
      static_cast<std::size_t>(regime.size()) != rows) {
    throw py::value_error("severities, times, quality and regimes must have one row for each window");
  }
  if (events.ndim() != 2 || events.shape(1) != 2) throw py::value_error("events must have the shape (events, 2): from, to");
  std::vector<mw::row_meta> meta(rows);
  for (std::size_t r = 0; r < rows; ++r) meta[r] = {end_time_ns.data()[r], quality.data()[r], regime.data()[r]};
  std::vector<mw::time_interval> intervals;
  for (py::ssize_t e = 0; e < events.shape(0); ++e) intervals.push_back({events.at(e, 0), events.at(e, 1)});
  std::optional<mw::result<mw::fusion_weights::verdict>> done;
  {
    py::gil_scoped_release unlocked;
    done.emplace(learner.learn(view_of(severities, meta.data()), intervals, budget, machine, tail));
  }
  const auto verdict = unwrap(std::move(*done));
  py::dict d;
  d["weights"] = verdict.weights;
  d["learned"] = verdict.learned;
  d["better"] = verdict.better;
  d["normal_weeks"] = verdict.normal_weeks;
  py::list reports;
  for (const auto& e : verdict.events) {
    py::dict report;
    report["equal"] = to_dict(e.equal);
    report["learned"] = to_dict(e.learned);
    report["weights"] = e.weights;
    reports.append(std::move(report));
  }
  d["events"] = std::move(reports);
  return d;
}

py::tuple fit_ridge_logistic(const matrix& x, const flags& positive, double ridge, double prior) {
  const mw::const_rows rows = view_of(x);
  if (static_cast<std::size_t>(positive.size()) != rows.rows) throw py::value_error("one label for each row, please");
  const mw::detail::logistic_problem problem{{rows.values, rows.rows * rows.columns}, span_of(positive), rows.columns, ridge, prior};
  const auto fit = mw::detail::fit_ridge_logistic(problem);
  return py::make_tuple(fit.intercept, fit.coefficients, fit.objective);
}

py::list to_list(const std::vector<mw::fault_signatures::hypothesis>& hypotheses) {
  py::list list;
  for (const auto& h : hypotheses) list.append(py::make_tuple(h.fault, h.similarity, h.distance));
  return list;
}

mw::fault_signatures fit_signatures(const py::dict& settings, const matrix& events, const indices& fault,
                                    const std::vector<std::string>& names) {
  auto signatures = described_by<mw::fault_signatures>(settings);
  unwrap(signatures.fit(view_of(events), span_of(fault), names));
  return signatures;
}

py::list nearest(const mw::fault_signatures& self, const std::vector<double>& row, std::size_t most) {
  unwrap(self.check(row.size()));
  std::vector<mw::fault_signatures::hypothesis> list(std::min(most, self.names.size()));
  list.resize(self.nearest(row, list));
  return to_list(list);
}

py::array_t<double> learned(const mw::learned_array<double>& a) {
  return to_numpy(std::vector<double>(a.values().begin(), a.values().end()), std::vector<py::ssize_t>(a.shape().begin(), a.shape().end()));
}

py::tuple signatures_to_state(const mw::fault_signatures& self) {
  py::dict settings;
  for (const auto& [name, value] : mw::get_params(self)) settings[py::str(name)] = to_python(value);
  return py::make_tuple(settings, self.names, learned(self.centroid_), learned(self.scale_));
}

mw::fault_signatures signatures_from_state(const py::tuple& state) {
  auto signatures = described_by<mw::fault_signatures>(state[0].cast<py::dict>());
  signatures.names = state[1].cast<std::vector<std::string>>();
  const auto array = [](const matrix& a) {
    return mw::learned_array<double>(std::vector<double>(a.data(), a.data() + a.size()),
                                     std::vector<std::size_t>(a.shape(), a.shape() + a.ndim()));
  };
  signatures.centroid_ = array(state[2].cast<matrix>());
  signatures.scale_ = array(state[3].cast<matrix>());
  unwrap(signatures.check(signatures.scale_.size()));
  return signatures;
}

}  // namespace

void bind_labels(py::module_& m) {
  m.def("learn_fusion_weights", &learn_fusion_weights, py::arg("severities"), py::arg("end_time_ns"), py::arg("quality"), py::arg("regime"),
        py::arg("events"), py::arg("settings"), py::arg("alert"), py::arg("alarm"), py::arg("calibrate"));
  m.def("fit_ridge_logistic", &fit_ridge_logistic, py::arg("x"), py::arg("positive"), py::arg("ridge"), py::arg("prior"));
  py::class_<mw::fault_signatures>(m, "FaultSignatures")
      .def(py::init(&fit_signatures), py::arg("settings"), py::arg("events"), py::arg("fault"), py::arg("names"))
      .def_readonly("names", &mw::fault_signatures::names)
      .def_property_readonly("centroids", [](const mw::fault_signatures& s) { return learned(s.centroid_); })
      .def_property_readonly("scales", [](const mw::fault_signatures& s) { return learned(s.scale_); })
      .def("nearest", &nearest, py::arg("row"), py::arg("most"))
      .def(
          "is_known",
          [](const mw::fault_signatures& s, double similarity) {
            return s.is_known({0, similarity, 0.0});
          },
          py::arg("similarity"))
      .def(
          "leave_one_event_out",
          [](const mw::fault_signatures& s, const matrix& events, const indices& fault, const std::vector<std::string>& names) {
            return to_list(unwrap(s.leave_one_event_out(view_of(events), span_of(fault), names)));
          },
          py::arg("events"), py::arg("fault"), py::arg("names"))
      .def(py::pickle(&signatures_to_state, &signatures_from_state));
}

}  // namespace millwright_python
