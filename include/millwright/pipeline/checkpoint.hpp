#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "millwright/core/short_text.hpp"

namespace millwright {

/// What became of one section of a checkpoint.
enum class restore_outcome : std::uint8_t {
  taken,
  not_in_checkpoint,  ///< the pipeline has such a part, the checkpoint does not: it starts anew
  other_model,        ///< it depends on settings or a model that are not these: the part starts anew
  newer_version,      ///< a newer version of millwright wrote it: the part starts anew
  no_such_part,       ///< the checkpoint holds it, the pipeline has no such part
};
[[nodiscard]] std::string_view to_string(restore_outcome outcome) noexcept;

/// What restoring a checkpoint took, section by section, and what it dropped. Takes nothing from the heap.
class restore_report {
 public:
  struct section {
    short_text<48> name;
    restore_outcome outcome = restore_outcome::taken;
  };
  static constexpr std::size_t most_sections = 192;

  /// In the order of the checkpoint's sections; what the pipeline does not have comes last.
  [[nodiscard]] std::span<const section> sections() const noexcept { return std::span(sections_).first(count_); }
  /// Whether everything was taken.
  [[nodiscard]] bool complete() const noexcept { return dropped_ == 0; }
  /// Sections that were not taken; of more than most_sections in all, the last ones are counted only.
  [[nodiscard]] std::size_t dropped() const noexcept { return dropped_; }

  void add(std::string_view name, restore_outcome outcome) noexcept {
    dropped_ += outcome == restore_outcome::taken ? 0 : 1;
    if (count_ < sections_.size()) sections_[count_++] = {short_text<48>(name), outcome};
  }

 private:
  std::array<section, most_sections> sections_ = {};
  std::size_t count_ = 0;
  std::size_t dropped_ = 0;
};

}  // namespace millwright
