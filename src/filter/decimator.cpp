#include "millwright/filter/decimator.hpp"

#include <algorithm>
#include <utility>

#include "millwright/filter/fir_design.hpp"

namespace millwright {
namespace {

constexpr std::size_t block_items = 256;

}  // namespace

result<std::vector<double>> decimator_taps(std::size_t factor, std::size_t order) {
  if (factor == 1) return std::vector<double>{1.0};
  return firwin(order + 1, filter_band::lowpass, 0.0, 1.0 / static_cast<double>(factor), 2.0);
}

result<std::vector<sos_section>> decimator_sections(std::size_t factor, std::int64_t order) {
  return design_sos({.family = filter_family::chebyshev1,
                     .order = order,
                     .high_hz = 0.8 / static_cast<double>(factor),
                     .rate_hz = 2.0,
                     .ripple_db = 0.05});
}

template <class Real>
result<signal_port> decimator<Real>::prepare(const signal_port& in, workspace& memory) {
  const auto down = static_cast<std::size_t>(factor);
  columns_ = in.columns;
  signal_port out = in;
  out.rate_hz /= static_cast<double>(factor);
  if (ftype == "iir") {
    MILLWRIGHT_TRY(auto sections, decimator_sections(down, order.value_or(8)));
    MILLWRIGHT_CHECK(cascade_.prepare(std::move(sections), in.columns, memory));
    block_ = memory.carve_scratch<double>(block_items * in.columns);
    out.max_items = (in.max_items + down - 1) / down;
    const double settling_s = sos_settling_items(cascade_.sections()) / in.rate_hz;
    out.memory_s += settling_s;
    out.start_s += settling_s;
    return out;
  }
  const std::size_t taps_order = factor == 1 ? 0 : order ? static_cast<std::size_t>(*order) : 20 * down;
  MILLWRIGHT_TRY(const auto taps, decimator_taps(down, taps_order));
  MILLWRIGHT_CHECK(polyphase_.prepare(taps, 1, down, 0, polyphase_fir<Real>::length::causal, in.columns, in.max_items, memory));
  out.max_items = polyphase_.max_output_items();
  const double reach_s = static_cast<double>(taps_order) / in.rate_hz;
  out.delay_s += 0.5 * reach_s;
  out.first_s -= 0.5 * reach_s;
  out.memory_s += reach_s;
  out.start_s += reach_s;
  return out;
}

template <class Real>
void decimator<Real>::take(workspace& memory) noexcept {
  if (ftype == "iir") {
    cascade_.take(memory);
    block_ = memory.carve_scratch<double>(block_items * columns_);
  } else {
    polyphase_.take(memory);
  }
}

template <class Real>
void decimator<Real>::reset() noexcept {
  until_kept_ = 0;
  if (ftype == "iir") {
    cascade_.reset();
  } else {
    polyphase_.reset();
  }
}

template <class Real>
std::size_t decimator<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  if (ftype != "iir") return polyphase_.process(in, out);
  std::size_t written = 0;
  const std::size_t items = in.size() / columns_;
  for (std::size_t start = 0; start < items; start += block_items) {
    const std::size_t here = std::min(block_items, items - start);
    cascade_.process(in.data() + start * columns_, block_.data(), here);
    std::size_t i = until_kept_;
    for (; i < here; i += static_cast<std::size_t>(factor)) {
      for (std::size_t c = 0; c < columns_; ++c) out[written++] = static_cast<Real>(block_[i * columns_ + c]);
    }
    until_kept_ = i - here;
  }
  return written;
}

template <class Real>
std::size_t decimator<Real>::flush(std::span<Real>) noexcept {
  return 0;
}

template class decimator<float>;
template class decimator<double>;

}  // namespace millwright
