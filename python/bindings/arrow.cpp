// Columns from anything with the Arrow PyCapsule interface (polars, pyarrow, DuckDB, ...), without linking Arrow.
// https://arrow.apache.org/docs/format/CDataInterface.html, CStreamInterface.html, CDataInterface/PyCapsuleInterface.html

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include "bindings.hpp"

namespace millwright_python {

namespace {

// The ABI as the specification prescribes it, names included.
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  std::int64_t flags;
  std::int64_t n_children;
  ArrowSchema** children;
  ArrowSchema* dictionary;
  void (*release)(ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  std::int64_t length;
  std::int64_t null_count;
  std::int64_t offset;
  std::int64_t n_buffers;
  std::int64_t n_children;
  const void** buffers;
  ArrowArray** children;
  ArrowArray* dictionary;
  void (*release)(ArrowArray*);
  void* private_data;
};

struct ArrowArrayStream {
  int (*get_schema)(ArrowArrayStream*, ArrowSchema* out);
  int (*get_next)(ArrowArrayStream*, ArrowArray* out);
  const char* (*get_last_error)(ArrowArrayStream*);
  void (*release)(ArrowArrayStream*);
  void* private_data;
};

/// Calls an Arrow object's release when it goes out of scope.
template <class T>
class released {
 public:
  released() = default;
  released(const released&) = delete;
  released& operator=(const released&) = delete;
  ~released() {
    if (object_.release != nullptr) object_.release(&object_);
  }
  [[nodiscard]] T* get() noexcept { return &object_; }
  const T* operator->() const noexcept { return &object_; }
  const T& operator*() const noexcept { return object_; }

 private:
  T object_ = {};
};

/// A column while its chunks arrive: float32 samples, or int64 nanoseconds, or an unsupported format.
struct arrow_column {
  std::string name;
  std::string format;
  std::optional<std::int64_t> ns_per_tick;  ///< set for timestamps and dates
  bool is_supported = true;
  std::vector<float> values;
  std::vector<std::int64_t> stamps;
};

std::optional<std::int64_t> tick_of(std::string_view format) {
  constexpr std::int64_t second = 1'000'000'000;
  if (format == "tdD") return 86'400 * second;
  if (format == "tdm") return second / 1000;
  if (format.size() >= 4 && format.substr(0, 2) == "ts" && format[3] == ':') {
    switch (format[2]) {
      case 's': return second;
      case 'm': return second / 1000;
      case 'u': return 1000;
      case 'n': return 1;
      default: break;
    }
  }
  return std::nullopt;
}

bool is_valid(const ArrowArray& a, std::int64_t row) {
  if (a.null_count == 0 || a.n_buffers == 0 || a.buffers[0] == nullptr) return true;
  const auto* bitmap = static_cast<const std::uint8_t*>(a.buffers[0]);
  const auto bit = static_cast<std::size_t>(row + a.offset);
  return ((bitmap[bit / 8] >> (bit % 8)) & 1) != 0;
}

float half_to_float(std::uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const int fraction = half & 1023;
  const float sign = (half & 0x8000) != 0 ? -1.0F : 1.0F;
  if (exponent == 31) return fraction != 0 ? std::numeric_limits<float>::quiet_NaN() : sign * std::numeric_limits<float>::infinity();
  return sign *
         (exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24) : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25));
}

/// Appends `rows` values starting at `first` (before the array's own offset).
template <class T>
void append_numbers(const ArrowArray& a, std::int64_t first, std::int64_t rows, std::vector<float>& out) {
  const auto* values = static_cast<const T*>(a.buffers[1]);
  for (std::int64_t r = first; r < first + rows; ++r) {
    out.push_back(is_valid(a, r) ? static_cast<float>(values[a.offset + r]) : std::numeric_limits<float>::quiet_NaN());
  }
}

void append_others(const ArrowArray& a, std::int64_t first, std::int64_t rows, bool is_half, std::vector<float>& out) {
  for (std::int64_t r = first; r < first + rows; ++r) {
    float value = std::numeric_limits<float>::quiet_NaN();
    if (is_valid(a, r)) {
      const auto at = static_cast<std::size_t>(a.offset + r);
      value = is_half ? half_to_float(static_cast<const std::uint16_t*>(a.buffers[1])[at])
                      : static_cast<float>((static_cast<const std::uint8_t*>(a.buffers[1])[at / 8] >> (at % 8)) & 1);
    }
    out.push_back(value);
  }
}

template <class T>
void append_stamps(const ArrowArray& a, std::int64_t first, std::int64_t rows, arrow_column& column) {
  const auto* values = static_cast<const T*>(a.buffers[1]);
  const std::int64_t tick = *column.ns_per_tick;
  for (std::int64_t r = first; r < first + rows; ++r) {
    const std::int64_t ticks = is_valid(a, r) ? static_cast<std::int64_t>(values[a.offset + r]) : 0;
    std::int64_t stamp = 0;
    if (!is_valid(a, r) || __builtin_mul_overflow(ticks, tick, &stamp)) {
      throw py::value_error("column \"" + column.name + "\": row " + std::to_string(column.stamps.size()) +
                            " has no usable timestamp; every row needs one");
    }
    column.stamps.push_back(stamp);
  }
}

