#include "millwright/pipeline/fit.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "core/prepare_with_memory.hpp"
#include "millwright/alarm/annunciator.hpp"
#include "millwright/numeric/fft.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/pipeline/bundle.hpp"
#include "millwright/pipeline/front.hpp"
#include "millwright/pipeline/golden.hpp"
#include "millwright/version.hpp"
#include "store/sha256.hpp"

namespace millwright {

namespace {

using detail::prepare_with_memory;

constexpr std::size_t fewest_rows = 20;
constexpr std::size_t block_samples = 65536;

/// Rows that can be learned from.
row_table usable(const const_rows& rows) {
  row_table kept(rows.columns);
  for (std::size_t r = 0; r < rows.rows; ++r) {
    if (has(rows.meta[r].quality, quality::not_scored)) continue;
    const auto row = rows[r];
    if (std::any_of(row.begin(), row.end(), [](double v) { return !std::isfinite(v); })) continue;
    kept.append(row, rows.meta[r]);
  }
  return kept;
}

/// Windows on either side of a window that share samples with it.
std::size_t overlapping_windows(double window_s, double hop_s) {
  return hop_s > 0.0 ? static_cast<std::size_t>(std::max(0.0, std::ceil(window_s / hop_s - 1e-9) - 1.0)) : 0;
}

/// The first samples of the recording, enough for the wanted number of windows; where it is too short, zeros follow.
result<golden_vectors> choose_golden_input(const pipeline_parts& parts, const front& source_front, double span_s, const recording& source) {
  golden_vectors golden;
  for (const auto& group : source_front.groups()) {
    const double rate = parts.channels[group.front()].rate_hz;
    const auto wanted = static_cast<std::size_t>(std::ceil(span_s * rate - 1e-6)) + 1;
    golden.inputs.push_back({std::vector<float>(group.size() * wanted, 0.0F), group.size()});
  }
  std::vector<std::size_t> filled(golden.inputs.size(), 0);
  const auto copy = [&](const sample_block& b) {
    auto& g = golden.inputs[b.group];
    const std::size_t wanted = g.samples.size() / g.channels;
    const std::size_t take = std::min(b.samples, wanted - filled[b.group]);
    for (std::size_t c = 0; c < b.channels; ++c) {
      for (std::size_t i = 0; i < take; ++i) {
        const float v = b.data[static_cast<std::ptrdiff_t>(c) * b.channel_stride + static_cast<std::ptrdiff_t>(i) * b.sample_stride];
        g.samples[c * wanted + filled[b.group] + i] = std::isfinite(v) ? v : 0.0F;
      }
    }
    filled[b.group] += take;
    return result<void>();
  };
  MILLWRIGHT_CHECK(visit_blocks(source, parts.channels, source_front.groups(), block_samples, copy));
  return golden;
}

/// Puts the pipeline together, computes what its golden vectors must give, and ties it to its bundle's bytes.
result<pipeline> seal(pipeline::contents c) {
  c.golden.rows = static_cast<std::size_t>(2 * c.parts.fit.golden_windows);  // recorded and amplified
  MILLWRIGHT_TRY(const pipeline draft, pipeline::assemble(c));
  c.golden.columns = draft->feature_names.size() + draft->detector_names.size() + 1;
  MILLWRIGHT_TRY(c.golden.expected, compute_golden(draft));
  c.golden.rows = c.golden.expected.size() / c.golden.columns;
  MILLWRIGHT_TRY(const pipeline complete, pipeline::assemble(c));
  MILLWRIGHT_TRY(const auto bytes, write_bundle(complete));
  c.fingerprint = detail::sha256(bytes);
  return pipeline::assemble(std::move(c));
}

error stopped() { return {errc::invalid_argument, "fit", "stopped by the progress callback", "return true to go on"}; }

/// A front with memory of its own, for walks over recordings.
class recording_walk {
 public:
  recording_walk() = default;
  static result<recording_walk> create(front model) {
    recording_walk made;
    made.model_ = std::make_unique<const front>(std::move(model));
    const auto prepare = [&](workspace& w) -> result<void> {
      made.instance_ = front::instance::create(*made.model_, w);
      return {};
    };
    MILLWRIGHT_TRY(made.memory_, prepare_with_memory(prepare));
    made.instance_.reset_scratch();
    return made;
  }
  recording_walk(recording_walk&&) noexcept = default;
  recording_walk& operator=(recording_walk&&) noexcept = delete;
  ~recording_walk() {
    if (model_ == nullptr) return;
    instance_.destroy_state();
    instance_.destroy_scratch();
  }

  /// Calls `visit(instance, block)` for every block of the recording, as a new stream, which the caller flushes.
  template <class Visit>
  result<void> walk(const pipeline_parts& parts, const recording& source, Visit&& visit) {
    instance_.reset();
    return visit_blocks(source, parts.channels, model_->groups(), block_samples,
                        [&](const sample_block& block) { return visit(instance_, block); });
  }
  [[nodiscard]] const front& model() const noexcept { return *model_; }
  [[nodiscard]] front::instance& instance() noexcept { return instance_; }

