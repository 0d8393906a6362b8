#include "millwright/signal/sliding_dft.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "millwright/numeric/math.hpp"

namespace millwright {

template <class Real>
result<signal_port> sliding_dft<Real>::prepare(const signal_port& in, workspace& memory) {
  if (frequencies_hz.empty() || frequencies_hz.size() > 4096)
    return error{errc::invalid_argument, id, "give 1 to 4096 frequencies, not " + std::to_string(frequencies_hz.size())};
  for (const double f : frequencies_hz) {
    if (!(f <= 0.5 * in.rate_hz))
      return error{errc::invalid_argument, id, std::to_string(f) + " Hz is above half the rate of " + std::to_string(in.rate_hz) + " Hz"};
  }
  rate_hz_ = in.rate_hz;
  columns_ = in.columns;
  const std::size_t pairs = in.columns * frequencies_hz.size();
  phases_ = memory.carve<std::uint64_t>(frequencies_hz.size());
  steps_ = memory.carve<std::uint64_t>(frequencies_hz.size());
  turned_ = memory.carve<Real>(static_cast<std::size_t>(length) * 2 * pairs);
  sums_ = memory.carve<double>(2 * pairs);
  fresh_ = memory.carve<double>(2 * pairs);
  bad_ = memory.carve<std::uint64_t>(in.columns);
  signal_port out;
  out.columns = 2 * pairs;
  out.rate_hz = in.rate_hz / static_cast<double>(hop);
  out.max_items = (in.max_items - 1) / static_cast<std::size_t>(hop) + 1;
  out.delay_s = in.delay_s + 0.5 * static_cast<double>(length - 1) / in.rate_hz;
  return out;
}

template <class Real>
void sliding_dft<Real>::reset() noexcept {
  place_ = 0;
  since_ = 0;
  for (std::size_t k = 0; k < steps_.size(); ++k) {
    phases_[k] = 0;
    // The share of a turn is at most 1/2, so that its product with 2^64 fits.
    steps_[k] = static_cast<std::uint64_t>(std::floor(frequencies_hz[k] / rate_hz_ * 0x1p64 + 0.5));
  }
  std::fill(turned_.begin(), turned_.end(), Real(0));
  std::fill(sums_.begin(), sums_.end(), 0.0);
  std::fill(fresh_.begin(), fresh_.end(), 0.0);
  std::fill(bad_.begin(), bad_.end(), std::uint64_t{0});
}

template <class Real>
std::size_t sliding_dft<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  const std::size_t frequencies = steps_.size();
  const std::size_t width = 2 * columns_ * frequencies;
  const double scale = 2.0 / static_cast<double>(length);
  constexpr Real mark = std::numeric_limits<Real>::quiet_NaN();
  const auto counted = [](Real stored) noexcept { return stored == stored ? static_cast<double>(stored) : 0.0; };
  std::size_t written = 0;
  for (std::size_t start = 0; start < in.size(); start += columns_) {
    Real* slot = turned_.data() + static_cast<std::size_t>(place_) * width;
    for (std::size_t c = 0; c < columns_; ++c) {
      const Real leaving = slot[2 * c * frequencies];
      if (leaving != leaving) --bad_[c];
      if (!is_usable_sample(static_cast<double>(in[start + c]))) ++bad_[c];
    }
    for (std::size_t k = 0; k < frequencies; ++k) {
      const double half_turns = static_cast<double>(phases_[k]) * 0x1p-63;
      const double cosine = math::cos_pi(half_turns);
      const double sine = -math::sin_pi(half_turns);
      phases_[k] += steps_[k];
      for (std::size_t c = 0; c < columns_; ++c) {
        const std::size_t at = 2 * (c * frequencies + k);
        const double x = static_cast<double>(in[start + c]);
        // A bad sample is marked where it is kept, and counts 0 in the sums, so that it leaves nothing behind.
        const bool is_usable = is_usable_sample(x);
        const Real re = is_usable ? static_cast<Real>(x * cosine) : mark;
        const Real im = is_usable ? static_cast<Real>(x * sine) : mark;
        sums_[at] += counted(re) - counted(slot[at]);
        sums_[at + 1] += counted(im) - counted(slot[at + 1]);
        fresh_[at] += counted(re);
        fresh_[at + 1] += counted(im);
        slot[at] = re;
        slot[at + 1] = im;
      }
    }
    if (++place_ == static_cast<std::uint64_t>(length)) {
      place_ = 0;
      std::copy(fresh_.begin(), fresh_.end(), sums_.begin());
      std::fill(fresh_.begin(), fresh_.end(), 0.0);
    }
    if (++since_ == static_cast<std::uint64_t>(hop)) {
      since_ = 0;
      for (std::size_t i = 0; i < width; ++i) {
        out[written + i] = bad_[i / (2 * frequencies)] == 0 ? detail::to_samples<Real>(scale * sums_[i]) : mark;
      }
      written += width;
    }
  }
  return written;
}

template <class Real>
bool sliding_dft<Real>::state_is_valid() const noexcept {
  if (place_ >= static_cast<std::uint64_t>(length) || since_ >= static_cast<std::uint64_t>(hop)) return false;
  const std::size_t width = 2 * columns_ * steps_.size();
  for (std::size_t c = 0; c < columns_; ++c) {
    std::uint64_t marks = 0;
    for (std::size_t at = 2 * c * steps_.size(); at < turned_.size(); at += width) marks += turned_[at] != turned_[at] ? 1 : 0;
    if (marks != bad_[c]) return false;
  }
  return true;
}

template <class Real>
std::size_t sliding_dft<Real>::flush(std::span<Real> /*out*/) noexcept {
  return 0;
}

template class sliding_dft<float>;
template class sliding_dft<double>;

}  // namespace millwright
