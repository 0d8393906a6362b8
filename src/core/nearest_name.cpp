#include "core/nearest_name.hpp"

#include <algorithm>
#include <vector>

namespace millwright::detail {

namespace {
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}
}  // namespace

std::string suggestion(std::string_view name, std::span<const std::string_view> known) {
  constexpr std::size_t longest_compared = 64;  // names from hostile files may be long
  std::string text;
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (auto candidate : known) {
    if (name.size() > longest_compared || candidate.size() > longest_compared) continue;
    if (const auto d = edit_distance(name, candidate); d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  if (!best.empty()) text = "did you mean \"" + std::string(best) + "\"? ";
  text += known.empty() ? "there are none" : "known: ";
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (i > 0) text += ", ";
    text += known[i];
  }
  return text;
}

}  // namespace millwright::detail
