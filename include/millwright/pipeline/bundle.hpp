#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/pipeline/pipeline.hpp"
#include "millwright/stage_registry.hpp"

namespace millwright {

/// How a bundle is read.
struct load_options {
  std::size_t max_file_bytes = std::size_t{1} << 28;    ///< larger files are refused before they are read
  std::size_t max_stream_bytes = std::size_t{1} << 28;  ///< memory that one stream of the bundle may ask for
  bool replay = true;                                   ///< replay the golden vectors
};

/// The bundle of a fitted pipeline as bytes (format: docs/bundle-format.md). Same pipeline, same bytes.
result<std::vector<std::byte>> write_bundle(const pipeline& model);

/// Reads a bundle from any bytes: gives a pipeline that has replayed its golden vectors on this machine, or an error; memory
/// is bounded by the options, time is linear in the size.
/// Errors: corrupt_file (layout, checksum), incompatible (format or stage version, numerics), limit_exceeded, invalid_argument.
result<pipeline> read_bundle(std::span<const std::byte> bytes, const load_options& options = {},
                             const stage_registry& registry = builtin_registry());

/// Files. save_bundle writes a temporary file beside `path` and renames it, so a crash leaves the old or the new file.
result<void> save_bundle(const pipeline& model, const std::string& path);
result<pipeline> load_bundle(const std::string& path, const load_options& options = {},
                             const stage_registry& registry = builtin_registry());

/// What a bundle says of itself, without building the pipeline: for `inspect` on a file that cannot be loaded here.
struct bundle_summary {
  std::string header_json;  ///< the safetensors header, its metadata values being JSON texts
  bool checksum_ok = false;
  std::size_t file_bytes = 0;
};
result<bundle_summary> summarize_bundle(std::span<const std::byte> bytes, const load_options& options = {});

}  // namespace millwright
