// Shared by the parts of the Python module `_core`.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "millwright/core/any_stage.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/record.hpp"
#include "millwright/data/channel.hpp"

namespace millwright_python {

namespace py = pybind11;
namespace mw = millwright;

/// Raises the Python exception that belongs to the error's code, its text being error::message().
[[noreturn]] void raise(const mw::error& e);

template <class T>
T unwrap(mw::result<T>&& r) {
  if (!r) raise(r.error());
  return *std::move(r);
}
inline void unwrap(const mw::result<void>& r) {
  if (!r) raise(r.error());
}

/// A C-contiguous NumPy array that owns `values`; nothing is copied.
template <class T>
py::array_t<T> to_numpy(std::vector<T>&& values, std::vector<py::ssize_t> shape) {
  auto owner = std::make_unique<std::vector<T>>(std::move(values));
  T* data = owner->data();
  py::capsule free_it(owner.get(), [](void* p) { delete static_cast<std::vector<T>*>(p); });
  owner.release();
  return py::array_t<T>(std::move(shape), data, free_it);
}
template <class T>
py::array_t<T> to_numpy(std::vector<T>&& values) {
  const auto size = static_cast<py::ssize_t>(values.size());
  return to_numpy(std::move(values), {size});
}

/// {"name": value, ...} of all fields of a record; a time that is not yet: None.
template <mw::record T>
[[nodiscard]] py::dict record_to_python(const T& object) {
  py::dict d;
  mw::for_each_field<T>([&](const auto& f) {
    const auto& value = object.*(f.member);
    using V = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_enum_v<V>) {
      d[py::str(f.name)] = to_string(value);  // found beside the type
    } else if constexpr (std::is_integral_v<V>) {
      d[py::str(f.name)] = f.kind == mw::field_kind::open_time && value == 0 ? py::object(py::none()) : py::cast(value);
    } else {
      d[py::str(f.name)] = value;
    }
  });
  return d;
}

[[nodiscard]] py::object to_python(const mw::param_value& value);
[[nodiscard]] mw::param_value param_from_python(const py::handle& value);
[[nodiscard]] py::bytes to_bytes(const std::vector<std::byte>& bytes);
[[nodiscard]] std::span<const std::byte> as_span(const py::bytes& bytes);

/// What Python sees of a registered stage: id, doc, role, learns, explains, params.
[[nodiscard]] py::dict describe(std::string_view id, std::string_view doc, std::optional<mw::stage_role> role, bool learns, bool explains,
                                std::span<const mw::param_info> infos);

void bind_features(py::module_& m);
void bind_fft(py::module_& m);
void bind_filter(py::module_& m);
void bind_stage(py::module_& m);
void bind_stage_stream(py::module_& m);
void bind_forest_refresh(py::module_& m);
void bind_small_models(py::module_& m);
void bind_signal(py::module_& m);
void bind_signal_stage(py::module_& m);
void bind_feature_sets(py::module_& m);
void bind_rotation(py::module_& m);
void bind_envelope(py::module_& m);
void bind_recording(py::module_& m);
void bind_importers(py::module_& m);
void bind_judge(py::module_& m);
void bind_labels(py::module_& m);
void bind_pipeline(py::module_& m);
void bind_stream(py::module_& m);
void bind_wavelet(py::module_& m);

[[nodiscard]] mw::channel to_channel(const py::dict& object);
[[nodiscard]] py::list arrow_columns(const py::object& table);

}  // namespace millwright_python
