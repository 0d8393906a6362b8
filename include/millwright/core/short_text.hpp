#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace millwright {

/// Text of at most Capacity bytes inside the object, for records that stand in fixed memory and in checkpoints. Unlike fixed_text, which
/// cuts what an error says, it remembers that a text was too long, so that whoever takes the record can refuse it.
template <std::size_t Capacity>
class short_text {
  static_assert(Capacity < UINT16_MAX);

 public:
  static constexpr std::size_t capacity = Capacity;

  constexpr short_text() noexcept = default;
  template <std::convertible_to<std::string_view> Text>
  short_text(const Text& text) noexcept {  // NOLINT(google-explicit-constructor): reads as the text it holds
    const std::string_view view = text;
    size_ = static_cast<std::uint16_t>(view.size() > Capacity ? Capacity + 1 : view.size());
    if (size_ <= Capacity && size_ > 0) std::memcpy(data_, view.data(), size_);
  }

  /// Whether the text had room. If not, view() is empty.
  [[nodiscard]] bool fits() const noexcept { return size_ <= Capacity; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::string_view view() const noexcept { return {data_, fits() ? size_ : std::size_t{0}}; }
  bool operator==(const short_text&) const = default;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    std::span<char> all(data_);
    archive(size_, all);
  }

 private:
  char data_[Capacity] = {};
  std::uint16_t size_ = 0;  // Capacity + 1: the text was too long
};

}  // namespace millwright
