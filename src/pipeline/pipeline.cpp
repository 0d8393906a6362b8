#include "millwright/pipeline/pipeline.hpp"

#include <cmath>
#include <cstring>

#include "millwright/core/arena_memory.hpp"
#include "millwright/numeric/fft.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/version.hpp"
#include "pipeline/pipeline_chain.hpp"
#include "store/sha256.hpp"

namespace millwright {

// --- pipeline ----------------------------------------------------------------------------------------------------------------

result<pipeline> pipeline::assemble(contents c, std::size_t memory_cap) {
  detail::pipeline_chain chain(c.parts);
  workspace measure;
  MILLWRIGHT_CHECK(chain.prepare(measure));
  if (measure.exhausted() || measure.bytes_used() > memory_cap) {
    return error(errc::limit_exceeded, "pipeline",
                 "one stream would need " + std::to_string(measure.bytes_used()) + " bytes, the cap is " + std::to_string(memory_cap),
                 "use shorter windows or fewer features, or raise the cap if this machine has the memory");
  }
  c.feature_names = chain.feature_names();
  c.normalized_names = chain.normalized_names();
  c.detector_names = chain.detector_names();
  c.memory_needed = measure.bytes_used();
  return pipeline(std::make_shared<const contents>(std::move(c)));
}

// --- stream ------------------------------------------------------------------------------------------------------------------

namespace {
constexpr char checkpoint_magic[8] = {'M', 'W', 'S', 'T', 'A', 'T', 'E', '1'};
constexpr std::size_t checkpoint_prefix = sizeof checkpoint_magic + 32 + 8;  // magic, pipeline fingerprint, payload size
constexpr std::size_t checkpoint_suffix = 32;                                // SHA-256 of all before
}  // namespace

struct stream::state {
  explicit state(const pipeline& p) : model(p), chain(p->parts) {}

