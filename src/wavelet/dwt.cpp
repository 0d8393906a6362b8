#include "millwright/wavelet/dwt.hpp"

#include <algorithm>
#include <memory>
#include <string>

#include "kernels/wavelet_kernels.hpp"
#include "millwright/detail/kernels.hpp"
#include "wavelet/extension.hpp"

namespace millwright {

template <class Real>
wavelet_bank<Real>::wavelet_bank(const wavelet& w, wavelet_mode mode) noexcept
    : kernels_(&detail::active_kernels().wavelet->table<Real>()), length_(w.length()), mode_(mode) {
  for (std::size_t j = 0; j < length_; ++j) {
    analysis_[2 * j] = static_cast<Real>(w.dec_lo(j));
    analysis_[2 * j + 1] = static_cast<Real>(w.dec_hi(j));
    synthesis_[2 * j] = static_cast<Real>(w.rec_lo(j));
    synthesis_[2 * j + 1] = static_cast<Real>(w.rec_hi(j));
  }
}

template <class Real>
void wavelet_bank<Real>::analyse(const Real* x, std::size_t n, Real* approximation, Real* detail) const noexcept {
  const auto length = static_cast<std::ptrdiff_t>(length_);
  const auto size = static_cast<std::ptrdiff_t>(n);
  const auto outputs = static_cast<std::ptrdiff_t>(coefficient_count(n));
  // Output k reads samples first + 2k .. first + 2k + length - 1; those that lie inside the signal are read where they are.
  const std::ptrdiff_t first = mode_ == wavelet_mode::periodization ? 1 - length / 2 : 2 - length;
  const std::ptrdiff_t inner = std::min((1 - first) / 2, outputs);
  const std::ptrdiff_t spare = size - length - first;
  const std::ptrdiff_t inner_end = spare < 0 ? inner : std::clamp(spare / 2 + 1, inner, outputs);

  constexpr std::ptrdiff_t chunk = 40;
  Real samples[2 * chunk + wavelet::longest];
  const auto border = [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (std::ptrdiff_t k = begin; k < end; k += chunk) {
      const auto count = static_cast<std::size_t>(std::min(chunk, end - k));
      detail::extend(mode_, x, n, first + 2 * k, 2 * count + length_ - 2, samples);
      kernels_->analyse(samples, count, analysis_, length_, approximation + k, detail + k);
    }
  };
  border(0, inner);
  if (inner < inner_end) {
    kernels_->analyse(x + (first + 2 * inner), static_cast<std::size_t>(inner_end - inner), analysis_, length_, approximation + inner,
                      detail + inner);
  }
  border(inner_end, outputs);
}

template <class Real>
void wavelet_bank<Real>::synthesise(const Real* approximation, const Real* detail, std::size_t count, Real* out,
                                    std::size_t samples) const noexcept {
  MILLWRIGHT_ASSERT(samples <= sample_count(count));
  const std::size_t half = length_ / 2;
  if (mode_ != wavelet_mode::periodization) {
    const std::size_t whole = samples / 2;
    kernels_->synthesise(approximation, detail, whole, synthesis_, length_, out);
    if (samples % 2 == 1) {
      Real pair[2];
      kernels_->synthesise(approximation + whole, detail + whole, 1, synthesis_, length_, pair);
      out[samples - 1] = pair[0];
    }
    return;
  }
  // Coefficients go on periodically, so that sample t is value t + skip of the plain synthesis that starts `lead` coefficients early.
  const std::size_t lead = half / 2;
  const std::size_t skip = half % 2 == 0 ? 1 : 0;
  constexpr std::size_t chunk = 128;  // pairs
  Real low[chunk + wavelet::longest / 2];
  Real high[chunk + wavelet::longest / 2];
  Real pairs[2 * chunk];
  for (std::size_t m = 0; 2 * m < samples + skip; m += chunk) {
    const std::size_t size = std::min(chunk, count + skip - m);
    const auto from = static_cast<std::ptrdiff_t>(m) - static_cast<std::ptrdiff_t>(lead);
    detail::extend(wavelet_mode::periodic, approximation, count, from, size + half - 1, low);
    detail::extend(wavelet_mode::periodic, detail, count, from, size + half - 1, high);
    kernels_->synthesise(low, high, size, synthesis_, length_, pairs);
    for (std::size_t i = 0; i < 2 * size; ++i) {
      const std::size_t at = 2 * m + i;
      if (at >= skip && at - skip < samples) out[at - skip] = pairs[i];
    }
  }
}

template <class Real>
void wavelet_bank<Real>::filter(const Real* x, std::size_t count, Real* approximation, Real* detail) const noexcept {
  kernels_->analyse(x, count, analysis_, length_, approximation, detail);
}

template <class Real>
double wavelet_bank<Real>::energy(const Real* x, std::size_t n) const noexcept {
  return kernels_->energy(x, n);
}

wavelet_layout::wavelet_layout(std::size_t n, std::size_t length, wavelet_mode mode, std::size_t level) noexcept
    : level_(level), samples_(n) {
  MILLWRIGHT_ASSERT(level < 64);
  std::size_t size = n;
  for (std::size_t band = level; band > 0; --band) {
    size = dwt_coefficient_count(size, length, mode);
    size_[band] = size;
  }
  size_[0] = size;
  for (std::size_t band = 1; band <= level; ++band) start_[band] = start_[band - 1] + size_[band - 1];
}

std::size_t wavelet_layout::scratch() const noexcept {
  // Approximations between the levels take turns in two places.
  return level_ < 2 ? 0 : size_[level_] + size_[level_ - 1];
}

template <class Real>
void decompose(const wavelet_bank<Real>& bank, const wavelet_layout& layout, const Real* x, Real* coefficients, Real* scratch) noexcept {
  const std::size_t levels = layout.level();
  if (levels == 0) {
    std::copy(x, x + layout.samples(), coefficients);
    return;
  }
  Real* places[2] = {scratch, scratch + layout.size(levels)};
  const Real* from = x;
  std::size_t n = layout.samples();
  for (std::size_t level = 1; level <= levels; ++level) {
    const std::size_t band = levels + 1 - level;
    Real* const approximation = level == levels ? coefficients : places[(level - 1) % 2];
    bank.analyse(from, n, approximation, coefficients + layout.start(band));
    from = approximation;
    n = layout.size(band);
  }
}

template <class Real>
void recompose(const wavelet_bank<Real>& bank, const wavelet_layout& layout, const Real* coefficients, Real* x, Real* scratch) noexcept {
  const std::size_t levels = layout.level();
  if (levels == 0) {
    std::copy(coefficients, coefficients + layout.samples(), x);
    return;
  }
  Real* places[2] = {scratch, scratch + layout.size(levels)};
  const Real* approximation = coefficients;
  for (std::size_t band = 1; band <= levels; ++band) {
    const bool is_last = band == levels;
    Real* const to = is_last ? x : places[(levels - band - 1) % 2];
    bank.synthesise(approximation, coefficients + layout.start(band), layout.size(band), to,
                    is_last ? layout.samples() : layout.size(band + 1));
    approximation = to;
  }
}

namespace {

error empty_signal(std::string_view where) { return {errc::invalid_data, where, "the signal is empty", "give at least one sample"}; }

}  // namespace

template <class Real>
result<dwt_bands<Real>> dwt(std::span<const Real> x, const wavelet& w, wavelet_mode mode) {
  if (x.empty()) return empty_signal("dwt");
  const wavelet_bank<Real> bank(w, mode);
  const std::size_t count = bank.coefficient_count(x.size());
  dwt_bands<Real> bands{std::vector<Real>(count), std::vector<Real>(count)};
  bank.analyse(x.data(), x.size(), bands.approximation.data(), bands.detail.data());
  return bands;
}

template <class Real>
result<std::vector<Real>> idwt(std::span<const Real> approximation, std::span<const Real> detail, const wavelet& w, wavelet_mode mode) {
  const std::size_t count = std::max(approximation.size(), detail.size());
  MILLWRIGHT_CHECK(detail::check_band_sizes(approximation.size(), detail.size(), w, mode));
  const std::vector<Real> zeros(approximation.empty() || detail.empty() ? count : 0);
  const wavelet_bank<Real> bank(w, mode);
  std::vector<Real> x(bank.sample_count(count));
  bank.synthesise(approximation.empty() ? zeros.data() : approximation.data(), detail.empty() ? zeros.data() : detail.data(), count,
                  x.data(), x.size());
  return x;
}

template <class Real>
result<wavelet_decomposition<Real>> wavedec(std::span<const Real> x, const wavelet& w, std::size_t level, wavelet_mode mode) {
  if (x.empty()) return empty_signal("wavedec");
  MILLWRIGHT_CHECK(detail::check_wavelet_level(x.size(), w, level, "wavedec"));
  wavelet_decomposition<Real> bands{wavelet_layout(x.size(), w.length(), mode, level), {}};
  bands.coefficients.resize(bands.layout.total());
  std::vector<Real> scratch(bands.layout.scratch());
  decompose(wavelet_bank<Real>(w, mode), bands.layout, x.data(), bands.coefficients.data(), scratch.data());
  return bands;
}

template <class Real>
result<std::vector<Real>> waverec(const wavelet_decomposition<Real>& bands, const wavelet& w, wavelet_mode mode) {
  const wavelet_layout& layout = bands.layout;
  if (layout.samples() == 0) return empty_signal("waverec");
  const wavelet_layout expected(layout.samples(), w.length(), mode, layout.level());
  if (expected.total() != bands.coefficients.size() || expected.size(0) != layout.size(0)) {
    return error(errc::invalid_argument, "waverec",
                 "the bands have other lengths than " + std::string(w.name()) + " in mode " + std::string(to_string(mode)) + " gives",
                 "use the wavelet and the mode of wavedec");
  }
  std::vector<Real> x(layout.samples());
  std::vector<Real> scratch(layout.scratch());
  recompose(wavelet_bank<Real>(w, mode), layout, bands.coefficients.data(), x.data(), scratch.data());
  return x;
}

namespace detail {

result<void> check_band_sizes(std::size_t approximation, std::size_t detail, const wavelet& w, wavelet_mode mode) {
  if (approximation == 0 && detail == 0) {
    return error(errc::invalid_data, "idwt", "both bands are empty", "give an approximation, a detail or both");
  }
  if (approximation != 0 && detail != 0 && approximation != detail) {
    return error(errc::invalid_data, "idwt",
                 "the approximation has " + std::to_string(approximation) + " coefficients, the detail " + std::to_string(detail),
                 "both bands of a level have the same length");
  }
  const std::size_t count = std::max(approximation, detail);
  if (mode != wavelet_mode::periodization && count < w.length() / 2) {
    return error(errc::invalid_data, "idwt",
                 std::to_string(count) + " coefficients are too few for " + std::string(w.name()) + ": no signal gives so few",
                 "at least " + std::to_string(w.length() / 2) + " are needed, or mode periodization");
  }
  return {};
}

}  // namespace detail

#define MILLWRIGHT_INSTANTIATE(Real)                                                                                            \
  template class wavelet_bank<Real>;                                                                                            \
  template void decompose<Real>(const wavelet_bank<Real>&, const wavelet_layout&, const Real*, Real*, Real*) noexcept;          \
  template void recompose<Real>(const wavelet_bank<Real>&, const wavelet_layout&, const Real*, Real*, Real*) noexcept;          \
  template result<dwt_bands<Real>> dwt<Real>(std::span<const Real>, const wavelet&, wavelet_mode);                              \
  template result<std::vector<Real>> idwt<Real>(std::span<const Real>, std::span<const Real>, const wavelet&, wavelet_mode);    \
  template result<wavelet_decomposition<Real>> wavedec<Real>(std::span<const Real>, const wavelet&, std::size_t, wavelet_mode); \
  template result<std::vector<Real>> waverec<Real>(const wavelet_decomposition<Real>&, const wavelet&, wavelet_mode);
MILLWRIGHT_INSTANTIATE(float)
MILLWRIGHT_INSTANTIATE(double)
#undef MILLWRIGHT_INSTANTIATE

}  // namespace millwright
