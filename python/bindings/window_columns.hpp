#pragma once

#include <map>

#include "bindings.hpp"
#include "millwright/pipeline/pipeline.hpp"
#include "millwright/pipeline/stream.hpp"

namespace millwright_python {

/// Window results gathered column by column, and the latest state of every episode that changed.
class window_columns {
 public:
  explicit window_columns(const mw::pipeline& model) : model_(model) {}

  /// Never throws: it runs inside stream::push. Out of memory is told by to_dict.
  void add(const mw::window_result& w) noexcept;
  /// Moves the columns into NumPy arrays. Raises MemoryError if one could not grow.
  [[nodiscard]] py::dict to_dict();

 private:
  mw::pipeline model_;
  std::vector<std::int64_t> end_time_;
  std::vector<double> features_, scores_, severities_, severity_;
  std::vector<std::int32_t> regime_;
  std::vector<std::uint32_t> quality_;
  std::vector<std::uint8_t> scored_, alarm_;
  std::vector<std::vector<double>> shadow_severity_;  // of each shadow judge
  std::map<std::uint64_t, mw::episode> episodes_;
  bool is_exhausted_ = false;
};

}  // namespace millwright_python
