// What runs: the parts of a model, prepared once, and the engine of one stream over them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millwright/alarm/annunciator.hpp"
#include "millwright/core/arena_memory.hpp"
#include "millwright/ingest/inbox.hpp"
#include "millwright/monitor/any_monitor.hpp"
#include "millwright/pipeline/front.hpp"
#include "millwright/pipeline/judge.hpp"
#include "millwright/pipeline/pipeline.hpp"
#include "millwright/pipeline/stream.hpp"
#include "millwright/pipeline/window_result.hpp"

namespace millwright::detail {

using digest = std::array<std::uint8_t, 32>;

/// What running needs of a model beyond its declaration: prepared once, constant from then on, shared by all streams.
struct prepared_model {
  millwright::front front;
  millwright::judge judge;
  millwright::annunciator annunciator;
  millwright::inbox inbox;
  std::vector<any_monitor> monitors;
  arena_memory plan;  ///< filled

  /// What the state of each section depends on: a checkpoint's section goes into a model whose identity is the same.
  struct {
    digest channels = {};
    digest front = {};
    digest contributors = {};
    digest delays = {};
    std::vector<digest> slots;     ///< as judge.slots()
    std::vector<digest> monitors;  ///< as monitors
  } identity;
  std::vector<std::string> monitor_names;  ///< "monitor.0", ...

  /// Prepares all of it. Errors: whatever a part refuses.
  static result<std::shared_ptr<const prepared_model>> of(const pipeline_parts& parts, std::size_t memory_cap, memory_sizes& sizes);
};

/// A judge beside the one that alarms, with all its memory.
struct shadow_judge {
  explicit shadow_judge(const pipeline& candidate) noexcept : model(candidate) {}

  pipeline model;
  judge::instance running;
  arena_memory owned;
};

/// Everything that one stream of a model runs. The object and what it carves make up the state of a stream; objects that hold nothing
/// between two calls lie in the scratch region, where several engines may share them. A handle: copies mean the same memory.
class engine {
 public:
  void create(const prepared_model& of, workspace& memory) noexcept;
  void destroy_state() noexcept;
  void destroy_scratch() noexcept;
  void reset() noexcept;
  void reset_scratch() noexcept;

  result<void> push(const sample_block& block, std::span<shadow_judge* const> shadows,
                    function_ref<void(const window_result&)> on_window) noexcept;
  void flush(std::span<shadow_judge* const> shadows, function_ref<void(const window_result&)> on_window) noexcept;

  [[nodiscard]] const millwright::front::instance& samples() const noexcept { return front_; }
  [[nodiscard]] const annunciator& alarms() const noexcept { return annunciator_; }
  [[nodiscard]] inbox& received() noexcept { return inbox_; }
  [[nodiscard]] const inbox& received() const noexcept { return inbox_; }
  [[nodiscard]] std::span<const monitor_instance> monitors() const noexcept { return monitors_; }

  /// Calls visit(name, version, identity, persist) for every section of the state, in the order of a checkpoint. `persist(archive,
  /// version)` writes, or reads what that version wrote; it fails the archive on state that running cannot leave behind.
  template <class Visit>
  void visit_state(Visit&& visit) noexcept;
  /// Reads the payload of a checkpoint of version 1.
  void read_version_1(state_reader& archive) noexcept;

 private:
  void take_row(std::span<const double> features, const row_meta& meta, std::span<shadow_judge* const> shadows,
                function_ref<void(const window_result&)> on_window) noexcept;
  /// Whether the contributors' indices lie inside the list of features.
  [[nodiscard]] bool contributors_are_valid() const noexcept;

  const prepared_model* of_ = nullptr;
  front::instance front_;
  judge::instance judge_;
  annunciator annunciator_;
  inbox inbox_;
  std::span<monitor_instance> monitors_;
  std::array<shadow_result, stream::max_shadows> shadow_results_ = {};
};

template <class Visit>
void engine::visit_state(Visit&& visit) noexcept {
  static constexpr digest anything = {};
  constexpr std::uint16_t first_version = 1;
  alarm& rules = annunciator_.rules();
  const auto checked = [](auto& archive, bool valid) {
    if constexpr (std::remove_cvref_t<decltype(archive)>::reading) {
      if (!valid) archive.fail();
    }
  };
  visit(std::string_view("front"), front::state_version, of_->identity.front, [&](auto& archive, std::uint16_t) {
    front_.persist(archive);
    checked(archive, front_.state_is_valid());
  });
  judge_.visit_state([&](std::size_t slot, stage_instance& stage) {
    visit(std::string_view(of_->judge.slots()[slot].key), stage.version(), of_->identity.slots[slot],
          [&](auto& archive, std::uint16_t) { stage.persist(archive); });
  });
  visit(std::string_view("episode"), episode::record_version, anything, [&](auto& archive, std::uint16_t version) {
    rules.persist_episode(archive, version);
    checked(archive, rules.state_is_valid());
  });
  visit(std::string_view("contributors"), first_version, of_->identity.contributors, [&](auto& archive, std::uint16_t) {
    rules.persist_contributors(archive);
    checked(archive, rules.state_is_valid() && contributors_are_valid());
  });
  visit(std::string_view("delays"), first_version, of_->identity.delays, [&](auto& archive, std::uint16_t) {
    rules.persist_delays(archive);
    checked(archive, rules.state_is_valid());
  });
  visit(std::string_view("counters"), stream_counters::record_version, anything,
        [&](auto& archive, std::uint16_t version) { persist_record(annunciator_.counters(), archive, version); });
  visit(std::string_view("inbox"), inbox::version, anything, [&](auto& archive, std::uint16_t) {
    inbox_.persist(archive);
    checked(archive, inbox_.state_is_valid());
  });
  for (std::size_t m = 0; m < monitors_.size(); ++m) {
    visit(std::string_view(of_->monitor_names[m]), monitors_[m].version(), of_->identity.monitors[m],
          [&](auto& archive, std::uint16_t) { monitors_[m].persist(archive); });
  }
}

}  // namespace millwright::detail
