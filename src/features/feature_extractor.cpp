#include "millwright/features/feature_extractor.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "features/text.hpp"
#include "millwright/math.hpp"
#include "nearest_name.hpp"

namespace millwright {

/// A wanted column, before the plan is made.
struct feature_extractor::request {
  feature_name name;
  std::size_t column = 0;
  std::size_t window = 0;
  std::size_t channel = 0;
  bool is_spectral = false;
  std::size_t segment = 0;

  /// Requests that share a view come together; otherwise the order given.
  [[nodiscard]] auto key() const noexcept { return std::tuple{window, channel, is_spectral, segment, column}; }
};

namespace {

using detail::joined;
using detail::quoted;
using detail::shortest;

error request_error(std::string_view name, std::string_view what, std::string_view mend) {
  return {errc::invalid_argument, joined({"features, ", quoted(name)}), what, mend};
}

result<std::size_t> find_channel(const frame_port& in, const feature_name& name, std::string_view text) {
  std::vector<std::string_view> known;
  for (const auto& c : in.channels) {
    if (c.name == name.channel) return known.size();
    known.push_back(c.name);
  }
  return request_error(text, joined({"there is no channel ", quoted(name.channel)}), detail::suggestion(name.channel, known));
}

result<std::size_t> find_window(const frame_port& in, const feature_name& name, std::string_view text) {
  std::vector<std::string_view> known;
  for (const auto& w : in.windows) {
    if (w.label == name.window) return known.size();
    known.push_back(w.label);
  }
  return request_error(text, joined({"there is no window with the label ", quoted(name.window)}),
                       joined({detail::suggestion(name.window, known), " (the first window has no label: write channel.feature)"}));
}

/// The valid samples of a frame: the frame itself, or copied together into `memory`.
std::span<const float> valid_samples(const frame_view& view, std::span<float> memory) noexcept {
  if (view.sample_quality == nullptr || view.valid == view.size) return {view.samples, view.size};
  std::size_t count = 0;
  for (std::size_t i = 0; i < view.size; ++i) {
    memory[count] = view.samples[i];
    count += (view.sample_quality[i] & unusable_sample) == 0 ? 1 : 0;
  }
  return memory.first(count);
}

}  // namespace

result<port> feature_extractor::prepare(const frame_port& in, workspace& memory) {
  if (names.empty()) {
    return error(errc::invalid_argument, id, "no feature is named", "name at least one, for example by default_feature_names(channel)");
  }
  if (names.size() > max_features) {
    return error(errc::limit_exceeded, id, joined({std::to_string(names.size()), " features are named"}),
                 joined({"name at most ", std::to_string(max_features)}));
  }
  std::vector<request> requests;
  port out;
  for (const auto& text : names) {
    request wanted;
    MILLWRIGHT_TRY(wanted.name, parse_feature_name(text));
    MILLWRIGHT_TRY(wanted.channel, find_channel(in, wanted.name, text));
    MILLWRIGHT_TRY(wanted.window, find_window(in, wanted.name, text));
    wanted.column = requests.size();
    wanted.is_spectral = wanted.name.definition->value.spectrum != nullptr;

    const auto& source = in.channels[wanted.channel];
    const auto& lengths = in.windows[wanted.window].lengths;
    const std::size_t length = wanted.channel < lengths.size() ? lengths[wanted.channel] : 0;
    if (length == 0) {
      return request_error(text, joined({"the window of channel ", quoted(source.name), " has no samples"}), "give a longer window");
    }
    if (wanted.is_spectral) {
      if (!(source.rate_hz > 0.0) || !std::isfinite(source.rate_hz)) {
        return request_error(text, joined({"the rate of channel ", quoted(source.name), " is not a positive number"}),
                             "give the channel its rate");
      }
      wanted.segment = static_cast<std::size_t>(wanted.name.argument("nperseg", 0.0));
      if (wanted.segment > length) {
        return request_error(text, joined({"nperseg is above the window of ", std::to_string(length), " samples"}),
                             joined({"give at most ", std::to_string(length), ", or a longer window"}));
      }
      if (wanted.segment == 0) wanted.segment = length;
      if (wanted.name.argument("f_hi", 0.0) > 0.5 * source.rate_hz) {
        return request_error(text, joined({"the band goes beyond half the rate of channel ", quoted(source.name)}),
                             joined({"give f_hi at most ", shortest(0.5 * source.rate_hz), " Hz"}));
      }
    }
    out.columns.push_back({wanted.name.canonical(), source.role == channel_role::context});
    requests.push_back(std::move(wanted));
  }

  std::vector<std::string_view> seen;
  for (const auto& c : out.columns) seen.push_back(c.name);
  std::sort(seen.begin(), seen.end());
  if (const auto twice = std::adjacent_find(seen.begin(), seen.end()); twice != seen.end()) {
    return request_error(*twice, "the feature is named twice", "name it once");
  }

  MILLWRIGHT_CHECK(plan(requests, in));
  MILLWRIGHT_CHECK(take_memory(memory));
  return out;
}

result<void> feature_extractor::plan(std::vector<request>& requests, const frame_port& in) {
  columns_.clear();
  spectra_.clear();
  sources_.clear();
  transforms_.clear();
  kernels_ = &detail::active_kernels();
  std::sort(requests.begin(), requests.end(), [](const request& a, const request& b) { return a.key() < b.key(); });

  const request* before = nullptr;
  for (const auto& wanted : requests) {
    const std::size_t here = columns_.size();
    const auto& definition = *wanted.name.definition;
    const bool is_new_source = before == nullptr || before->window != wanted.window || before->channel != wanted.channel;
    if (is_new_source) {
      source_plan source;
      source.window = wanted.window;
      source.channel = wanted.channel;
      source.length = in.windows[wanted.window].lengths[wanted.channel];
      source.rate_hz = in.channels[wanted.channel].rate_hz;
      source.first = source.last = here;
      source.first_spectrum = source.last_spectrum = spectra_.size();
      sources_.push_back(source);
    }
    source_plan& source = sources_.back();
    if (wanted.is_spectral) {
      if (is_new_source || !before->is_spectral || before->segment != wanted.segment) {
        const auto same = [&](const spectrum_transform& t) { return t.segment == wanted.segment; };
        const auto found = std::find_if(transforms_.begin(), transforms_.end(), same);
        spectrum_plan spectrum;
        spectrum.transform = static_cast<std::size_t>(found - transforms_.begin());
        spectrum.first = here;
        if (found == transforms_.end()) transforms_.emplace_back().segment = wanted.segment;
        spectra_.push_back(spectrum);
        source.last_spectrum = spectra_.size();
      }
      spectrum_plan& spectrum = spectra_.back();
      // A ratio asks whether there is any power at all.
      spectrum.parts |= definition.parts | (definition.is_ratio ? spectrum_part::sum : 0u);
      spectrum.peaks = std::max(spectrum.peaks, static_cast<std::size_t>(wanted.name.argument("rank", 0.0)));
      spectrum.last = here + 1;
    } else {
      source.parts |= definition.parts;
      source.last = here + 1;
    }
    columns_.push_back({&definition, wanted.name.arguments, wanted.column, wanted.name.is_log});
    before = &wanted;
  }
  return {};
}

result<void> feature_extractor::take_memory(workspace& memory) {
  std::size_t longest_window = 0;
  std::size_t longest_cut = 0;  // windows that are cut into segments
  std::size_t longest_segment = 0;
  std::uint32_t parts = 0;
  for (const auto& source : sources_) {
    longest_window = std::max(longest_window, source.length);
    for (std::size_t s = source.first_spectrum; s < source.last_spectrum; ++s) {
      const std::size_t segment = transforms_[spectra_[s].transform].segment;
      longest_segment = std::max(longest_segment, segment);
      if (segment != source.length) longest_cut = std::max(longest_cut, source.length);
      parts |= spectra_[s].parts;
    }
  }
  for (auto& transform : transforms_) MILLWRIGHT_CHECK(prepare_transform(transform, transform.segment, memory));
  compacted_ = memory.carve<float>(longest_window);
  scratch_ = {};
  if (longest_segment > 0) {
    scratch_.tapered = memory.carve<double>(longest_segment);
    scratch_.bins = memory.carve<std::complex<double>>(longest_segment / 2 + 1);
    scratch_.power = memory.carve<double>(longest_segment / 2 + 1);
    if ((parts & (spectrum_part::centroid | spectrum_part::spread)) != 0) scratch_.index = memory.carve<double>(longest_segment / 2);
  }
  if (longest_cut > 0) {
    scratch_.centred = memory.carve<double>(longest_cut);
    scratch_.ones = memory.carve<double>(longest_cut);
  }
  if (memory.exhausted())
    return error(errc::out_of_memory, id, "the memory given does not suffice", "give as much as a measuring prepare counts");
  return {};
}

void feature_extractor::reset() noexcept {
  for (auto& transform : transforms_) reset_transform(transform);
  std::fill(scratch_.ones.begin(), scratch_.ones.end(), 1.0);
  for (std::size_t i = 0; i < scratch_.index.size(); ++i) scratch_.index[i] = static_cast<double>(i);
}

/// Columns [first, last) from one view; all NaN when `view` is nullptr.
template <class View, class Function>
void feature_extractor::evaluate(const View* view, bool is_constant, Function feature_function::*function, std::size_t first,
                                 std::size_t last, std::span<double> out, bool& undefined) const noexcept {
  for (std::size_t c = first; c < last; ++c) {
    const column_plan& column = columns_[c];
    double value = math::nan;
    if (view != nullptr && !(is_constant && column.definition->is_ratio)) {
      value = (column.definition->value.*function)(*view, column.arguments);
      if (column.is_log) value = math::log(value);
    }
    if (!std::isfinite(value)) {
      value = math::nan;
      undefined = true;
    }
    out[column.column] = value;
  }
}

std::uint32_t feature_extractor::process(std::span<const frame> windows, std::span<double> out) noexcept {
  MILLWRIGHT_ASSERT(out.size() >= columns_.size());
  bool undefined = false;
  for (const source_plan& source : sources_) {
    frame_view input;
    if (source.window < windows.size() && source.channel < windows[source.window].channels.size()) {
      input = windows[source.window].channels[source.channel];
    }
    time_view time;
    if (input.size == source.length) time = compute_time_view(valid_samples(input, compacted_), source.parts, *kernels_);
    const bool is_defined = time.count > 0;
    evaluate(is_defined ? &time : nullptr, time.is_constant, &feature_function::time, source.first, source.last, out, undefined);

    const std::uint8_t* quality = time.count == input.size ? nullptr : input.sample_quality;
    for (std::size_t s = source.first_spectrum; s < source.last_spectrum; ++s) {
      const spectrum_plan& plan = spectra_[s];
      spectrum_view spectrum;
      if (is_defined) {
        spectrum = compute_spectrum_view({input.samples, input.size}, quality, time.mean, source.rate_hz, transforms_[plan.transform],
                                         scratch_, plan.parts, plan.peaks, *kernels_);
      }
      evaluate(is_defined ? &spectrum : nullptr, !(spectrum.sum > 0.0), &feature_function::spectrum, plan.first, plan.last, out, undefined);
    }
  }
  return undefined ? bits(quality::undefined_feature) : bits(quality::good);
}

}  // namespace millwright
