// A fitted row stage that runs over rows as they come and keeps its state.

#include <mutex>

#include "bindings.hpp"
#include "running_state.hpp"
#include "stage_handle.hpp"

namespace millwright_python {

namespace {

using rows_array = py::array_t<double, py::array::c_style | py::array::forcecast>;

class stage_stream {
 public:
  explicit stage_stream(const stage_handle& fitted) : stage_(fitted.stage), in_(fitted.in) {
    auto [out, memory] = prepare(stage_, in_);
    out_columns_ = out.columns.size();
    memory_ = std::move(memory);
  }

  py::array_t<double> push(const rows_array& values) {
    const auto held = lock();
    const mw::const_rows rows = view_of(values);
    std::vector<double> out(rows.rows * out_columns_);
    {
      py::gil_scoped_release unlocked;
      stage_.process(rows, {out.data(), rows.rows, out_columns_, out_columns_, nullptr});
    }
    return to_numpy(std::move(out), {static_cast<py::ssize_t>(rows.rows), static_cast<py::ssize_t>(out_columns_)});
  }

  py::array_t<double> explain(const rows_array& values) {
    const auto held = lock();
    if (!stage_.explains()) throw py::value_error("the stage \"" + std::string(stage_.id()) + "\" does not explain scores");
    const mw::const_rows rows = view_of(values);
    std::vector<double> out(rows.rows * rows.columns);
    {
      py::gil_scoped_release unlocked;
      for (std::size_t r = 0; r < rows.rows; ++r) stage_.explain(rows[r], std::span(out).subspan(r * rows.columns, rows.columns));
    }
    return to_numpy(std::move(out), {static_cast<py::ssize_t>(rows.rows), static_cast<py::ssize_t>(rows.columns)});
  }

  py::bytes checkpoint() {
    const auto held = lock();
    return state_of(stage_);
  }

  void restore(const py::bytes& state) {
    const auto held = lock();
    restore_state(stage_, state,
                  mw::error(mw::errc::corrupt_file, stage_.id(), "these bytes are no state of this detector",
                            "restore what checkpoint() gave for the same fitted detector; the stream starts anew"));
  }

  void reset() {
    const auto held = lock();
    stage_.reset();
  }

  [[nodiscard]] std::size_t memory_needed() const { return memory_.bytes().size(); }

 private:
  [[nodiscard]] std::unique_lock<std::mutex> lock() { return lock_or_raise(busy_); }
  [[nodiscard]] mw::const_rows view_of(const rows_array& values) const {
    const std::size_t columns = in_.columns.size();
    if (values.ndim() != 2 || static_cast<std::size_t>(values.shape(1)) != columns)
      throw py::value_error("expected an array of shape (rows, " + std::to_string(columns) + ")");
    return {values.data(), static_cast<std::size_t>(values.shape(0)), columns, columns, nullptr};
  }

  mw::any_stage stage_;
  mw::port in_;
  std::size_t out_columns_ = 0;
  mw::detail::arena_memory memory_;
  std::mutex busy_;
};

}  // namespace

void bind_stage_stream(py::module_& m) {
  py::class_<stage_stream>(m, "StageStream")
      .def(py::init<const stage_handle&>(), py::arg("stage"))
      .def("push", &stage_stream::push, py::arg("rows"))
      .def("explain", &stage_stream::explain, py::arg("rows"))
      .def("checkpoint", &stage_stream::checkpoint)
      .def("restore", &stage_stream::restore, py::arg("state"))
      .def("reset", &stage_stream::reset)
      .def_property_readonly("memory_needed", &stage_stream::memory_needed);
}

}  // namespace millwright_python
