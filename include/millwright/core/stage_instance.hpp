#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "millwright/core/any_stage.hpp"

namespace millwright {

/// One running copy of a prepared stage, in memory of a workspace: what a stream has of it. Creation, reset and process take nothing
/// from the heap. Copies share the model and everything else that is constant after prepare.
///
/// A stage that carries something from row to row lies in the state region: an instance for each stream. One that does not lies in the
/// scratch region: an instance for each thread. A stage that needs no memory at all is not copied; its instance is the stage.
///
/// A handle: it owns nothing, copies of it mean the same object, and `destroy` ends that. The prepared stage must outlive it.
class stage_instance {
 public:
  /// No stage; nothing but destroy may be called.
  stage_instance() noexcept = default;

  /// Copies `prepared`, on which prepare_for_instances went well, into `memory`. On a measuring workspace, or when the memory does not
  /// suffice (memory.exhausted()), it only counts. reset comes next.
  [[nodiscard]] static stage_instance create(const any_stage& prepared, workspace& memory) noexcept;

  /// Ends the copy; the memory can be used again.
  void destroy() noexcept;

  [[nodiscard]] explicit operator bool() const noexcept { return object_ != nullptr; }
  [[nodiscard]] std::string_view id() const noexcept { return f_->id; }
  [[nodiscard]] std::uint16_t version() const noexcept { return f_->version; }
  [[nodiscard]] bool explains() const noexcept { return f_->explain != nullptr; }
  /// Whether it carries anything from row to row.
  [[nodiscard]] bool is_stateful() const noexcept { return f_->is_stateful(object_); }

  void reset() noexcept {
    if (!is_shared()) f_->reset(object_);
  }
  void process(const const_rows& in, const rows_view& out) noexcept { f_->process(object_, in, out); }
  /// Only where explains().
  void explain(std::span<const double> row, std::span<double> contributions) noexcept { f_->explain(object_, row, contributions); }
  void persist(state_writer& w) noexcept {
    if (f_->write_state != nullptr) f_->write_state(object_, w);
  }
  void persist(state_reader& r) noexcept {
    if (f_->read_state != nullptr) f_->read_state(object_, r);
  }

 private:
  stage_instance(const stage_functions& f, void* object) noexcept : f_(&f), object_(object) {}
  [[nodiscard]] bool is_shared() const noexcept { return f_->size == 0; }

  const stage_functions* f_ = nullptr;
  void* object_ = nullptr;
};

}  // namespace millwright
