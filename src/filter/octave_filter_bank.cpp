#include "millwright/filter/octave_filter_bank.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "millwright/filter/fir_design.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {
namespace {

constexpr std::size_t block_items = 256;
constexpr double largest_edge = 0.45;  // of the input's rate
constexpr double stop_db = 90.0;       // of the filters between rates
constexpr std::size_t most_rates = 40;
constexpr std::size_t bandpass_order = 3;

/// Largest centre frequency of a band as a share of its sampling rate. Above it the bilinear transformation makes the lower skirt so
/// shallow that it leaves the class 1 limits, by 10 lg (1 + (pi f / rate)^2 / 3)^6 dB.
constexpr double largest_centre(std::int64_t fraction) noexcept { return fraction == 1 ? 0.17 : 0.22; }

/// Linear-phase lowpass with the transition pass .. stop, in cycles per sample.
result<std::vector<double>> lowpass(double pass, double stop, double gain) {
  MILLWRIGHT_TRY(const kaiser_estimate size, kaiserord(stop_db, 2.0 * (stop - pass)));
  MILLWRIGHT_TRY(auto taps,
                 firwin(size.taps | 1, filter_band::lowpass, 0.0, 0.5 * (pass + stop), 1.0, taper{taper_kind::kaiser, size.beta}));
  for (double& tap : taps) tap *= gain;
  return taps;
}

}  // namespace

octave_band octave_band_at(std::int64_t fraction, std::int64_t index) noexcept {
  const double middle = static_cast<double>(index) + (fraction % 2 == 0 ? 0.5 : 0.0);
  const auto at = [&](double offset) { return 1000.0 * math::pow(10.0, 0.3 * (middle + offset) / static_cast<double>(fraction)); };
  return {index, at(0.0), at(-0.5), at(0.5)};
}

result<std::vector<octave_band>> octave_bands(std::int64_t fraction, double low_hz, double high_hz) {
  const auto fail = [](std::string_view what, std::string_view mend) { return error(errc::invalid_argument, "octave_bands", what, mend); };
  if (fraction != 1 && fraction != 3) return fail("fraction must be 1 or 3", "1 gives octaves, 3 third-octaves");
  if (!(low_hz > 0.0 && low_hz <= high_hz && high_hz < math::infinity)) {
    return fail("the range must satisfy 0 < low_hz <= high_hz", "10 to 10000 Hz is usual");
  }
  const auto b = static_cast<double>(fraction);
  const auto index_of = [b](double frequency_hz) {
    return static_cast<std::int64_t>(std::floor(b * math::log10(frequency_hz / 1000.0) / 0.3 + 0.5));
  };
  const std::int64_t first = index_of(low_hz);
  const std::int64_t last = index_of(high_hz);
  if (last - first > 40 * fraction) return fail("the range spans more than 40 octaves", "raise low_hz");
  std::vector<octave_band> bands;
  for (std::int64_t i = first; i <= last; ++i) bands.push_back(octave_band_at(fraction, i));
  return bands;
}

