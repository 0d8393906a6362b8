#include "millwright/pipeline/bundle.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/json.hpp"
#include "millwright/numeric/fft.hpp"
#include "millwright/pipeline/pipeline_json.hpp"
#include "millwright/version.hpp"
#include "store/file.hpp"
#include "store/safetensors.hpp"
#include "store/sha256.hpp"

namespace millwright {

namespace {

using detail::json;
using detail::named_tensor;
using detail::tensor_file;

constexpr std::string_view format_name = "millwright-bundle";
constexpr std::int64_t format_version = 1;
constexpr std::size_t most_golden_rows = 16;  // keeps the replay's time in proportion to the file

error corrupt(std::string_view what) { return {errc::corrupt_file, "bundle", what, "save the bundle again from the fitted pipeline"}; }

/// Visits every part that has learned arrays, with its prefix in the file. `Parts` is const when writing.
template <class Parts, class Visit>
result<void> for_each_model(Parts& parts, Visit&& visit) {
  MILLWRIGHT_CHECK(visit(*parts.normalize, std::string("normalize.")));
  for (std::size_t d = 0; d < parts.detect.size(); ++d) MILLWRIGHT_CHECK(visit(parts.detect[d], "detect." + std::to_string(d) + "."));
  MILLWRIGHT_CHECK(visit(*parts.smooth, std::string("smooth.")));
  MILLWRIGHT_CHECK(visit(parts.detector_tails, std::string("detector_tails.")));
  MILLWRIGHT_CHECK(visit(*parts.fuse, std::string("fuse.")));
  MILLWRIGHT_CHECK(visit(parts.fused_tail, std::string("fused_tail.")));
  return visit(parts.alarms, std::string("alarm."));
}

auto model_of(const any_stage& stage) { return stage.get_model(); }
template <class T>
auto model_of(const T& stage) {
  return get_model(stage);
}
result<void> set_model(any_stage& stage, const tensor_view& t) { return stage.set_learned(t); }
template <class T>
result<void> set_model(T& stage, const tensor_view& t) {
  return set_learned(stage, t);
}
std::int64_t version_of(const any_stage& stage) { return stage.version(); }
template <class T>
std::int64_t version_of(const T&) {
  return T::version;
}

json provenance_to_json(const provenance& p) {
  return {{"name", p.name},
          {"created_utc", p.created_utc},
          {"library_version", p.library_version},
          {"numerics", p.numerics},
          {"fft_backend", p.fft_backend},
          {"training_rows", p.training_rows},
          {"dropped_rows", p.dropped_rows},
          {"training_start_ns", p.training_start},
          {"training_end_ns", p.training_end},
          {"notes", p.notes}};
}

provenance provenance_from_json(const json& j) {
  provenance p;
  p.name = detail::text_at(j, "name");
  p.created_utc = detail::text_at(j, "created_utc");
  p.library_version = detail::text_at(j, "library_version");
  p.numerics = detail::text_at(j, "numerics");
  p.fft_backend = detail::text_at(j, "fft_backend");
  p.training_rows = static_cast<std::uint64_t>(detail::integer_at(j, "training_rows"));
  p.dropped_rows = static_cast<std::uint64_t>(detail::integer_at(j, "dropped_rows"));
  p.training_start = detail::integer_at(j, "training_start_ns");
  p.training_end = detail::integer_at(j, "training_end_ns");
  p.notes = detail::text_at(j, "notes");
  return p;
}

json evidence_to_json(const alert_budget::verdict& e) {
  return {{"threshold", e.threshold},
          {"extrapolated", e.extrapolated},
          {"weeks", e.weeks},
          {"weeks_needed", e.weeks_needed},
          {"false_episodes", e.false_episodes},
          {"rate_upper_bound_per_week", e.rate_upper_bound},
          {"decisions_per_week", e.decisions_per_week},
          {"extremal_index", e.extremal_index}};
}

alert_budget::verdict evidence_from_json(const json& j) {
  alert_budget::verdict e;
  e.threshold = detail::number_at(j, "threshold");
  e.extrapolated = j.is_object() && j.contains("extrapolated") && j["extrapolated"].is_boolean() && j["extrapolated"].get<bool>();
  e.weeks = detail::number_at(j, "weeks");
  e.false_episodes = static_cast<std::uint64_t>(detail::integer_at(j, "false_episodes"));
  e.rate_upper_bound = detail::number_at(j, "rate_upper_bound_per_week");
  e.weeks_needed = detail::number_at(j, "weeks_needed");
  e.decisions_per_week = detail::number_at(j, "decisions_per_week");
  e.extremal_index = detail::number_at(j, "extremal_index", 1.0);
  return e;
}

result<void> read_golden(const tensor_file& file, golden_vectors& golden) {
  const named_tensor* expected = file.find("golden.expected");
  if (expected == nullptr || expected->type != dtype::f64 || expected->shape.size() != 2 || expected->shape[0] > most_golden_rows)
    return corrupt("the golden vectors are missing or have the wrong shape");
  golden.rows = expected->shape[0];
  golden.columns = expected->shape[1];
  golden.expected.resize(golden.rows * golden.columns);
  if (!golden.expected.empty()) std::memcpy(golden.expected.data(), expected->bytes.data(), expected->bytes.size());
  while (const named_tensor* input = file.find("golden.input." + std::to_string(golden.inputs.size()))) {
    if (input->type != dtype::f32 || input->shape.size() != 2 || input->shape[0] == 0) return corrupt("a golden input has the wrong shape");
    golden_vectors::group g;
    g.channels = input->shape[0];
    g.samples.resize(input->bytes.size() / sizeof(float));
    if (!g.samples.empty()) std::memcpy(g.samples.data(), input->bytes.data(), input->bytes.size());
    golden.inputs.push_back(std::move(g));
  }
  return {};
}

}  // namespace

result<std::vector<std::byte>> write_bundle(const pipeline& model) {
  const auto& c = *model;
  tensor_file file;
  json versions = json::object();
  const auto add = [&](const auto& stage, const std::string& prefix) -> result<void> {
    for (auto& t : model_of(stage)) file.tensors.push_back({prefix + std::string(t.name), t.type, std::move(t.shape), t.bytes});
    versions[prefix.substr(0, prefix.size() - 1)] = version_of(stage);
    return {};
  };
  MILLWRIGHT_CHECK(for_each_model(c.parts, add));
  for (std::size_t g = 0; g < c.golden.inputs.size(); ++g) {
    const auto& input = c.golden.inputs[g];
    file.tensors.push_back({"golden.input." + std::to_string(g),
                            dtype::f32,
                            {input.channels, input.samples.size() / input.channels},
                            std::as_bytes(std::span<const float>(input.samples))});
  }
  file.tensors.push_back(
      {"golden.expected", dtype::f64, {c.golden.rows, c.golden.columns}, std::as_bytes(std::span<const double>(c.golden.expected))});

  json names = json::object();
  names["features"] = c.feature_names;
  names["normalized"] = c.normalized_names;
  names["detectors"] = c.detector_names;
  file.metadata = {
      {"format", std::string(format_name)},
      {"format_version", std::to_string(format_version)},
      {"pipeline", to_json(c.parts)},
      {"stage_versions", detail::dump(versions)},
      {"names", detail::dump(names)},
      {"provenance", detail::dump(provenance_to_json(c.origin))},
      {"evidence", detail::dump(evidence_to_json(c.evidence))},
  };
  return detail::write_tensor_file(file);
}

result<pipeline> read_bundle(std::span<const std::byte> bytes, const load_options& options, const stage_registry& registry) {
  if (bytes.size() > options.max_file_bytes)
    return error(errc::limit_exceeded, "bundle", "the file is larger than the cap of " + std::to_string(options.max_file_bytes) + " bytes",
                 "raise load_options.max_file_bytes if it is genuine");
  MILLWRIGHT_TRY(const tensor_file file, detail::read_tensor_file(bytes));
  if (file.metadata_at("format") != format_name)
    return error(errc::incompatible, "bundle", "this is a safetensors file, but not a millwright bundle",
                 "save it with Pipeline.save or millwright::save_bundle");
  const std::string version(file.metadata_at("format_version"));
  if (version != std::to_string(format_version)) {
    return error(errc::incompatible, "bundle",
                 "the bundle has format version " + version.substr(0, 16) + ", this program reads " + std::to_string(format_version),
                 "update millwright on this machine");
  }

  pipeline::contents c;
  MILLWRIGHT_TRY(c.parts, parse_pipeline_parts(file.metadata_at("pipeline"), registry, declared_by::bundle));
  MILLWRIGHT_TRY(const json versions, detail::parse_json(file.metadata_at("stage_versions"), "stage_versions"));
  std::size_t used = 0;
  const auto fill = [&](auto& stage, const std::string& prefix) -> result<void> {
    const std::string section = prefix.substr(0, prefix.size() - 1);
    const std::int64_t stored = detail::integer_at(versions, section.c_str(), 0);
    if (stored != version_of(stage)) {
      return error(errc::incompatible, section,
                   "the bundle's stage has version " + std::to_string(stored) + ", this program has " + std::to_string(version_of(stage)),
                   "update millwright, or fit the pipeline again");
    }
    for (const auto& t : file.tensors) {
      if (t.name.compare(0, prefix.size(), prefix) != 0) continue;
      ++used;
      MILLWRIGHT_CHECK(set_model(stage, {std::string_view(t.name).substr(prefix.size()), t.type, t.shape, t.bytes}));
    }
    return {};
  };
  MILLWRIGHT_CHECK(for_each_model(c.parts, fill));
  MILLWRIGHT_CHECK(read_golden(file, c.golden));
  if (used + c.golden.inputs.size() + 1 != file.tensors.size()) return corrupt("it holds tensors that belong to no stage");

  MILLWRIGHT_TRY(const json origin, detail::parse_json(file.metadata_at("provenance"), "provenance"));
  MILLWRIGHT_TRY(const json evidence, detail::parse_json(file.metadata_at("evidence"), "evidence"));
  c.origin = provenance_from_json(origin);
  c.evidence = evidence_from_json(evidence);
  c.fingerprint = detail::sha256(bytes);
  MILLWRIGHT_TRY(pipeline model, pipeline::assemble(std::move(c), options.max_stream_bytes));
  if (options.replay) MILLWRIGHT_CHECK(replay_golden(model));
  return model;
}

result<void> save_bundle(const pipeline& model, const std::string& path) {
  MILLWRIGHT_TRY(const auto bytes, write_bundle(model));
  return detail::write_file_atomically(path, bytes);
}

result<pipeline> load_bundle(const std::string& path, const load_options& options, const stage_registry& registry) {
  MILLWRIGHT_TRY(const auto bytes, detail::read_file(path, options.max_file_bytes));
  return read_bundle(bytes, options, registry);
}

result<bundle_summary> summarize_bundle(std::span<const std::byte> bytes, const load_options& options) {
  if (bytes.size() > options.max_file_bytes)
    return error(errc::limit_exceeded, "bundle", "the file is larger than the cap", "raise load_options.max_file_bytes if it is genuine");
  MILLWRIGHT_TRY(const std::string_view header, detail::tensor_file_header(bytes));
  bundle_summary s;
  s.header_json = std::string(header.substr(0, header.find_last_not_of(' ') + 1));
  s.checksum_ok = detail::checksum_fits(bytes);
  s.file_bytes = bytes.size();
  return s;
}

}  // namespace millwright
