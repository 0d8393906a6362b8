#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "millwright/core/workspace.hpp"
#include "millwright/features/features.hpp"

namespace millwright::test {

/// An extractor with memory of its own, and frames made from vectors.
class extraction {
 public:
  explicit extraction(std::vector<std::string> names) {
    extractor.names = std::move(names);
    extractor.shaft_hz = 0.02;
  }

  /// `lengths`: samples in each window.
  extraction& with_channel(std::string name, double rate_hz, std::vector<std::size_t> lengths,
                           channel_role role = channel_role::vibration) & {
    channel c;
    c.name = std::move(name);
    c.rate_hz = rate_hz;
    c.role = role;
    in.channels.push_back(c);
    if (in.windows.size() < lengths.size()) in.windows.resize(lengths.size());
    for (std::size_t w = 0; w < lengths.size(); ++w) in.windows[w].lengths.push_back(lengths[w]);
    return *this;
  }
  extraction&& with_channel(std::string name, double rate_hz, std::vector<std::size_t> lengths) && {
    with_channel(std::move(name), rate_hz, std::move(lengths), channel_role::vibration);
    return std::move(*this);
  }

  result<port> prepare() {
    workspace measure;
    if (auto counted = extractor.prepare(in, measure); !counted) return counted;
    bytes = measure.bytes_used();
    memory.reset(static_cast<std::byte*>(std::aligned_alloc(workspace::alignment, bytes)));
    workspace carve({memory.get(), bytes});
    auto out = extractor.prepare(in, carve);
    if (out) extractor.reset();
    return out;
  }

  /// One window of one channel.
  std::vector<double> run(const std::vector<float>& samples, const std::vector<std::uint8_t>& quality_bits = {}) {
    return run_all({{view_of(samples, quality_bits)}});
  }

  /// [window][channel]
  std::vector<double> run_all(const std::vector<std::vector<frame_view>>& views) {
    std::vector<frame> frames;
    for (const auto& window : views) frames.push_back({window});
    std::vector<double> out(extractor.names.size(), -777.0);
    quality_of_row = extractor.process(frames, out);
    return out;
  }

  static frame_view view_of(const std::vector<float>& samples, const std::vector<std::uint8_t>& quality_bits = {}) {
    frame_view view;
    view.samples = samples.data();
    view.size = view.valid = samples.size();
    if (!quality_bits.empty()) {
      view.sample_quality = quality_bits.data();
      for (auto q : quality_bits) view.valid -= (q & unusable_sample) != 0 ? 1 : 0;
    }
    return view;
  }

  feature_extractor extractor;  ///< with a speed for the features that need one
  frame_port in;
  std::size_t bytes = 0;
  std::uint32_t quality_of_row = 0;

 private:
  struct free_memory {
    void operator()(std::byte* p) const noexcept { std::free(p); }
  };
  std::unique_ptr<std::byte, free_memory> memory;
};

/// Every feature with its defaults (bands from 10 % to 20 % of the rate), for channel `channel_name`; those that need a window of some
/// hundred samples only if `length` says that there are as many.
inline std::vector<std::string> all_features(const std::string& channel_name, double rate_hz, const std::string& nperseg = "",
                                             std::size_t length = 0) {
  std::vector<std::string> names;
  for (const auto& family : feature_families()) {
    for (const auto& d : family.features) {
      std::string arguments;
      for (const auto& a : d.arguments) {
        std::string value;
        if (a.name == "f_lo") value = std::to_string(0.1 * rate_hz);
        if (a.name == "f_hi") value = std::to_string(0.2 * rate_hz);
        if (a.name == "f0") value = std::to_string(0.07 * rate_hz);
        if (a.name == "band") value = "1";
        if (a.name == "coefficient") value = "2";
        if (a.name == "order" && a.is_required) value = std::to_string(0.0021 * rate_hz / 0.02);
        if (a.name == "order" && family.name == "cepstral") value = std::to_string(0.07 * rate_hz / 0.02);
        if (a.name == "nperseg") value = nperseg;
        if (!value.empty()) ((((arguments += arguments.empty() ? "" : ",") += a.name) += '=') += value);
      }
      if (length < 256 && (family.name == "wavelet" || family.name == "envelope" || family.name == "cepstral")) continue;
      if (!nperseg.empty() && d.value.kind().id != "spectrum") continue;
      std::string name = channel_name;
      (name += '.') += d.name;
      if (!arguments.empty()) ((name += '(') += arguments) += ')';
      names.push_back(name);
    }
  }
  return names;
}

}  // namespace millwright::test
