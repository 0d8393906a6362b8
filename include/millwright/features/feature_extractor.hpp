#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/data/channel.hpp"
#include "millwright/data/frame.hpp"
#include "millwright/data/quality.hpp"
#include "millwright/features/feature.hpp"
#include "millwright/features/view.hpp"
#include "millwright/window/frame_port.hpp"

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
  double shaft_hz = 0.0;           ///< fixed speed of the shaft; 0: none
  std::string speed_channel;       ///< channel in rpm or Hz whose mean over the window is the speed; empty: none

  /// Samples come as float64 and are computed with as they are; not a setting, because streams carry float32.
  bool takes_float64 = false;

  /// Most features of one extractor.
  static constexpr std::size_t max_features = 65'536;

  static auto params() {
    return std::tuple{
        millwright::names("names", &feature_extractor::names,
                          "features to compute, as channel[@window].[log_]feature[(argument=value,...)]"),
        number("shaft_hz", &feature_extractor::shaft_hz, 0.0, 0.0, 1e6, unit::hertz,
               "fixed speed of the shaft, for features that count in orders of it; 0: none"),
        param<feature_extractor, std::string>{.name = "speed_channel",
                                              .member = &feature_extractor::speed_channel,
                                              .initial = "",
                                              .doc =
                                                  "channel whose mean over the window is the speed of the shaft, in rpm or Hz by its unit; "
                                                  "empty: none"},
    };
  }
  /// Nothing is learned.
  static auto model() { return std::tuple<>{}; }

  /// Parses the names, plans the views they need (each computed once per channel and window), takes all memory.
  /// The port lists canonical names in the order given; columns of channels with role context are marked.
  /// Errors: no name, a name given twice, unknown channel, window label, feature or argument (with the nearest known name),
  /// band outside 0 .. rate/2, nperseg above the window, empty window, rate that is not positive; shaft_hz and speed_channel both
  /// given, speed channel unknown or in another unit, a feature that needs the speed without either.
  result<port> prepare(const frame_port& in, workspace& memory);
  /// Fills the tables; nothing is carried from one frame to the next.
  void reset() noexcept;

  /// One running copy of a prepared extractor, see below.
  class instance;

  /// Fills one value per column; returns quality bits (undefined_feature when any value is NaN).
  /// A frame of another shape than prepared gives NaN.
  std::uint32_t process(std::span<const frame> windows, std::span<double> out) noexcept;
  /// The same for one window, whose channels may be float32 or float64 (then with takes_float64). `quality` has the bits of each
  /// channel's samples, nullptr where all are valid; empty: they are everywhere.
  std::uint32_t process(std::span<const sample_span> channels, std::span<const std::uint8_t* const> quality,
                        std::span<double> out) noexcept;

  /// One view of the plan: it is computed once for each frame, after those it needs.
  struct planned_view {
    const view_kind* kind = nullptr;
    std::size_t window = 0, channel = 0;
    std::array<double, max_view_arguments> key = {};  ///< values in the order of kind->key
    std::vector<std::size_t> needs;                   ///< places in the plan
    std::vector<std::size_t> columns;                 ///< of the features that read it; empty for a view that only others need
  };
  /// What prepare planned, in the order of computation.
  [[nodiscard]] std::vector<planned_view> plan() const;

  /// Nanoseconds for each view of the plan and for each feature's own function, in the order of plan() and of the columns; NaN where
  /// the frame leaves nothing to compute.
  struct measured_cost {
    std::vector<double> view_ns, column_ns;
  };
  /// Measures one frame of every window, every part `calls` times over; 0 calls measure nothing: all NaN. Allocates; for reports, not for
  /// streams.
  [[nodiscard]] measured_cost measure(std::span<const frame> windows, std::size_t calls);
  /// The same for one window, as process takes it; every sample counts as valid.
  [[nodiscard]] measured_cost measure(std::span<const sample_span> channels, std::size_t calls);

 private:
  struct request;
  struct planner;
  class own_instance;

  /// One object for all channels and windows that ask for an equal view, one after the other.
  struct view_object {
    const view_kind* kind = nullptr;
    view_request request;
    std::size_t column = 0;  ///< the first that asked, for errors
  };
  /// A view of one channel and window: reads the nodes needed_[first_need, last_need), serves columns_[first, last).
  struct node_plan {
    std::size_t object = 0;
    std::uint32_t parts = 0;
    std::size_t extent = 0;
    std::size_t first = 0, last = 0;
    std::size_t first_need = 0, last_need = 0;
  };
  /// One channel of one window.
  struct source_plan {
    std::size_t window = 0, channel = 0, length = 0;
    double rate_hz = 0.0;
    std::size_t first = 0, last = 0;  ///< of nodes_
  };
  struct column_plan {
    const feature_definition* definition = nullptr;
    feature_arguments arguments = {};
    std::size_t column = 0;
    bool is_log = false;
  };

  result<void> find_speed(const frame_port& in);
  void make_plan(std::vector<request>& requests, const frame_port& in);
  result<void> check_views();
  result<void> make_own(workspace& memory);
  [[nodiscard]] instance& own() noexcept;
  [[nodiscard]] static view_input input_of(std::span<const frame> windows, std::size_t window, std::size_t channel) noexcept;
  [[nodiscard]] view_input input_of(std::span<const sample_span> channels, std::span<const std::uint8_t* const> quality, std::size_t window,
                                    std::size_t channel) const noexcept;
  template <class InputOf>
  measured_cost measure_sources(const InputOf& input_of, std::size_t calls);

  // The plan: constant after prepare, shared by all instances.
  std::vector<column_plan> columns_;
  std::vector<node_plan> nodes_;
  std::vector<std::size_t> needed_;
  std::vector<source_plan> sources_;
  std::vector<view_object> objects_;
  std::size_t view_scratch_ = 0;  ///< bytes of scratch that the views share
  std::size_t longest_ = 0;       ///< window, in samples
  std::size_t speed_at_ = 0;      ///< index of speed_channel
  double speed_unit_hz_ = 0.0;    ///< 0: there is no speed channel
  bool needs_shaft_ = false;
  const detail::kernel_table* kernels_ = nullptr;

  std::shared_ptr<own_instance> own_;  ///< what process runs; shared by copies until they are prepared themselves
};

