#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "millwright/core/any_stage.hpp"
#include "millwright/core/arena_memory.hpp"
#include "millwright/numeric/cpu.hpp"

namespace millwright_python {

/// A stage ready to process, on memory of its own.
struct prepared_stage {
  millwright::any_stage stage;
  millwright::port out;
  millwright::detail::arena_memory memory;
  millwright::kernel_level level;
};

/// A prepared stage kept from one call for the next. Calls at the same time each have their own; one of them is kept.
class idle_stage {
 public:
  /// The kept one, if it is of the kernel level in use, or nullptr.
  [[nodiscard]] std::unique_ptr<prepared_stage> take() {
    const std::scoped_lock lock(mutex_);
    if (kept_ != nullptr && kept_->level != millwright::active_kernel_level()) kept_.reset();
    return std::move(kept_);
  }
  void give_back(std::unique_ptr<prepared_stage> stage) {
    const std::scoped_lock lock(mutex_);
    kept_ = std::move(stage);
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<prepared_stage> kept_;
};

/// A row stage and the columns that it was fitted on.
struct stage_handle {
  millwright::any_stage stage;
  millwright::port in;
  std::shared_ptr<idle_stage> idle = std::make_shared<idle_stage>();  // replaced when the stage changes
};

/// prepare, measured first, then on memory of that size; as a stream does. Throws.
[[nodiscard]] std::pair<millwright::port, millwright::detail::arena_memory> prepare(millwright::any_stage& stage,
                                                                                    const millwright::port& in);

}  // namespace millwright_python
