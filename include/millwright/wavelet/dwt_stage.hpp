#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "millwright/core/signal_stage.hpp"
#include "millwright/wavelet/dwt.hpp"

namespace millwright {

/// wavedec of an endless signal: one item for each coefficient of the coarsest approximation, 2^level columns out for one in, the
/// rate divided by 2^level. Item i holds all coefficients that belong to it, in the order of wavedec:
///
///   a_L[i] | d_L[i] | d_{L-1}[2i] d_{L-1}[2i+1] | ... | d_1[2^{L-1} i] .. d_1[2^{L-1} (i+1) - 1]          (dwt_slot tells the places)
///
/// The output, flush included, holds the coefficients of wavedec over the whole signal, bit for bit: the start waits for the few
/// samples that the mode needs to extend it, the end is extended in flush. Because of the ends a fine level may have fewer
/// coefficients than the items have places; places past a level's end hold 0, which adds nothing to an energy.
/// Modes that need the other end of the signal (periodic, periodization) are refused.
/// O(length) a sample. A sample that is not finite spoils the coefficients whose filters reach it.
template <class Real>
class dwt_stage {
 public:
  static constexpr std::string_view id = "dwt";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::analysis;
  static constexpr std::string_view doc =
      "Discrete wavelet transform of a stream: an item holds one coarsest approximation and all details that belong to it.";
  static constexpr std::int64_t deepest = 12;

  std::string wavelet = "db4";
  std::int64_t level = 4;
  std::string mode = "symmetric";

  static auto params() {
    return std::tuple{
        choice("wavelet", &dwt_stage::wavelet, "db4", {}, "haar, db1-20, sym2-20, coif1-5, bior or rbio, by PyWavelets' names"),
        integer("level", &dwt_stage::level, 4, 1, deepest, unit::none, "times that the approximation is split"),
        choice("mode", &dwt_stage::mode, "symmetric",
               "zero|constant|symmetric|reflect|smooth|antisymmetric|antireflect|periodic|periodization",
               "how the signal goes on past its ends; a stream has no periodic ones")};
  }
  static auto model() { return std::tuple<>{}; }

  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(seen_, held_, waiting_, lines_, queues_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept;

 private:
  [[nodiscard]] std::size_t levels() const noexcept { return static_cast<std::size_t>(level); }
  [[nodiscard]] std::size_t arrivals(std::size_t j) const noexcept;
  [[nodiscard]] std::size_t line_size(std::size_t j) const noexcept;
  [[nodiscard]] std::size_t queue_size(std::size_t j) const noexcept;
  [[nodiscard]] Real* line(std::size_t column, std::size_t j) noexcept;
  [[nodiscard]] Real* queue(std::size_t column, std::size_t j) noexcept;
  [[nodiscard]] Real* approximations(std::size_t column, std::size_t j) noexcept;
  void take(std::size_t j, std::size_t added) noexcept;
  [[nodiscard]] std::size_t advance(std::size_t j) noexcept;
  [[nodiscard]] std::size_t finish(std::size_t j) noexcept;
  void give(std::size_t j, std::size_t outputs) noexcept;
  std::size_t emit(Real* out) noexcept;

  wavelet_bank<Real> bank_;
  std::size_t columns_ = 0;
  std::size_t max_items_ = 0;
  std::size_t line_total_ = 0;        // of one column
  std::size_t queue_total_ = 0;       // of one column
  std::span<std::uint64_t> seen_;     // for each level: samples of the approximation below it, since the start
  std::span<std::uint64_t> held_;     // for each level: values in its line
  std::span<std::uint64_t> waiting_;  // for each level, then the approximation: coefficients in the queue
  std::span<Real> lines_;
  std::span<Real> queues_;
};

/// Column of an item (for one channel, counted from its first) that holds the k-th of the 2^(level - j) details of level j; the
/// approximation is column 0.
[[nodiscard]] constexpr std::size_t dwt_slot(std::size_t level, std::size_t j, std::size_t k) noexcept {
  return (std::size_t{1} << (level - j)) + k;
}

}  // namespace millwright
