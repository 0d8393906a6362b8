#include "millwright/features/features.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <memory>

namespace millwright {

namespace {

struct free_memory {
  void operator()(std::byte* memory) const noexcept { std::free(memory); }
};

std::string shortest(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

}  // namespace

result<std::vector<double>> extract_features(const std::vector<std::string>& names, std::span<const signal> signals) {
  frame_port in;
  in.windows.emplace_back();
  for (const auto& s : signals) {
    channel of;
    of.name = s.name;
    of.rate_hz = s.rate_hz;
    in.channels.push_back(std::move(of));
    in.windows[0].lengths.push_back(s.samples.size());
  }
  feature_extractor extractor;
  extractor.names = names;
  workspace measure;
  MILLWRIGHT_CHECK(extractor.prepare(in, measure));
  const std::size_t bytes = measure.bytes_used();
  const std::unique_ptr<std::byte, free_memory> memory(static_cast<std::byte*>(std::aligned_alloc(workspace::alignment, bytes)));
  if (memory == nullptr) return error(errc::out_of_memory, "features", std::to_string(bytes) + " bytes could not be had", "take shorter signals");
  workspace carve({memory.get(), bytes});
  MILLWRIGHT_CHECK(extractor.prepare(in, carve));
  extractor.reset();

  std::vector<std::vector<std::uint8_t>> qualities(signals.size());
  std::vector<frame_view> views;
  for (std::size_t c = 0; c < signals.size(); ++c) {
    const auto samples = signals[c].samples;
    frame_view view = {samples.data(), nullptr, samples.size(), samples.size(), signals[c].rate_hz};
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (std::isfinite(samples[i])) continue;
      qualities[c].resize(samples.size());
      qualities[c][i] = static_cast<std::uint8_t>(bits(quality::not_finite));
      --view.valid;
    }
    if (!qualities[c].empty()) view.sample_quality = qualities[c].data();
    views.push_back(view);
  }
  const frame whole = {views};
  std::vector<double> values(names.size());
  extractor.process({&whole, 1}, values);
  return values;
}

result<std::vector<double>> extract_features(const std::vector<std::string>& names, std::span<const float> samples, double rate_hz) {
  const signal only = {"x", rate_hz, samples};
  std::vector<std::string> full;
  for (const auto& name : names) full.push_back(only.name + "." + name);
  return extract_features(full, {&only, 1});
}

std::vector<std::string> default_feature_names(const channel& of) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& feature) { names.push_back(of.name + "." + feature); };
  switch (of.role) {
    case channel_role::vibration: {
      for (const char* feature : {"mean", "log_rms", "log_std", "log_peak", "log_peak_to_peak", "crest", "shape", "impulse", "clearance",
                                  "skewness", "log_kurtosis", "zero_crossings", "log_line_length", "hjorth_mobility", "hjorth_complexity",
                                  "spectral_centroid", "spectral_spread", "spectral_entropy", "spectral_flatness", "spectral_rolloff",
                                  "peak_frequency", "log_peak_amplitude"}) {
        add(feature);
      }
      constexpr int octaves = 7;
      double high = 0.5 * of.rate_hz;
      for (int octave = 0; octave <= octaves; ++octave) {
        const double low = octave == octaves ? 0.0 : 0.5 * high;  // the last band holds all that is left
        add("log_band_rms(f_lo=" + shortest(low) + ",f_hi=" + shortest(high) + ")");
        high = low;
      }
      break;
    }
    case channel_role::process:
      for (const char* feature : {"mean", "std", "min", "max"}) add(feature);
      break;
    case channel_role::slow:
      for (const char* feature : {"mean", "std"}) add(feature);
      break;
    case channel_role::context:
    case channel_role::state: add("mean"); break;
    case channel_role::ignore: break;
  }
  return names;
}

std::string features_markdown() {
  std::string text;
  const auto unit_of = [](const feature_definition& d) { return d.of == unit::none ? std::string("-") : std::string(to_string(d.of)); };
  for (const auto& family : feature_families()) {
    (((text += "### ") += family.name) += "\n\n") += family.doc;
    text += "\n\n| feature | unit | definition | meaning | constant window | `log_` | source |\n|---|---|---|---|---|---|---|\n";
    for (const auto& d : family.features) {
      std::string name = "`" + std::string(d.name) + "`";
      for (const auto& a : d.arguments) {
        name += "<br>`" + std::string(a.name) + (a.is_required ? "`" : "=" + shortest(a.initial) + "`");
      }
      text += "| " + name + " | " + unit_of(d) + " | `" + std::string(d.formula) + "` | " + std::string(d.doc) + " | " +
              (d.is_ratio ? "NaN" : "value") + " | " + (d.is_non_negative ? "yes" : "no") + " | " + std::string(d.source) + " |\n";
    }
    text += "\n| argument | default | range | unit | meaning |\n|---|---|---|---|---|\n";
    std::vector<std::string_view> written;
    for (const auto& d : family.features) {
      for (const auto& a : d.arguments) {
        bool is_new = true;
        for (const auto name : written) is_new = is_new && name != a.name;
        if (!is_new) continue;
        written.push_back(a.name);
        text += "| `" + std::string(a.name) + "` | " + (a.is_required ? "required" : shortest(a.initial)) + " | " + shortest(a.low) + " .. " +
                shortest(a.high) + " | " + (a.of == unit::none ? "-" : std::string(to_string(a.of))) + " | " + std::string(a.doc) + " |\n";
      }
    }
    text += "\n";
  }
  text.pop_back();
  return text;
}

}  // namespace millwright
