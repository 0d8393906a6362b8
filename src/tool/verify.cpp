#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "millwright/numeric/cpu.hpp"
#include "millwright/numeric/fft.hpp"
#include "millwright/pipeline/bundle.hpp"
#include "millwright/pipeline/golden.hpp"
#include "millwright/version.hpp"
#include "store/file.hpp"
#include "tool/commands.hpp"

namespace millwright::tool {

namespace {

struct check {
  std::string name;
  bool ok = false;
  std::string text;
};

/// One line in place of an error's three.
std::string one_line(const error& e) {
  std::string text(e.what.view());
  if (!e.mend.empty()) text += " (" + std::string(e.mend.view()) + ")";
  return text;
}

std::vector<check> checks_of(const std::string& path) {
  load_options options;
  options.replay = false;
  const auto bytes = must(detail::read_file(path, options.max_file_bytes), exit_code::bundle_refused);
  std::vector<check> list;
  const auto summary = summarize_bundle(bytes, options);
  list.push_back({"layout", summary.has_value(), summary ? std::to_string(bytes.size()) + " bytes" : one_line(summary.error())});
  if (!summary) return list;
  list.push_back(
      {"checksum", summary->checksum_ok, summary->checksum_ok ? "SHA-256 fits" : "SHA-256 does not fit: the file was changed or damaged"});

  const auto model = read_bundle(bytes, options);
  list.push_back({"stages", model.has_value(), model ? "all stages and versions are known here" : one_line(model.error())});
  if (!model) return list;

  const provenance& origin = (*model)->origin;
  const std::string_view backend = real_fft<double>::backend();
  const bool exact = origin.numerics == numerics_id && origin.fft_backend == backend && backend == "native";
  const std::string size = std::to_string((*model)->golden.rows) + " rows x " + std::to_string((*model)->golden.columns) + " values";
  for (const kernel_level level :
       {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
    if (!is_available(level)) continue;
    must(force_kernel_level(level), exit_code::internal);
    const auto replayed = replay_golden(*model);
    list.push_back({"golden " + std::string(to_string(level)), replayed.has_value(),
                    replayed ? size + (exact ? ", the same bytes"
                                             : ", equal within 1e-9 (fitted with " + origin.numerics + ", " + origin.fft_backend + " FFT)")
                             : one_line(replayed.error())});
  }
  return list;
}

}  // namespace

exit_code verify(const std::string& bundle, bool as_json) {
  const std::vector<check> list = checks_of(bundle);
  bool ok = true;
  for (const auto& c : list) ok = ok && c.ok;
  if (as_json) {
    detail::json checks = detail::json::array();
    for (const auto& c : list) checks.push_back({{"check", c.name}, {"ok", c.ok}, {"text", c.text}});
    std::printf("%s\n", detail::dump({{"bundle", bundle}, {"ok", ok}, {"checks", std::move(checks)}}, 2).c_str());
  } else {
    for (const auto& c : list) std::printf("%-16s %-7s %s\n", c.name.c_str(), c.ok ? "OK" : "FAILED", c.text.c_str());
    std::printf("%s: %s\n", bundle.c_str(), ok ? "OK" : "FAILED");
  }
  return ok ? exit_code::ok : exit_code::bundle_refused;
}

}  // namespace millwright::tool
