#pragma once

#include <exception>
#include <string>
#include <utility>

#include "millwright/core/error.hpp"

namespace millwright::tool {

/// How the program ends; documented in docs/command.md and in --help.
enum class exit_code : int {
  ok = 0,
  internal = 1,
  usage = 2,
  input_refused = 3,
  bundle_refused = 4,
  checkpoint_refused = 5,
  output_failed = 6,
  interrupted = 130,  ///< as shells report SIGINT
};

/// Ends the program with a message and an exit code.
class failure : public std::exception {
 public:
  failure(exit_code code, const error& reason) : code_(code), reason_(reason), text_(reason.message()) {}
  [[nodiscard]] exit_code code() const noexcept { return code_; }
  [[nodiscard]] const error& reason() const noexcept { return reason_; }
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  exit_code code_;
  error reason_;
  std::string text_;
};

/// The value of a result, or the end of the program with `code`.
template <class T>
[[nodiscard]] T must(result<T> r, exit_code code) {
  if (!r) throw failure(code, r.error());
  return *std::move(r);
}
inline void must(const result<void>& r, exit_code code) {
  if (!r) throw failure(code, r.error());
}

/// Wrong arguments: ends the program.
[[noreturn]] inline void refuse_arguments(const std::string& what, const std::string& mend) {
  throw failure(exit_code::usage, error(errc::invalid_argument, "arguments", what, mend));
}

}  // namespace millwright::tool
