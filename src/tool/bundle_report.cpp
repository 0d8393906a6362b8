#include "tool/bundle_report.hpp"

#include <cstdint>
#include <utility>

#include "millwright/context/context_normalizer.hpp"
#include "millwright/pipeline/bundle.hpp"
#include "store/file.hpp"

namespace millwright::tool {

namespace {

using detail::json;

json error_json(const error& e) {
  return {{"code", std::string(to_string(e.code))},
          {"what", std::string(e.what.view())},
          {"where", std::string(e.where.view())},
          {"mend", std::string(e.mend.view())}};
}

/// Metadata values are JSON texts inside JSON; null when one is absent or damaged.
json metadata_json(const json& metadata, const char* key) {
  const std::string text = detail::text_at(metadata, key);
  if (text.empty()) return nullptr;
  auto parsed = detail::parse_json(text, key);
  return parsed ? *std::move(parsed) : json(nullptr);
}

json member(const json& object, const char* key) { return object.is_object() && object.contains(key) ? object[key] : json(nullptr); }

json tensor_list(const json& header) {
  json list = json::array();
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__" || !entry.is_object()) continue;
    json item = {{"name", name}, {"dtype", detail::text_at(entry, "dtype")}, {"shape", member(entry, "shape")}};
    const json offsets = member(entry, "data_offsets");
    if (offsets.is_array() && offsets.size() == 2 && offsets[0].is_number_unsigned() && offsets[1].is_number_unsigned()) {
      item["bytes"] = offsets[1].get<std::uint64_t>() - offsets[0].get<std::uint64_t>();
    }
    list.push_back(std::move(item));
  }
  return list;
}

/// Regimes that a context normaliser learned: how many training windows each has, and the context at its centre.
json regimes_json(const pipeline& model) {
  json list = json::array();
  const auto* normalizer = model->parts.normalize->as<context_normalizer>();
  if (normalizer == nullptr) return list;
  const std::size_t columns = normalizer->by.size();
  for (std::size_t r = 0; r < normalizer->regime_count(); ++r) {
    json regime = {{"regime", r},
                   {"training_windows", normalizer->rows_[r]},
                   {"centre", nullptr},
                   {"inactive_features", normalizer->inactive(r).size()}};
    // k-means keeps centres in standardised context; bins have none, their edges are parameters.
    if (columns > 0 && normalizer->centers_.size() == normalizer->regime_count() * columns) {
      json centre = json::object();
      for (std::size_t c = 0; c < columns; ++c) {
        centre[normalizer->by[c]] =
            normalizer->context_location_[c] + normalizer->context_scale_[c] * normalizer->centers_[r * columns + c];
      }
      regime["centre"] = std::move(centre);
    }
    list.push_back(std::move(regime));
  }
  return list;
}

}  // namespace

result<json> describe_bundle(const std::string& path) {
  const load_options options;
  MILLWRIGHT_TRY(const auto bytes, detail::read_file(path, options.max_file_bytes));
  MILLWRIGHT_TRY(const bundle_summary summary, summarize_bundle(bytes, options));
  MILLWRIGHT_TRY(const json header, detail::parse_json(summary.header_json, path));
  const json metadata = member(header, "__metadata__");
  const json names = metadata_json(metadata, "names");

  json report = json::object();
  report["path"] = path;
  report["file_bytes"] = summary.file_bytes;
  report["checksum_ok"] = summary.checksum_ok;
  report["format"] = detail::text_at(metadata, "format");
  report["format_version"] = detail::text_at(metadata, "format_version");
  report["provenance"] = metadata_json(metadata, "provenance");
  report["threshold"] = metadata_json(metadata, "evidence");
  report["pipeline"] = metadata_json(metadata, "pipeline");
  report["stage_versions"] = metadata_json(metadata, "stage_versions");
  report["features"] = member(names, "features");
  report["normalized"] = member(names, "normalized");
  report["detectors"] = member(names, "detectors");
  report["tensors"] = tensor_list(header);

  auto loaded = read_bundle(bytes, options);
  report["loads_here"] = loaded.has_value();
  report["problem"] = loaded ? json(nullptr) : error_json(loaded.error());
  report["memory"] = nullptr;
  report["stream_bytes"] = nullptr;
  report["golden"] = nullptr;
  report["regimes"] = json::array();
  if (loaded) {
    const pipeline& model = *loaded;
    const memory_sizes& memory = model.memory_needed();
    report["memory"] = {{"plan", memory.plan}, {"state", memory.state}, {"scratch", memory.scratch}};
    report["stream_bytes"] = memory.state + memory.scratch;
    report["golden"] = {{"rows", model->golden.rows}, {"columns", model->golden.columns}};
    report["regimes"] = regimes_json(model);
  }
  return report;
}

}  // namespace millwright::tool
