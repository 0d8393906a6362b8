#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/signal_stage.hpp"
#include "millwright/filter/polyphase_fir.hpp"
#include "millwright/filter/sos_cascade.hpp"

namespace millwright {

/// Lowers the sampling rate of every column by an integer factor behind an anti-aliasing filter: every factor-th sample is kept, the
/// first one included. The filters are those of scipy.signal.decimate(zero_phase=False):
///  fir  Hamming window, 20 factor + 1 taps, edge (half amplitude) at the new half rate; only kept outputs are computed; linear phase,
///       delay_s grows by 10 factor samples of the input
///  iir  Chebyshev I, order 8, ripple 0.05 dB, pass band to 0.8 of the new half rate; frequency-dependent delay, not in delay_s
/// Both start at rest.
/// A sample that is not finite spoils the outputs that the FIR filter makes of it; the IIR filter leaves it out and gives NaN when it
/// was to be kept.
/// Source: Crochiere & Rabiner, Multirate Digital Signal Processing, 1983.
template <class Real>
class decimator {
 public:
  static constexpr std::string_view id = "decimator";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::condition;
  static constexpr std::string_view doc = "Keeps every factor-th sample of each column behind an anti-aliasing filter.";

  std::int64_t factor = 4;    ///< input rate over output rate
  std::string ftype = "fir";  ///< anti-aliasing filter
  std::int64_t order = 0;     ///< taps - 1, or order of the IIR filter; 0: 20 factor, or 8

  static auto params() {
    return std::tuple{integer("factor", &decimator::factor, 4, 1, 10'000, unit::none, "input rate over output rate"),
                      choice("ftype", &decimator::ftype, "fir", "fir|iir", "anti-aliasing filter: linear phase, or Chebyshev I"),
                      integer("order", &decimator::order, 0, 0, 1 << 19, unit::none,
                              "number of taps - 1, or order of the IIR filter (at most 20); 0: 20 factor, or 8")};
  }
  static auto model() { return std::tuple<>{}; }

  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(until_kept_);
    if (ftype == "iir") {
      cascade_.persist(archive);
    } else {
      polyphase_.persist(archive);
    }
  }
  [[nodiscard]] bool state_is_valid() const noexcept {
    return until_kept_ < static_cast<std::uint64_t>(factor) && (ftype == "iir" || polyphase_.state_is_valid());
  }

 private:
  std::size_t columns_ = 1;
  polyphase_fir<Real> polyphase_;
  sos_cascade cascade_;
  std::span<double> block_;       // IIR only: filtered, before samples are dropped
  std::uint64_t until_kept_ = 0;  // items to drop before the next one kept, IIR only
};

/// Taps of the FIR filter of a decimator: firwin(order + 1, half the new rate, "hamming"). Errors: those of firwin.
[[nodiscard]] result<std::vector<double>> decimator_taps(std::size_t factor, std::size_t order);
/// Sections of its IIR filter: Chebyshev I of `order`. Errors: those of design_sos.
[[nodiscard]] result<std::vector<sos_section>> decimator_sections(std::size_t factor, std::int64_t order);

}  // namespace millwright
