#include "millwright/pipeline/bundle.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/json.hpp"
#include "millwright/numeric/fft.hpp"
#include "millwright/pipeline/golden.hpp"
#include "millwright/pipeline/pipeline_json.hpp"
#include "millwright/pipeline/sections.hpp"
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

// Stages as a bundle sees them: one of the any_ types, or a class of its own.
template <class Functions>
auto model_of(const any_object<Functions>& stage) {
  return stage.get_model();
}
template <described T>
auto model_of(const T& stage) {
  return get_model(stage);
}
template <class Functions>
result<void> set_model(any_object<Functions>& stage, const tensor_view& t) {
  return stage.set_learned(t);
}
template <described T>
result<void> set_model(T& stage, const tensor_view& t) {
  return set_learned(stage, t);
}
template <class Functions>
std::int64_t version_of(const any_object<Functions>& stage) {
  return stage.version();
}
template <described T>
std::int64_t version_of(const T&) {
  return T::version;
}
template <class Functions>
result<void> upgrade(any_object<Functions>& stage, std::int64_t from) {
  return stage.upgrade(static_cast<std::uint16_t>(from));
}
template <described T>
result<void> upgrade(T& stage, std::int64_t from) {
  if constexpr (requires { stage.upgrade(T::version); }) {
    if (from < T::version) return stage.upgrade(static_cast<std::uint16_t>(from));
  }
  return detail::wrong_version(T::id, static_cast<std::uint16_t>(from), T::version);
}

// What of a section's slot is a stage. Settings are none: their section has no name in the bundle.
template <class Stage, class Visit>
result<void> visit_slot(const std::string& name, Stage& stage, Visit&& visit) {
  return visit(name, stage);
}
template <class Any, class Visit>
result<void> visit_slot(const std::string& name, std::optional<Any>& slot, Visit&& visit) {
  return visit(name, *slot);
}
template <class Any, class Visit>
result<void> visit_slot(const std::string& name, const std::optional<Any>& slot, Visit&& visit) {
  return visit(name, *slot);
}
template <class List, class Visit>
result<void> visit_list(const std::string& name, List& list, Visit&& visit) {
  for (std::size_t i = 0; i < list.size(); ++i) MILLWRIGHT_CHECK(visit(name + "." + std::to_string(i), list[i]));
  return {};
}
template <class Any, class Visit>
result<void> visit_slot(const std::string& name, std::vector<Any>& list, Visit&& visit) {
  return visit_list(name, list, visit);
}
template <class Any, class Visit>
result<void> visit_slot(const std::string& name, const std::vector<Any>& list, Visit&& visit) {
  return visit_list(name, list, visit);
}

/// Calls visit(name, stage) for every stage of the parts, by the list of sections. `Parts` is const when writing.
template <class Parts, class Visit>
result<void> for_each_stage(Parts& parts, Visit&& visit) {
  result<void> verdict;
  for_each_section([&](const auto& s) {
    using slot_type = std::remove_cvref_t<decltype(s.slot(parts))>;
    if constexpr (holds_stages<slot_type>) {
      if (verdict) verdict = visit_slot(std::string(s.stored_as), s.slot(parts), visit);
    }
  });
  return verdict;
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
  const auto add = [&](const std::string& name, const auto& stage) -> result<void> {
    for (auto& t : model_of(stage)) file.tensors.push_back({name + "." + std::string(t.name), t.type, std::move(t.shape), t.bytes});
    versions[name] = version_of(stage);
    return {};
  };
  MILLWRIGHT_CHECK(for_each_stage(c.parts, add));
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
      {"provenance", detail::dump(detail::record_to_json(c.origin))},
      {"evidence", detail::dump(detail::record_to_json(c.evidence))},
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
  MILLWRIGHT_TRY(c.parts, parse_pipeline_parts(file.metadata_at("pipeline"), registry));
  MILLWRIGHT_TRY(const json versions, detail::parse_json(file.metadata_at("stage_versions"), "stage_versions"));
  std::size_t used = 0;
  const auto fill = [&](const std::string& name, auto& stage) -> result<void> {
    const std::string prefix = name + ".";
    for (const auto& t : file.tensors) {
      if (t.name.compare(0, prefix.size(), prefix) != 0) continue;
      ++used;
      MILLWRIGHT_CHECK(set_model(stage, {std::string_view(t.name).substr(prefix.size()), t.type, t.shape, t.bytes}));
    }
    // A stage that bundles did not mention at first has its first version there.
    const std::int64_t stored = detail::integer_at(versions, name.c_str(), model_of(stage).empty() ? 1 : 0);
    if (stored == version_of(stage)) return {};
    auto brought =
        stored > 0 && stored < version_of(stage)
            ? upgrade(stage, stored)
            : result<void>(detail::wrong_version(name, static_cast<std::uint16_t>(stored), static_cast<std::uint16_t>(version_of(stage))));
    if (!brought) return error(errc::incompatible, name, brought.error().what.view(), brought.error().mend.view());
    return {};
  };
  MILLWRIGHT_CHECK(for_each_stage(c.parts, fill));
  MILLWRIGHT_CHECK(read_golden(file, c.golden));
  if (used + c.golden.inputs.size() + 1 != file.tensors.size()) return corrupt("it holds tensors that belong to no stage");

  MILLWRIGHT_TRY(const json origin, detail::parse_json(file.metadata_at("provenance"), "provenance"));
  MILLWRIGHT_TRY(const json evidence, detail::parse_json(file.metadata_at("evidence"), "evidence"));
  detail::record_from_json(origin, c.origin);
  detail::record_from_json(evidence, c.evidence);
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
