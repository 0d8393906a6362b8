// Uses the installed package with exceptions on: users are not bound to the library's own flags.
#include <cstdio>
#include <string>

#include "millwright/core/error.hpp"
#include "millwright/numeric/cpu.hpp"
#include "millwright/version.hpp"

int main() {
  const std::string config = millwright::show_config();
  std::printf("%s", config.c_str());
  if (config.find(millwright::version_string) == std::string::npos) return 1;

  millwright::result<int> refused = millwright::error(millwright::errc::invalid_argument, "here", "a reason");
  try {
    return refused.value();
  } catch (const millwright::bad_result& problem) {
    return std::string(problem.what()).find("a reason") != std::string::npos ? 0 : 1;
  }
}
