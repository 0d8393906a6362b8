#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/byte_source.hpp"
#include "millwright/ingest/readers.hpp"

namespace millwright::detail {

// Every format is a class with open(byte_source, options) and these members, which signal_reader::implementation calls:
//   result<sample_block> next(std::size_t max_samples);
//   bool seek(std::uint64_t position): false where only reading on leads there;   std::optional<std::uint64_t> size() const;
//   std::vector<channel> channels;   reader_counters counters;

inline constexpr std::size_t most_reader_channels = 65536;
inline constexpr std::size_t most_block_samples = std::size_t{1} << 24;

/// Channels from names (or ch0 ...), units and rate of the options. Errors: counts that differ, empty or repeated names.
result<std::vector<channel>> declare_channels(const std::vector<std::string>& names, std::size_t count, double rate_hz,
                                              const reader_options& options, const std::string& where);

/// Which columns of `present` the options' names ask for, in that order; all but `left_out` if they ask for none.
result<std::vector<std::size_t>> choose_columns(const std::vector<std::string>& present, const std::vector<std::size_t>& left_out,
                                                const reader_options& options, const std::string& where);

/// Counts a bad line and keeps the first few.
void count_bad_line(reader_counters& counters, std::uint64_t line, std::string_view reason) noexcept;

/// Whether a column name is one that clocks have ("time", "timestamp", ...), in any case.
[[nodiscard]] bool is_time_name(std::string_view name) noexcept;

}  // namespace millwright::detail
