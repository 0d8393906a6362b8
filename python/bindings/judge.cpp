// A judge for rows that are there already: the pipeline's own stages between features and severity.

#include "millwright/pipeline/judge.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include "bindings.hpp"
#include "core/prepare_with_memory.hpp"
#include "millwright/stage_registry.hpp"
#include "stage_handle.hpp"

namespace millwright_python {

namespace {

using rows_array = py::array_t<double, py::array::c_style | py::array::forcecast>;

mw::const_rows view_of(const rows_array& values, std::size_t columns, const std::vector<mw::row_meta>& meta) {
  if (values.ndim() != 2 || static_cast<std::size_t>(values.shape(1)) != columns)
    throw py::value_error("expected an array of shape (rows, " + std::to_string(columns) + ")");
  return {values.data(), static_cast<std::size_t>(values.shape(0)), columns, columns, meta.data()};
}

py::array_t<double> to_array(const mw::row_table& table) {
  const mw::const_rows rows = table.view();
  return to_numpy(std::vector<double>(rows.values, rows.values + rows.rows * rows.columns),
                  {static_cast<py::ssize_t>(rows.rows), static_cast<py::ssize_t>(rows.columns)});
}

struct judge_handle {
  mw::judge_parts parts;
  mw::port in;
};

/// Parts with the pipeline's default smoothing and fusion.
mw::judge_parts declared(const stage_handle& normalize, const std::vector<stage_handle>& detect, const py::dict& calibrate) {
  mw::judge_parts parts;
  parts.normalize = normalize.stage;
  for (const auto& d : detect) parts.detect.push_back(d.stage);
  parts.smooth = unwrap(mw::builtin_registry().make("running_median"));
  parts.fuse = unwrap(mw::builtin_registry().make("cauchy_fusion"));
  parts.detector_tails = mw::with_defaults<mw::tail_calibration>();
  for (const auto& [name, value] : calibrate)
    unwrap(mw::set_param(parts.detector_tails, py::cast<std::string>(name), param_from_python(value)));
  return parts;
}

py::tuple fit(const stage_handle& normalize, const std::vector<stage_handle>& detect, const py::dict& calibrate, const rows_array& values,
              const std::vector<std::string>& names, const std::vector<std::string>& context, std::int64_t folds, std::size_t gap) {
  judge_handle made{declared(normalize, detect, calibrate), mw::port::of(names)};
  for (auto& c : made.in.columns) c.is_context = std::find(context.begin(), context.end(), c.name) != context.end();
  const std::vector<mw::row_meta> meta(static_cast<std::size_t>(values.ndim() == 2 ? values.shape(0) : 0));
  const mw::const_rows rows = view_of(values, names.size(), meta);
  std::optional<mw::result<mw::judged_rows>> done;
  {
    py::gil_scoped_release unlocked;
    done.emplace(mw::fit_judge(made.parts, made.in, rows, {folds, gap}));
  }
  const mw::judged_rows held_out = unwrap(std::move(*done));
  return py::make_tuple(std::make_unique<judge_handle>(std::move(made)), to_array(held_out.fused));
}

/// The parts as they score: an adaptive detector learns nothing from the rows that it is asked about.
mw::judge_parts frozen(const judge_handle& self) {
  mw::judge_parts parts = self.parts;
  for (auto& d : parts.detect) d.freeze();
  return parts;
}

py::tuple judge(const judge_handle& self, const rows_array& values) {
  const std::vector<mw::row_meta> meta(static_cast<std::size_t>(values.ndim() == 2 ? values.shape(0) : 0));
  const mw::const_rows rows = view_of(values, self.in.columns.size(), meta);
  std::optional<mw::result<mw::judged_rows>> done;
  {
    py::gil_scoped_release unlocked;
    done.emplace(mw::judge_rows(frozen(self), self.in, rows));
  }
  const mw::judged_rows judged = unwrap(std::move(*done));
  return py::make_tuple(to_array(judged.detectors), to_array(judged.fused));
}

/// Shares of the columns of the input in each row's severity; 0 for those that the detectors do not see and for rows without a score.
py::array_t<double> explain(const judge_handle& self, const rows_array& values) {
  const std::vector<mw::row_meta> meta(static_cast<std::size_t>(values.ndim() == 2 ? values.shape(0) : 0));
  const mw::const_rows rows = view_of(values, self.in.columns.size(), meta);
  std::vector<double> shares(rows.rows * rows.columns, 0.0);
  const mw::judge prepared = unwrap(mw::judge::prepare(frozen(self), self.in));
  std::vector<std::size_t> column_of;  // of each normalised column
  for (const auto& name : prepared.normalized_names()) {
    const auto& all = prepared.feature_names();
    column_of.push_back(static_cast<std::size_t>(std::find(all.begin(), all.end(), name) - all.begin()));
  }
  mw::judge::instance running;
  const auto memory = unwrap(mw::detail::prepare_with_memory([&](mw::workspace& w) -> mw::result<void> {
    running.create(prepared, w);
    return {};
  }));
  {
    py::gil_scoped_release unlocked;
    running.reset_scratch();
    running.reset();
    for (std::size_t r = 0; r < rows.rows; ++r) {
      if (!running.process(rows[r], rows.meta[r]).scored) continue;
      const auto found = running.explain();
      for (std::size_t i = 0; i < found.size(); ++i) shares[r * rows.columns + column_of[i]] = found[i];
    }
    running.destroy_state();
    running.destroy_scratch();
  }
  return to_numpy(std::move(shares), {static_cast<py::ssize_t>(rows.rows), static_cast<py::ssize_t>(rows.columns)});
}

mw::port normalized_port(const judge_handle& self) {
  mw::any_stage normalize = *self.parts.normalize;
  mw::workspace measure;
  return unwrap(normalize.prepare(self.in, measure));
}

stage_handle normalizer(const judge_handle& self) { return {*self.parts.normalize, self.in}; }

std::vector<stage_handle> detectors(const judge_handle& self) {
  const mw::port normalized = normalized_port(self);
  std::vector<stage_handle> list;
  for (const auto& d : self.parts.detect) list.push_back({d, normalized});
  return list;
}

/// Every stage as a handle that pickles: normaliser, detectors, tails, fusion, fused tail.
py::tuple to_state(const judge_handle& self) {
  const mw::port scores = mw::port::of(mw::name_detectors(self.parts.detect));
  return py::make_tuple(normalizer(self), detectors(self), stage_handle{mw::any_stage::of(self.parts.detector_tails), scores},
                        stage_handle{*self.parts.fuse, scores},
                        stage_handle{mw::any_stage::of(self.parts.fused_tail), mw::port::of({"severity"})});
}

judge_handle from_state(const py::tuple& state) {
  judge_handle made{declared(state[0].cast<stage_handle>(), state[1].cast<std::vector<stage_handle>>(), {}),
                    state[0].cast<stage_handle>().in};
  made.parts.detector_tails = *state[2].cast<stage_handle>().stage.as<mw::tail_calibration>();
  made.parts.fuse = state[3].cast<stage_handle>().stage;
  made.parts.fused_tail = *state[4].cast<stage_handle>().stage.as<mw::tail_calibration>();
  return made;
}

}  // namespace

void bind_judge(py::module_& m) {
  py::class_<judge_handle>(m, "Judge")
      .def_static("fit", &fit, py::arg("normalize"), py::arg("detect"), py::arg("calibrate"), py::arg("rows"), py::arg("names"),
                  py::arg("context"), py::arg("folds"), py::arg("gap"))
      .def("judge", &judge, py::arg("rows"))
      .def("explain", &explain, py::arg("rows"))
      .def_property_readonly("normalizer", &normalizer)
      .def_property_readonly("detectors", &detectors)
      .def(py::pickle(&to_state, &from_state));
}

}  // namespace millwright_python
