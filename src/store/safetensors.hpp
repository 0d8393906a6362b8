#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millwright/core/any_stage.hpp"
#include "millwright/core/error.hpp"

namespace millwright::detail {

/// A tensor of a safetensors file: full name and data.
struct named_tensor {
  std::string name;
  dtype type = dtype::f64;
  std::vector<std::size_t> shape;
  std::span<const std::byte> bytes;
};

/// A safetensors file with text metadata, its last tensor being "sha256": the SHA-256 of all bytes before it.
struct tensor_file {
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<named_tensor> tensors;  ///< without "sha256"; views into the bytes that were read

  [[nodiscard]] std::string_view metadata_at(std::string_view key) const noexcept;
  [[nodiscard]] const named_tensor* find(std::string_view name) const noexcept;
};

/// Bytes of the file; tensors in the order given.
[[nodiscard]] std::vector<std::byte> write_tensor_file(const tensor_file& file);

/// Header text after checking its bounds. Errors: corrupt_file, limit_exceeded.
[[nodiscard]] result<std::string_view> tensor_file_header(std::span<const std::byte> bytes);

/// Whether the last 32 bytes are the SHA-256 of those before.
[[nodiscard]] bool checksum_fits(std::span<const std::byte> bytes) noexcept;

/// Reads any bytes. Every offset, shape and size is checked before use. Errors: corrupt_file, limit_exceeded.
[[nodiscard]] result<tensor_file> read_tensor_file(std::span<const std::byte> bytes);

}  // namespace millwright::detail