void append(const ArrowArray& a, std::int64_t first, std::int64_t rows, arrow_column& column) {
  if (!column.is_supported) return;
  if (column.ns_per_tick)
    return column.format == "tdD" ? append_stamps<std::int32_t>(a, first, rows, column)
                                  : append_stamps<std::int64_t>(a, first, rows, column);
  auto& out = column.values;
  switch (column.format[0]) {
    case 'c': return append_numbers<std::int8_t>(a, first, rows, out);
    case 'C': return append_numbers<std::uint8_t>(a, first, rows, out);
    case 's': return append_numbers<std::int16_t>(a, first, rows, out);
    case 'S': return append_numbers<std::uint16_t>(a, first, rows, out);
    case 'i': return append_numbers<std::int32_t>(a, first, rows, out);
    case 'I': return append_numbers<std::uint32_t>(a, first, rows, out);
    case 'l': return append_numbers<std::int64_t>(a, first, rows, out);
    case 'L': return append_numbers<std::uint64_t>(a, first, rows, out);
    case 'f': return append_numbers<float>(a, first, rows, out);
    case 'g': return append_numbers<double>(a, first, rows, out);
    case 'e': return append_others(a, first, rows, true, out);
    case 'b': return append_others(a, first, rows, false, out);
    default: column.is_supported = false;
  }
}

std::vector<arrow_column> read_schema(const ArrowSchema& schema) {
  if (std::string_view(schema.format) != "+s")
    throw py::value_error(std::string("the Arrow object is not a table (a struct of columns): its format is \"") + schema.format + "\"");
  std::vector<arrow_column> columns;
  for (std::int64_t c = 0; c < schema.n_children; ++c) {
    const ArrowSchema& child = *schema.children[c];
    arrow_column column;
    column.name = child.name != nullptr ? child.name : "";
    column.format = child.format;
    column.ns_per_tick = tick_of(column.format);
    column.is_supported = child.dictionary == nullptr &&
                          (column.ns_per_tick || (column.format.size() == 1 &&
                                                  std::string_view("cCsSiIlLfgeb").find(column.format[0]) != std::string_view::npos));
    columns.push_back(std::move(column));
  }
  return columns;
}

void append_chunk(const ArrowArray& chunk, std::vector<arrow_column>& columns) {
  if (chunk.n_children != static_cast<std::int64_t>(columns.size()))
    throw py::value_error("the Arrow data does not have the columns that its schema names");
  if (chunk.null_count != 0 && chunk.n_buffers > 0 && chunk.buffers[0] != nullptr)
    throw py::value_error("the Arrow data has rows that are null as a whole");
  for (std::size_t c = 0; c < columns.size(); ++c) append(*chunk.children[c], chunk.offset, chunk.length, columns[c]);
}

template <class T>
T* from_capsule(const py::capsule& capsule, const char* name) {
  auto* pointer = static_cast<T*>(PyCapsule_GetPointer(capsule.ptr(), name));
  if (pointer == nullptr) throw py::error_already_set();
  return pointer;
}

std::vector<arrow_column> read_stream(ArrowArrayStream& stream) {
  const auto fail = [&stream] {
    const char* reason = stream.get_last_error(&stream);
    throw py::value_error(std::string("the Arrow stream failed: ") + (reason != nullptr ? reason : "no reason given"));
  };
  released<ArrowSchema> schema;
  if (stream.get_schema(&stream, schema.get()) != 0) fail();
  std::vector<arrow_column> columns = read_schema(*schema);
  for (;;) {
    released<ArrowArray> chunk;
    if (stream.get_next(&stream, chunk.get()) != 0) fail();
    if (chunk->release == nullptr) break;
    append_chunk(*chunk, columns);
  }
  return columns;
}

}  // namespace

/// List of (name, float32 array | int64 array of nanoseconds | str naming the unsupported Arrow format).
py::list arrow_columns(const py::object& table) {
  std::vector<arrow_column> columns;
  if (py::hasattr(table, "__arrow_c_stream__")) {
    const py::capsule capsule = table.attr("__arrow_c_stream__")();
    columns = read_stream(*from_capsule<ArrowArrayStream>(capsule, "arrow_array_stream"));
  } else {
    const py::tuple pair = table.attr("__arrow_c_array__")();
    const py::capsule schema = pair[0];
    const py::capsule array = pair[1];
    columns = read_schema(*from_capsule<ArrowSchema>(schema, "arrow_schema"));
    append_chunk(*from_capsule<ArrowArray>(array, "arrow_array"), columns);
  }
  py::list out;
  for (arrow_column& c : columns) {
    py::object data = !c.is_supported ? py::object(py::str(c.format))
                      : c.ns_per_tick ? py::object(to_numpy(std::move(c.stamps)))
                                      : py::object(to_numpy(std::move(c.values)));
    out.append(py::make_tuple(c.name, std::move(data)));
  }
  return out;
}

}  // namespace millwright_python
