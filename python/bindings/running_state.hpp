// What the bindings of running objects share: state as bytes, and one thread at a time.
#pragma once

#include <mutex>
#include <vector>

#include "bindings.hpp"

namespace millwright_python {

/// All state of an object with persist.
template <class T>
[[nodiscard]] py::bytes state_of(T& object) {
  mw::state_writer count;
  object.persist(count);
  std::vector<std::byte> bytes(count.bytes());
  mw::state_writer writer(bytes);
  object.persist(writer);
  return to_bytes(bytes);
}

/// Takes what state_of gave. Resets the object and raises `refusal` when the bytes are something else.
template <class T>
void restore_state(T& object, const py::bytes& bytes, const mw::error& refusal) {
  mw::state_reader reader(as_span(bytes));
  object.persist(reader);
  bool is_valid = reader.ok() && reader.bytes_left() == 0;
  if constexpr (requires { object.state_is_valid(); }) is_valid = is_valid && object.state_is_valid();
  if (is_valid) return;
  object.reset();
  raise(refusal);
}

/// For streams that run without the GIL: refuses a second thread instead of racing with it.
[[nodiscard]] inline std::unique_lock<std::mutex> lock_or_raise(std::mutex& busy) {
  std::unique_lock<std::mutex> held(busy, std::try_to_lock);
  if (!held) {
    PyErr_SetString(PyExc_RuntimeError, "the stream is in use by another thread; give each thread a stream of its own");
    throw py::error_already_set();
  }
  return held;
}

}  // namespace millwright_python