 private:
  std::unique_ptr<const front> model_;  // instances point to it
  front::instance instance_;
  detail::arena_memory memory_;
};

/// Feature rows of all recordings by the front that a stream uses.
struct extraction {
  recording_walk walk;
  row_table rows;
};

result<extraction> extract(const pipeline_parts& parts, std::span<const recording* const> recordings) {
  MILLWRIGHT_TRY(front model, front::prepare(parts.channels, parts.window, parts.features));
  MILLWRIGHT_TRY(recording_walk walk, recording_walk::create(std::move(model)));
  row_table rows(walk.model().row_port().columns.size());
  const auto keep = [&](std::span<const double> row, const row_meta& meta) { rows.append(row, meta); };
  for (const recording* source : recordings) {
    MILLWRIGHT_CHECK(
        walk.walk(parts, *source, [&](front::instance& stream, const sample_block& block) { return stream.push(block, keep); }));
    walk.instance().flush(keep);
  }
  return extraction{std::move(walk), std::move(rows)};
}

}  // namespace

result<row_table> extract_features(const pipeline_parts& parts, std::span<const recording* const> recordings) {
  MILLWRIGHT_TRY(extraction e, extract(parts, recordings));
  return std::move(e.rows);
}

result<std::vector<std::vector<double>>> sample_windows(const pipeline_parts& parts, std::span<const recording* const> recordings,
                                                        std::string_view channel, std::size_t most) {
  MILLWRIGHT_TRY(front model, front::prepare_frames(parts.channels, parts.window));
  MILLWRIGHT_TRY(recording_walk walk, recording_walk::create(std::move(model)));
  const frame_port& frames = walk.model().frames();
  const auto found = std::find_if(frames.channels.begin(), frames.channels.end(), [&](const auto& c) { return c.name == channel; });
  if (found == frames.channels.end()) {
    return error(errc::invalid_argument, "sample_windows", "there is no channel \"" + std::string(channel) + "\"",
                 "name one of the pipeline's channels that is not ignored");
  }
  const auto at = static_cast<std::size_t>(found - frames.channels.begin());
  std::size_t longest = 0;
  for (std::size_t w = 1; w < frames.windows.size(); ++w) {
    if (frames.windows[w].lengths[at] > frames.windows[longest].lengths[at]) longest = w;
  }
  const auto visit = [&](function_ref<void(const frame_view&)> take) -> result<void> {
    for (const recording* source : recordings) {
      const auto keep = [&](const frame_set& set) {
        if (set.enough_valid) take(set.windows[longest].channels[at]);
      };
      MILLWRIGHT_CHECK(
          walk.walk(parts, *source, [&](front::instance& stream, const sample_block& block) { return stream.push_frames(block, keep); }));
      walk.instance().flush_frames(keep);
    }
    return {};
  };
  std::size_t count = 0;
  MILLWRIGHT_CHECK(visit([&](const frame_view&) { ++count; }));
  const std::size_t kept = std::min(count, most);
  std::vector<std::vector<double>> list;
  std::size_t seen = 0;
  MILLWRIGHT_CHECK(visit([&](const frame_view& view) {
    // Window i of `kept` is the first one at or after i / kept of the way.
    const bool is_next = list.size() < kept && seen * kept >= list.size() * count;
    ++seen;
    if (!is_next) return;
    std::vector<double> values(view.samples, view.samples + view.size);
    for (std::size_t i = 0; view.valid < view.size && i < view.size; ++i) {
      if (view.sample_quality != nullptr && (view.sample_quality[i] & unusable_sample) != 0) values[i] = 0.0;
    }
    list.push_back(std::move(values));
  }));
  return list;
}

result<pipeline> fit_pipeline(pipeline_parts parts, std::span<const recording* const> recordings, const provenance& origin,
                              progress_callback progress) {
  if (recordings.empty())
    return error(errc::invalid_data, "fit", "there is no recording to learn from", "pass at least one recording of normal operation");
  if (!progress(0.0, "features")) return stopped();
  MILLWRIGHT_TRY(extraction e, extract(parts, recordings));
  const row_table rows = usable(e.rows.view());
  if (rows.rows() < fewest_rows) {
    return error(errc::invalid_data, "fit",
                 "only " + std::to_string(rows.rows()) + " of " + std::to_string(e.rows.rows()) +
                     " windows can be learned from; at least " + std::to_string(fewest_rows) + " are needed",
                 "record longer, use shorter windows, or look at the quality counters if most windows were refused");
  }
  const front& source_front = e.walk.model();
  const port& feature_port = source_front.row_port();
  const double hop_s = source_front.hop_s();
  const double window_s = source_front.longest_window_s();

  const auto judge_progress = [&](double share, std::string_view what) { return progress(0.5 + 0.5 * share, what); };
  const cross_fit how{parts.fit.folds, overlapping_windows(window_s, hop_s)};
  MILLWRIGHT_TRY(const judged_rows held_out, fit_judge(parts, feature_port, rows.view(), how, judge_progress));

  pipeline::contents c;
  MILLWRIGHT_TRY(c.evidence, learn_threshold(*parts.threshold, held_out.fused.view(), parts.alarms));
  parts.alarms.threshold = c.evidence.threshold;
  parts.alarms.extrapolated = c.evidence.extrapolated ? 1 : 0;

  c.origin = origin;
  c.origin.library_version = version_string;
  c.origin.numerics = numerics_id;
  c.origin.fft_backend = real_fft<double>::backend();
  c.origin.training_rows = rows.rows();
  c.origin.dropped_rows = e.rows.rows() - rows.rows();
  c.origin.training_start = rows.view().meta[0].end_time;
  c.origin.training_end = rows.view().meta[rows.rows() - 1].end_time;
  const double span_s = window_s + hop_s * static_cast<double>(parts.fit.golden_windows - 1);
  MILLWRIGHT_TRY(c.golden, choose_golden_input(parts, source_front, span_s, *recordings.front()));
  c.parts = std::move(parts);
  MILLWRIGHT_TRY(pipeline model, seal(std::move(c)));
  progress(1.0, "done");
  return model;
}

}  // namespace millwright