  pipeline model;
  detail::pipeline_chain chain;
  detail::arena_memory owned_memory;
  std::array<episode, max_episodes> recent = {};
  std::size_t recent_count = 0;
  std::uint64_t dropped = 0;
};

stream::stream(std::unique_ptr<state> s) : state_(std::move(s)) {}
stream::stream(stream&&) noexcept = default;
stream& stream::operator=(stream&&) noexcept = default;
stream::~stream() = default;

result<stream> stream::create(const pipeline& model, std::span<std::byte> memory) {
  auto s = std::make_unique<state>(model);
  const std::size_t needed = model.memory_needed();
  if (memory.empty()) {
    MILLWRIGHT_TRY(s->owned_memory, detail::arena_memory::take(needed, "stream", "free memory or pass a buffer of memory_needed() bytes"));
    memory = s->owned_memory.bytes();
  }
  if (memory.size() < needed || reinterpret_cast<std::uintptr_t>(memory.data()) % workspace::alignment != 0) {
    return error(
        errc::invalid_argument, "stream",
        "the buffer has " + std::to_string(memory.size()) + " bytes, " + std::to_string(needed) + " are needed at 64-byte alignment",
        "pass memory_needed() bytes aligned to workspace::alignment");
  }
  workspace arena(memory.first(needed));
  MILLWRIGHT_CHECK(s->chain.prepare(arena));
  if (arena.exhausted())
    return error(errc::out_of_memory, "stream", "the workspace was measured too small", "this is a defect: please report it");
  s->chain.reset();
  return stream(std::move(s));
}

const std::vector<std::vector<std::size_t>>& stream::groups() const noexcept { return state_->chain.groups(); }

result<void> stream::push(const sample_block& block, function_ref<void(const window_result&)> on_window) noexcept {
  return state_->chain.push(block, on_window);
}

void stream::flush(function_ref<void(const window_result&)> on_window) noexcept { state_->chain.flush(on_window); }

result<std::span<const episode>> stream::push(const sample_block& block) noexcept {
  state& s = *state_;
  s.recent_count = 0;
  const auto keep = [&s](const window_result& w) {
    if (w.event != alarm::event::raised && w.event != alarm::event::cleared) return;
    if (s.recent_count < max_episodes)
      s.recent[s.recent_count++] = *w.current_episode;
    else
      ++s.dropped;
  };
  MILLWRIGHT_CHECK(s.chain.push(block, keep));
  return std::span<const episode>(s.recent.data(), s.recent_count);
}

std::uint64_t stream::episodes_dropped() const noexcept { return state_->dropped; }

void stream::reset() noexcept {
  state_->chain.reset();
  state_->recent_count = 0;
  state_->dropped = 0;
}

const pipeline& stream::model() const noexcept { return state_->model; }
const clock_counters& stream::counters() const noexcept { return state_->chain.counters(); }
std::uint64_t stream::windows() const noexcept { return state_->chain.tally.windows; }
std::uint64_t stream::windows_not_scored() const noexcept { return state_->chain.tally.not_scored; }
std::uint64_t stream::episodes() const noexcept { return state_->chain.tally.episodes; }
std::span<const std::uint64_t> stream::position() const noexcept { return state_->chain.position(); }

std::size_t stream::checkpoint_size() const noexcept {
  state_writer count;
  state_->chain.persist(count);
  return checkpoint_prefix + count.bytes() + checkpoint_suffix;
}

result<std::size_t> stream::write_checkpoint(std::span<std::byte> out) const noexcept {
  const std::size_t size = checkpoint_size();
  if (out.size() < size) return error(errc::out_of_memory, "checkpoint", "the buffer is too small", "pass checkpoint_size() bytes");
  const std::uint64_t payload = size - checkpoint_prefix - checkpoint_suffix;
  std::byte* p = out.data();
  std::memcpy(p, checkpoint_magic, sizeof checkpoint_magic);
  std::memcpy(p + 8, state_->model->fingerprint.data(), 32);
  std::memcpy(p + 40, &payload, 8);
  state_writer writer(out.subspan(checkpoint_prefix, payload));
  state_->chain.persist(writer);
  const auto digest = detail::sha256(out.first(size - checkpoint_suffix));
  std::memcpy(p + size - checkpoint_suffix, digest.data(), digest.size());
  return size;
}

result<void> stream::restore_checkpoint(std::span<const std::byte> bytes) noexcept {
  const auto refuse = [this](errc code, std::string_view what, std::string_view mend) {
    reset();
    return error(code, "checkpoint", what, mend);
  };
  if (bytes.size() < checkpoint_prefix + checkpoint_suffix || std::memcmp(bytes.data(), checkpoint_magic, sizeof checkpoint_magic) != 0) {
    return refuse(errc::corrupt_file, "this is not a millwright checkpoint", "delete it and start the stream anew");
  }
  const auto digest = detail::sha256(bytes.first(bytes.size() - checkpoint_suffix));
  if (std::memcmp(digest.data(), bytes.data() + bytes.size() - checkpoint_suffix, digest.size()) != 0) {
    return refuse(errc::corrupt_file, "the checkpoint's checksum does not fit its bytes", "delete it and start the stream anew");
  }
  if (std::memcmp(bytes.data() + 8, state_->model->fingerprint.data(), 32) != 0) {
    return refuse(errc::incompatible, "the checkpoint belongs to another bundle",
                  "restore it with the bundle that wrote it, or start anew");
  }
  std::uint64_t payload = 0;
  std::memcpy(&payload, bytes.data() + 40, 8);
  if (payload != bytes.size() - checkpoint_prefix - checkpoint_suffix) {
    return refuse(errc::corrupt_file, "the checkpoint's size does not fit its header", "delete it and start the stream anew");
  }
  reset();
  state_reader reader(bytes.subspan(checkpoint_prefix, payload));
  state_->chain.persist(reader);
  if (!reader.ok() || reader.bytes_left() != 0) {
    return refuse(errc::corrupt_file, "the checkpoint holds impossible state", "delete it and start the stream anew");
  }
  return {};
}

// --- golden vectors ----------------------------------------------------------------------------------------------------------

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
