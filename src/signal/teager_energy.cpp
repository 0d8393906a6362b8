#include "millwright/signal/teager_energy.hpp"

#include "signal/teager.hpp"

namespace millwright {

namespace {

template <class Real>
Real energy(Real before, Real here, Real after) noexcept {
  return detail::to_samples<Real>(detail::teager(static_cast<double>(before), static_cast<double>(here), static_cast<double>(after)));
}

}  // namespace

template <class Real>
result<signal_port> teager_energy<Real>::prepare(const signal_port& in, workspace& memory) {
  columns_ = in.columns;
  take(memory);
  signal_port out = in;
  out.delay_s += 1.0 / in.rate_hz;
  out.newest_s += 1.0 / in.rate_hz;
  out.memory_s += 2.0 / in.rate_hz;
  return out;
}

template <class Real>
void teager_energy<Real>::take(workspace& memory) noexcept {
  before_last_ = memory.carve<Real>(columns_);
  last_ = memory.carve<Real>(columns_);
}

template <class Real>
void teager_energy<Real>::reset() noexcept {
  has_last_ = false;
}

template <class Real>
std::size_t teager_energy<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  const std::size_t columns = last_.size();
  std::size_t written = 0;
  for (std::size_t start = 0; start < in.size(); start += columns) {
    for (std::size_t c = 0; c < columns; ++c) {
      const Real next = in[start + c];
      if (has_last_) {
        out[written++] = energy(before_last_[c], last_[c], next);
        before_last_[c] = last_[c];
      } else {
        before_last_[c] = next;
      }
      last_[c] = next;
    }
    has_last_ = true;
  }
  return written;
}

template <class Real>
std::size_t teager_energy<Real>::flush(std::span<Real> out) noexcept {
  if (!has_last_) return 0;
  for (std::size_t c = 0; c < last_.size(); ++c) out[c] = energy(before_last_[c], last_[c], last_[c]);
  return last_.size();
}

template class teager_energy<float>;
template class teager_energy<double>;

}  // namespace millwright
