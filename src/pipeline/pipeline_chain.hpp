#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "millwright/pipeline/front.hpp"
#include "millwright/pipeline/pipeline.hpp"

namespace millwright::detail {

/// Names of detectors in order: their ids, a repeated one numbered ("mahalanobis", "mahalanobis_2").
[[nodiscard]] std::vector<std::string> name_detectors(const std::vector<any_stage>& detect);

/// The engine: the stages of one stream in order, and the row buffers between them. Built from copies that share the models.
class pipeline_chain {
 public:
  explicit pipeline_chain(const pipeline_parts& parts);
  pipeline_chain(const pipeline_chain&) = delete;
  pipeline_chain& operator=(const pipeline_chain&) = delete;
  ~pipeline_chain() { front_.destroy(); }

  result<void> prepare(workspace& memory);
  void reset() noexcept;
  result<void> push(const sample_block& block, function_ref<void(const window_result&)> on_window) noexcept;

  void flush(function_ref<void(const window_result&)> on_window) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept;

  [[nodiscard]] const std::vector<std::vector<std::size_t>>& groups() const noexcept { return front_model_->groups(); }
  [[nodiscard]] const clock_counters& counters() const noexcept { return front_.counters(); }
  [[nodiscard]] std::span<const std::uint64_t> position() const noexcept { return front_.position(); }
  [[nodiscard]] const std::vector<std::string>& feature_names() const noexcept { return feature_names_; }
  [[nodiscard]] const std::vector<std::string>& normalized_names() const noexcept { return normalized_names_; }
  [[nodiscard]] const std::vector<std::string>& detector_names() const noexcept { return detector_names_; }

  struct counts {
    std::uint64_t windows = 0;
    std::uint64_t not_scored = 0;
    std::uint64_t episodes = 0;
  };
  counts tally;

 private:
  void score(std::span<const double> features, const row_meta& feature_meta, function_ref<void(const window_result&)> on_window) noexcept;
  void explain(episode& e) noexcept;

  std::vector<channel> channels_;
  window_policy window_;
  std::vector<channel_condition> condition_;
  feature_extractor features_;
  std::shared_ptr<const front> front_model_;
  front::instance front_;
  any_stage normalize_;
  std::vector<any_stage> detect_;
  any_stage smooth_;
  tail_calibration detector_tails_;
  any_stage fuse_;
  tail_calibration fused_tail_;
  alarm alarms_;

  std::vector<std::string> feature_names_, normalized_names_, detector_names_;
  std::vector<std::uint32_t> feature_of_normalized_;  // column of the feature row behind each normalised column

  std::span<double> normalized_row_, raw_scores_, scores_, severities_, contributions_, shares_;
};

}  // namespace millwright::detail