/// The objects and memory by which a prepared extractor computes: one serves all streams of a thread, as nothing is carried from one
/// frame to the next. All of it lies in the scratch and plan regions of a workspace; creation, reset and process take nothing from the
/// heap. A handle: copies of it mean the same objects and `destroy` ends those; the extractor must outlive them, and stay where it is.
class feature_extractor::instance {
 public:
  /// On a measuring workspace, or when the memory does not suffice (memory.exhausted()), it only counts. reset comes next.
  void create(const feature_extractor& prepared, workspace& memory) noexcept;
  void reset() noexcept;
  /// As the extractor's.
  std::uint32_t process(std::span<const frame> windows, std::span<double> out) noexcept;
  void destroy() noexcept;

 private:
  friend class feature_extractor;

  /// The view objects in one workspace, what they and the others compute in in another.
  void create(const feature_extractor& prepared, workspace& objects, workspace& memory) noexcept;
  [[nodiscard]] sample_span close_up(sample_span samples, const std::uint8_t* quality) noexcept;
  /// Speed of the shaft in a window whose speed channel is given.
  [[nodiscard]] double speed_from(sample_span samples, const std::uint8_t* quality) noexcept;
  void compute(const source_plan& source, view_input& in, std::span<double> out, bool& undefined) noexcept;
  void evaluate(std::size_t node, std::span<double> out, bool& undefined) const noexcept;
  template <class InputOf>
  std::uint32_t process_sources(const InputOf& input_of, std::span<double> out) noexcept;

  const feature_extractor* of_ = nullptr;
  std::span<void*> views_;              ///< of the plan's objects
  std::span<std::uint8_t> is_defined_;  ///< of the nodes, for the frame at hand
  std::span<std::byte> closed_up_;      ///< the valid samples of a frame that has others too
};

}  // namespace millwright
