#include "millwright/numeric/cpu.hpp"

#include <atomic>
#include <cstdlib>

#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/fft.hpp"
#include "millwright/version.hpp"

namespace millwright {

namespace detail {

// One table per kernel file; a file for another architecture is empty, and its table must not be named.
extern const kernel_table scalar_kernels;
#if defined(__x86_64__)
extern const kernel_table sse2_kernels;
extern const kernel_table avx2_kernels;
extern const kernel_table avx512_kernels;
#elif defined(__aarch64__)
extern const kernel_table neon64_kernels;
#endif

}  // namespace detail

namespace {

constexpr kernel_level all_levels[] = {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512,
                                       kernel_level::neon64};
constexpr const char* environment_variable = "MILLWRIGHT_LEVEL";

/// The table of a level this build has kernels for, else nullptr.
const detail::kernel_table* compiled(kernel_level level) noexcept {
  switch (level) {
    case kernel_level::scalar: return &detail::scalar_kernels;
#if defined(__x86_64__)
    case kernel_level::sse2: return &detail::sse2_kernels;
    case kernel_level::avx2: return &detail::avx2_kernels;
    case kernel_level::avx512: return &detail::avx512_kernels;
#elif defined(__aarch64__)
    case kernel_level::neon64: return &detail::neon64_kernels;
#endif
    default: return nullptr;
  }
}

/// Whether CPU and operating system run the level; only asked for compiled ones. The compiler's run-time support checks XCR0,
/// that is, whether the operating system saves the wide registers.
bool supported(kernel_level level) noexcept {
#if defined(__x86_64__)
  if (level == kernel_level::avx2) return __builtin_cpu_supports("avx2") != 0;
  if (level == kernel_level::avx512) {
    return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512cd") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
           __builtin_cpu_supports("avx512bw") != 0;
  }
#endif
  static_cast<void>(level);  // scalar; SSE2 is part of x86-64, and Advanced SIMD of AArch64
  return true;
}

const detail::kernel_table& best() noexcept {
  const detail::kernel_table* found = &detail::scalar_kernels;
  for (const kernel_level level : all_levels) {
    if (const auto* kernels = detail::kernels_of(level)) found = kernels;
  }
  return *found;
}

/// The level by default: of the environment if it names an available one, else the best. show_config tells when it does not.
const detail::kernel_table& chosen_at_start() noexcept {
  static const detail::kernel_table* const chosen = []() noexcept {
    const char* text = std::getenv(environment_variable);
    const auto wanted = text != nullptr ? parse_kernel_level(text) : std::nullopt;
    const auto* kernels = wanted ? detail::kernels_of(*wanted) : nullptr;
    return kernels != nullptr ? kernels : &best();
  }();
  return *chosen;
}

std::atomic<const detail::kernel_table*>& forced() noexcept {
  static std::atomic<const detail::kernel_table*> table{nullptr};
  return table;
}

std::string compiler() {
#if defined(__clang__)
  return std::string("clang ") + __clang_version__;
#elif defined(__GNUC__)
  return std::string("gcc ") + __VERSION__;
#else
  return "unknown";
#endif
}

}  // namespace

namespace detail {

const kernel_table* kernels_of(kernel_level level) noexcept {
  const kernel_table* table = compiled(level);
  return table != nullptr && supported(level) ? table : nullptr;
}

const kernel_table& active_kernels() noexcept {
  const kernel_table* table = forced().load(std::memory_order_acquire);
  return table != nullptr ? *table : chosen_at_start();
}

}  // namespace detail

std::string_view to_string(kernel_level level) noexcept {
  switch (level) {
    case kernel_level::scalar: return "scalar";
    case kernel_level::sse2: return "sse2";
    case kernel_level::avx2: return "avx2";
    case kernel_level::avx512: return "avx512";
    case kernel_level::neon64: return "neon64";
  }
  return "unknown";
}

std::optional<kernel_level> parse_kernel_level(std::string_view text) noexcept {
  for (const kernel_level level : all_levels) {
    if (text == to_string(level)) return level;
  }
  return std::nullopt;
}

bool is_available(kernel_level level) noexcept { return detail::kernels_of(level) != nullptr; }

kernel_level active_kernel_level() noexcept { return detail::active_kernels().level; }

result<void> force_kernel_level(kernel_level level) {
  const detail::kernel_table* kernels = detail::kernels_of(level);
  if (kernels == nullptr) {
    return error(errc::invalid_argument, "force_kernel_level",
                 "kernel level " + std::string(to_string(level)) + " is not available on this machine or in this build",
                 "show_config() lists the available levels");
  }
  forced().store(kernels, std::memory_order_release);
  return {};
}

std::string show_config() {
  std::string compiled_levels;
  std::string available_levels;
  for (const kernel_level level : all_levels) {
    if (compiled(level) != nullptr) (compiled_levels += compiled_levels.empty() ? "" : " ") += to_string(level);
    if (is_available(level)) (available_levels += available_levels.empty() ? "" : " ") += to_string(level);
  }
  std::string text;
  const auto line = [&text](std::string_view key, std::string_view value) { text.append(key).append(": ").append(value).append("\n"); };
  line("version", version_string);
  line("numerics_id", numerics_id);
  line("fft_backend", real_fft<double>::backend());
  line("compiler", compiler());
  line("kernel_levels_compiled", compiled_levels);
  line("kernel_levels_available", available_levels);
  line("kernel_level", to_string(active_kernel_level()));
  if (const char* wanted = std::getenv(environment_variable)) {
    const auto level = parse_kernel_level(wanted);
    line(environment_variable, std::string(wanted) + (level && is_available(*level) ? "" : " (not available here, ignored)"));
  }
  return text;
}

}  // namespace millwright
