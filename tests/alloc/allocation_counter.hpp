// Counts what a running stream must not do: take or give back memory, lock, call the operating system.
#pragma once

#include <cstdint>
#include <string>

namespace millwright::test {

struct intrusions {
  std::uint64_t allocations = 0;  ///< malloc and its kin; operator new ends there too
  std::uint64_t frees = 0;
  std::uint64_t locks = 0;  ///< pthread_mutex_lock
  std::uint64_t system_calls = 0;
  long first_system_call = -1;  ///< its number

  [[nodiscard]] bool none() const noexcept { return allocations == 0 && frees == 0 && locks == 0 && system_calls == 0; }
  [[nodiscard]] std::string text() const;
};

/// Watches this thread from construction to stop().
class watch {
 public:
  watch() noexcept;
  ~watch();
  watch(const watch&) = delete;
  watch& operator=(const watch&) = delete;
  [[nodiscard]] intrusions stop() noexcept;

  /// Whether this kernel and architecture let us see system calls.
  static bool sees_system_calls() noexcept;
};

}  // namespace millwright::test
