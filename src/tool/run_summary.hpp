#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "millwright/ingest/readers.hpp"
#include "millwright/ingest/stream_clock.hpp"
#include "tool/latency.hpp"

namespace millwright::tool {

/// What `run` tells at its end. Counts are those of the whole stream, runs before a resume included, except latency and seconds.
struct run_summary {
  struct input {
    std::string name;
    std::string channels;
    std::uint64_t samples = 0;
    std::uint64_t bad_lines = 0;
    bool truncated = false;
    std::vector<reader_counters::bad_line> first_bad;
  };
  std::string bundle;
  std::string model_name;
  std::string kernel_level;
  std::string end;  ///< "input ended", "interrupted", "output closed", or an error's text
  std::vector<input> inputs;
  std::uint64_t windows = 0;
  std::uint64_t not_scored = 0;
  std::uint64_t episodes = 0;
  bool alarm_active = false;
  std::array<std::uint64_t, 32> reasons = {};  ///< windows not scored, by quality bit; one window may have several
  clock_counters clock;
  latency_histogram latency;  ///< per window, without writing it
  double seconds = 0.0;
  double samples_per_second = 0.0;  ///< all channels
  std::size_t stream_bytes = 0;
  std::size_t bundle_bytes = 0;
};

[[nodiscard]] std::string to_text(const run_summary& s);
[[nodiscard]] std::string to_json_text(const run_summary& s);

}  // namespace millwright::tool
