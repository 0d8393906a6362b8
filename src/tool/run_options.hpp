#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "millwright/ingest/readers.hpp"
#include "tool/result_writer.hpp"

namespace millwright::tool {

/// The arguments of `millwright run`.
struct run_options {
  std::string bundle;
  std::vector<std::string> inputs;              ///< paths; "-" is standard input
  reader_options reader;                        ///< what holds for every input
  std::vector<std::vector<std::string>> names;  ///< per input; one for all, or none
  std::vector<double> rates_hz;                 ///< per input; one for all, or none
  std::string level;                            ///< kernel level; empty: the best
  std::size_t chunk_samples = 8192;

  std::string output;  ///< path; "-": standard output
  output_choice choice;
  std::string summary;  ///< path of the JSON summary; empty: none

  std::string checkpoint;                ///< path; empty: none
  std::uint64_t checkpoint_every = 100;  ///< windows
  bool resume = false;

  bool replay = true;  ///< replay the golden vectors before the first sample
  bool quiet = false;
};

}  // namespace millwright::tool
