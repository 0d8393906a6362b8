#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millwright/alarm/alarm.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/record.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/data/channel.hpp"
#include "millwright/data/time.hpp"
#include "millwright/features/feature_extractor.hpp"
#include "millwright/monitor/any_monitor.hpp"
#include "millwright/pipeline/condition.hpp"
#include "millwright/pipeline/judge.hpp"
#include "millwright/threshold/any_threshold.hpp"
#include "millwright/threshold/evidence.hpp"
#include "millwright/window/window_policy.hpp"

namespace millwright {

/// How a pipeline is fitted.
class fit_options {
 public:
  static constexpr std::string_view id = "fit";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "How a pipeline learns: the held-out scheme behind the calibration and the golden vectors.";

  std::int64_t folds = 5;           ///< contiguous blocks of training rows, each scored by a model that did not see it
  std::int64_t golden_windows = 2;  ///< windows of training signal that ride in the bundle and are replayed at load

  static auto params() {
    return std::tuple{
        integer(
            "folds", &fit_options::folds, 5, 2, 100, unit::none,
            "contiguous blocks of training rows, each scored by a model that has not seen it; these held-out scores calibrate the tails"),
        integer("golden_windows", &fit_options::golden_windows, 2, 1, 8, unit::window,
                "windows of training signal stored in the bundle and replayed when it is loaded"),
    };
  }
};

/// A whole pipeline: the assembly that the user declares, and after fitting the models in it. Its sections are listed in sections.hpp.
///
///   samples -> clock -> condition -> window -> features -> [ normalize -> detect -> smooth -> tail -> fuse -> tail ] -> alarm
///   \______________________ front _____________________/   \______________________ judge _____________________/    annunciator
struct pipeline_parts : judge_parts {
  std::vector<channel> channels;
  window_policy window;                      ///< with the clock's policy
  std::vector<channel_condition> condition;  ///< stages between clock and frames; channels that are not listed have none
  feature_extractor features;
  std::optional<any_threshold> threshold;  ///< how the severity at which a window counts is chosen
  alarm alarms;
  std::vector<any_monitor> monitors;  ///< look on, change nothing
  fit_options fit;
};

/// Where a model comes from; kept in the bundle and printed by `inspect`.
struct provenance {
  std::string name;
  std::string created_utc;
  std::string library_version;
  std::string numerics;
  std::string fft_backend;
  std::uint64_t training_rows = 0;
  std::uint64_t dropped_rows = 0;
  time_ns training_start = 0;
  time_ns training_end = 0;
  std::string notes;

  static constexpr std::uint16_t record_version = 1;
  static constexpr auto fields() {
    using p = provenance;
    return std::tuple{
        field{"name", &p::name, "what the user calls the asset or model"},
        field{"created_utc", &p::created_utc, "ISO 8601; given by the caller, never read from a clock inside the library"},
        field{"library_version", &p::library_version, "that fitted"},
        field{"numerics", &p::numerics, "numerics_id of the build that fitted"},
        field{"fft_backend", &p::fft_backend, "of that build"},
        field{"training_rows", &p::training_rows, "windows that were learned from"},
        field{"dropped_rows", &p::dropped_rows, "training windows left out (invalid samples, undefined features)"},
        field{"training_start_ns", &p::training_start, "end of the first window learned from", field_kind::time},
        field{"training_end_ns", &p::training_end, "end of the last", field_kind::time},
        field{"notes", &p::notes, "free text"},
    };
  }
};

/// Samples and expected results that prove a loaded pipeline on the machine that runs it.
struct golden_vectors {
  struct group {
    std::vector<float> samples;  ///< planar: channel by channel
    std::size_t channels = 0;
  };
  std::vector<group> inputs;     ///< one per channel group, pushed in this order
  std::vector<double> expected;  ///< rows x columns: features, detector scores, severity; once as recorded, once amplified
  std::size_t rows = 0;
  std::size_t columns = 0;
  static constexpr float amplification = 8.0F;
};

namespace detail {
struct prepared_model;
}

/// A fitted pipeline: immutable, shared by any number of streams and threads. Copying copies a pointer.
class pipeline {
 public:
  struct contents {
    pipeline_parts parts;
    millwright::provenance origin;
    millwright::evidence evidence;  ///< what the calibration could prove about the threshold
    golden_vectors golden;
    // Filled when the pipeline is put together:
    std::vector<std::string> feature_names;
    std::vector<std::string> normalized_names;  ///< features that the detectors see, in their order
    std::vector<std::string> detector_names;    ///< "isolation_forest", a second one "isolation_forest_2"
    memory_sizes memory;
    std::array<std::uint8_t, 32> fingerprint = {};  ///< SHA-256 of the bundle
    std::shared_ptr<const detail::prepared_model> prepared;
  };

  /// Checks that all parts fit together (shapes, indices, parameters), measures their memory and fills the tables.
  /// `memory_cap` bounds that memory. Errors: whatever a stage's prepare refuses.
  static result<pipeline> assemble(contents c, std::size_t memory_cap = std::size_t{1} << 30);

  [[nodiscard]] const contents& operator*() const noexcept { return *contents_; }
  [[nodiscard]] const contents* operator->() const noexcept { return contents_.get(); }

  /// Bytes that running takes, exactly: plan once for the model (it is part of it), state for each stream, scratch for each thread.
  [[nodiscard]] const memory_sizes& memory_needed() const noexcept { return contents_->memory; }
  [[nodiscard]] const std::vector<std::string>& feature_names() const noexcept { return contents_->feature_names; }

 private:
  explicit pipeline(std::shared_ptr<const contents> c) : contents_(std::move(c)) {}
  std::shared_ptr<const contents> contents_;
};

}  // namespace millwright
