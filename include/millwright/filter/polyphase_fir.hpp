#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"

namespace millwright {

namespace detail {
struct kernel_table;
}

/// Upsample by `up`, FIR filter, downsample by `down`, computing only what is kept: y[m] = sum_j taps[offset + m down - j up] x[j], with
/// x = 0 outside the signal. The prepared form behind upfirdn, resample_poly and decimate. Interleaved columns, products and sums in
/// double. O(taps / up) a kept output.
/// A sample that is not finite makes the outputs that reach it NaN, no others.
/// Source: Crochiere & Rabiner, Multirate Digital Signal Processing, 1983.
template <class Real>
class polyphase_fir {
 public:
  /// How many outputs n inputs have when the stream ends.
  enum class length : std::uint8_t {
    causal,  ///< only those whose newest input has come; nothing is left to flush
    same,    ///< ceil(n up / down)
    full,    ///< all that are not zero by construction: ((n - 1) up + taps - 1) / down + 1; some zeros more when taps < up
  };

  /// `max_items`: most items of one process call. Errors: no taps, up or down 0, sizes that do not fit memory.
  result<void> prepare(std::span<const double> taps, std::size_t up, std::size_t down, std::size_t offset, length end, std::size_t columns,
                       std::size_t max_items, workspace& memory);
  /// Memory for a copy of a prepared one, which shares the taps.
  void take(workspace& memory) noexcept;
  void reset() noexcept;

  /// Values written, a multiple of the columns; `out` has room for max_output_items items.
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;
  /// Most items that one process or flush gives.
  [[nodiscard]] std::size_t max_output_items() const noexcept { return max_output_items_; }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    for (std::size_t c = 0; c < columns_ && !history_.empty(); ++c) {
      auto history = history_.subspan(c * (phase_taps_ - 1), phase_taps_ - 1);
      archive(history);
    }
    archive(newest_needed_, phase_, items_in_, items_out_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept;

 private:
  [[nodiscard]] std::uint64_t total_items() const noexcept;
  void load_history() noexcept;
  void store_history() noexcept;
  std::size_t advance(std::size_t fresh, std::uint64_t last_output, Real* out) noexcept;

  std::shared_ptr<const std::vector<double>> taps_;
  std::size_t up_ = 1, down_ = 1, offset_ = 0, columns_ = 1;
  std::size_t phase_taps_ = 0;  // taps of one phase, filled up with zeros
  std::size_t block_items_ = 0;
  std::size_t max_output_items_ = 0;
  length end_ = length::causal;
  const detail::kernel_table* kernels_ = nullptr;

  table<double> phases_;             // up x phase_taps, each reversed
  std::span<double> history_;        // columns x (phase_taps - 1): the last inputs
  std::span<double> line_;           // columns x (phase_taps - 1 + block): these, then a block of fresh ones
  std::uint64_t newest_needed_ = 0;  // how many more inputs the next output needs
  std::uint64_t phase_ = 0;
  std::uint64_t items_in_ = 0;
  std::uint64_t items_out_ = 0;
};

}  // namespace millwright
