#include "millwright/pipeline/fit.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "core/prepare_with_memory.hpp"
#include "millwright/numeric/fft.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/pipeline/bundle.hpp"
#include "millwright/pipeline/front.hpp"
#include "millwright/version.hpp"
#include "pipeline/pipeline_chain.hpp"
#include "store/sha256.hpp"

namespace millwright {

namespace {

using detail::prepare_with_memory;

constexpr std::size_t fewest_rows = 20;
constexpr std::size_t block_samples = 65536;

/// Rows in, rows out through one prepared stage.
template <class Stage>
result<row_table> transform(Stage stage, const port& in, const const_rows& rows, port& out_port) {
  const auto prepare = [&](workspace& w) -> result<void> {
    MILLWRIGHT_TRY(out_port, stage.prepare(in, w));
    return {};
  };
  MILLWRIGHT_TRY(const auto memory, prepare_with_memory(prepare));
  stage.reset();
  row_table out(out_port.columns.size());
  out.resize(rows.rows);
  rows_view view = out.view();
  for (std::size_t r = 0; r < rows.rows; ++r) view.meta[r] = rows.meta[r];
  stage.process(rows, view);
  return out;
}

/// The stages between features and scores: what a fold trains and what the final fit trains.
struct scorer {
  any_stage normalize;
  std::vector<any_stage> detect;

  result<void> fit(const port& features, const const_rows& rows) {
    MILLWRIGHT_CHECK(normalize.fit(features, rows));
    port normalized;
    MILLWRIGHT_TRY(const row_table z, transform(normalize, features, rows, normalized));
    for (auto& d : detect) MILLWRIGHT_CHECK(d.fit(normalized, z.view()));
    return {};
  }

