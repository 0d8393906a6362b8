#include "millwright/core/stage_instance.hpp"

#include <optional>

namespace millwright {

stage_instance stage_instance::create(const any_stage& prepared, workspace& memory) noexcept {
  const stage_functions& f = *prepared.f_;
  void* stage = prepared.object_.get();
  if (f.size == 0) return {f, stage};
  std::optional<workspace::stateless_scope> scope;
  if (!f.is_stateful(stage)) scope.emplace(memory);
  const std::span<std::byte> place = memory.carve<std::byte>(f.size);
  if (place.empty()) {
    f.measure(stage, memory);
    return {f, nullptr};
  }
  // In a scratch region that several streams share, the first one has made it; taking memory again gives it the same.
  if (!memory.holds_instance()) f.copy_to(stage, place.data());
  f.take(place.data(), memory);
  return {f, place.data()};
}

void stage_instance::destroy() noexcept {
  if (object_ != nullptr && !is_shared()) f_->destroy(object_);
  object_ = nullptr;
}

}  // namespace millwright
