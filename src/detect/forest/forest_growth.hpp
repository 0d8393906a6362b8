#pragma once

#include <algorithm>
#include <cstddef>
#include <thread>
#include <vector>

#include "millwright/core/params.hpp"

namespace millwright::detail {

/// Mean path length of an unsuccessful search among n rows, for n = 0 .. most: 2 H(n-1) - 2 (n-1) / n.
[[nodiscard]] inline std::vector<double> average_paths(std::size_t most) {
  std::vector<double> paths(most + 1, 0.0);
  double harmonic = 0.0;
  for (std::size_t n = 2; n <= most; ++n) {
    const double m = static_cast<double>(n);
    harmonic += 1.0 / (m - 1.0);
    paths[n] = 2.0 * harmonic - 2.0 * (m - 1.0) / m;
  }
  return paths;
}

/// The setting `threads` as a number; all: one per processor.
[[nodiscard]] inline std::size_t threads_of(const number_or_word<std::int64_t>& setting) {
  return static_cast<std::size_t>(setting.number_or(std::max(1U, std::thread::hardware_concurrency())));
}

/// Grows `count` trees on `threads` threads, each with a worker of its own; tree t is worker.grow(t).
template <class Tree, class MakeWorker>
[[nodiscard]] std::vector<Tree> grow_trees(std::size_t count, std::size_t threads, const MakeWorker& make_worker) {
  threads = std::min(threads, count);
  std::vector<Tree> forest(count);
  const auto work = [&](std::size_t first) {
    auto worker = make_worker();
    for (std::size_t t = first; t < count; t += threads) forest[t] = worker.grow(t);
  };
  std::vector<std::thread> helpers;
  for (std::size_t h = 1; h < threads; ++h) helpers.emplace_back(work, h);
  work(0);
  for (auto& h : helpers) h.join();
  return forest;
}

}  // namespace millwright::detail