  /// One score column per detector; rows that the normaliser refuses carry quality::not_scored and NaN.
  [[nodiscard]] result<row_table> score(const port& features, const const_rows& rows) const {
    port normalized;
    MILLWRIGHT_TRY(const row_table z, transform(normalize, features, rows, normalized));
    row_table scores(detect.size());
    scores.resize(rows.rows);
    rows_view out = scores.view();
    for (std::size_t r = 0; r < rows.rows; ++r) out.meta[r] = z.view().meta[r];
    for (std::size_t d = 0; d < detect.size(); ++d) {
      port score_port;
      MILLWRIGHT_TRY(const row_table column, transform(detect[d], normalized, z.view(), score_port));
      for (std::size_t r = 0; r < rows.rows; ++r)
        out[r][d] = has(out.meta[r].quality, quality::not_scored) ? math::nan : column.view()[r][0];
    }
    return scores;
  }
};

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

/// Each contiguous block scored by models that did not see it, nor windows that overlap it.
result<row_table> held_out_scores(const pipeline_parts& parts, const port& features, const row_table& rows, std::size_t overlapping_windows,
                                  const progress_callback& progress) {
  const std::size_t n = rows.rows();
  const std::size_t folds = std::min<std::size_t>(static_cast<std::size_t>(parts.fit.folds), n / 2);
  row_table all(parts.detect.size());
  for (std::size_t k = 0; k < folds; ++k) {
    if (!progress(0.5 + 0.4 * static_cast<double>(k) / static_cast<double>(folds), "held-out scores"))
      return error(errc::invalid_argument, "fit", "stopped by the progress callback");
    const std::size_t first = n * k / folds;
    const std::size_t last = n * (k + 1) / folds;
    const std::size_t purged_first = first > overlapping_windows ? first - overlapping_windows : 0;
    const std::size_t purged_last = std::min(n, last + overlapping_windows);
    row_table training(rows.columns());
    training.append(rows.slice(0, purged_first));
    training.append(rows.slice(purged_last, n - purged_last));
    scorer fold{*parts.normalize, parts.detect};
    MILLWRIGHT_CHECK(fold.fit(features, training.view()));
    MILLWRIGHT_TRY(const row_table scores, fold.score(features, rows.slice(first, last - first)));
    all.append(scores.view());
  }
  return all;
}

/// Writes the regimes that the final normaliser finds: each fold has found and numbered its own.
result<void> name_regimes(const any_stage& normalize, const port& features, const const_rows& rows, row_table& scores) {
  port normalized;
  MILLWRIGHT_TRY(const row_table z, transform(normalize, features, rows, normalized));
  for (std::size_t r = 0; r < rows.rows; ++r) scores.view().meta[r].regime = z.view().meta[r].regime;
  return {};
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
  static result<recording_walk> create(front model) {
    recording_walk made;
    made.model_ = std::make_unique<const front>(std::move(model));
    const auto prepare = [&](workspace& w) -> result<void> {
      made.instance_ = front::instance::create(*made.model_, w);
      return {};
    };
    MILLWRIGHT_TRY(made.memory_, prepare_with_memory(prepare));
    return made;
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

  recording_walk(recording_walk&&) noexcept = default;
  recording_walk& operator=(recording_walk&&) = delete;
  ~recording_walk() {
    if (model_ != nullptr) instance_.destroy();
  }

 private:
  recording_walk() = default;

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
  MILLWRIGHT_TRY(front model, front::prepare(parts.channels, parts.window, parts.condition, parts.features));
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
  MILLWRIGHT_TRY(front model, front::prepare_frames(parts.channels, parts.window, parts.condition));
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

  // Held-out scores calibrate the tails, the fused tail, and the alarm threshold, in this order.
  MILLWRIGHT_TRY(row_table raw,
                 held_out_scores(parts, feature_port, rows, overlapping_windows(window_s + source_front.memory_s(), hop_s), progress));
  if (!progress(0.9, "final models")) return stopped();
  scorer final_models{*parts.normalize, parts.detect};
  MILLWRIGHT_CHECK(final_models.fit(feature_port, rows.view()));
  if (parts.detector_tails.by_regime) MILLWRIGHT_CHECK(name_regimes(final_models.normalize, feature_port, rows.view(), raw));
  if (!progress(0.95, "calibration")) return stopped();
  const port detector_port = port::of(detail::name_detectors(parts.detect));
  port smooth_port, tail_port, fused_port, severity_port;
  MILLWRIGHT_CHECK(parts.smooth->fit(detector_port, raw.view()));
  MILLWRIGHT_TRY(const row_table scores, transform(*parts.smooth, detector_port, raw.view(), smooth_port));
  MILLWRIGHT_CHECK(parts.detector_tails.observe(smooth_port, scores.view()));
  MILLWRIGHT_CHECK(parts.detector_tails.finish());
  MILLWRIGHT_TRY(const row_table severities, transform(parts.detector_tails, smooth_port, scores.view(), tail_port));
  MILLWRIGHT_CHECK(parts.fuse->fit(tail_port, severities.view()));
  MILLWRIGHT_TRY(const row_table fused, transform(*parts.fuse, tail_port, severities.view(), fused_port));
  MILLWRIGHT_CHECK(parts.fused_tail.observe(fused_port, fused.view()));
  MILLWRIGHT_CHECK(parts.fused_tail.finish());
  MILLWRIGHT_TRY(const row_table calibrated, transform(parts.fused_tail, fused_port, fused.view(), severity_port));

  pipeline::contents c;
  MILLWRIGHT_TRY(c.evidence, parts.budget.choose(calibrated.view(), parts.alarms));
  parts.alarms.threshold = c.evidence.threshold;
  parts.alarms.extrapolated = c.evidence.extrapolated ? 1 : 0;

  parts.normalize = std::move(final_models.normalize);
  parts.detect = std::move(final_models.detect);

  c.origin = origin;
  c.origin.library_version = version_string;
  c.origin.numerics = numerics_id;
  c.origin.fft_backend = real_fft<double>::backend();
  c.origin.training_rows = rows.rows();
  c.origin.dropped_rows = e.rows.rows() - rows.rows();
  c.origin.training_start = rows.view().meta[0].end_time;
  c.origin.training_end = rows.view().meta[rows.rows() - 1].end_time;
  const double span_s = source_front.lead_in_s() + window_s + hop_s * static_cast<double>(parts.fit.golden_windows - 1);
  MILLWRIGHT_TRY(c.golden, choose_golden_input(parts, source_front, span_s, *recordings.front()));
  c.parts = std::move(parts);
  MILLWRIGHT_TRY(pipeline model, seal(std::move(c)));
  progress(1.0, "done");
  return model;
}

}  // namespace millwright
