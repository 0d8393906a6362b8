#include "millwright/pipeline/judge.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "millwright/data/quality.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {

std::vector<std::string> name_detectors(std::span<const any_stage> detect) {
  std::vector<std::string> names;
  for (const auto& d : detect) {
    std::string name(d.id());
    for (int n = 2; std::find(names.begin(), names.end(), name) != names.end(); ++n) name = std::string(d.id()) + "_" + std::to_string(n);
    names.push_back(std::move(name));
  }
  return names;
}

tail_calibration settle_fused_tail(const tail_calibration& detector_tails) {
  tail_calibration settled = detector_tails;
  settled.lowest_shape = 0.0;
  settled.highest_shape = 0.0;
  return settled;
}

result<judge> judge::prepare(const judge_parts& fitted, const port& features) {
  auto p = std::make_shared<plan>();
  workspace measure;
  const auto add = [&](std::string key, const any_stage& stage, const port& in) -> result<port> {
    p->slots.push_back({std::move(key), stage});
    return p->slots.back().stage.prepare(in, measure);
  };
  MILLWRIGHT_TRY(const port normalized, add("normalize", *fitted.normalize, features));
  for (std::size_t d = 0; d < fitted.detect.size(); ++d) {
    MILLWRIGHT_TRY(const port score, add("detect." + std::to_string(d), fitted.detect[d], normalized));
    if (score.columns.size() != 1) {
      return error(errc::invalid_argument, fitted.detect[d].id(),
                   "a detector must give one score, this one gives " + std::to_string(score.columns.size()),
                   "use a detector stage in section \"detect\"");
    }
  }
  p->detector_names = name_detectors(fitted.detect);
  MILLWRIGHT_TRY(const port smoothed, add("smooth", *fitted.smooth, port::of(p->detector_names)));
  if (smoothed.columns.size() != fitted.detect.size()) {
    return error(errc::invalid_argument, fitted.smooth->id(), "smoothing must keep one column per detector",
                 "use a smoothing stage in section \"smooth\"");
  }
  MILLWRIGHT_TRY(const port tails, add("detector_tails", any_stage::of(fitted.detector_tails), smoothed));
  MILLWRIGHT_TRY(const port fused, add("fuse", *fitted.fuse, tails));
  if (fused.columns.size() != 1)
    return error(errc::invalid_argument, fitted.fuse->id(), "fusion must give one severity", "use a fusion stage in section \"fuse\"");
  MILLWRIGHT_CHECK(add("fused_tail", any_stage::of(fitted.fused_tail), fused));

  for (const auto& c : features.columns) p->feature_names.push_back(c.name);
  for (const auto& c : normalized.columns) {
    const auto found = std::find(p->feature_names.begin(), p->feature_names.end(), c.name);
    p->feature_of_normalized.push_back(static_cast<std::uint32_t>(found - p->feature_names.begin()));
    p->normalized_names.push_back(c.name);
  }
  judge made;
  made.plan_ = std::move(p);
  return made;
}

void judge::instance::create(const judge& of, workspace& memory) noexcept {
  of_ = &of;
  const std::size_t detectors = of.detectors();
  const std::size_t normalized = of.normalized_names().size();
  const auto slots = of.slots();
  stages_ = memory.carve<stage_instance>(slots.size());
  stateless_ = memory.carve_scratch<stage_instance>(slots.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const stage_instance made = stage_instance::create(slots[i].stage, memory);
    if (!stages_.empty()) stages_[i] = made;
    if (!stateless_.empty()) stateless_[i] = slots[i].stage.is_stateful() ? stage_instance() : made;
  }
  normalized_row_ = memory.carve_scratch<double>(normalized);
  raw_scores_ = memory.carve_scratch<double>(detectors);
  scores_ = memory.carve_scratch<double>(detectors);
  severities_ = memory.carve_scratch<double>(detectors);
  contributions_ = memory.carve_scratch<double>(normalized);
  shares_ = memory.carve_scratch<double>(normalized);
}

