#include "millwright/core/signal_stage.hpp"

#include <cmath>
#include <string>

namespace millwright::detail {

result<void> check_signal_port(const signal_port& in, std::size_t wanted_columns, std::string_view stage) {
  if (in.columns == 0 || (wanted_columns != 0 && in.columns != wanted_columns)) {
    const std::string wanted = wanted_columns == 0 ? std::string("at least one") : std::to_string(wanted_columns);
    return error(errc::invalid_argument, stage, "the input has " + std::to_string(in.columns) + " columns", "give " + wanted);
  }
  if (!(in.rate_hz > 0.0) || !std::isfinite(in.rate_hz)) {
    return error(errc::invalid_argument, stage, "the sampling rate is not a positive number", "give the rate of the input in hertz");
  }
  if (in.max_items == 0) {
    return error(errc::invalid_argument, stage, "max_items is 0", "give the largest number of items that one call will bring");
  }
  if (in.columns > signal_port::most_columns || in.max_items > signal_port::most_items ||
      in.columns > signal_port::most_values / in.max_items) {
    return error(errc::limit_exceeded, stage,
                 std::to_string(in.max_items) + " items of " + std::to_string(in.columns) + " columns in one call",
                 sizeof(std::size_t) > 4 ? "give at most 2^20 columns and 2^40 values; cut the input into pieces of max_items"
                                         : "give at most 2^10 columns and 2^24 values; cut the input into pieces of max_items");
  }
  return {};
}

result<void> check_carved(const workspace& memory, std::string_view where) {
  if (!memory.exhausted()) return {};
  if (memory.measuring()) {
    return error(errc::limit_exceeded, where, "more memory is needed than can be addressed", "lower max_items, columns or lengths");
  }
  return error(errc::out_of_memory, where, "the memory given does not suffice", "give as much as a measuring prepare counts");
}

result<void> check_prepared(const signal_port& out, const workspace& memory, std::string_view stage) {
  MILLWRIGHT_CHECK(check_carved(memory, stage));
  if (out.columns == 0 || out.max_items == 0 || out.columns > signal_port::most_values / out.max_items) {
    return error(errc::limit_exceeded, stage,
                 std::to_string(out.max_items) + " items of " + std::to_string(out.columns) + " columns would come out of one call",
                 "lower max_items");
  }
  return {};
}

}  // namespace millwright::detail
