#include "millwright/filter/sos_cascade.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "kernels/scalar_pack.hpp"
#include "millwright/math.hpp"

namespace millwright {
namespace {

constexpr std::size_t block_items = 256;
constexpr std::size_t group_sections = 4;  // that run in step; more would not fit the registers
constexpr std::size_t max_sections = 1024;

/// One sample through one section. Every path below goes through this one expression order.
MILLWRIGHT_INLINE double step(const sos_section& c, double& s0, double& s1, double x) noexcept {
  const double y = c.b0 * x + s0;
  s0 = (c.b1 * x + s1) - c.a1 * y;
  s1 = c.b2 * x - c.a2 * y;
  return y;
}

/// Sections in step: in one turn section s takes the sample that section s - 1 gave in the turn before, so the sections do not wait
/// for each other. Columns columns go side by side; `stride` values lie between the items of in and out.
template <std::size_t Sections, std::size_t Columns, class In, class Out>
void run_in_step(const sos_section* sections, double* const* states, const In* in, std::size_t in_stride, Out* out, std::size_t out_stride,
                 std::size_t items) noexcept {
  sos_section c[Sections];
  for (std::size_t s = 0; s < Sections; ++s) c[s] = sections[s];
  double s0[Columns][Sections];
  double s1[Columns][Sections];
  double passed[Columns][Sections] = {};  // what section s takes next
  for (std::size_t k = 0; k < Columns; ++k) {
    for (std::size_t s = 0; s < Sections; ++s) {
      s0[k][s] = states[k][2 * s];
      s1[k][s] = states[k][2 * s + 1];
    }
  }
  // Turn t: section s works on sample t - s, the last section first, so that what it takes is still the older value.
  const auto work = [&](std::size_t t, std::size_t k, std::size_t s) MILLWRIGHT_LAMBDA {
    const double x = s == 0 ? static_cast<double>(in[t * in_stride + k]) : passed[k][s];
    const double y = step(c[s], s0[k][s], s1[k][s], x);
    if (s + 1 < Sections) {
      passed[k][s + 1] = y;
    } else {
      out[(t - s) * out_stride + k] = static_cast<Out>(y);
    }
  };
  const auto partial_turn = [&](std::size_t t, std::size_t first, std::size_t last) {
    for (std::size_t k = 0; k < Columns; ++k) {
      for (std::size_t s = last; s-- > first;) work(t, k, s);
    }
  };
  std::size_t t = 0;
  for (; t < Sections - 1 && t < items; ++t) partial_turn(t, 0, t + 1);
  for (; t < items; ++t) {
    detail::unroll<Columns>([&](auto k) MILLWRIGHT_LAMBDA {
      detail::unroll<Sections>([&](auto s) MILLWRIGHT_LAMBDA { work(t, k.value, Sections - 1 - s.value); });
    });
  }
  for (; t < items + Sections - 1; ++t) partial_turn(t, t + 1 - items, std::min(t + 1, Sections));
  for (std::size_t k = 0; k < Columns; ++k) {
    for (std::size_t s = 0; s < Sections; ++s) {
      states[k][2 * s] = s0[k][s];
      states[k][2 * s + 1] = s1[k][s];
    }
  }
}

template <std::size_t Columns, class In, class Out>
void run_group(std::size_t count, const sos_section* sections, double* const* states, const In* in, std::size_t in_stride, Out* out,
               std::size_t out_stride, std::size_t items) noexcept {
  switch (count) {
    case 1: run_in_step<1, Columns>(sections, states, in, in_stride, out, out_stride, items); break;
    case 2: run_in_step<2, Columns>(sections, states, in, in_stride, out, out_stride, items); break;
    case 3: run_in_step<3, Columns>(sections, states, in, in_stride, out, out_stride, items); break;
    default: run_in_step<4, Columns>(sections, states, in, in_stride, out, out_stride, items); break;
  }
}

template <class In>
bool all_usable(const In* x, std::size_t n) noexcept {
  unsigned bad = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto v = static_cast<double>(x[i]);
    bad |= static_cast<unsigned>(!(v <= 1e100)) | static_cast<unsigned>(!(v >= -1e100));
  }
  return bad == 0;
}

}  // namespace

