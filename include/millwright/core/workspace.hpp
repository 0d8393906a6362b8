#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace millwright {

/// The arena from which a stream takes all its memory, once. `prepare` runs twice over the same code: first on a measuring
/// workspace, which only counts bytes, then on one that owns memory of exactly that size.
///
/// Rule for stages: `prepare` carves and never touches what it carved; `reset` (called after the real prepare) fills it.
class workspace {
 public:
  /// Every span starts on a cache line, which also satisfies the widest SIMD load.
  static constexpr std::size_t alignment = 64;

  /// Measures: spans are empty, bytes_used() grows.
  workspace() noexcept = default;

  /// Carves from `memory`, whose start must be aligned to `alignment`.
  explicit workspace(std::span<std::byte> memory) noexcept : memory_(memory), measuring_(false) {}

  /// `count` objects of T, zeroed. Empty when measuring, or when the memory does not suffice (then `exhausted()`).
  template <class T>
  [[nodiscard]] std::span<T> carve(std::size_t count) noexcept {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
    static_assert(alignof(T) <= alignment);
    constexpr std::size_t largest = static_cast<std::size_t>(-1) / 2;
    if (count > largest / sizeof(T) || used_ > largest - alignment - count * sizeof(T)) {
      exhausted_ = true;
      return {};
    }
    const std::size_t start = used_;
    used_ = start + (count * sizeof(T) + alignment - 1) / alignment * alignment;
    if (measuring_) return {};
    if (used_ > memory_.size()) {
      exhausted_ = true;
      return {};
    }
    std::byte* bytes = memory_.data() + start;
    std::memset(static_cast<void*>(bytes), 0, used_ - start);
    return {reinterpret_cast<T*>(bytes), count};
  }

  [[nodiscard]] bool measuring() const noexcept { return measuring_; }
  [[nodiscard]] bool exhausted() const noexcept { return exhausted_; }
  [[nodiscard]] std::size_t bytes_used() const noexcept { return used_; }

 private:
  std::span<std::byte> memory_;
  std::size_t used_ = 0;
  bool measuring_ = true;
  bool exhausted_ = false;
};

}  // namespace millwright
