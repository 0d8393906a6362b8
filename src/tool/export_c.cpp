#include <string>
#include <vector>

#include "millwright/export/c99.hpp"
#include "millwright/pipeline/bundle.hpp"
#include "tool/commands.hpp"
#include "tool/output_file.hpp"

namespace millwright::tool {

namespace {

/// The packed forest of that name, or the only one there is.
const quantized_forest& forest_of(const pipeline& model, const std::string& detector) {
  const quantized_forest* found = nullptr;
  std::string known;
  for (std::size_t d = 0; d < model->detector_names.size(); ++d) {
    const auto* forest = model->parts.detect[d].as<quantized_forest>();
    if (forest == nullptr) continue;
    const std::string& name = model->detector_names[d];
    known += (known.empty() ? "" : ", ") + name;
    if (!detector.empty() && name != detector) continue;
    if (found != nullptr)
      throw failure(exit_code::usage, error(errc::invalid_argument, "arguments", "the bundle holds several packed forests: " + known,
                                            "choose one with --detector"));
    found = forest;
  }
  if (found != nullptr) return *found;
  if (!detector.empty() && !known.empty()) {
    throw failure(exit_code::usage, error(errc::invalid_argument, "arguments", "the bundle holds no packed forest \"" + detector + "\"",
                                          "there is: " + known));
  }
  throw failure(exit_code::bundle_refused, error(errc::incompatible, "bundle", "it holds no packed forest",
                                                 "fit the pipeline with a quantized_forest among its detectors"));
}

}  // namespace

exit_code export_c(const export_c_options& options) {
  const pipeline model = must(load_bundle(options.bundle), exit_code::bundle_refused);
  const provenance& origin = model->origin;
  c99_options how;
  how.prefix = options.prefix;
  how.columns = model->normalized_names;
  how.origin = (origin.name.empty() ? std::string("a pipeline") : origin.name) + ", fitted " + origin.created_utc + " on " +
               std::to_string(origin.training_rows) + " windows; bundle " + options.bundle;
  how.inputs = "features as the pipeline's " + std::string(model->parts.normalize->id()) +
               " gives them: (value - location) / scale of their operating regime, no unit";
  const std::string text = must(export_c99(forest_of(model, options.detector), how), exit_code::usage);
  output_file out = must(output_file::open(options.output, 0), exit_code::output_failed);
  if (!out.write(text) && !out.reader_gone()) throw failure(exit_code::output_failed, out.reason());
  return exit_code::ok;
}

}  // namespace millwright::tool
