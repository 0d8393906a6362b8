#include "millwright/filter/sos_cascade.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

#include "millwright/core/signal_stage.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {
namespace {

using detail::four_sections;
using detail::four_states;

constexpr std::size_t block_items = 1024;
constexpr std::size_t max_sections = 1024;
constexpr std::size_t state_values = sizeof(four_states) / sizeof(double);

/// The state is kept as plain numbers, so that it can be written; four_states is nothing but numbers.
four_states load_states(const double* from) noexcept {
  four_states states;
  std::memcpy(&states, from, sizeof states);
  return states;
}

/// Single columns apart, because their loop runs in vector registers.
template <class In, class Out>
void copy_strided(const In* in, std::size_t in_stride, Out* out, std::size_t out_stride, std::size_t n) noexcept {
  if (in_stride == 1 && out_stride == 1) {
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<Out>(in[i]);
  } else {
    for (std::size_t i = 0; i < n; ++i) out[i * out_stride] = static_cast<Out>(in[i * in_stride]);
  }
}

bool all_usable(const double* x, std::size_t n) noexcept {
  std::uint64_t bad = 0;
  for (std::size_t i = 0; i < n; ++i) bad |= is_usable_sample(x[i]) ? 0U : 1U;
  return bad == 0;
}

}  // namespace

result<void> sos_cascade::prepare(std::vector<sos_section> sections, std::size_t columns, workspace& memory) {
  if (sections.empty() || sections.size() > max_sections) {
    return error(errc::invalid_argument, "sos_cascade", "a filter must have 1 to " + std::to_string(max_sections) + " sections",
                 "give the coefficients of at least one section");
  }
  design made;
  made.groups.assign((sections.size() + 3) / 4, four_sections{});
  for (std::size_t s = 0; s < 4 * made.groups.size(); ++s) {
    const sos_section c = s < sections.size() ? sections[s] : sos_section{};
    four_sections& group = made.groups[s / 4];
    group.b0[s % 4] = c.b0;
    group.b1[s % 4] = c.b1;
    group.b2[s % 4] = c.b2;
    group.a1[s % 4] = c.a1;
    group.a2[s % 4] = c.a2;
  }
  made.sections = std::move(sections);
  design_ = std::make_shared<const design>(std::move(made));
  columns_ = columns;
  kernels_ = detail::active_kernels().filter;
  take(memory);
  return {};
}

void sos_cascade::take(workspace& memory) noexcept {
  state_ = memory.carve<double>(columns_ * design_->groups.size() * state_values);
  line_ = memory.carve_scratch<double>(block_items);
}

void sos_cascade::reset() noexcept { std::fill(state_.begin(), state_.end(), 0.0); }

void sos_cascade::set_state(std::size_t column, std::span<const sos_state> states, double scale) noexcept {
  const std::size_t groups = design_->groups.size();
  double* state = state_.data() + column * groups * state_values;
  std::fill_n(state, groups * state_values, 0.0);
  for (std::size_t s = 0; s < design_->sections.size(); ++s) {
    double* group = state + s / 4 * state_values;
    group[8 + s % 4] = scale * states[s].s0;   // late
    group[12 + s % 4] = scale * states[s].s1;  // early
  }
}

sos_state sos_cascade::state(std::size_t column, std::size_t section) const noexcept {
  const four_states s = load_states(state_.data() + (column * design_->groups.size() + section / 4) * state_values);
  const std::size_t i = section % 4;
  return {(design_->sections[section].b1 * s.x[i] - design_->sections[section].a1 * s.y[i]) + s.late[i], s.early[i]};
}

void sos_cascade::run_column(std::size_t column, const double* in, double* out, std::size_t items) noexcept {
  double* state = state_.data() + column * design_->groups.size() * state_values;
  for (const four_sections& group : design_->groups) {
    four_states states = load_states(state);
    kernels_->sos(group, states, in, out, items);
    in = out;
    std::memcpy(state, &states, sizeof states);
    state += state_values;
  }
}

template <class In, class Out>
void sos_cascade::run(const In* in, Out* out, std::size_t items) noexcept {
  double* line = line_.data();
  for (std::size_t start = 0; start < items; start += block_items) {
    const std::size_t here = std::min(block_items, items - start);
    const In* from = in + start * columns_;
    Out* to = out + start * columns_;
    if constexpr (std::is_same_v<In, double> && std::is_same_v<Out, double>) {
      if (columns_ == 1 && all_usable(from, here)) {
        run_column(0, from, to, here);
        continue;
      }
    }
    for (std::size_t column = 0; column < columns_; ++column) {
      copy_strided(from + column, columns_, line, 1, here);
      if (all_usable(line, here)) {
        run_column(column, line, line, here);
      } else {
        for (std::size_t i = 0; i < here; ++i) {
          if (is_usable_sample(line[i])) {
            run_column(column, line + i, line + i, 1);
          } else {
            line[i] = math::nan;
          }
        }
      }
      copy_strided(line, 1, to + column, columns_, here);
    }
  }
}

double sos_settling_items(std::span<const sos_section> sections) noexcept {
  double slowest = 0.0;  // magnitude of a pole
  for (const sos_section& s : sections) {
    const double discriminant = s.a1 * s.a1 - 4.0 * s.a2;
    const double magnitude = discriminant >= 0.0 ? 0.5 * (std::fabs(s.a1) + std::sqrt(discriminant)) : std::sqrt(std::max(s.a2, 0.0));
    slowest = std::max(slowest, std::min(magnitude, 1.0 - 1e-12));
  }
  const double taps = 2.0 * static_cast<double>(sections.size());
  return slowest > 0.0 ? std::ceil(taps - math::log(1000.0) / math::log(slowest)) : taps;
}

void sos_cascade::process(const float* in, float* out, std::size_t items) noexcept { run(in, out, items); }
void sos_cascade::process(const double* in, double* out, std::size_t items) noexcept { run(in, out, items); }
void sos_cascade::process(const float* in, double* out, std::size_t items) noexcept { run(in, out, items); }

}  // namespace millwright
