#include "pipeline/pipeline_chain.hpp"

#include <algorithm>
#include <cmath>

#include "millwright/numeric/math.hpp"

namespace millwright::detail {

std::vector<std::string> name_detectors(const std::vector<any_stage>& detect) {
  std::vector<std::string> names;
  for (const auto& d : detect) {
    std::string name(d.id());
    for (int n = 2; std::find(names.begin(), names.end(), name) != names.end(); ++n) name = std::string(d.id()) + "_" + std::to_string(n);
    names.push_back(std::move(name));
  }
  return names;
}

pipeline_chain::pipeline_chain(const pipeline_parts& parts)
    : channels_(parts.channels),
      window_(parts.window),
      condition_(parts.condition),
      features_(parts.features),
      normalize_(*parts.normalize),
      detect_(parts.detect),
      smooth_(*parts.smooth),
      detector_tails_(parts.detector_tails),
      fuse_(*parts.fuse),
      fused_tail_(parts.fused_tail),
      alarms_(parts.alarms),
      detector_names_(name_detectors(parts.detect)) {}

result<void> pipeline_chain::prepare(workspace& memory) {
  if (front_model_ == nullptr) {
    MILLWRIGHT_TRY(front made, front::prepare(channels_, window_, condition_, features_));
    front_model_ = std::make_shared<const front>(std::move(made));
  }
  front_ = front::instance::create(*front_model_, memory);
  const port& feature_port = front_model_->row_port();
  MILLWRIGHT_TRY(const port normalized_port, normalize_.prepare(feature_port, memory));
  for (auto& d : detect_) {
    MILLWRIGHT_TRY(const port score_port, d.prepare(normalized_port, memory));
    if (score_port.columns.size() != 1) {
      return error(errc::invalid_argument, d.id(),
                   "a detector must give one score, this one gives " + std::to_string(score_port.columns.size()),
                   "use a detector stage in section \"detect\"");
    }
  }
  MILLWRIGHT_TRY(const port smooth_port, smooth_.prepare(port::of(detector_names_), memory));
  if (smooth_port.columns.size() != detect_.size()) {
    return error(errc::invalid_argument, smooth_.id(), "smoothing must keep one column per detector",
                 "use a smoothing stage in section \"smooth\"");
  }
  MILLWRIGHT_TRY(const port tail_port, detector_tails_.prepare(smooth_port, memory));
  MILLWRIGHT_TRY(const port fused_port, fuse_.prepare(tail_port, memory));
  if (fused_port.columns.size() != 1)
    return error(errc::invalid_argument, fuse_.id(), "fusion must give one severity", "use a fusion stage in section \"fuse\"");
  MILLWRIGHT_CHECK(fused_tail_.prepare(fused_port, memory));
  MILLWRIGHT_CHECK(alarms_.prepare(memory));

  feature_names_.clear();
  for (const auto& c : feature_port.columns) feature_names_.push_back(c.name);
  normalized_names_.clear();
  feature_of_normalized_.clear();
  for (const auto& c : normalized_port.columns) {
    const auto found = std::find(feature_names_.begin(), feature_names_.end(), c.name);
    feature_of_normalized_.push_back(static_cast<std::uint32_t>(found - feature_names_.begin()));
    normalized_names_.push_back(c.name);
  }

  normalized_row_ = memory.carve<double>(normalized_names_.size());
  raw_scores_ = memory.carve<double>(detect_.size());
  scores_ = memory.carve<double>(detect_.size());
  severities_ = memory.carve<double>(detect_.size());
  contributions_ = memory.carve<double>(normalized_names_.size());
  shares_ = memory.carve<double>(normalized_names_.size());
  return {};
}

void pipeline_chain::reset() noexcept {
  front_.reset();
  normalize_.reset();
  for (auto& d : detect_) d.reset();
  smooth_.reset();
  detector_tails_.reset();
  fuse_.reset();
  fused_tail_.reset();
  alarms_.reset();
  tally = {};
}

result<void> pipeline_chain::push(const sample_block& block, function_ref<void(const window_result&)> on_window) noexcept {
  return front_.push(block, [&](std::span<const double> row, const row_meta& meta) { score(row, meta, on_window); });
}

void pipeline_chain::flush(function_ref<void(const window_result&)> on_window) noexcept {
  front_.flush([&](std::span<const double> row, const row_meta& meta) { score(row, meta, on_window); });
}

void pipeline_chain::score(std::span<const double> features, const row_meta& feature_meta,
                           function_ref<void(const window_result&)> on_window) noexcept {
  row_meta meta = feature_meta;
  const const_rows feature_rows{features.data(), 1, features.size(), features.size(), &meta};
  row_meta normalized_meta = meta;
  const rows_view normalized{normalized_row_.data(), 1, normalized_row_.size(), normalized_row_.size(), &normalized_meta};
  normalize_.process(feature_rows, normalized);
  meta = normalized_meta;

  double severity = math::nan;
  std::fill(scores_.begin(), scores_.end(), math::nan);
  std::fill(severities_.begin(), severities_.end(), math::nan);
  if (!has(meta.quality, quality::not_scored)) {
    for (std::size_t d = 0; d < detect_.size(); ++d) detect_[d].process(normalized, {&raw_scores_[d], 1, 1, 1, &normalized_meta});
    const rows_view smoothed{scores_.data(), 1, scores_.size(), scores_.size(), &normalized_meta};
    smooth_.process({raw_scores_.data(), 1, raw_scores_.size(), raw_scores_.size(), &normalized_meta}, smoothed);
    const rows_view severities{severities_.data(), 1, severities_.size(), severities_.size(), &normalized_meta};
    detector_tails_.process(smoothed, severities);
    double fused = math::nan;
    const rows_view fused_row{&fused, 1, 1, 1, &normalized_meta};
    fuse_.process(severities, fused_row);
    fused_tail_.process(fused_row, {&severity, 1, 1, 1, &normalized_meta});
    if (std::isnan(severity)) meta.quality |= bits(quality::not_scored);
  }

  window_result w;
  w.scored = !has(meta.quality, quality::not_scored);
  w.event = alarms_.update(meta.end_time, severity, w.scored, meta.regime);
  if (w.event == alarm::event::raised || w.event == alarm::event::peaked) explain(alarms_.current());
  ++tally.windows;
  tally.not_scored += w.scored ? 0 : 1;
  tally.episodes += w.event == alarm::event::raised ? 1 : 0;

  w.end_time = meta.end_time;
  w.quality = meta.quality;
  w.regime = meta.regime;
  w.features = features;
  w.scores = scores_;
  w.severities = severities_;
  w.severity = severity;
  w.alarm_active = alarms_.active();
  if (w.event != alarm::event::none || w.alarm_active) w.current_episode = &alarms_.current();
  on_window(w);
}

void pipeline_chain::explain(episode& e) noexcept {
  // Each detector's contributions are scaled to shares and weighted by how anomalous that detector finds the window.
  std::fill(shares_.begin(), shares_.end(), 0.0);
  double total_weight = 0.0;
  for (std::size_t d = 0; d < detect_.size(); ++d) {
    if (!detect_[d].explains()) continue;
    detect_[d].explain(normalized_row_, contributions_);
    double sum = 0.0;
    for (double c : contributions_) sum += c;
    if (!(sum > 0.0) || std::isinf(sum)) continue;
    const double weight = std::max(severities_[d], 1e-3);
    total_weight += weight;
    for (std::size_t i = 0; i < shares_.size(); ++i) shares_[i] += weight * contributions_[i] / sum;
  }
  e.contributors = {};
  if (total_weight <= 0.0) return;
  for (auto& top : e.contributors) {
    std::size_t best = shares_.size();
    for (std::size_t i = 0; i < shares_.size(); ++i) {
      if (shares_[i] > 0.0 && (best == shares_.size() || shares_[i] > shares_[best])) best = i;
    }
    if (best == shares_.size()) return;
    top = {feature_of_normalized_[best], shares_[best] / total_weight, normalized_row_[best]};
    shares_[best] = 0.0;
  }
}

template <class Archive>
void pipeline_chain::persist(Archive& archive) noexcept {
  front_.persist(archive);
  normalize_.persist(archive);
  for (auto& d : detect_) d.persist(archive);
  smooth_.persist(archive);
  fuse_.persist(archive);
  alarms_.persist(archive);
  archive(tally.windows, tally.not_scored, tally.episodes);
  if constexpr (Archive::reading) {
    if (!front_.state_is_valid() || !alarms_.state_is_valid()) archive.fail();
    for (const auto& c : alarms_.current().contributors) {
      if (c.feature >= feature_names_.size()) archive.fail();
    }
  }
}

template void pipeline_chain::persist(state_writer&) noexcept;
template void pipeline_chain::persist(state_reader&) noexcept;

}  // namespace millwright::detail
