// Refreshing an isolation forest, and the buffer of rows that it may learn from.

#include "millwright/detect/forest/forest_refresh.hpp"
#include "bindings.hpp"
#include "millwright/core/arena_memory.hpp"
#include "millwright/detect/accepted_buffer.hpp"
#include "running_state.hpp"
#include "stage_handle.hpp"

namespace millwright_python {

namespace {

using rows_array = py::array_t<double, py::array::c_style | py::array::forcecast>;
template <class T>
using list_array = py::array_t<T, py::array::c_style | py::array::forcecast>;

mw::const_rows view_of(const rows_array& values, std::size_t columns) {
  if (values.ndim() != 2 || static_cast<std::size_t>(values.shape(1)) != columns)
    throw py::value_error("expected an array of shape (rows, " + std::to_string(columns) + ")");
  return {values.data(), static_cast<std::size_t>(values.shape(0)), columns, columns, nullptr};
}

stage_handle refresh(const stage_handle& self, const rows_array& values, double share, std::uint64_t generation) {
  const auto* forest = self.stage.as<mw::isolation_forest>();
  if (forest == nullptr) throw py::value_error("only an isolation forest can be refreshed");
  const mw::const_rows rows = view_of(values, self.in.columns.size());
  mw::result<mw::isolation_forest> next = [&] {
    py::gil_scoped_release unlocked;
    return mw::refresh_forest(*forest, rows, {share, generation});
  }();
  return {mw::any_stage::of(unwrap(std::move(next))), self.in};
}

class buffer_handle {
 public:
  buffer_handle(std::size_t columns, std::int64_t capacity, double max_severity, double interval_s, double quarantine_s, double settle_s)
      : columns_(columns) {
    if (columns == 0) throw py::value_error("a buffer needs at least one column");
    buffer_.capacity = capacity;
    buffer_.max_severity = max_severity;
    buffer_.interval_s = interval_s;
    buffer_.quarantine_s = quarantine_s;
    buffer_.settle_s = settle_s;
    mw::workspace measure;
    unwrap(buffer_.prepare(columns, measure));
    memory_ = unwrap(mw::detail::arena_memory::take(measure.bytes_used(), mw::accepted_buffer::id, "lower capacity"));
    mw::workspace arena(memory_.bytes());
    unwrap(buffer_.prepare(columns, arena));
    buffer_.reset();
  }

  void offer(const rows_array& values, const list_array<std::int64_t>& end_time_ns, const list_array<double>& severity,
             const list_array<bool>& is_alarm) {
    const mw::const_rows rows = view_of(values, columns_);
    for (const py::ssize_t size : {end_time_ns.size(), severity.size(), is_alarm.size()}) {
      if (static_cast<std::size_t>(size) != rows.rows) throw py::value_error("expected one time, severity and alarm state a row");
    }
    for (std::size_t r = 0; r < rows.rows; ++r) {
      buffer_.offer(rows[r], {end_time_ns.data()[r], 0, -1}, severity.data()[r], is_alarm.data()[r]);
    }
  }
  [[nodiscard]] py::array_t<double> rows() const {
    const mw::const_rows kept = buffer_.rows();
    return to_numpy(std::vector<double>(kept.values, kept.values + kept.rows * columns_),
                    {static_cast<py::ssize_t>(kept.rows), static_cast<py::ssize_t>(columns_)});
  }
  [[nodiscard]] std::size_t waiting() const { return buffer_.waiting(); }
  [[nodiscard]] py::bytes checkpoint() { return state_of(buffer_); }
  void restore(const py::bytes& state) {
    restore_state(buffer_, state,
                  mw::error(mw::errc::corrupt_file, mw::accepted_buffer::id, "these bytes are no state of this buffer",
                            "restore what checkpoint() gave for the same settings; the buffer starts anew"));
  }

 private:
  std::size_t columns_;
  mw::accepted_buffer buffer_;
  mw::detail::arena_memory memory_;
};

}  // namespace

void bind_forest_refresh(py::module_& m) {
  m.def("refresh_forest", &refresh, py::arg("stage"), py::arg("rows"), py::arg("share"), py::arg("generation"));
  py::class_<buffer_handle>(m, "AcceptedBuffer")
      .def(py::init<std::size_t, std::int64_t, double, double, double, double>(), py::arg("columns"), py::arg("capacity"),
           py::arg("max_severity"), py::arg("interval_s"), py::arg("quarantine_s"), py::arg("settle_s"))
      .def("offer", &buffer_handle::offer, py::arg("rows"), py::arg("end_time_ns"), py::arg("severity"), py::arg("is_alarm"))
      .def_property_readonly("rows", &buffer_handle::rows)
      .def_property_readonly("waiting", &buffer_handle::waiting)
      .def("checkpoint", &buffer_handle::checkpoint)
      .def("restore", &buffer_handle::restore, py::arg("state"));
}

}  // namespace millwright_python
