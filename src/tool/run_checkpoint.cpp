#include "tool/run_checkpoint.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <span>

#include "core/json.hpp"
#include "store/file.hpp"
#include "store/sha256.hpp"

namespace millwright::tool {

namespace {

using detail::json;

constexpr char magic[8] = {'M', 'W', 'R', 'U', 'N', 'C', 'P', '1'};
constexpr std::size_t prefix = sizeof magic + 8;
constexpr std::size_t digest_size = 32;
constexpr std::size_t max_bytes = std::size_t{1} << 31;
constexpr std::size_t max_header = std::size_t{1} << 20;

error corrupt(const std::string& path, std::string_view why) {
  return {errc::corrupt_file, path, "the checkpoint " + path + " " + std::string(why), "delete it and start anew"};
}

void append(std::vector<std::byte>& out, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const std::byte*>(data);
  out.insert(out.end(), bytes, bytes + size);
}

}  // namespace

result<void> save_checkpoint(const std::string& path, const run_checkpoint& c) {
  json inputs = json::array();
  for (const auto& in : c.inputs)
    inputs.push_back({{"channels", in.channels}, {"samples", in.samples}, {"next_time", in.next_time}, {"bad_lines", in.bad_lines}});
  const std::string header =
      detail::dump({{"output", c.output}, {"output_bytes", c.output_bytes}, {"inputs", std::move(inputs)}, {"reasons", c.reasons}});

  std::vector<std::byte> bytes;
  bytes.reserve(prefix + header.size() + c.stream.size() + digest_size);
  const std::uint64_t header_size = header.size();
  append(bytes, magic, sizeof magic);
  append(bytes, &header_size, sizeof header_size);
  append(bytes, header.data(), header.size());
  append(bytes, c.stream.data(), c.stream.size());
  const auto digest = detail::sha256(bytes);
  append(bytes, digest.data(), digest.size());
  return detail::write_file_atomically(path, bytes);
}

result<std::optional<run_checkpoint>> load_checkpoint(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return std::optional<run_checkpoint>();
  MILLWRIGHT_TRY(const std::vector<std::byte> bytes, detail::read_file(path, max_bytes));
  if (bytes.size() < prefix + digest_size || std::memcmp(bytes.data(), magic, sizeof magic) != 0) {
    return corrupt(path, "was not written by `millwright run`");
  }
  const std::span<const std::byte> body(bytes.data(), bytes.size() - digest_size);
  const auto digest = detail::sha256(body);
  if (std::memcmp(digest.data(), body.data() + body.size(), digest_size) != 0)
    return corrupt(path, "is damaged: its checksum does not fit");
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, bytes.data() + sizeof magic, sizeof header_size);
  if (header_size > max_header || header_size > body.size() - prefix) return corrupt(path, "is damaged: its header is too long");

  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + prefix, static_cast<std::size_t>(header_size));
  MILLWRIGHT_TRY(const json header, detail::parse_json(text, path));
  if (!header.is_object() || !header.contains("inputs") || !header["inputs"].is_array()) return corrupt(path, "has no list of inputs");
  run_checkpoint c;
  c.output = detail::text_at(header, "output");
  c.output_bytes = static_cast<std::uint64_t>(detail::integer_at(header, "output_bytes"));
  for (const auto& in : header["inputs"]) {
    c.inputs.push_back({detail::text_at(in, "channels"), static_cast<std::uint64_t>(detail::integer_at(in, "samples")),
                        detail::integer_at(in, "next_time"), static_cast<std::uint64_t>(detail::integer_at(in, "bad_lines"))});
  }
  const json reasons = header.contains("reasons") ? header["reasons"] : json::array();
  if (!reasons.is_array() || reasons.size() != c.reasons.size()) return corrupt(path, "has no list of reasons");
  for (std::size_t i = 0; i < c.reasons.size(); ++i) c.reasons[i] = reasons[i].is_number_unsigned() ? reasons[i].get<std::uint64_t>() : 0;
  const auto state = body.subspan(prefix + static_cast<std::size_t>(header_size));
  c.stream.assign(state.begin(), state.end());
  return std::optional<run_checkpoint>(std::move(c));
}

}  // namespace millwright::tool
