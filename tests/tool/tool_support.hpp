// Runs the millwright program as a user would: arguments, files, pipes, signals.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace millwright::test {

struct program_result {
  int code = -1;    ///< exit code, or -signal
  std::string out;  ///< standard output
  std::string err;  ///< standard error
};

/// Runs to the end. `input`: path for standard input; empty: /dev/null. `environment`: "NAME=value" added to ours.
program_result run_program(const std::vector<std::string>& arguments, const std::string& input = {},
                           const std::vector<std::string>& environment = {});

/// Starts it with its output thrown away; the caller waits.
pid_t start_program(const std::vector<std::string>& arguments);
/// Exit code, or -signal.
int wait_for(pid_t pid);

[[nodiscard]] std::string read_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);
[[nodiscard]] std::vector<std::string> lines_of(const std::string& text);
/// A path in a directory of this process that is removed at the end.
[[nodiscard]] std::string scratch(const std::string& name);

}  // namespace millwright::test
