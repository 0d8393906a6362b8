#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "ingest/array_reader.hpp"

namespace millwright::detail {

namespace {
// The header is a Python dict literal with three known keys; this reads exactly that and nothing more.
class dict_scanner {
 public:
  explicit dict_scanner(std::string_view text) : left_(text) {}

  void blanks() {
    while (!left_.empty() && (left_.front() == ' ' || left_.front() == '\n' || left_.front() == '\t')) left_.remove_prefix(1);
  }
  bool take(char c) {
    blanks();
    if (left_.empty() || left_.front() != c) return false;
    left_.remove_prefix(1);
    return true;
  }
  bool text(std::string_view& value) {
    blanks();
    if (left_.empty() || (left_.front() != '\'' && left_.front() != '"')) return false;
    const std::size_t end = left_.find(left_.front(), 1);
    if (end == std::string_view::npos) return false;
    value = left_.substr(1, end - 1);
    left_.remove_prefix(end + 1);
    return true;
  }
  bool word(std::string_view expected) {
    blanks();
    if (left_.substr(0, expected.size()) != expected) return false;
    left_.remove_prefix(expected.size());
    return true;
  }
  bool number(std::uint64_t& value) {
    blanks();
    const auto [rest, failed] = std::from_chars(left_.data(), left_.data() + left_.size(), value);
    if (failed != std::errc{}) return false;
    left_.remove_prefix(static_cast<std::size_t>(rest - left_.data()));
    return true;
  }

 private:
  std::string_view left_;
};

struct npy_description {
  std::string_view type;
  bool fortran = false;
  std::vector<std::uint64_t> shape;
};

std::optional<npy_description> parse_description(std::string_view text) {
  npy_description d;
  dict_scanner at(text);
  bool type = false, order = false, shape = false;
  if (!at.take('{')) return std::nullopt;
  while (!at.take('}')) {
    std::string_view key;
    if (!at.text(key) || !at.take(':')) return std::nullopt;
    if (key == "descr" && !type) {
      if (!at.text(d.type)) return std::nullopt;
      type = true;
    } else if (key == "fortran_order" && !order) {
      d.fortran = at.word("True");
      if (!d.fortran && !at.word("False")) return std::nullopt;
      order = true;
    } else if (key == "shape" && !shape) {
      if (!at.take('(')) return std::nullopt;
      while (!at.take(')')) {
        std::uint64_t n = 0;
        if (d.shape.size() == 8 || !at.number(n)) return std::nullopt;
        d.shape.push_back(n);
        if (!at.take(',')) {
          if (!at.take(')')) return std::nullopt;
          break;
        }
      }
      shape = true;
    } else {
      return std::nullopt;
    }
    if (!at.take(',')) {
      if (!at.take('}')) return std::nullopt;
      break;
    }
  }
  if (!type || !order || !shape) return std::nullopt;
  return d;
}

struct npy_type {
  std::string_view name;
  element_type type;
  std::size_t bytes;
};
constexpr std::array<npy_type, 12> types = {{{"<f4", element_type::f32, 4},
                                             {"<f8", element_type::f64, 8},
                                             {"|i1", element_type::i8, 1},
                                             {"<i1", element_type::i8, 1},
                                             {"|u1", element_type::u8, 1},
                                             {"<u1", element_type::u8, 1},
                                             {"<i2", element_type::i16, 2},
                                             {"<i4", element_type::i32, 4},
                                             {"<i8", element_type::i64, 8},
                                             {"<u2", element_type::u16, 2},
                                             {"<u4", element_type::u32, 4},
                                             {"|b1", element_type::u8, 1}}};
}  // namespace

result<void> npy_reader::open(byte_source source, const reader_options& options) {
  const std::string where = source.name();
  const auto corrupt = [&](std::string_view what) {
    return error(errc::corrupt_file, where, what, "write the file again with numpy.save");
  };
  std::array<std::byte, 12> start = {};
  MILLWRIGHT_TRY(std::size_t got, source.read_full(std::span(start).first(10)));
  if (got < 10 || std::memcmp(start.data(), "\x93NUMPY", 6) != 0)
    return corrupt("this is not a .npy file: it does not start with \\x93NUMPY");
  const auto byte_at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(start[i]); };
  const std::uint32_t file_version = byte_at(6);
  std::uint64_t header_bytes = byte_at(8) | byte_at(9) << 8;
  std::uint64_t offset = 10;
  if (file_version == 2 || file_version == 3) {
    MILLWRIGHT_TRY(got, source.read_full(std::span(start).subspan(10, 2)));
    if (got < 2) return corrupt("the file ends inside its header");
    header_bytes |= byte_at(10) << 16 | byte_at(11) << 24;
    offset = 12;
  } else if (file_version != 1) {
    return error(errc::incompatible, where, ".npy version " + std::to_string(file_version) + " is not known",
                 "versions 1 to 3 can be read");
  }
  if (header_bytes > 65536)
    return error(errc::limit_exceeded, where, "the .npy header has " + std::to_string(header_bytes) + " bytes",
                 "headers up to 65536 bytes can be read");
  std::string header(static_cast<std::size_t>(header_bytes), '\0');
  MILLWRIGHT_TRY(got, source.read_full(std::as_writable_bytes(std::span(header))));
  if (got < header.size()) return corrupt("the file ends inside its header");
  offset += header_bytes;

