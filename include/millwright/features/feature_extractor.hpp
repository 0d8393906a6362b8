#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "millwright/block.hpp"
#include "millwright/error.hpp"
#include "millwright/params.hpp"
#include "millwright/stage.hpp"
#include "millwright/window/windower.hpp"
#include "millwright/workspace.hpp"

namespace millwright {

/// Computes named features of frames. The names alone rebuild the extraction (see features/feature.hpp).
class feature_extractor {
 public:
  static constexpr std::string_view id = "features";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "Computes named features of each window; features that need the same view share it.";

  std::vector<std::string> names;   ///< "vib_x.rms", "vib_x@1s.band_energy(f_lo=500,f_hi=1500)", ...

  static auto params();

  /// Parses the names, plans the views they need (each computed once per channel and window), takes all memory.
  /// The port lists canonical names in the order given; columns of channels with role context are marked.
  /// Errors: unknown channel, window label, feature or argument (with the nearest known name), band outside 0 .. rate/2.
  result<port> prepare(const frame_port& in, workspace& memory);
  void reset() noexcept;

  /// Fills one value per column; returns quality bits (undefined_feature when any value is NaN).
  std::uint32_t process(std::span<const frame> windows, std::span<double> out) noexcept;
};

}  // namespace millwright
