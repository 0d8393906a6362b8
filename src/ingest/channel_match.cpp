#include "millwright/ingest/channel_match.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/nearest_name.hpp"

namespace millwright {

namespace {
std::string hertz(double value) {
  char text[32];
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr) + " Hz";
}
}  // namespace

result<channel_match> match_channels(std::span<const std::vector<channel>> inputs, std::span<const channel> wanted,
                                     std::span<const std::vector<std::size_t>> groups, const match_names& names) {
  const auto input_name = [&](std::size_t i) { return i < names.inputs.size() ? names.inputs[i] : "input " + std::to_string(i); };
  channel_match match;
  for (const auto& group : groups) {
    channel_match::source& source = match.groups.emplace_back();
    for (const std::size_t index : group) {
      const channel& want = wanted[index];
      const std::string was = names.pipeline + " was trained with channel \"" + want.name + "\"";
      std::size_t input = 0;
      std::size_t at = 0;
      for (; input < inputs.size(); ++input) {
        const auto& channels = inputs[input];
        at = static_cast<std::size_t>(
            std::find_if(channels.begin(), channels.end(), [&](const channel& c) { return c.name == want.name; }) - channels.begin());
        if (at < channels.size()) break;
      }
      if (input == inputs.size()) {
        std::vector<std::string_view> known;
        for (const auto& channels : inputs) {
          for (const channel& c : channels) known.push_back(c.name);
        }
        return error(errc::invalid_data, inputs.size() == 1 ? "ingest, " + input_name(0) : "ingest",
                     was + ", but the input has no channel of that name.", detail::suggestion(want.name, known));
      }
      const channel& have = inputs[input][at];
      const std::string where = "ingest, channel " + std::to_string(at) + " of " + input_name(input);
      if (have.rate_hz != 0.0 && std::abs(have.rate_hz - want.rate_hz) > 1e-6 * want.rate_hz) {
        return error(errc::invalid_data, where, was + " at " + hertz(want.rate_hz) + ", but the input has " + hertz(have.rate_hz) + ".",
                     "record at " + hertz(want.rate_hz) + ", or refit the pipeline for " + hertz(have.rate_hz));
      }
      if (!have.unit.empty() && !want.unit.empty() && have.unit != want.unit) {
        return error(errc::invalid_data, where, was + " in " + want.unit + ", but the input is in " + have.unit + ".",
                     "convert the input to " + want.unit + " (option scale), or refit the pipeline");
      }
      if (!source.channels.empty() && source.input != input) {
        return error(errc::invalid_data, where,
                     "channels \"" + wanted[group[0]].name + "\" and \"" + want.name + "\" have one rate but come from two inputs.",
                     "deliver channels of one rate together, in one input");
      }
      source.input = input;
      source.channels.push_back(at);
    }
  }
  return match;
}

block_selector::block_selector(std::size_t group, std::vector<std::size_t> channels) : group_(group), channels_(std::move(channels)) {
  for (std::size_t i = 2; i < channels_.size(); ++i) {
    even_ = even_ && channels_[i] - channels_[i - 1] == channels_[1] - channels_[0];
  }
}

sample_block block_selector::operator()(const sample_block& block) {
  sample_block out = block;
  out.group = group_;
  out.channels = channels_.size();
  if (channels_.empty() || block.samples == 0) return out;
  if (even_) {
    out.data = block.data + static_cast<std::ptrdiff_t>(channels_[0]) * block.channel_stride;
    if (channels_.size() > 1)
      out.channel_stride = block.channel_stride * (static_cast<std::ptrdiff_t>(channels_[1]) - static_cast<std::ptrdiff_t>(channels_[0]));
    return out;
  }
  values_.resize(std::max(values_.size(), block.samples * channels_.size()));
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    const float* from = block.data + static_cast<std::ptrdiff_t>(channels_[c]) * block.channel_stride;
    for (std::size_t i = 0; i < block.samples; ++i)
      values_[c * block.samples + i] = from[static_cast<std::ptrdiff_t>(i) * block.sample_stride];
  }
  out.data = values_.data();
  out.channel_stride = static_cast<std::ptrdiff_t>(block.samples);
  out.sample_stride = 1;
  return out;
}

}  // namespace millwright
