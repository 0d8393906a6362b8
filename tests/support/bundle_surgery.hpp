// A bundle taken apart, changed and signed again: what somebody can write who knows the format.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.hpp"
#include "store/safetensors.hpp"
#include "store/sha256.hpp"
#include "support/must.hpp"

namespace millwright::test {

/// Puts the SHA-256 of all bytes before them into the last 32: of a bundle or a checkpoint.
inline void sign(std::span<std::byte> bytes) {
  const auto digest = detail::sha256(bytes.first(bytes.size() - 32));
  std::memcpy(bytes.data() + bytes.size() - 32, digest.data(), digest.size());
}

class opened_bundle {
 public:
  explicit opened_bundle(const std::vector<std::byte>& bytes) {
    const detail::tensor_file file = must(detail::read_tensor_file(bytes));
    metadata_ = file.metadata;
    for (const auto& t : file.tensors) tensors_.push_back({t.name, t.type, t.shape, {t.bytes.begin(), t.bytes.end()}});
  }

  struct tensor {
    std::string name;
    dtype type;
    std::vector<std::size_t> shape;
    std::vector<std::byte> bytes;

    template <class T>
    [[nodiscard]] T get(std::size_t index) const {
      T value;
      std::memcpy(&value, bytes.data() + index * sizeof value, sizeof value);
      return value;
    }
    template <class T>
    void set(std::size_t index, T value) {
      std::memcpy(bytes.data() + index * sizeof value, &value, sizeof value);
    }
  };

  /// The text behind a key; ends the test when there is none.
  [[nodiscard]] std::string& text(std::string_view key) {
    for (auto& [k, v] : metadata_) {
      if (k == key) return v;
    }
    std::fprintf(stderr, "the bundle has no metadata \"%.*s\"\n", static_cast<int>(key.size()), key.data());
    std::abort();
  }
  [[nodiscard]] detail::json parsed(std::string_view key) { return must(detail::parse_json(text(key), key)); }
  void set(std::string_view key, const detail::json& value) { text(key) = detail::dump(value); }

  [[nodiscard]] tensor& at(std::string_view name) {
    for (auto& t : tensors_) {
      if (t.name == name) return t;
    }
    std::fprintf(stderr, "the bundle has no tensor \"%.*s\"\n", static_cast<int>(name.size()), name.data());
    std::abort();
  }
  void remove(std::string_view name) {
    std::erase_if(tensors_, [&](const tensor& t) { return t.name == name; });
  }
  void add(tensor t) { tensors_.push_back(std::move(t)); }

  /// With a checksum that fits.
  [[nodiscard]] std::vector<std::byte> bytes() const {
    detail::tensor_file file;
    file.metadata = metadata_;
    for (const auto& t : tensors_) file.tensors.push_back({t.name, t.type, t.shape, t.bytes});
    return detail::write_tensor_file(file);
  }

 private:
  std::vector<std::pair<std::string, std::string>> metadata_;
  std::vector<tensor> tensors_;
};

}  // namespace millwright::test
