#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "millwright/core/workspace.hpp"

namespace millwright::detail {

/// First in, first out, of a fixed capacity in carved memory. T is trivially copyable and has `persist(Archive&)`. A push beyond the
/// capacity is refused; who sizes the queue sees to it that this does not happen.
template <class T>
class fifo {
 public:
  void prepare(std::size_t capacity, workspace& memory) {
    capacity_ = capacity;
    slots_ = memory.carve<T>(capacity);
  }
  void reset() noexcept { first_ = size_ = 0; }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// The i-th oldest, i < size().
  [[nodiscard]] T& operator[](std::size_t i) noexcept { return slots_[place(i)]; }
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return slots_[place(i)]; }
  [[nodiscard]] T& back() noexcept { return (*this)[size_ - 1]; }

  bool push(const T& value) noexcept {
    if (size_ >= slots_.size()) return false;
    slots_[place(size_)] = value;
    ++size_;
    return true;
  }
  /// Drops the `count` oldest, count <= size().
  void pop(std::size_t count = 1) noexcept {
    first_ = place(count);
    size_ -= count;
  }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(first_, size_);
    for (T& slot : slots_) slot.persist(archive);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return first_ < capacity_ && size_ <= capacity_; }

 private:
  [[nodiscard]] std::size_t place(std::size_t i) const noexcept {
    const std::size_t at = first_ + i;
    return at >= capacity_ ? at - capacity_ : at;
  }
  std::span<T> slots_;
  std::size_t capacity_ = 0;
  std::uint64_t first_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace millwright::detail
