#pragma once

#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/detail/filter_kernels.hpp"
#include "millwright/filter/design.hpp"

namespace millwright {

/// Second-order sections over interleaved columns, transposed direct form II in double: the prepared form of scipy.signal.sosfilt.
/// All columns run the same sections and have states of their own. O(items x columns x sections); sections work on different samples
/// at the same time, so that the latency of the recursion is hidden, and the result does not depend on how the input is cut.
/// A sample that is not finite, or above 1e100 in magnitude, gives NaN and leaves the state of its column as it was.
class sos_cascade {
 public:
  /// Errors: no section, or more than 1024 of them.
  result<void> prepare(std::vector<sos_section> sections, std::size_t columns, workspace& memory);
  /// Memory for a copy of a prepared one, which shares the sections.
  void take(workspace& memory) noexcept;
  /// At rest.
  void reset() noexcept;

  /// items x columns values; in and out may be the same memory when their types are the same.
  void process(const float* in, float* out, std::size_t items) noexcept;
  void process(const double* in, double* out, std::size_t items) noexcept;
  void process(const float* in, double* out, std::size_t items) noexcept;

  /// The state of one column, one entry a section.
  void set_state(std::size_t column, std::span<const sos_state> states, double scale = 1.0) noexcept;
  [[nodiscard]] sos_state state(std::size_t column, std::size_t section) const noexcept;

  [[nodiscard]] std::span<const sos_section> sections() const noexcept {
    return design_ ? std::span<const sos_section>(design_->sections) : std::span<const sos_section>();
  }
  [[nodiscard]] std::size_t columns() const noexcept { return columns_; }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(state_);
  }

 private:
  template <class In, class Out>
  void run(const In* in, Out* out, std::size_t items) noexcept;
  void run_column(std::size_t column, const double* in, double* out, std::size_t items) noexcept;

  struct design {
    std::vector<sos_section> sections;
    std::vector<detail::four_sections> groups;  // the sections, filled up with such that change nothing
  };

  std::shared_ptr<const design> design_;  // shared by copies
  std::size_t columns_ = 0;
  const detail::filter_kernels* kernels_ = nullptr;
  std::span<double> state_;  // columns x groups x four_states
  std::span<double> line_;   // one block of one column
};

/// Items until the response of the sections to a single sample has decayed to about a thousandth, by their slowest pole.
[[nodiscard]] double sos_settling_items(std::span<const sos_section> sections) noexcept;

}  // namespace millwright
