#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace millwright {

// Stream state is written and read by one member of each stage:
//
//   template <class Archive> void persist(Archive& archive) { archive(count_, mean_); }
//
// The writer copies, the reader checks every length before it copies, and both walk the same list, so they cannot drift apart.
// Little-endian, packed, no padding. After reading, a stage with invariants offers `bool state_is_valid() const noexcept`.

namespace detail {
template <class T>
inline constexpr bool is_plain = std::is_arithmetic_v<T> || std::is_enum_v<T>;
}

/// Writes state into caller memory; without memory it only counts.
class state_writer {
 public:
  state_writer() noexcept = default;
  explicit state_writer(std::span<std::byte> memory) noexcept : memory_(memory), counting_(false) {}

  template <class... Ts>
  void operator()(const Ts&... values) noexcept {
    (put(values), ...);
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return used_; }
  [[nodiscard]] bool ok() const noexcept { return ok_; }
  static constexpr bool reading = false;

 private:
  template <class T>
  void put(const T& value) noexcept {
    static_assert(detail::is_plain<T>, "persist plain values and spans of plain values; padding would leak");
    raw(&value, sizeof value);
  }
  template <class T>
  void put(const std::span<T>& values) noexcept {
    static_assert(detail::is_plain<std::remove_const_t<T>>);
    put(static_cast<std::uint64_t>(values.size()));
    raw(values.data(), values.size_bytes());
  }
  void raw(const void* source, std::size_t size) noexcept {
    if (!counting_) {
      if (size > memory_.size() - used_) {
        ok_ = false;
        return;
      }
      if (size > 0) std::memcpy(memory_.data() + used_, source, size);
    }
    used_ += size;
  }
  std::span<std::byte> memory_;
  std::size_t used_ = 0;
  bool counting_ = true;
  bool ok_ = true;
};

/// Reads what state_writer wrote. Spans must already have the written length; any mismatch or shortage clears ok().
class state_reader {
 public:
  explicit state_reader(std::span<const std::byte> bytes) noexcept : left_(bytes) {}

  template <class... Ts>
  void operator()(Ts&... values) noexcept {
    (get(values), ...);
  }
  void fail() noexcept { ok_ = false; }
  /// The bytes of a span of `expected` values of T, where they lie; for what is kept in another form now. Empty when they are not there.
  template <class T>
  [[nodiscard]] std::span<const std::byte> take(std::size_t expected) noexcept {
    std::uint64_t size = 0;
    get(size);
    if (size != expected || expected > left_.size() / sizeof(T)) ok_ = false;
    if (!ok_) return {};
    const auto taken = left_.first(expected * sizeof(T));
    left_ = left_.subspan(taken.size());
    return taken;
  }
  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] std::size_t bytes_left() const noexcept { return left_.size(); }
  static constexpr bool reading = true;

 private:
  template <class T>
  void get(T& value) noexcept {
    static_assert(detail::is_plain<T>);
    if constexpr (std::is_same_v<T, bool>) {  // any byte but 0 and 1 would be undefined behaviour
      std::uint8_t byte = 0;
      raw(&byte, 1);
      if (byte > 1) ok_ = false;
      value = byte == 1;
    } else {
      raw(&value, sizeof value);
    }
  }
  template <class T>
  void get(std::span<T>& values) noexcept {
    std::uint64_t size = 0;
    get(size);
    if (size != values.size()) ok_ = false;
    if (ok_) raw(values.data(), values.size_bytes());
  }
  void raw(void* target, std::size_t size) noexcept {
    if (!ok_ || size > left_.size()) {
      ok_ = false;
      return;
    }
    if (size > 0) std::memcpy(target, left_.data(), size);
    left_ = left_.subspan(size);
  }
  std::span<const std::byte> left_;
  bool ok_ = true;
};

}  // namespace millwright
