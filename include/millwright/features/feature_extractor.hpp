#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "millwright/block.hpp"
#include "millwright/error.hpp"
#include "millwright/features/feature.hpp"
#include "millwright/features/views.hpp"
#include "millwright/params.hpp"
#include "millwright/stage.hpp"
#include "millwright/window/windower.hpp"
#include "millwright/workspace.hpp"

namespace millwright {

/// Computes named features of frames. The names alone rebuild the extraction (see features/feature.hpp).
///
/// Samples with an unusable quality bit take no part: sums and differences run over the valid samples in their order, closed
/// up; spectra take the mean of the valid samples in their place. A frame without such samples is read where it lies.
/// A feature that is not defined (no valid sample, ratio of a constant window, too few samples, logarithm of 0) is NaN.
class feature_extractor {
 public:
  static constexpr std::string_view id = "features";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "Computes named features of each window; features that need the same view share it.";

  std::vector<std::string> names;  ///< "vib_x.rms", "vib_x@1s.band_energy(f_lo=500,f_hi=1500)", ...

  /// Most features of one extractor.
  static constexpr std::size_t max_features = 65'536;

  static auto params() {
    return std::tuple{millwright::names("names", &feature_extractor::names,
                                        "features to compute, as channel[@window].[log_]feature[(argument=value,...)]")};
  }
  /// Nothing is learned.
  static auto model() { return std::tuple<>{}; }

  /// Parses the names, plans the views they need (each computed once per channel and window), takes all memory.
  /// The port lists canonical names in the order given; columns of channels with role context are marked.
  /// Errors: no name, a name given twice, unknown channel, window label, feature or argument (with the nearest known name),
  /// band outside 0 .. rate/2, nperseg above the window, empty window, rate that is not positive.
  result<port> prepare(const frame_port& in, workspace& memory);
  /// Fills the tables; nothing is carried from one frame to the next.
  void reset() noexcept;

  /// Fills one value per column; returns quality bits (undefined_feature when any value is NaN).
  /// A frame of another shape than prepared gives NaN.
  std::uint32_t process(std::span<const frame> windows, std::span<double> out) noexcept;

 private:
  struct column_plan {
    const feature_definition* definition = nullptr;
    feature_arguments arguments = {};
    std::size_t column = 0;
    bool is_log = false;
  };
  /// Columns [first, last) of columns_ that read one spectrum.
  struct spectrum_plan {
    std::size_t transform = 0;
    std::uint32_t parts = 0;
    std::size_t peaks = 0;
    std::size_t first = 0, last = 0;
  };
  /// One channel of one window: columns [first, last) read its time view, spectra [first_spectrum, last_spectrum) follow.
  struct source_plan {
    std::size_t window = 0, channel = 0, length = 0;
    double rate_hz = 0.0;
    std::uint32_t parts = 0;
    std::size_t first = 0, last = 0;
    std::size_t first_spectrum = 0, last_spectrum = 0;
  };
  struct request;

  result<void> plan(std::vector<request>& requests, const frame_port& in);
  result<void> take_memory(workspace& memory);
  template <class View, class Function>
  void evaluate(const View* view, bool is_constant, Function feature_function::*function, std::size_t first, std::size_t last,
                std::span<double> out, bool& undefined) const noexcept;

  std::vector<column_plan> columns_;
  std::vector<spectrum_plan> spectra_;
  std::vector<source_plan> sources_;
  std::vector<spectrum_transform> transforms_;
  spectrum_scratch scratch_;
  std::span<float> compacted_;
  const detail::kernel_table* kernels_ = nullptr;
};

}  // namespace millwright
