// Where tests find files of the source tree and the program. Functions rather than macros, so that checkouts in different places
// compile the same tests and a compiler cache serves them all.
#pragma once

#include <string>
#include <string_view>

namespace millwright::test {

/// A file of the source tree: source_file("tests/golden/spectra.json").
[[nodiscard]] std::string source_file(std::string_view path);

/// The command-line program of this build.
[[nodiscard]] const char* tool_path();

}  // namespace millwright::test
