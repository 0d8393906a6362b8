#pragma once

#include <cstddef>

#include "millwright/config.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"

namespace millwright::detail {

/// A transform of one's own, as a stream needs, or one that a caller has ready and lends, as functions over arrays have it from fft_lease:
/// that saves the tables. What is lent must outlive this object.
template <class Transform>
class own_or_lent_fft {
 public:
  /// Errors: those of the transform's prepare.
  result<void> prepare(std::size_t n, workspace& memory, const Transform* lent = nullptr) {
    is_own_ = lent == nullptr;
    if (is_own_) return fft_.prepare(n, memory);
    MILLWRIGHT_ASSERT(lent->size() == n);
    fft_ = *lent;  // a copy shares its memory
    return {};
  }
  /// Fills the tables of its own.
  void reset() noexcept {
    if (is_own_) fft_.reset();
  }
  [[nodiscard]] Transform* operator->() noexcept { return &fft_; }
  [[nodiscard]] const Transform* operator->() const noexcept { return &fft_; }

 private:
  Transform fft_;
  bool is_own_ = true;
};

}  // namespace millwright::detail
