#include "tool/run_summary.hpp"

#include <cstdio>

#include "core/json.hpp"
#include "tool/result_writer.hpp"
#include "tool/text.hpp"

namespace millwright::tool {

namespace {

std::string microseconds(std::uint64_t nanoseconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", static_cast<double>(nanoseconds) * 1e-3);
  return text;
}

/// Name and count of each reason that occurred.
std::vector<std::pair<std::string, std::uint64_t>> reasons_of(const run_summary& s) {
  std::vector<std::pair<std::string, std::uint64_t>> list;
  for (std::size_t bit = 0; bit < s.reasons.size(); ++bit) {
    const auto names = quality_names(std::uint32_t{1} << bit);
    if (s.reasons[bit] > 0 && !names.empty()) list.emplace_back(std::string(names.front()), s.reasons[bit]);
  }
  return list;
}

}  // namespace

std::string to_text(const run_summary& s) {
  std::string text = s.bundle + ": " + s.end + "\n";
  for (const auto& in : s.inputs) {
    text += "  input       " + in.name + ": " + std::to_string(in.samples) + " samples of " + in.channels;
    if (in.bad_lines > 0) text += ", " + std::to_string(in.bad_lines) + " bad lines skipped";
    if (in.truncated) text += ", cut off at the end";
    text += "\n";
  }
  text += "  windows     " + std::to_string(s.windows) + ", not scored " + std::to_string(s.not_scored);
  std::string reasons;
  for (const auto& [name, count] : reasons_of(s)) reasons += (reasons.empty() ? "" : ", ") + name + " " + std::to_string(count);
  if (!reasons.empty()) text += " (" + reasons + ")";
  text += "\n  episodes    " + std::to_string(s.episodes) + (s.alarm_active ? ", the last one still active" : "") + "\n";
  std::string clock;
  for (const auto& [name, member] : clock_counters::list()) {
    if (name != "samples" && s.clock.*member > 0)
      clock += (clock.empty() ? "" : ", ") + std::string(name) + " " + std::to_string(s.clock.*member);
  }
  text += "  clock       " + clock + "\n";
  if (s.latency.count() > 0) {
    text += "  latency     p50 " + microseconds(s.latency.percentile(0.5)) + ", p99 " + microseconds(s.latency.percentile(0.99)) +
            ", p99.9 " + microseconds(s.latency.percentile(0.999)) + ", max " + microseconds(s.latency.max()) + " us per window\n";
  }
  char speed[96];
  std::snprintf(speed, sizeof speed, "  speed       %.3g Msample/s over %.3g s, kernel level ", s.samples_per_second * 1e-6, s.seconds);
  text += speed + s.kernel_level + "\n";
  text += "  memory      " + bytes_text(s.stream_bytes) + " per stream, bundle " + bytes_text(s.bundle_bytes) + "\n";
  return text;
}

std::string to_json_text(const run_summary& s) {
  using detail::json;
  json inputs = json::array();
  for (const auto& in : s.inputs) {
    json bad = json::array();
    for (const auto& line : in.first_bad) bad.push_back({{"line", line.line}, {"reason", std::string(line.reason.view())}});
    inputs.push_back({{"name", in.name},
                      {"channels", in.channels},
                      {"samples", in.samples},
                      {"bad_lines", in.bad_lines},
                      {"truncated", in.truncated},
                      {"first_bad_lines", std::move(bad)}});
  }
  json reasons = json::object();
  for (const auto& [name, count] : reasons_of(s)) reasons[name] = count;
  json clock = json::object();
  for (const auto& [name, member] : clock_counters::list()) clock[std::string(name)] = s.clock.*member;
  const json latency = {{"windows", s.latency.count()},
                        {"p50", s.latency.percentile(0.5)},
                        {"p99", s.latency.percentile(0.99)},
                        {"p99_9", s.latency.percentile(0.999)},
                        {"max", s.latency.max()}};
  const json root = {
      {"type", "summary"},
      {"bundle", s.bundle},
      {"model", s.model_name},
      {"end", s.end},
      {"kernel_level", s.kernel_level},
      {"inputs", std::move(inputs)},
      {"windows", s.windows},
      {"windows_not_scored", s.not_scored},
      {"not_scored_reasons", std::move(reasons)},
      {"episodes", s.episodes},
      {"alarm_active", s.alarm_active},
      {"clock", std::move(clock)},
      {"latency_ns", latency},
      {"seconds", s.seconds},
      {"samples_per_second", s.samples_per_second},
      {"stream_bytes", s.stream_bytes},
      {"bundle_bytes", s.bundle_bytes},
  };
  return detail::dump(root) + "\n";
}

}  // namespace millwright::tool
