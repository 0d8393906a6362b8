#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/data/channel.hpp"
#include "millwright/data/samples.hpp"

namespace millwright {

/// What the error messages of match_channels call things.
struct match_names {
  std::string pipeline = "the pipeline";
  std::vector<std::string> inputs;  ///< "vibration.csv"; shorter than the inputs: "input 0", ...
};

/// Where each channel group of a pipeline takes its samples from.
struct channel_match {
  struct source {
    std::size_t input = 0;              ///< index of the input
    std::vector<std::size_t> channels;  ///< channel of that input for each channel of the group, in the group's order
  };
  std::vector<source> groups;
};

/// Finds the pipeline's channels (`wanted`, cut into `groups` as stream::groups()) among those of the inputs, by name.
/// An input rate of 0 (unknown) and an empty unit match anything. Errors (invalid_data): a channel is missing (with the nearest
/// name), has another rate or unit, or channels of one group come from two inputs.
result<channel_match> match_channels(std::span<const std::vector<channel>> inputs, std::span<const channel> wanted,
                                     std::span<const std::vector<std::size_t>> groups, const match_names& names = {});

/// Gives a group of a pipeline its channels out of an input's blocks: by strides where they lie evenly, else by a copy.
class block_selector {
 public:
  block_selector(std::size_t group, std::vector<std::size_t> channels);

  /// The block as the pipeline's group sees it; valid until the next call.
  [[nodiscard]] sample_block operator()(const sample_block& block);

 private:
  std::size_t group_;
  std::vector<std::size_t> channels_;
  bool even_ = true;
  std::vector<float> values_;
};

}  // namespace millwright
