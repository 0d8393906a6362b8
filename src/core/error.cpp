#include "millwright/core/error.hpp"

namespace millwright {

std::string_view to_string(errc code) noexcept {
  switch (code) {
    case errc::invalid_argument: return "invalid_argument";
    case errc::invalid_data: return "invalid_data";
    case errc::not_fitted: return "not_fitted";
    case errc::out_of_memory: return "out_of_memory";
    case errc::io_error: return "io_error";
    case errc::corrupt_file: return "corrupt_file";
    case errc::incompatible: return "incompatible";
    case errc::limit_exceeded: return "limit_exceeded";
  }
  return "unknown";
}

std::string error::message() const {
  std::string text = "millwright: ";
  text += what.view();
  if (!where.empty()) (text += "\n  at: ") += where.view();
  if (!mend.empty()) (text += "\n  mend: ") += mend.view();
  return text;
}

}  // namespace millwright
