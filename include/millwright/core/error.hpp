#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "millwright/config.hpp"

namespace millwright {

/// What went wrong, coarse enough to branch on.
enum class errc : std::uint8_t {
  invalid_argument,  ///< a setting or call is out of its documented range
  invalid_data,      ///< input data cannot be used as given (wrong channel, wrong rate, not a number, empty)
  not_fitted,        ///< a learner was used before it was fitted
  out_of_memory,     ///< the caller's memory or a stated cap does not suffice
  io_error,          ///< the operating system refused a read or write
  corrupt_file,      ///< a file's bytes are not what its format or its checksum says
  incompatible,      ///< valid, but made for another version, numerics or pipeline
  limit_exceeded,    ///< a stated bound (channels, features, trees, nesting) was passed
};

/// "invalid_argument" and so on.
[[nodiscard]] std::string_view to_string(errc code) noexcept;

/// Text of bounded length inside the object, so that errors are trivially copyable; longer text is cut.
template <std::size_t Capacity>
class fixed_text {
 public:
  constexpr fixed_text() noexcept = default;
  fixed_text(std::string_view text) noexcept {  // NOLINT(google-explicit-constructor): reads as the text it holds
    size_ = static_cast<std::uint16_t>(text.size() < Capacity ? text.size() : Capacity);
    if (size_ > 0) std::memcpy(data_, text.data(), size_);
  }
  [[nodiscard]] std::string_view view() const noexcept { return {data_, size_}; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  char data_[Capacity] = {};
  std::uint16_t size_ = 0;
};

/// An error says what happened, where (stage, file, channel), and how to mend it. Trivially copyable.
struct error {
  errc code = errc::invalid_argument;
  fixed_text<80> where;
  fixed_text<320> what;
  fixed_text<240> mend;

  error() noexcept = default;
  error(errc c, std::string_view where_text, std::string_view what_text, std::string_view mend_text = {}) noexcept
      : code(c), where(where_text), what(what_text), mend(mend_text) {}

  /// "millwright: <what>\n  at: <where>\n  mend: <mend>", the form the command prints and Python raises.
  [[nodiscard]] std::string message() const;
};
static_assert(std::is_trivially_copyable_v<error>);

#if MILLWRIGHT_HAS_EXCEPTIONS
/// Thrown by result::value(), the only throwing function of the library; absent when exceptions are off.
class bad_result : public std::runtime_error {
 public:
  explicit bad_result(const error& e) : std::runtime_error(e.message()), error_(e) {}
  [[nodiscard]] const error& reason() const noexcept { return error_; }

 private:
  error error_;
};
[[noreturn]] inline void throw_bad_result(const error& e) { throw bad_result(e); }
#endif

/// Either a value or an error. Test it before dereferencing: `if (!r) return r.error();`.
template <class T>
class [[nodiscard]] result {
 public:
  result(T value) : held_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  result(const millwright::error& e) : held_(std::in_place_index<1>, e) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return held_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] T& operator*() & noexcept { return *pointer(); }
  [[nodiscard]] const T& operator*() const& noexcept { return *pointer(); }
  [[nodiscard]] T&& operator*() && noexcept { return std::move(*pointer()); }
  [[nodiscard]] T* operator->() noexcept { return pointer(); }
  [[nodiscard]] const T* operator->() const noexcept { return pointer(); }

  [[nodiscard]] const millwright::error& error() const noexcept {
    const auto* e = std::get_if<1>(&held_);
    MILLWRIGHT_ASSERT(e != nullptr);
    return *e;
  }

#if MILLWRIGHT_HAS_EXCEPTIONS
  [[nodiscard]] T& value() & {
    if (!has_value()) throw_bad_result(error());
    return *pointer();
  }
  /// By value, so that `for (x : f().value())` does not dangle.
  [[nodiscard]] T value() && {
    if (!has_value()) throw_bad_result(error());
    return std::move(*pointer());
  }
#endif

 private:
  T* pointer() noexcept {
    auto* p = std::get_if<0>(&held_);
    MILLWRIGHT_ASSERT(p != nullptr);
    return p;
  }
  const T* pointer() const noexcept {
    const auto* p = std::get_if<0>(&held_);
    MILLWRIGHT_ASSERT(p != nullptr);
    return p;
  }
  std::variant<T, millwright::error> held_;
};

/// Success without a value, or an error.
template <>
class [[nodiscard]] result<void> {
 public:
  result() noexcept = default;
  result(const millwright::error& e) noexcept : error_(e), failed_(true) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return !failed_; }
  explicit operator bool() const noexcept { return has_value(); }
  void operator*() const noexcept {}
  [[nodiscard]] const millwright::error& error() const noexcept {
    MILLWRIGHT_ASSERT(failed_);
    return error_;
  }
#if MILLWRIGHT_HAS_EXCEPTIONS
  void value() const {
    if (failed_) throw_bad_result(error_);
  }
#endif

 private:
  millwright::error error_;
  bool failed_ = false;
};

}  // namespace millwright
