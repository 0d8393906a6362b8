#include <algorithm>
#include <memory>
#include <variant>

#include "bindings.hpp"
#include "millwright/signal_stages.hpp"
#include "running_state.hpp"

namespace millwright_python {

namespace {

/// A prepared signal stage with memory of its own; one stream.
template <class Real>
class running_stage {
 public:
  running_stage(const std::string& id, const py::dict& params, const mw::signal_port& in)
      : stage_(unwrap(mw::builtin_signal_registry<Real>().make(id))), in_(in) {
    for (const auto& [name, value] : params) unwrap(stage_.set_param(py::cast<std::string>(name), param_from_python(value)));
    unwrap(stage_.validate());
    if (!stage_.learns()) prepare();
  }

  void fit(const py::array& samples) {
    if (!stage_.learns()) throw py::value_error("the stage \"" + std::string(stage_.id()) + "\" learns nothing");
    const auto values = contiguous(samples);
    mw::result<void> done;
    {
      py::gil_scoped_release unlocked;
      done = stage_.observe({values.data(), static_cast<std::size_t>(values.size())}, in_);
      if (done) done = stage_.finish();
    }
    unwrap(done);
    prepare();
  }

  py::array process(const py::array& samples) {
    const auto values = contiguous(samples);
    const std::span<const Real> all(values.data(), static_cast<std::size_t>(values.size()));
    std::vector<Real> out;
    {
      py::gil_scoped_release unlocked;
      const std::size_t piece = in_.max_items * in_.columns;
      for (std::size_t first = 0; first < all.size(); first += piece) {
        append(out, [&](std::span<Real> room) { return stage_.process(all.subspan(first, std::min(piece, all.size() - first)), room); });
      }
    }
    return rows(std::move(out));
  }

  py::array flush() {
    std::vector<Real> out;
    append(out, [&](std::span<Real> room) { return stage_.flush(room); });
    return rows(std::move(out));
  }

  void reset() {
    require_memory();
    stage_.reset();
  }

  py::bytes state() {
    require_memory();
    return state_of(stage_);
  }

  void restore(const py::bytes& state) {
    require_memory();
    restore_state(stage_, state,
                  mw::error(mw::errc::corrupt_file, stage_.id(), "these bytes are no state of this stage with these settings",
                            "restore what state() gave for the same settings; the stage starts anew"));
  }

  [[nodiscard]] py::dict params() const {
    py::dict d;
    for (const auto& [name, value] : stage_.get_params()) d[py::str(name)] = to_python(value);
    return d;
  }

  [[nodiscard]] mw::signal_port output() {
    require_memory();
    return out_;
  }
  [[nodiscard]] std::size_t memory_needed() {
    require_memory();
    return memory_.bytes().size();
  }

 private:
  using array = py::array_t<Real, py::array::c_style | py::array::forcecast>;

  void prepare() {
    memory_ = {};  // a stage that fails from here on has none
    mw::workspace measure;
    static_cast<void>(unwrap(stage_.prepare(in_, measure)));
    auto memory = unwrap(mw::detail::arena_memory::take(measure.bytes_used(), stage_.id()));
    mw::workspace arena(memory.bytes());
    out_ = unwrap(stage_.prepare(in_, arena));
    stage_.reset();
    memory_ = std::move(memory);
  }

  void require_memory() const {
    if (memory_.empty()) raise(mw::error(mw::errc::not_fitted, stage_.id(), "the stage has not learned yet", "call fit first"));
  }

  array contiguous(const py::array& samples) const {
    const auto columns = static_cast<py::ssize_t>(in_.columns);
    const bool is_plain = samples.ndim() == 1 && columns == 1;
    if (!is_plain && !(samples.ndim() == 2 && samples.shape(1) == columns)) {
      throw py::value_error("expected an array of shape (items, " + std::to_string(columns) + ")" + (columns == 1 ? " or (items,)" : ""));
    }
    return array::ensure(samples);
  }

  template <class Call>
  void append(std::vector<Real>& out, Call call) {
    require_memory();
    const std::size_t size = out.size();
    const std::size_t room = out_.columns * out_.max_items;
    out.resize(size + room);
    out.resize(size + call(std::span(out).subspan(size, room)));
  }

  py::array rows(std::vector<Real>&& values) const {
    const auto columns = static_cast<py::ssize_t>(out_.columns);
    const auto size = static_cast<py::ssize_t>(values.size());
    return to_numpy(std::move(values), {size / columns, columns});
  }

  mw::any_signal_stage<Real> stage_;
  mw::signal_port in_, out_;
  mw::detail::arena_memory memory_;
};

template <class Real>
void bind_running_stage(py::module_& m, const char* name) {
  using stage = running_stage<Real>;
  py::class_<stage>(m, name)
      .def(py::init([](const std::string& id, const py::dict& params, double rate_hz, std::size_t columns, std::size_t max_items) {
             return std::make_unique<stage>(id, params, mw::signal_port{columns, rate_hz, max_items, 0.0});
           }),
           py::arg("id"), py::arg("params"), py::arg("rate_hz"), py::arg("columns"), py::arg("max_items"))
      .def("fit", &stage::fit, py::arg("samples"))
      .def("process", &stage::process, py::arg("samples"))
      .def("flush", &stage::flush)
      .def("reset", &stage::reset)
      .def("state", &stage::state)
      .def("restore", &stage::restore, py::arg("state"))
      .def_property_readonly("params", &stage::params)
      .def_property_readonly("memory_needed", &stage::memory_needed)
      .def_property_readonly("output_columns", [](stage& s) { return s.output().columns; })
      .def_property_readonly("output_rate_hz", [](stage& s) { return s.output().rate_hz; })
      .def_property_readonly("delay_s", [](stage& s) { return s.output().delay_s; });
}

/// Every registered signal stage, in the registry's order.
py::list signal_stages() {
  py::list list;
  for (const auto* table : mw::builtin_signal_registry<double>().stages()) {
    const mw::stage_info info = table->info();
    py::dict d = describe(info.id, info.doc, info.role, info.learns, info.explains, info.params);
    d["input_columns"] = table->input_columns;
    list.append(std::move(d));
  }
  return list;
}

}  // namespace

void bind_signal_stage(py::module_& m) {
  bind_running_stage<float>(m, "SignalStage32");
  bind_running_stage<double>(m, "SignalStage64");
  m.def("signal_stages", &signal_stages);
}

}  // namespace millwright_python
