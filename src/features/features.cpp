#include "millwright/features/features.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "features/text.hpp"
#include "millwright/core/arena_memory.hpp"

namespace millwright {

namespace {

using detail::joined;
using detail::shortest;

/// One signal of extract_features, whose samples may be float32 or float64.
struct named_samples {
  std::string_view name;
  double rate_hz = 0.0;
  sample_span samples;
};

result<std::vector<double>> extract(const std::vector<std::string>& names, std::span<const named_samples> signals, bool is_wide) {
  frame_port in;
  in.windows.emplace_back();
  for (const auto& s : signals) {
    channel of;
    of.name = s.name;
    of.rate_hz = s.rate_hz;
    in.channels.push_back(std::move(of));
    in.windows[0].lengths.push_back(s.samples.size);
  }
  feature_extractor extractor;
  extractor.names = names;
  extractor.takes_float64 = is_wide;
  workspace measure;
  MILLWRIGHT_CHECK(extractor.prepare(in, measure));
  MILLWRIGHT_TRY(const auto memory, detail::arena_memory::take(measure.bytes_used(), "features", "take shorter signals"));
  workspace carve(memory.bytes());
  MILLWRIGHT_CHECK(extractor.prepare(in, carve));
  extractor.reset();

  std::vector<std::vector<std::uint8_t>> qualities(signals.size());
  std::vector<const std::uint8_t*> marks;
  std::vector<sample_span> channels;
  for (std::size_t c = 0; c < signals.size(); ++c) {
    const sample_span samples = signals[c].samples;
    for (std::size_t i = 0; i < samples.size; ++i) {
      if (std::isfinite(samples[i])) continue;
      qualities[c].resize(samples.size);
      qualities[c][i] = static_cast<std::uint8_t>(bits(quality::not_finite));
    }
    marks.push_back(qualities[c].empty() ? nullptr : qualities[c].data());
    channels.push_back(samples);
  }
  std::vector<double> values(names.size());
  extractor.process(channels, marks, values);
  return values;
}

template <class Sample>
result<std::vector<double>> extract_one(const std::vector<std::string>& names, std::span<const Sample> samples, double rate_hz) {
  const named_samples only = {"x", rate_hz, {samples.data(), samples.size()}};
  std::vector<std::string> full;
  for (const auto& name : names) full.push_back(joined({only.name, ".", name}));
  return extract(full, {&only, 1}, std::is_same_v<Sample, double>);
}

}  // namespace

result<std::vector<double>> extract_features(const std::vector<std::string>& names, std::span<const signal> signals) {
  std::vector<named_samples> all;
  for (const auto& s : signals) all.push_back({s.name, s.rate_hz, {s.samples.data(), s.samples.size()}});
  return extract(names, all, false);
}

result<std::vector<double>> extract_features(const std::vector<std::string>& names, std::span<const float> samples, double rate_hz) {
  return extract_one(names, samples, rate_hz);
}

result<std::vector<double>> extract_features(const std::vector<std::string>& names, std::span<const double> samples, double rate_hz) {
  return extract_one(names, samples, rate_hz);
}

std::vector<std::string> default_feature_names(const channel& of) {
  std::vector<std::string> names;
  const auto add = [&](std::string_view feature) { names.push_back(joined({of.name, ".", feature})); };
  switch (of.role) {
    case channel_role::vibration: {
      for (const char* feature : {"mean",
                                  "log_rms",
                                  "log_std",
                                  "log_peak",
                                  "log_peak_to_peak",
                                  "crest",
                                  "shape",
                                  "impulse",
                                  "clearance",
                                  "skewness",
                                  "log_kurtosis",
                                  "zero_crossings",
                                  "log_line_length",
                                  "hjorth_mobility",
                                  "hjorth_complexity",
                                  "spectral_centroid",
                                  "spectral_spread",
                                  "spectral_entropy",
                                  "spectral_flatness",
                                  "spectral_rolloff",
                                  "peak_frequency",
                                  "log_peak_amplitude"}) {
        add(feature);
      }
      constexpr int octaves = 7;
      double high = 0.5 * of.rate_hz;
      for (int octave = 0; octave <= octaves; ++octave) {
        const double low = octave == octaves ? 0.0 : 0.5 * high;  // the last band holds all that is left
        add(joined({"log_band_rms(f_lo=", shortest(low), ",f_hi=", shortest(high), ")"}));
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

namespace {

std::string range_text(const feature_argument& a) {
  if (a.choices == nullptr) return joined({shortest(a.low), " .. ", shortest(a.high)});
  std::string text;
  for (const auto choice : a.choices()) text += joined({text.empty() ? "`" : ", `", choice, "`"});
  return text;
}

/// Text in the cell of a table, where a bar would end it.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string_view unit_text(unit of) { return of == unit::none ? std::string_view("-") : to_string(of); }

/// One row for each argument; where features give the same name another meaning or range, the row names those it is of.
std::string arguments_markdown(std::span<const feature_definition> features) {
  struct row {
    std::string_view name;
    std::string rest, of;
  };
  std::vector<row> rows;
  for (const auto& d : features) {
    for (const auto& a : d.arguments) {
      std::string rest = joined({a.is_required ? std::string("required") : to_text(a, a.initial), " | ", range_text(a), " | ",
                                 unit_text(a.of), " | ", cell(a.doc), " |\n"});
      const auto same = std::find_if(rows.begin(), rows.end(), [&](const row& r) { return r.name == a.name && r.rest == rest; });
      if (same == rows.end()) {
        rows.push_back({a.name, std::move(rest), joined({"`", d.name, "`"})});
      } else {
        same->of += joined({", `", d.name, "`"});
      }
    }
  }
  std::string text = "\n| argument | default | range | unit | meaning |\n|---|---|---|---|---|\n";
  for (const row& r : rows) {
    const bool is_shared_name = std::count_if(rows.begin(), rows.end(), [&](const row& other) { return other.name == r.name; }) > 1;
    text += joined({"| `", r.name, "`", is_shared_name ? joined({" of ", r.of}) : std::string(), " | ", r.rest});
  }
  return text;
}

}  // namespace

std::string features_markdown() {
  std::string text;
  const auto write = [&](std::initializer_list<std::string_view> parts) { text += joined(parts); };
  for (const auto& family : feature_families()) {
    if (!text.empty()) text += '\n';
    write({"## Family `", family.name, "`\n\n", family.doc, "\n\n"});
    text += "| feature | unit | definition | meaning | constant window | `log_` | source |\n|---|---|---|---|---|---|---|\n";
    for (const auto& d : family.features) {
      write({"| `", d.name, "`"});
      for (const auto& a : d.arguments)
        write({"<br>`", a.name, a.is_required ? "" : "=", a.is_required ? std::string() : to_text(a, a.initial), "`"});
      write({" | ", unit_text(d.of), " | `", cell(d.formula), "` | ", cell(d.doc), " | ", d.is_ratio ? "NaN" : "value", " | ",
             d.is_non_negative ? "yes" : "no", " | ", cell(d.source), " |\n"});
    }
    text += arguments_markdown(family.features);
  }
  return text;
}

}  // namespace millwright
