#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/params.hpp"
#include "millwright/ingest/stream_clock.hpp"

namespace millwright {

/// How samples are cut into windows. Rules in docs/ingest.md, "Windows".
struct window_policy {
  static constexpr std::string_view id = "window";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "Cuts every channel into windows that end at the same time on the stream clock.";

  std::vector<std::string> length;  ///< e.g. {"100ms"}, {"4096"}: time (ns, us, ms, s, min, h) or samples of the primary group
  std::string hop;                  ///< same notation; empty: the first length (no overlap)
  double min_valid_share = 1.0;     ///< frames with fewer valid samples are not scored
  clock_policy clock;               ///< nested parameters of the stream clock

  static auto params() {
    using w = window_policy;
    return std::tuple{
        names("length", &w::length,
              "window lengths: times (\"100ms\") or samples of the fastest group (\"4096\"); the first needs no label"),
        param<w, std::string>{"hop", &w::hop, {}, 0, 0, unit::none, "distance of frames, same notation; empty: the first length"},
        number("min_valid_share", &w::min_valid_share, 1.0, 0.0, 1.0, unit::share,
               "share of valid samples that every channel of every window needs, or the frame is not scored"),
    };
  }
};

}  // namespace millwright
