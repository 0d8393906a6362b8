#include "tool/progress.hpp"

#include <unistd.h>

#include <cstdio>
#include <string>

namespace millwright::tool {

namespace {
constexpr auto interval = std::chrono::milliseconds(100);
constexpr std::size_t bar_width = 30;
}  // namespace

progress_line::progress_line(bool wanted, std::uint64_t total)
    : wanted_(wanted && total > 0 && ::isatty(STDERR_FILENO) == 1), total_(total), next_(std::chrono::steady_clock::now() + interval) {}

void progress_line::update(std::uint64_t done, std::uint64_t windows, std::uint64_t episodes) {
  if (!wanted_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + interval;
  const double share = done < total_ ? static_cast<double>(done) / static_cast<double>(total_) : 1.0;
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(bar_width));
  const std::string bar = std::string(filled, '#') + std::string(bar_width - filled, '.');
  std::fprintf(stderr, "\r[%s] %3.0f %%  %llu windows  %llu episodes\033[K", bar.c_str(), 100.0 * share,
               static_cast<unsigned long long>(windows), static_cast<unsigned long long>(episodes));
  std::fflush(stderr);
  drawn_ = true;
}

void progress_line::clear() {
  if (!drawn_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace millwright::tool
