#pragma once

#include <string>

#include "tool/failure.hpp"

namespace millwright::tool {

/// What a bundle holds, as text or JSON, on standard output. Works on bundles that cannot run here and says why; those end with
/// exit_code::bundle_refused all the same.
/// `with_cost` also measures what each feature costs on this machine.
exit_code inspect(const std::string& bundle, bool as_json, bool with_cost);

/// Layout, checksum, stage versions and the golden replay at every kernel level of this machine.
exit_code verify(const std::string& bundle, bool as_json);

struct export_c_options {
  std::string bundle;
  std::string output;  ///< "" or "-": standard output
  std::string prefix = "forest";
  std::string detector;  ///< name of the packed forest; needed where there are several
};

/// The packed forest of a bundle as a C header.
exit_code export_c(const export_c_options& options);

}  // namespace millwright::tool
