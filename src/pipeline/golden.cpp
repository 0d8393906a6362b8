#include "millwright/pipeline/golden.hpp"

#include <cmath>
#include <cstring>
#include <string>

#include "millwright/numeric/fft.hpp"
#include "millwright/pipeline/stream.hpp"
#include "millwright/version.hpp"

namespace millwright {

namespace {

/// Pushes the golden samples in small pieces, all groups in turn, so that no group runs far ahead of the others.
result<void> push_golden(stream& s, const golden_vectors& golden, const std::vector<channel>& channels, bool amplified,
                         function_ref<void(const window_result&)> on_window) {
  constexpr std::size_t pieces = 64;
  std::vector<std::vector<float>> inputs;
  for (std::size_t g = 0; g < golden.inputs.size(); ++g) {
    auto samples = golden.inputs[g].samples;
    const std::size_t per_channel = golden.inputs[g].channels > 0 ? samples.size() / golden.inputs[g].channels : 0;
    for (std::size_t c = 0; amplified && c < golden.inputs[g].channels; ++c) {
      if (channels[s.groups()[g][c]].role == channel_role::context) continue;  // an amplified context would only be novel
      for (std::size_t i = 0; i < per_channel; ++i) samples[c * per_channel + i] *= golden_vectors::amplification;
    }
    inputs.push_back(std::move(samples));
  }
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    for (std::size_t g = 0; g < inputs.size(); ++g) {
      const std::size_t per_channel = inputs[g].size() / golden.inputs[g].channels;
      const std::size_t first = per_channel * piece / pieces;
      const std::size_t last = per_channel * (piece + 1) / pieces;
      sample_block block;
      block.group = g;
      block.data = inputs[g].data() + first;
      block.channels = golden.inputs[g].channels;
      block.samples = last - first;
      block.channel_stride = static_cast<std::ptrdiff_t>(per_channel);
      if (block.samples > 0) MILLWRIGHT_CHECK(s.push(block, on_window));
    }
  }
  s.flush(on_window);
  return {};
}

bool same_bits(double a, double b) noexcept { return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, sizeof a) == 0; }
bool close(double a, double b) noexcept {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) == std::isnan(b);
  return std::abs(a - b) <= golden_tolerance * (1.0 + std::abs(b));
}

}  // namespace

result<std::vector<double>> compute_golden(const pipeline& model) {
  const golden_vectors& golden = model->golden;
  MILLWRIGHT_TRY(stream s, stream::create(model));
  if (golden.inputs.size() != s.groups().size()) {
    return error(
        errc::corrupt_file, "golden vectors",
        "they have " + std::to_string(golden.inputs.size()) + " channel groups, the pipeline has " + std::to_string(s.groups().size()),
        "save the bundle again from the fitted pipeline");
  }
  for (std::size_t g = 0; g < golden.inputs.size(); ++g) {
    if (golden.inputs[g].channels != s.groups()[g].size() || golden.inputs[g].samples.size() % golden.inputs[g].channels != 0) {
      return error(errc::corrupt_file, "golden vectors", "channel group " + std::to_string(g) + " has the wrong shape",
                   "save the bundle again from the fitted pipeline");
    }
  }
  std::vector<double> found;
  for (const bool amplified : {false, true}) {
    s.reset();
    std::size_t rows = 0;
    const auto keep = [&](const window_result& w) {
      if (rows++ >= golden.rows / 2) return;
      found.insert(found.end(), w.features.begin(), w.features.end());
      found.insert(found.end(), w.scores.begin(), w.scores.end());
      found.push_back(w.severity);
    };
    MILLWRIGHT_CHECK(push_golden(s, golden, model->parts.channels, amplified, keep));
  }
  return found;
}

result<void> replay_golden(const pipeline& model) {
  const golden_vectors& golden = model->golden;
  MILLWRIGHT_TRY(const std::vector<double> found, compute_golden(model));
  const bool exact = model->origin.numerics == numerics_id && model->origin.fft_backend == std::string_view(real_fft<double>::backend()) &&
                     model->origin.fft_backend == "native";
  if (golden.rows == 0 || golden.columns == 0 || found.size() != golden.expected.size() || found.size() != golden.rows * golden.columns) {
    return error(
        errc::corrupt_file, "golden replay",
        "the replay gave " + std::to_string(found.size()) + " values, the bundle expects " + std::to_string(golden.expected.size()),
        "the bundle is damaged or was written by an incompatible version: save it again");
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (exact ? same_bits(found[i], golden.expected[i]) : close(found[i], golden.expected[i])) continue;
    const std::size_t row = i / golden.columns;
    const std::size_t column = i % golden.columns;
    const std::size_t features = model->feature_names.size();
    const std::size_t detectors = model->detector_names.size();
    const std::string name = column < features               ? model->feature_names[column]
                             : column < features + detectors ? model->detector_names[column - features]
                                                             : "severity";
    return error(errc::incompatible, "golden replay",
                 "row " + std::to_string(row) + ", " + name + ": expected " + std::to_string(golden.expected[i]) +
                     ", this machine computes " + std::to_string(found[i]),
                 "this build does not compute what the notebook computed: use the same millwright version and numerics, and report this if "
                 "they are the same");
  }
  return {};
}

}  // namespace millwright
