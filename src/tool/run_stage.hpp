#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "millwright/ingest/readers.hpp"
#include "tool/failure.hpp"

namespace millwright::tool {

/// The arguments of `millwright stage`.
struct stage_options {
  std::string id;  ///< empty: list the stages
  std::string input = "-";
  reader_options reader;
  std::vector<std::pair<std::string, std::string>> settings;  ///< names and values as texts
  std::size_t chunk_samples = 8192;
  std::string output;          ///< path; empty or "-": standard output
  std::string format = "csv";  ///< csv or f32
};

/// Streams a signal through one signal stage and writes what comes out, item by item; or lists the stages.
exit_code run_stage(const stage_options& options);

}  // namespace millwright::tool
