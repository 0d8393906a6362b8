#include <cmath>
#include <cstdio>
#include <string>

#include "millwright/pipeline/bundle.hpp"
#include "millwright/pipeline/pipeline_cost.hpp"
#include "millwright/pipeline/sections.hpp"
#include "tool/bundle_report.hpp"
#include "tool/commands.hpp"
#include "tool/text.hpp"

namespace millwright::tool {

namespace {

using detail::json;

void heading(const std::string& text) { std::printf("\n%s\n", text.c_str()); }
void entry(const std::string& key, const std::string& text) { std::printf("  %-16s %s\n", key.c_str(), text.c_str()); }

std::string count_text(const json& object, const char* key) { return std::to_string(detail::integer_at(object, key)); }

/// A parameter or tensor value in one line.
std::string value_text(const json& value) {
  if (value.is_string()) {
    const std::string text = value.get<std::string>();
    return text.empty() ? "\"\"" : text;
  }
  return detail::dump(value);
}

std::string params_text(const json& object) {
  std::string text;
  for (const auto& [key, value] : object.items()) {
    if (key != "stage") text += (text.empty() ? "" : " ") + key + "=" + value_text(value);
  }
  return text;
}

void print_file(const json& r) {
  std::printf("%s\n", detail::text_at(r, "path").c_str());
  entry("file", bytes_text(static_cast<std::size_t>(detail::integer_at(r, "file_bytes"))) +
                    (r["checksum_ok"] == true ? ", checksum fits" : ", CHECKSUM DOES NOT FIT"));
  entry("format", detail::text_at(r, "format") + " " + detail::text_at(r, "format_version"));
  if (r["loads_here"] == true) {
    entry("runs here",
          "yes: " + count_text(r["golden"], "rows") + " golden rows x " + count_text(r["golden"], "columns") + " values replayed");
    const auto part = [&](const char* name) { return bytes_text(static_cast<std::size_t>(detail::integer_at(r["memory"], name))); };
    entry("memory", part("state") + " for each stream, " + part("scratch") + " for each thread, " + part("plan") + " once");
  } else {
    entry("runs here", "NO: " + detail::text_at(r["problem"], "what"));
    entry("", "mend: " + detail::text_at(r["problem"], "mend"));
  }
}

void print_provenance(const json& p) {
  if (!p.is_object()) return;
  heading("provenance");
  for (const char* key : {"name", "created_utc", "library_version", "numerics", "fft_backend", "notes"}) {
    const std::string text = detail::text_at(p, key);
    if (!text.empty()) entry(key, text);
  }
  entry("training", count_text(p, "training_rows") + " windows, " + count_text(p, "dropped_rows") + " left out");
  entry("period", utc_text(detail::integer_at(p, "training_start_ns")) + " to " + utc_text(detail::integer_at(p, "training_end_ns")));
}

void print_threshold(const json& t) {
  if (!t.is_object()) return;
  heading("threshold");
  const double threshold = detail::number_at(t, "threshold");
  entry("severity", short_number(threshold) + " (tail probability 1e-" + short_number(threshold) + ")");
  entry("evidence", short_number(detail::number_at(t, "weeks")) + " weeks of normal operation, " + count_text(t, "false_episodes") +
                        " false episodes, at most " + short_number(detail::number_at(t, "rate_upper_bound_per_week")) +
                        " a week at the stated confidence");
  entry("extrapolated",
        t.contains("extrapolated") && t["extrapolated"] == true ? "yes: the training data are too few to prove the budget" : "no");
}

void print_pipeline(const json& r) {
  const json& p = r["pipeline"];
  if (!p.is_object()) return;
  if (p.contains("channels") && p["channels"].is_array()) {
    heading("channels");
    for (const auto& c : p["channels"]) {
      entry(detail::text_at(c, "name"), short_number(detail::number_at(c, "rate_hz")) + " Hz, " + detail::text_at(c, "role") + ", unit " +
                                            value_text(c.is_object() && c.contains("unit") ? c["unit"] : json("")));
    }
  }
  heading("stages");
  const auto stage = [](const std::string& section, const json& s) {
    const std::string id = detail::text_at(s, "stage");
    entry(section, (id.empty() ? std::string() : id + "  ") + params_text(s));
  };
  for_each_section([&](const section_info& s) {
    const std::string key(s.key);
    if (key.empty() || key == "channels" || key == "features" || !p.contains(key)) return;  // shown apart
    if (p[key].is_array()) {
      for (const auto& one : p[key]) stage(key, one);
    } else {
      stage(key, p[key]);
    }
  });
}

void print_features(const json& names) {
  if (!names.is_array()) return;
  heading("features (" + std::to_string(names.size()) + ")");
  for (const auto& name : names) std::printf("  %s\n", value_text(name).c_str());
}

void print_regimes(const json& regimes) {
  if (!regimes.is_array() || regimes.empty()) return;
  heading("regimes (" + std::to_string(regimes.size()) + ")");
  for (const auto& g : regimes) {
    std::string text = count_text(g, "training_windows") + " windows";
    if (g["centre"].is_object()) {
      text += ", centre";
      for (const auto& [name, value] : g["centre"].items())
        text += " " + name + "=" + short_number(value.is_number() ? value.get<double>() : 0.0);
    }
    if (detail::integer_at(g, "inactive_features") > 0) text += ", " + count_text(g, "inactive_features") + " features did not vary";
    entry(count_text(g, "regime"), text);
  }
}

json cost_json(const std::string& bundle) {
  const pipeline model = must(load_bundle(bundle), exit_code::bundle_refused);
  const cost_report measured = must(measure_cost(model), exit_code::internal);
  const auto number = [](double ns) { return std::isfinite(ns) ? json(ns) : json(nullptr); };
  json list = json::array();
  for (const feature_cost& f : measured.features) {
    list.push_back(
        {{"feature", f.name}, {"view", f.view}, {"own_ns", number(f.own_ns)}, {"view_ns", number(f.view_ns)}, {"sharing", f.sharing}});
  }
  return {{"windows", measured.windows}, {"total_ns", measured.total_ns}, {"features", std::move(list)}};
}

void print_cost(const json& cost) {
  if (!cost.is_object()) return;
  heading("cost on this machine, microseconds a window: " + short_number(detail::number_at(cost, "total_ns") / 1e3) + " in all");
  std::printf("  %10s %10s  %-14s %s\n", "own", "of view", "view", "feature");
  for (const auto& f : cost["features"]) {
    const auto cell = [&](const char* key) { return f[key].is_number() ? f[key].get<double>() / 1e3 : 0.0; };
    std::printf("  %10.3f %10.3f  %-14s %s\n", cell("own_ns"), cell("view_ns"), detail::text_at(f, "view").c_str(),
                detail::text_at(f, "feature").c_str());
  }
}

void print_tensors(const json& list) {
  heading("tensors (" + std::to_string(list.size()) + ")");
  for (const auto& t : list) {
    std::printf("  %-32s %-4s %-16s %lld bytes\n", detail::text_at(t, "name").c_str(), detail::text_at(t, "dtype").c_str(),
                detail::dump(t["shape"]).c_str(), static_cast<long long>(detail::integer_at(t, "bytes")));
  }
}

}  // namespace

exit_code inspect(const std::string& bundle, bool as_json, bool with_cost) {
  json report = must(describe_bundle(bundle), exit_code::bundle_refused);
  if (with_cost) report["cost"] = report["loads_here"] == true ? cost_json(bundle) : json(nullptr);
  if (as_json) {
    std::printf("%s\n", detail::dump(report, 2).c_str());
  } else {
    print_file(report);
    print_provenance(report["provenance"]);
    print_threshold(report["threshold"]);
    print_pipeline(report);
    print_regimes(report["regimes"]);
    print_features(report["features"]);
    if (with_cost) print_cost(report["cost"]);
    print_tensors(report["tensors"]);
  }
  return report["loads_here"] == true ? exit_code::ok : exit_code::bundle_refused;
}

}  // namespace millwright::tool
