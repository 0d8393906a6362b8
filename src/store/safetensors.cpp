#include "store/safetensors.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/json.hpp"
#include "store/sha256.hpp"

namespace millwright::detail {

namespace {

constexpr std::size_t largest_header = std::size_t{4} << 20;
constexpr std::size_t most_tensors = 65536;
constexpr std::string_view checksum_name = "sha256";
constexpr std::size_t checksum_size = 32;
constexpr std::size_t alignment = 8;

constexpr std::array<std::pair<dtype, std::string_view>, 6> dtype_names = {
    {{dtype::f64, "F64"}, {dtype::f32, "F32"}, {dtype::i64, "I64"}, {dtype::i32, "I32"}, {dtype::u16, "U16"}, {dtype::u8, "U8"}}};

std::string_view name_of(dtype type) {
  for (const auto& [value, name] : dtype_names) {
    if (value == type) return name;
  }
  return "U8";
}

error corrupt(std::string_view what) {
  return {errc::corrupt_file, "bundle", what, "the file is damaged or not a bundle: copy it again from where it was saved"};
}

std::size_t padded(std::size_t size) { return (size + alignment - 1) / alignment * alignment; }

json describe(dtype type, const std::vector<std::size_t>& shape, std::size_t begin, std::size_t end) {
  json entry = json::object();
  entry["dtype"] = std::string(name_of(type));
  entry["shape"] = shape;
  entry["data_offsets"] = {begin, end};
  return entry;
}

std::optional<std::size_t> size_value(const json& value) {
  if (!value.is_number_unsigned()) return std::nullopt;
  const auto u = value.get<std::uint64_t>();
  if (u > (std::uint64_t{1} << 62)) return std::nullopt;
  return static_cast<std::size_t>(u);
}

result<named_tensor> read_tensor(const std::string& name, const json& entry, std::span<const std::byte> data) {
  const std::string where = "tensor \"" + name + "\"";
  if (!entry.is_object()) return corrupt(where + " is not described by an object");
  named_tensor t;
  t.name = name;
  const std::string type = text_at(entry, "dtype");
  const auto known = std::find_if(dtype_names.begin(), dtype_names.end(), [&](const auto& d) { return d.second == type; });
  if (known == dtype_names.end()) return corrupt(where + " has the unknown element type \"" + type.substr(0, 16) + "\"");
  t.type = known->first;
  const auto shape = entry.find("shape");
  const auto offsets = entry.find("data_offsets");
  if (shape == entry.end() || !shape->is_array() || shape->size() > 8) return corrupt(where + " has no usable shape");
  if (offsets == entry.end() || !offsets->is_array() || offsets->size() != 2) return corrupt(where + " has no usable data_offsets");
  const auto begin = size_value((*offsets)[0]);
  const auto end = size_value((*offsets)[1]);
  if (!begin || !end || *begin > *end || *end > data.size()) return corrupt(where + " lies outside the file");
  std::size_t count = 1;
  for (const auto& extent : *shape) {
    const auto e = size_value(extent);
    if (!e) return corrupt(where + " has a negative or huge extent");
    if (*e != 0 && count > static_cast<std::size_t>(-1) / 16 / *e) return corrupt(where + " has a shape larger than any file");
    count *= *e;
    t.shape.push_back(*e);
  }
  if (count * size_of(t.type) != *end - *begin) return corrupt(where + ": shape and size disagree");
  t.bytes = data.subspan(*begin, *end - *begin);
  return t;
}

}  // namespace

std::string_view tensor_file::metadata_at(std::string_view key) const noexcept {
  for (const auto& [k, v] : metadata) {
    if (k == key) return v;
  }
  return {};
}

const named_tensor* tensor_file::find(std::string_view name) const noexcept {
  for (const auto& t : tensors) {
    if (t.name == name) return &t;
  }
  return nullptr;
}

std::vector<std::byte> write_tensor_file(const tensor_file& file) {
  json header = json::object();
  json metadata = json::object();
  for (const auto& [key, value] : file.metadata) metadata[key] = value;
  header["__metadata__"] = std::move(metadata);
  std::size_t offset = 0;
  for (const auto& t : file.tensors) {
    header[t.name] = describe(t.type, t.shape, offset, offset + t.bytes.size());
    offset += t.bytes.size();
  }
  header[std::string(checksum_name)] = describe(dtype::u8, {checksum_size}, offset, offset + checksum_size);

  std::string text = dump(header);
  text.resize(padded(text.size()), ' ');  // the format's own way to align the data
  const std::uint64_t header_size = text.size();
  std::vector<std::byte> bytes(sizeof header_size + text.size() + offset + checksum_size);
  std::memcpy(bytes.data(), &header_size, sizeof header_size);
  std::memcpy(bytes.data() + sizeof header_size, text.data(), text.size());
  std::size_t at = sizeof header_size + text.size();
  for (const auto& t : file.tensors) {
    if (!t.bytes.empty()) std::memcpy(bytes.data() + at, t.bytes.data(), t.bytes.size());
    at += t.bytes.size();
  }
  const auto digest = sha256(std::span<const std::byte>(bytes).first(at));
  std::memcpy(bytes.data() + at, digest.data(), digest.size());
  return bytes;
}

result<std::string_view> tensor_file_header(std::span<const std::byte> bytes) {
  std::uint64_t size = 0;
  if (bytes.size() < sizeof size + checksum_size) return corrupt("the file is shorter than the smallest bundle");
  std::memcpy(&size, bytes.data(), sizeof size);
  if (size > bytes.size() - sizeof size) return corrupt("the header is longer than the file: it is truncated or not a bundle");
  if (size > largest_header)
    return error(errc::limit_exceeded, "bundle", "the header is larger than 4 MiB", "no pipeline needs that: the file is not a bundle");
  return std::string_view(reinterpret_cast<const char*>(bytes.data()) + sizeof size, size);
}

bool checksum_fits(std::span<const std::byte> bytes) noexcept {
  if (bytes.size() < checksum_size) return false;
  const auto digest = sha256(bytes.first(bytes.size() - checksum_size));
  return std::memcmp(digest.data(), bytes.data() + bytes.size() - checksum_size, checksum_size) == 0;
}

result<tensor_file> read_tensor_file(std::span<const std::byte> bytes) {
  MILLWRIGHT_TRY(const std::string_view text, tensor_file_header(bytes));
  if (!checksum_fits(bytes)) return corrupt("the checksum does not fit the bytes");
  MILLWRIGHT_TRY(const json header, parse_json(text, "bundle header"));
  if (!header.is_object() || header.size() > most_tensors) return corrupt("the header is not an object of tensors");

  tensor_file file;
  const std::span<const std::byte> data = bytes.subspan(sizeof(std::uint64_t) + text.size());
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      if (!entry.is_object()) return corrupt("the metadata is not an object");
      for (const auto& [key, value] : entry.items()) {
        if (!value.is_string()) return corrupt("the metadata \"" + key + "\" is not a text");
        file.metadata.emplace_back(key, value.get_ref<const std::string&>());
      }
      continue;
    }
    MILLWRIGHT_TRY(named_tensor t, read_tensor(name, entry, data));
    file.tensors.push_back(std::move(t));
  }

  // The format wants the tensors to cover the data without gap or overlap; so no byte can hide from the checks.
  auto by_offset = file.tensors;
  std::sort(by_offset.begin(), by_offset.end(), [](const named_tensor& a, const named_tensor& b) {
    return a.bytes.data() != b.bytes.data() ? a.bytes.data() < b.bytes.data() : a.bytes.size() < b.bytes.size();
  });
  const std::byte* expected = data.data();
  for (const auto& t : by_offset) {
    if (t.bytes.data() != expected) return corrupt("tensors overlap or leave a gap");
    expected += t.bytes.size();
  }
  if (expected != data.data() + data.size()) return corrupt("there are bytes behind the last tensor");
  if (by_offset.empty() || by_offset.back().name != checksum_name || by_offset.back().bytes.size() != checksum_size) {
    return corrupt("the last tensor is not the checksum");
  }
  std::erase_if(file.tensors, [](const named_tensor& t) { return t.name == checksum_name; });
  return file;
}

}  // namespace millwright::detail