template <class Real>
result<signal_port> octave_filter_bank<Real>::prepare(const signal_port& in, workspace& memory) {
  const std::int64_t fraction = bands == "octave" ? 1 : 3;
  const double highest = largest_edge * in.rate_hz;
  const double half_band = math::pow(10.0, 0.15 / static_cast<double>(fraction));
  double wanted = high_hz.value_or(0.0);
  if (!high_hz) {
    // The band whose upper edge is the highest that fits holds the frequency one band below that limit.
    wanted = highest / (half_band * half_band);
    if (!(wanted >= low_hz)) wanted = low_hz;
  }
  MILLWRIGHT_TRY(band_table_, octave_bands(fraction, low_hz, wanted));
  if (!(band_table_.back().high_hz <= highest)) {
    return error(errc::invalid_argument, id,
                 "the highest band reaches to " + std::to_string(band_table_.back().high_hz) + " Hz, too high for a rate of " +
                     std::to_string(in.rate_hz) + " Hz",
                 "lower high_hz, or low_hz if there is only one band: the upper edge must be at most 0.45 of the rate");
  }
  const double items = std::floor(interval_s * in.rate_hz + 0.5);
  if (!(items >= 1.0 && items <= 0x1p53)) {
    return error(errc::invalid_argument, id, "interval_s is shorter than a sample, or too long to count", "1 s is usual");
  }
  interval_items_ = static_cast<std::uint64_t>(items);
  columns_ = in.columns;

  const double limit = largest_centre(fraction);
  const double top_hz = band_table_.back().centre_hz;
  oversamples_ = top_hz > limit * in.rate_hz;
  double rate_hz = in.rate_hz;
  std::size_t room = block_items;  // items that one block may have at this rate
  if (oversamples_) {
    const double edge = band_table_.back().high_hz / in.rate_hz;
    MILLWRIGHT_TRY(const auto taps, lowpass(0.5 * edge, 0.5 * (1.0 - edge), 2.0));
    MILLWRIGHT_CHECK(interpolator_.prepare(taps, 2, 1, 0, polyphase_fir<double>::length::causal, columns_, block_items, memory));
    rate_hz *= 2.0;
    room = interpolator_.max_output_items();
  }
  MILLWRIGHT_TRY(const auto halving_taps, lowpass(0.5 * limit * half_band, 0.5 - 0.5 * limit * half_band, 1.0));

  rates_.clear();
  std::size_t done = 0;  // bands that have their filter, from the highest
  while (done < band_table_.size()) {
    if (rates_.size() == most_rates) return error(errc::limit_exceeded, id, "low_hz is too far below the rate", "raise low_hz");
    rate here;
    here.is_halved = !rates_.empty();
    if (here.is_halved) {
      MILLWRIGHT_CHECK(here.decimator.prepare(halving_taps, 1, 2, 0, polyphase_fir<double>::length::causal, columns_, room, memory));
      room = here.decimator.max_output_items();
      rate_hz *= 0.5;
    }
    here.samples = memory.carve<double>(room * columns_);
    here.first_band = done;
    for (; done < band_table_.size(); ++done) {
      const octave_band& band = band_table_[band_table_.size() - 1 - done];
      if (band.centre_hz <= 0.5 * limit * rate_hz) break;  // fits the next rate
      MILLWRIGHT_TRY(auto sections, design_sos({.band = filter_band::bandpass,
                                                .order = bandpass_order,
                                                .low_hz = band.low_hz,
                                                .high_hz = band.high_hz,
                                                .rate_hz = rate_hz}));
      MILLWRIGHT_CHECK(here.filters.emplace_back().prepare(std::move(sections), columns_, memory));
    }
    rates_.push_back(std::move(here));
  }
  if (interval_s * rate_hz < 8.0) {
    return error(errc::invalid_argument, id, "interval_s is too short for the lowest band", "lengthen interval_s or raise low_hz");
  }
  const std::size_t levels = columns_ * band_table_.size();
  has_started_ = memory.carve<std::uint8_t>(columns_);
  offset_ = memory.carve<double>(columns_);
  sum_ = memory.carve<double>(levels);
  count_ = memory.carve<std::uint64_t>(levels);
  entering_ = memory.carve<double>(block_items * columns_);
  filtered_ = memory.carve<double>((2 * block_items + 2) * columns_);

  signal_port out = in;
  out.columns = levels;
  out.rate_hz = in.rate_hz / items;
  out.max_items = in.max_items / interval_items_ + 1;
  out.delay_s += 0.5 * (items - 1.0) / in.rate_hz;
  return out;
}

