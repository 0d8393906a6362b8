#include "detect/forest/forest_packing.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

namespace millwright::detail {

namespace {

constexpr std::size_t most_nodes_of_tree = 65535;  // indices in a tree have 16 bits
constexpr std::size_t most_nodes = std::size_t{1} << 24;

error misfit(std::string_view what) {
  return {errc::corrupt_file, "quantized_forest", what, "save the bundle again from the fitted pipeline"};
}

/// Lowest bit first.
class bit_writer {
 public:
  void put(std::uint32_t value, unsigned width) {
    pending_ |= std::uint64_t{value} << held_;
    for (held_ += width; held_ >= 8; held_ -= 8, pending_ >>= 8) bytes_.push_back(static_cast<std::uint8_t>(pending_));
  }
  [[nodiscard]] std::vector<std::uint8_t> take() {
    if (held_ > 0) bytes_.push_back(static_cast<std::uint8_t>(pending_));
    return std::move(bytes_);
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::uint64_t pending_ = 0;
  unsigned held_ = 0;
};

/// 0 beyond the end; ask `past_end` before trusting what was read.
class bit_reader {
 public:
  explicit bit_reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  std::uint32_t get(unsigned width) noexcept {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < width; ++i, ++at_) {
      if (at_ / 8 < bytes_.size()) value |= static_cast<std::uint32_t>((bytes_[at_ / 8] >> (at_ % 8)) & 1U) << i;
    }
    return value;
  }
  [[nodiscard]] bool past_end() const noexcept { return at_ > 8 * bytes_.size(); }
  [[nodiscard]] bool at_end() const noexcept { return (at_ + 7) / 8 == bytes_.size(); }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

/// Finite doubles as integers in the same order, both zeros being 0.
std::int64_t ordinal(double x) noexcept {
  const auto magnitude = static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(x) & 0x7fffffffffffffff);
  return x < 0.0 ? -magnitude : magnitude;
}
double from_ordinal(std::int64_t n) noexcept {
  const double magnitude = std::bit_cast<double>(static_cast<std::uint64_t>(n < 0 ? -n : n));
  return n < 0 ? -magnitude : magnitude;
}

/// The smallest float32 that is >= x; infinite above all of them.
float round_up(double x) noexcept {
  constexpr double largest = std::numeric_limits<float>::max();
  if (x > largest) return std::numeric_limits<float>::infinity();
  if (x <= -largest) return std::numeric_limits<float>::lowest();
  const auto nearest = static_cast<float>(x);
  if (static_cast<double>(nearest) >= x) return nearest;
  if (nearest == 0.0F) return std::numeric_limits<float>::denorm_min();
  const auto bits = std::bit_cast<std::uint32_t>(nearest);
  return std::bit_cast<float>(nearest > 0.0F ? bits + 1 : bits - 1);
}

bool is_finite(double x) noexcept { return x - x == 0.0; }

}  // namespace

unsigned bits_for(std::size_t count) noexcept { return count < 3 ? 1U : static_cast<unsigned>(std::bit_width(count - 1)); }

result<threshold_codec> threshold_codec::of(threshold_form form, std::size_t columns, std::span<const double> table,
                                            std::span<const std::int32_t> start) {
  threshold_codec codec;
  codec.form_ = form;
  codec.table_ = table;
  codec.start_ = start;
  if (!std::all_of(table.begin(), table.end(), is_finite)) return misfit("the packed forest's table holds a value that is not finite");
  if (form == threshold_form::rank) {
    if (start.size() != columns + 1 || start.front() != 0 || !std::is_sorted(start.begin(), start.end()) ||
        static_cast<std::size_t>(start.back()) != table.size()) {
      return misfit("the packed forest's table of thresholds does not fit its columns");
    }
    for (std::size_t f = 0; f < columns; ++f) {
      const auto last = table.begin() + start[f + 1];
      if (std::adjacent_find(table.begin() + start[f], last, std::greater_equal<>()) != last)
        return misfit("the packed forest's thresholds are out of order");
    }
  } else if (form == threshold_form::fixed16) {
    bool fits = table.size() == 2 * columns;
    for (std::size_t f = 0; fits && f < columns; ++f) fits = table[2 * f + 1] > 0.0;
    if (!fits) return misfit("the packed forest's steps do not fit its columns");
  }
  return codec;
}

unsigned threshold_codec::width(std::size_t feature) const noexcept {
  if (form_ == threshold_form::float32) return 32;
  if (form_ == threshold_form::fixed16) return 16;
  return bits_for(static_cast<std::size_t>(start_[feature + 1] - start_[feature]));
}

bool threshold_codec::is_code(std::size_t feature, std::uint32_t code) const noexcept {
  if (form_ == threshold_form::rank) return code < static_cast<std::uint32_t>(start_[feature + 1] - start_[feature]);
  if (form_ == threshold_form::fixed16) return code <= static_cast<std::uint32_t>(last_code);
  return is_finite(std::bit_cast<float>(code));
}

bool threshold_codec::reaches(std::size_t feature, std::uint32_t code, double value) const noexcept {
  return (value - table_[2 * feature]) * table_[2 * feature + 1] >= static_cast<double>(code);
}

double threshold_codec::value(std::size_t feature, std::uint32_t code) const noexcept {
  if (form_ == threshold_form::rank) return table_[static_cast<std::size_t>(start_[feature]) + code];
  if (form_ == threshold_form::float32) return std::bit_cast<float>(code);
  // Devices compare (value - first) * steps with the code; that is monotone in the value, so bisection finds where it turns.
  // It turns within a few roundings of the inverse, and the whole line is the bracket where it does not.
  constexpr double largest = std::numeric_limits<double>::max();
  const double guess = table_[2 * feature] + static_cast<double>(code) / table_[2 * feature + 1];
  std::int64_t low = ordinal(-largest);
  std::int64_t high = ordinal(largest);
  if (is_finite(guess)) {
    const std::int64_t below = std::max(low, ordinal(guess) - 64);
    const std::int64_t above = std::min(high, ordinal(guess) + 64);
    if (!reaches(feature, code, from_ordinal(below))) low = below;
    if (reaches(feature, code, from_ordinal(above))) high = above;
  }
  if (reaches(feature, code, from_ordinal(low))) return from_ordinal(low);
  if (!reaches(feature, code, from_ordinal(high))) return std::numeric_limits<double>::infinity();
  while (high - 1 > low) {
    const std::int64_t middle = std::midpoint(low, high);
    (reaches(feature, code, from_ordinal(middle)) ? high : low) = middle;
  }
  return from_ordinal(high);
}

std::optional<std::uint32_t> threshold_codec::code(std::size_t feature, double threshold) const noexcept {
  switch (form_) {
    case threshold_form::rank: {
      const auto first = table_.begin() + start_[feature];
      return static_cast<std::uint32_t>(std::lower_bound(first, table_.begin() + start_[feature + 1], threshold) - first);
    }
    case threshold_form::float32: {
      const float rounded = round_up(threshold);
      if (!is_finite(rounded)) return std::nullopt;
      return std::bit_cast<std::uint32_t>(rounded);
    }
    case threshold_form::fixed16: break;
  }
  const double position = (threshold - table_[2 * feature]) * table_[2 * feature + 1];
  return static_cast<std::uint32_t>(std::min(std::max(position, 0.0), last_code) + 0.5);
}

result<threshold_tables> tables_for(threshold_form form, std::vector<std::vector<double>> thresholds) {
  threshold_tables tables;
  if (form == threshold_form::rank) tables.start.push_back(0);
  for (std::size_t f = 0; f < thresholds.size(); ++f) {
    const auto& own = thresholds[f];
    if (form == threshold_form::rank) {
      tables.table.insert(tables.table.end(), own.begin(), own.end());
      tables.start.push_back(static_cast<std::int32_t>(tables.table.size()));
    } else if (form == threshold_form::fixed16) {
      const double first = own.empty() ? 0.0 : own.front();
      const double range = own.empty() ? 0.0 : own.back() - first;
      if (!is_finite(range)) {
        return error(errc::invalid_data, "quantized_forest",
                     "the thresholds of column " + std::to_string(f) + " are too far apart for equal steps", "set precision to rank");
      }
      // Ranges below the bound are one step of it: finer ones would need steps that are no numbers.
      constexpr double most_codes_per_unit = 1e300;
      tables.table.push_back(first);
      tables.table.push_back(range > 0.0 ? std::min(threshold_codec::last_code / range, most_codes_per_unit) : 1.0);
    }
  }
  return tables;
}

std::vector<std::uint8_t> write_trees(const coded_trees& trees, const threshold_codec& codec, std::size_t columns, std::size_t paths) {
  const unsigned feature_width = bits_for(columns);
  const unsigned path_width = bits_for(paths);
  bit_writer writer;
  std::vector<std::size_t> pending;
  for (std::size_t t = 0; t + 1 < trees.start.size(); ++t) {
    const auto root = static_cast<std::size_t>(trees.start[t]);
    pending.assign(1, root);
    while (!pending.empty()) {
      const std::size_t at = pending.back();
      pending.pop_back();
      const std::size_t feature = trees.node[2 * at];
      writer.put(feature < columns ? 1 : 0, 1);
      if (feature < columns) {
        writer.put(static_cast<std::uint32_t>(feature), feature_width);
        writer.put(trees.code[at], codec.width(feature));
        const std::size_t left = root + trees.node[2 * at + 1];
        pending.push_back(left + 1);
        pending.push_back(left);
      } else {
        writer.put(trees.code[at], path_width);
      }
    }
  }
  return writer.take();
}

result<coded_trees> read_trees(std::span<const std::uint8_t> bits, const threshold_codec& codec, std::size_t columns, std::size_t paths,
                               std::size_t trees) {
  const unsigned feature_width = bits_for(columns);
  const unsigned path_width = bits_for(paths);
  bit_reader reader(bits);
  coded_trees out;
  out.start.push_back(0);
  std::vector<std::size_t> pending;
  const auto grow = [&](std::size_t nodes) {
    out.code.resize(out.code.size() + nodes);
    out.node.resize(2 * out.code.size());
  };
  for (std::size_t t = 0; t < trees; ++t) {
    const std::size_t root = out.code.size();
    grow(1);
    pending.assign(1, root);
    while (!pending.empty()) {
      const std::size_t at = pending.back();
      pending.pop_back();
      if (reader.get(1) == 1) {
        const std::size_t feature = reader.get(feature_width);
        if (feature >= columns) return misfit("the packed forest splits a column that does not exist");
        out.code[at] = reader.get(codec.width(feature));
        if (!codec.is_code(feature, out.code[at])) return misfit("the packed forest holds a threshold that does not exist");
        const std::size_t left = out.code.size();
        if (left + 2 - root > most_nodes_of_tree || left + 2 > most_nodes) return misfit("the packed forest has too many nodes");
        grow(2);
        out.node[2 * at] = static_cast<std::uint16_t>(feature);
        out.node[2 * at + 1] = static_cast<std::uint16_t>(left - root);
        pending.push_back(left + 1);
        pending.push_back(left);
      } else {
        out.code[at] = reader.get(path_width);
        if (out.code[at] >= paths) return misfit("the packed forest holds a path length that does not exist");
        out.node[2 * at] = static_cast<std::uint16_t>(columns);
        out.node[2 * at + 1] = static_cast<std::uint16_t>(at - root);
      }
      if (reader.past_end()) return misfit("the packed forest ends within a tree");
    }
    out.start.push_back(static_cast<std::int32_t>(out.code.size()));
  }
  if (!reader.at_end()) return misfit("the packed forest is longer than its trees");
  return out;
}

}  // namespace millwright::detail