result<void> sos_cascade::prepare(std::vector<sos_section> sections, std::size_t columns, workspace& memory) {
  if (sections.empty() || sections.size() > max_sections) {
    return error(errc::invalid_argument, "sos_cascade", "a filter must have 1 to " + std::to_string(max_sections) + " sections",
                 "give the coefficients of at least one section");
  }
  sections_ = std::move(sections);
  columns_ = columns;
  state_ = memory.carve<double>(2 * columns * sections_.size());
  between_ = memory.carve<double>(sections_.size() > group_sections ? 2 * block_items : 0);
  return {};
}

void sos_cascade::reset() noexcept { std::fill(state_.begin(), state_.end(), 0.0); }

void sos_cascade::set_state(std::size_t column, std::span<const sos_state> states, double scale) noexcept {
  double* state = state_.data() + 2 * column * sections_.size();
  for (std::size_t s = 0; s < sections_.size(); ++s) {
    state[2 * s] = scale * states[s].s0;
    state[2 * s + 1] = scale * states[s].s1;
  }
}

sos_state sos_cascade::state(std::size_t column, std::size_t section) const noexcept {
  const double* state = state_.data() + 2 * (column * sections_.size() + section);
  return {state[0], state[1]};
}

template <class In, class Out>
void sos_cascade::run_finite(const In* in, Out* out, std::size_t items) noexcept {
  const std::size_t count = sections_.size();
  const sos_section* c = sections_.data();
  // One or two sections do not fill the processor: two columns go side by side.
  const std::size_t together = count <= 2 ? 2 : 1;
  for (std::size_t column = 0; column < columns_;) {
    const std::size_t side_by_side = std::min(together, columns_ - column);
    double* states[2] = {state_.data() + 2 * column * count, state_.data() + 2 * (column + side_by_side - 1) * count};
    const auto group = [&](std::size_t first, const auto* from, std::size_t from_stride, auto* to, std::size_t to_stride) {
      double* group_states[2] = {states[0] + 2 * first, states[1] + 2 * first};
      const std::size_t here = std::min(group_sections, count - first);
      if (side_by_side == 2) {
        run_group<2>(here, c + first, group_states, from, from_stride, to, to_stride, items);
      } else {
        run_group<1>(here, c + first, group_states, from, from_stride, to, to_stride, items);
      }
    };
    double* between = between_.data();
    if (count <= group_sections) {
      group(0, in + column, columns_, out + column, columns_);
    } else {
      group(0, in + column, columns_, between, side_by_side);
      std::size_t first = group_sections;
      for (; first + group_sections < count; first += group_sections) group(first, between, side_by_side, between, side_by_side);
      group(first, between, side_by_side, out + column, columns_);
    }
    column += side_by_side;
  }
}

template <class In, class Out>
void sos_cascade::run(const In* in, Out* out, std::size_t items) noexcept {
  const std::size_t count = sections_.size();
  for (std::size_t start = 0; start < items; start += block_items) {
    const std::size_t here = std::min(block_items, items - start);
    const In* from = in + start * columns_;
    Out* to = out + start * columns_;
    if (all_usable(from, here * columns_)) {
      run_finite(from, to, here);
      continue;
    }
    for (std::size_t i = 0; i < here; ++i) {
      for (std::size_t column = 0; column < columns_; ++column) {
        double x = static_cast<double>(from[i * columns_ + column]);
        if (is_usable_sample(x)) {
          double* state = state_.data() + 2 * column * count;
          for (std::size_t s = 0; s < count; ++s) x = step(sections_[s], state[2 * s], state[2 * s + 1], x);
        } else {
          x = math::nan;
        }
        to[i * columns_ + column] = static_cast<Out>(x);
      }
    }
  }
}

void sos_cascade::process(const float* in, float* out, std::size_t items) noexcept { run(in, out, items); }
void sos_cascade::process(const double* in, double* out, std::size_t items) noexcept { run(in, out, items); }
void sos_cascade::process(const float* in, double* out, std::size_t items) noexcept { run(in, out, items); }

}  // namespace millwright