  const auto described = parse_description(header);
  if (!described) return corrupt("the .npy header cannot be understood");
  const auto type = std::find_if(types.begin(), types.end(), [&](const npy_type& t) { return t.name == described->type; });
  if (type == types.end()) {
    return error(errc::invalid_data, where, "the array has elements of type \"" + std::string(described->type.substr(0, 40)) + "\"",
                 "save it as little-endian float32, float64 or an integer type: numpy.save(path, x.astype(\"<f4\"))");
  }
  const auto& shape = described->shape;
  if (shape.empty() || shape.size() > 3) {
    return error(errc::invalid_data, where, "the array has " + std::to_string(shape.size()) + " dimensions",
                 "save it as [samples], [samples, channels] or [records, samples, channels]");
  }
  source_ = std::move(source);
  array_layout& layout = layout_;
  layout.type = type->type;
  layout.element_bytes = type->bytes;
  layout.offset = offset;
  layout.records = shape.size() == 3 ? shape[0] : 1;
  layout.samples = shape.size() == 3 ? shape[1] : shape[0];
  layout.channels = shape.size() == 1 ? 1 : shape.back();
  layout.scale = scale;
  constexpr std::uint64_t most = std::uint64_t{1} << 60;  // elements; products below are safe under it
  std::uint64_t elements = layout.element_bytes;
  for (const std::uint64_t n : {layout.records, layout.samples, layout.channels}) {
    if (n > most || (n > 0 && elements > most / n)) return corrupt("the shape of the array is beyond any file");
    elements *= n;  // in bytes
  }
  if (layout.channels == 0 || layout.channels > most_reader_channels) {
    return error(errc::invalid_data, where, "the array has " + std::to_string(layout.channels) + " channels",
                 "save it as [samples, channels], with 1 to 65536 channels");
  }
  if (const auto bytes = source_.size(); bytes && *bytes - std::min(offset, *bytes) < elements) {
    return corrupt("the header promises " + std::to_string(elements) + " bytes of data, the file has " +
                   std::to_string(*bytes - std::min(offset, *bytes)));
  }
  if (shape.size() == 3) {
    if (!(record_interval_s > 0.0 && record_interval_s < 1e9)) {
      return error(errc::invalid_argument, where, "the array has records, but nothing says how far apart they are",
                   "give option record_interval_s (seconds from start to start)");
    }
    layout.record_interval_s = record_interval_s;
  }
  if (!(options.rate_hz > 0.0))
    return error(errc::invalid_argument, where, "a .npy file does not say its sampling rate", "give option rate_hz");
  if (described->fortran) {
    layout.record_stride = 1;
    layout.sample_stride = shape.size() == 3 ? layout.records : 1;
    layout.channel_stride = layout.sample_stride * layout.samples;
    if (shape.size() > 1 && layout.channels > 1 && !source_.size()) {
      return error(errc::invalid_data, where, "an array in Fortran order cannot be read from a pipe",
                   "give a file, or save numpy.ascontiguousarray(x)");
    }
  } else {
    layout.channel_stride = 1;
    layout.sample_stride = layout.channels;
    layout.record_stride = layout.samples * layout.channels;
  }
  MILLWRIGHT_TRY(channels, declare_channels(options.names, static_cast<std::size_t>(layout.channels), options.rate_hz, options, where));
  start_time_ = options.start_time.value_or(0);
  return {};
}

}  // namespace millwright::detail
