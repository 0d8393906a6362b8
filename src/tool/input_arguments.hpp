#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "millwright/ingest/reader_registry.hpp"

namespace millwright::tool {

/// The arguments that say what an input does not say about itself. Formats and their settings are those of the readers' registry.
class input_arguments {
 public:
  CLI::Option_group* declare(CLI::App& command);
  /// Of all formats, the settings that were given: an input takes those that its format has. Ends the program at a wrong one.
  [[nodiscard]] reader_options convert() const;

  std::vector<std::string> names;  ///< declared by the command, which may take several lists
  double rate_hz = 0.0;

 private:
  std::string format_ = "auto";
  std::string start_time_;
  std::vector<std::string> units_;
  std::map<std::string, std::string, std::less<>> settings_;  // name and text of those that were given
};

/// How a setting of a reader is called on the command line: record_interval_s is --record-interval.
[[nodiscard]] std::string option_name(const param_info& setting);

}  // namespace millwright::tool
