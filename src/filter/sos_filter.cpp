#include "millwright/filter/sos_filter.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace millwright {
namespace {

/// Position of `text` among "a|b|c".
std::size_t index_of(std::string_view text, std::string_view choices) noexcept {
  std::size_t index = 0;
  while (!choices.empty()) {
    const std::size_t end = std::min(choices.find('|'), choices.size());
    if (choices.substr(0, end) == text) return index;
    choices.remove_prefix(std::min(end + 1, choices.size()));
    ++index;
  }
  return 0;
}

}  // namespace

filter_family filter_family_of(std::string_view text) noexcept { return static_cast<filter_family>(index_of(text, filter_family_choices)); }
filter_band filter_band_of(std::string_view text) noexcept { return static_cast<filter_band>(index_of(text, filter_band_choices)); }

namespace detail {

template <class Real>
void start_steady(sos_cascade& cascade, std::span<const sos_state> steady, std::span<std::uint8_t> has_started,
                  std::span<const Real> in) noexcept {
  const std::size_t columns = has_started.size();
  for (std::size_t c = 0; c < columns; ++c) {
    if (has_started[c] != 0) continue;
    for (std::size_t i = c; i < in.size(); i += columns) {
      const auto x = static_cast<double>(in[i]);
      if (!is_usable_sample(x)) continue;
      cascade.set_state(c, steady, x);
      has_started[c] = 1;
      break;
    }
  }
}
template void start_steady(sos_cascade&, std::span<const sos_state>, std::span<std::uint8_t>, std::span<const float>) noexcept;
template void start_steady(sos_cascade&, std::span<const sos_state>, std::span<std::uint8_t>, std::span<const double>) noexcept;

}  // namespace detail

namespace {

result<std::vector<sos_section>> sections_of(std::span<const double> rows) {
  if (rows.size() % 6 != 0) {
    return error(errc::invalid_argument, "sos_filter", std::to_string(rows.size()) + " coefficients are no whole number of sections",
                 "give b0, b1, b2, 1, a1, a2 of each");
  }
  std::vector<sos_section> sections;
  for (std::size_t i = 0; i < rows.size(); i += 6) {
    const sos_section s{rows[i], rows[i + 1], rows[i + 2], rows[i + 4], rows[i + 5]};
    if (rows[i + 3] != 1.0 || !is_stable(s)) {
      return error(errc::invalid_argument, "sos_filter", "section " + std::to_string(i / 6) + " is not stable, or its a0 is not 1",
                   "divide a section by its a0; its poles must lie inside the unit circle");
    }
    sections.push_back(s);
  }
  return sections;
}

}  // namespace

template <class Real>
result<signal_port> sos_filter<Real>::prepare(const signal_port& in, workspace& memory) {
  MILLWRIGHT_TRY(auto filter, sections_of(sections));
  if (filter.empty()) {
    MILLWRIGHT_TRY(filter, design_sos({.family = filter_family_of(family),
                                       .band = filter_band_of(band),
                                       .order = order,
                                       .low_hz = low_hz,
                                       .high_hz = high_hz,
                                       .rate_hz = in.rate_hz,
                                       .ripple_db = ripple_db,
                                       .attenuation_db = attenuation_db}));
  }
  MILLWRIGHT_TRY(auto steady, sos_steady_state(filter));
  steady_ = std::make_shared<const std::vector<sos_state>>(std::move(steady));
  MILLWRIGHT_CHECK(cascade_.prepare(std::move(filter), in.columns, memory));
  has_started_ = memory.carve<std::uint8_t>(in.columns);
  signal_port out = in;
  const double settling_s = sos_settling_items(cascade_.sections()) / in.rate_hz;
  out.memory_s += settling_s;
  if (start == "rest") out.start_s += settling_s;
  return out;
}

template <class Real>
void sos_filter<Real>::take(workspace& memory) noexcept {
  cascade_.take(memory);
  has_started_ = memory.carve<std::uint8_t>(cascade_.columns());
}

template <class Real>
void sos_filter<Real>::reset() noexcept {
  cascade_.reset();
  std::fill(has_started_.begin(), has_started_.end(), start == "rest" ? std::uint8_t{1} : std::uint8_t{0});
}

template <class Real>
std::size_t sos_filter<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  detail::start_steady(cascade_, std::span<const sos_state>(*steady_), has_started_, in);
  cascade_.process(in.data(), out.data(), in.size() / has_started_.size());
  return in.size();
}

template <class Real>
std::size_t sos_filter<Real>::flush(std::span<Real>) noexcept {
  return 0;
}

template class sos_filter<float>;
template class sos_filter<double>;

}  // namespace millwright