void judge::instance::destroy_state() noexcept {
  for (stage_instance& s : stages_) {
    if (s && s.is_stateful()) s.destroy();
  }
  stages_ = {};
}

void judge::instance::destroy_scratch() noexcept {
  for (stage_instance& s : stateless_) {
    if (s) s.destroy();
  }
  stateless_ = {};
}

void judge::instance::reset() noexcept {
  for (stage_instance& s : stages_) {
    if (s.is_stateful()) s.reset();
  }
}

void judge::instance::reset_scratch() noexcept {
  for (stage_instance& s : stateless_) {
    if (s) s.reset();
  }
}

const verdict& judge::instance::process(std::span<const double> features, const row_meta& meta) noexcept {
  const judge& of = *of_;
  verdict& v = verdict_;
  v.meta = meta;
  v.scores = scores_;
  v.severities = severities_;
  const auto row_of = [&](std::span<double> values) { return rows_view{values.data(), 1, values.size(), values.size(), &v.meta}; };
  const rows_view normalized = row_of(normalized_row_);
  stages_[normalize_at].process({features.data(), 1, features.size(), features.size(), &meta}, normalized);

  v.severity = math::nan;
  std::fill(scores_.begin(), scores_.end(), math::nan);
  std::fill(severities_.begin(), severities_.end(), math::nan);
  if (!has(v.meta.quality, quality::not_scored)) {
    // A stage may mark its row; the row itself keeps what the normaliser says.
    const row_meta after_normalize = v.meta;
    for (std::size_t d = 0; d < raw_scores_.size(); ++d) stages_[first_detector + d].process(normalized, row_of(raw_scores_.subspan(d, 1)));
    const rows_view smoothed = row_of(scores_);
    stages_[of.smooth_at()].process(row_of(raw_scores_), smoothed);
    const rows_view severities = row_of(severities_);
    stages_[of.tails_at()].process(smoothed, severities);
    double fused = math::nan;
    const rows_view fused_row = row_of({&fused, 1});
    stages_[of.fuse_at()].process(severities, fused_row);
    stages_[of.fused_tail_at()].process(fused_row, row_of({&v.severity, 1}));
    v.meta = after_normalize;
    if (std::isnan(v.severity)) v.meta.quality |= bits(quality::not_scored);
  }
  v.scored = !has(v.meta.quality, quality::not_scored);
  return v;
}

double judge::instance::add_shares() noexcept {
  std::fill(shares_.begin(), shares_.end(), 0.0);
  double total_weight = 0.0;
  for (std::size_t d = 0; d < severities_.size(); ++d) {
    stage_instance& detector = stages_[first_detector + d];
    if (!detector.explains()) continue;
    detector.explain(normalized_row_, contributions_);
    double sum = 0.0;
    for (double c : contributions_) sum += c;
    if (!(sum > 0.0) || std::isinf(sum)) continue;
    const double weight = std::max(severities_[d], 1e-3);
    total_weight += weight;
    for (std::size_t i = 0; i < shares_.size(); ++i) shares_[i] += weight * contributions_[i] / sum;
  }
  return total_weight;
}

std::span<const double> judge::instance::explain() noexcept {
  const double total_weight = add_shares();
  for (double& share : shares_) share = total_weight > 0.0 ? share / total_weight : 0.0;
  return shares_;
}

void judge::instance::explain(contributor_list& contributors) noexcept {
  contributors = {};
  const double total_weight = add_shares();
  if (total_weight <= 0.0) return;
  for (contributor& top : contributors) {
    std::size_t best = shares_.size();
    for (std::size_t i = 0; i < shares_.size(); ++i) {
      if (shares_[i] > 0.0 && (best == shares_.size() || shares_[i] > shares_[best])) best = i;
    }
    if (best == shares_.size()) return;
    top = {of_->plan_->feature_of_normalized[best], shares_[best] / total_weight, normalized_row_[best]};
    shares_[best] = 0.0;
  }
}

}  // namespace millwright