template <class Real>
void octave_filter_bank<Real>::reset() noexcept {
  if (oversamples_) interpolator_.reset();
  for (auto& r : rates_) {
    if (r.is_halved) r.decimator.reset();
    for (auto& f : r.filters) f.reset();
  }
  position_ = 0;
  std::fill(has_started_.begin(), has_started_.end(), std::uint8_t{0});
  std::fill(offset_.begin(), offset_.end(), 0.0);
  std::fill(sum_.begin(), sum_.end(), 0.0);
  std::fill(count_.begin(), count_.end(), std::uint64_t{0});
}

/// Adds the squares of the filtered samples of one band.
template <class Real>
void octave_filter_bank<Real>::measure(const rate& at, std::size_t filter, std::size_t items) noexcept {
  const std::size_t band = band_table_.size() - 1 - (at.first_band + filter);
  for (std::size_t c = 0; c < columns_; ++c) {
    double& sum = sum_[c * band_table_.size() + band];
    std::uint64_t& count = count_[c * band_table_.size() + band];
    for (std::size_t i = 0; i < items; ++i) {
      const double v = filtered_[i * columns_ + c];
      if (v != v) continue;
      sum += v * v;
      ++count;
    }
  }
}

template <class Real>
std::size_t octave_filter_bank<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  const std::size_t items = in.size() / columns_;
  std::size_t written = 0;
  for (std::size_t start = 0; start < items;) {
    const auto here = static_cast<std::size_t>(std::min<std::uint64_t>({block_items, items - start, interval_items_ - position_}));
    for (std::size_t i = 0; i < here; ++i) {
      for (std::size_t c = 0; c < columns_; ++c) {
        const auto x = static_cast<double>(in[(start + i) * columns_ + c]);
        const bool is_usable = is_usable_sample(x);
        if (is_usable && has_started_[c] == 0) {
          has_started_[c] = 1;
          offset_[c] = x;
        }
        entering_[i * columns_ + c] = is_usable ? x - offset_[c] : math::nan;
      }
    }
    std::span<const double> samples = entering_.first(here * columns_);
    if (oversamples_) samples = rates_[0].samples.first(interpolator_.process(samples, rates_[0].samples));
    for (auto& r : rates_) {
      if (r.is_halved) samples = r.samples.first(r.decimator.process(samples, r.samples));
      for (std::size_t f = 0; f < r.filters.size(); ++f) {
        r.filters[f].process(samples.data(), filtered_.data(), samples.size() / columns_);
        measure(r, f, samples.size() / columns_);
      }
    }
    start += here;
    position_ += here;
    if (position_ < interval_items_) continue;
    position_ = 0;
    std::uint64_t expected = oversamples_ ? 2 * interval_items_ : interval_items_;
    for (const auto& r : rates_) {
      if (r.is_halved) expected /= 2;
      for (std::size_t f = 0; f < r.filters.size(); ++f) {
        for (std::size_t c = 0; c < columns_; ++c) {
          const std::size_t at = c * band_table_.size() + band_table_.size() - 1 - (r.first_band + f);
          const double mean = 2 * count_[at] >= expected ? sum_[at] / static_cast<double>(count_[at]) : math::nan;
          out[written + at] = detail::to_samples<Real>(level == "rms" ? std::sqrt(mean) : mean);
        }
      }
    }
    written += sum_.size();
    std::fill(sum_.begin(), sum_.end(), 0.0);
    std::fill(count_.begin(), count_.end(), std::uint64_t{0});
  }
  return written;
}

template <class Real>
std::size_t octave_filter_bank<Real>::flush(std::span<Real>) noexcept {
  return 0;
}

template <class Real>
bool octave_filter_bank<Real>::state_is_valid() const noexcept {
  return position_ < interval_items_ && (!oversamples_ || interpolator_.state_is_valid()) &&
         std::all_of(rates_.begin(), rates_.end(), [](const rate& r) { return !r.is_halved || r.decimator.state_is_valid(); });
}

template class octave_filter_bank<float>;
template class octave_filter_bank<double>;

}  // namespace millwright
