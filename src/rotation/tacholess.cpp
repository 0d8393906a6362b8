#include "millwright/rotation/tacholess.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <string>

#include "millwright/core/signal_stage.hpp"
#include "millwright/numeric/fft.hpp"
#include "millwright/numeric/math.hpp"
#include "numeric/exact_scale.hpp"
#include "rotation/sliding_argmax.hpp"

namespace millwright {
namespace {

constexpr std::string_view where = "tacholess_speed";
constexpr std::size_t hops_a_frame = 8;
constexpr std::size_t zero_padding = 4;
constexpr double dynamic_range = 1e-4;  // of power: what lies further below the strongest bin of a frame is background
constexpr double clear_line = 2.0;      // decades over the background from which on more is hardly better
constexpr double beyond_clear = 0.01;   // weight of what a line has more than that: enough to stay on its top

error bad(const std::string& what, std::string_view mend) { return {errc::invalid_argument, where, what, mend}; }

struct plan {
  double rate_hz;
  std::size_t frame, hop, padded, first_bin, bins, steps;  // steps: bins that the ridge may move from one frame to the next
};

result<plan> make_plan(std::size_t samples, double rate_hz, const tacholess_options& o) {
  if (!(rate_hz > 0.0) || !std::isfinite(rate_hz)) return bad("the sampling rate is not a positive number", "give it in hertz");
  if (!(o.order > 0.0) || !std::isfinite(o.order)) return bad("the order is not positive", "give the multiple of the shaft's frequency");
  if (!(o.low_hz > 0.0 && o.low_hz < o.high_hz && o.high_hz < 0.5 * rate_hz)) {
    return bad("the band is not within 0 .. half the rate", "give 0 < low_hz < high_hz < rate / 2");
  }
  if (o.start_hz != 0.0 && !(o.start_hz >= o.low_hz && o.start_hz <= o.high_hz)) {
    return bad("the start lies outside the band", "give low_hz <= start_hz <= high_hz, or 0 for the strongest component");
  }
  if (!(o.search_hz >= 0.0) || !(o.max_slope_hz_s >= 0.0) || !(o.frame_s >= 0.0) || !std::isfinite(o.max_slope_hz_s)) {
    return bad("search_hz, max_slope_hz_s or frame_s is negative", "give 0 for the default");
  }
  const double duration = static_cast<double>(samples) / rate_hz;
  const double slope = o.max_slope_hz_s > 0.0 ? o.max_slope_hz_s : 3.0 * (o.high_hz - o.low_hz) / std::max(duration, 1.0 / rate_hz);
  const double frame_s = o.frame_s > 0.0 ? o.frame_s : std::max(std::sqrt(2.0 / slope), 6.0 / o.low_hz);
  const double frame = std::floor(frame_s * rate_hz / hops_a_frame) * hops_a_frame;
  if (!(frame >= 16.0) || !(2.0 * frame <= static_cast<double>(samples))) {
    return error(errc::invalid_data, where,
                 "the signal has " + std::to_string(samples) + " samples, fewer than two frames of " + std::to_string(frame_s) + " s",
                 "give a longer signal, or a shorter frame_s (it must hold a few periods)");
  }
  plan p{};
  p.rate_hz = rate_hz;
  p.frame = static_cast<std::size_t>(frame);
  p.hop = p.frame / hops_a_frame;
  p.padded = 1;
  while (p.padded < zero_padding * p.frame) p.padded *= 2;
  const double bin_hz = rate_hz / static_cast<double>(p.padded);
  p.first_bin = std::max<std::size_t>(1, static_cast<std::size_t>(o.low_hz / bin_hz));
  const auto last_bin = std::min(p.padded / 2 - 1, static_cast<std::size_t>(o.high_hz / bin_hz) + 1);
  p.bins = last_bin - p.first_bin + 1;
  p.steps = static_cast<std::size_t>(std::min(slope * static_cast<double>(p.hop) / (rate_hz * bin_hz), 1e6)) + 1;
  if (p.padded > std::size_t{1} << 26)
    return error(errc::limit_exceeded, where, "a frame has more than 2^24 samples", "give a shorter frame_s");
  return p;
}

/// Log power, in decades over the background (the median of the band, but see dynamic_range), of the band in one frame; false without
/// power.
class spectrogram {
 public:
  result<void> prepare(const plan& p) {
    plan_ = p;
    MILLWRIGHT_TRY(auto ready, detail::prepare_on_heap(real_fft<double>(), [&](real_fft<double>& f, workspace& memory) {
                     return f.prepare(p.padded, memory);
                   }));
    fft_ = std::move(ready);
    input_.assign(p.padded, 0.0);
    bins_.resize(p.padded / 2 + 1);
    for (std::size_t i = 0; i < p.frame; ++i) {
      const double s = math::sin_pi((static_cast<double>(i) + 0.5) / static_cast<double>(p.frame));
      taper_.push_back(s * s);
    }
    return {};
  }
  bool compute(const double* frame, std::span<double> decades) {
    double mean = 0.0;
    for (std::size_t i = 0; i < plan_.frame; ++i) mean += frame[i];
    mean /= static_cast<double>(plan_.frame);
    for (std::size_t i = 0; i < plan_.frame; ++i) input_[i] = (frame[i] - mean) * taper_[i];
    fft_.object.forward(input_.data(), bins_.data());
    double strongest = 0.0;
    for (std::size_t k = 0; k < plan_.bins; ++k) {
      const auto& z = bins_[plan_.first_bin + k];
      decades[k] = z.real() * z.real() + z.imag() * z.imag();
      strongest = std::max(strongest, decades[k]);
    }
    if (!(strongest > 0.0)) return false;
    sorted_.assign(decades.begin(), decades.end());
    std::nth_element(sorted_.begin(), sorted_.begin() + static_cast<std::ptrdiff_t>(sorted_.size() / 2), sorted_.end());
    const double background = std::max(sorted_[sorted_.size() / 2], dynamic_range * strongest);
    for (double& d : decades) d = d > background ? math::log10(d / background) : 0.0;
    return true;
  }

 private:
  plan plan_{};
  detail::prepared<real_fft<double>> fft_;
  std::vector<double> input_, taper_, sorted_;
  std::vector<std::complex<double>> bins_;
};

/// Frequency of the ridge in each frame.
result<std::vector<double>> find_ridge(std::span<const double> x, const plan& p, const tacholess_options& o) {
  const std::size_t count = (x.size() - p.frame) / p.hop + 1;
  if (p.bins > (std::size_t{1} << 30) / count) {
    return error(errc::limit_exceeded, where, "the spectrogram has more than 2^30 values", "narrow the band or cut the signal");
  }
  spectrogram spectra;
  MILLWRIGHT_CHECK(spectra.prepare(p));
  const double bin_hz = p.rate_hz / static_cast<double>(p.padded);
  const auto hz_of = [&](double bin) { return (static_cast<double>(p.first_bin) + bin) * bin_hz; };

  std::vector<float> decades(count * p.bins);  // float: half the memory, and ample for a sum of at most 4 a frame
  std::vector<std::uint32_t> from(count * p.bins);
  std::vector<double> row(p.bins), best(p.bins), next(p.bins);
  detail::sliding_argmax ways(p.bins);
  bool has_power = false;
  // With a start given, any clear line is as good as a stronger one, so that the path does not leave its own for another.
  const auto score = [&](double d) { return o.start_hz > 0.0 && d > clear_line ? clear_line + beyond_clear * (d - clear_line) : d; };
  const double reach = o.search_hz > 0.0 ? o.search_hz : std::max(0.1 * o.start_hz, 2.0 * p.rate_hz / static_cast<double>(p.frame));
  for (std::size_t f = 0; f < count; ++f) {
    has_power = spectra.compute(x.data() + f * p.hop, row) || has_power;
    for (std::size_t k = 0; k < p.bins; ++k) decades[f * p.bins + k] = static_cast<float>(row[k]);
    if (f == 0) {
      for (std::size_t k = 0; k < p.bins; ++k) {
        const bool allowed = o.start_hz == 0.0 || std::abs(hz_of(static_cast<double>(k)) - o.start_hz) <= reach;
        best[k] = allowed ? score(row[k]) : -1e30;
      }
      continue;
    }
    const auto sources = std::span(from).subspan(f * p.bins, p.bins);
    ways.find(best, p.steps, sources);
    for (std::size_t k = 0; k < p.bins; ++k) next[k] = best[sources[k]] + score(row[k]);
    best.swap(next);
  }
  if (!has_power) return error(errc::invalid_data, where, "the signal has no power in the band", "check the channel and the band");
  std::vector<double> ridge(count);
  auto bin = static_cast<std::size_t>(std::max_element(best.begin(), best.end()) - best.begin());
  for (std::size_t f = count; f-- > 0;) {
    const float* d = decades.data() + f * p.bins;
    double offset = 0.0;
    if (bin > 0 && bin + 1 < p.bins) {
      const double left = d[bin - 1];
      const double here = d[bin];
      const double right = d[bin + 1];
      const double bend = left - 2.0 * here + right;
      if (bend < 0.0) offset = std::clamp(0.5 * (left - right) / bend, -0.5, 0.5);
    }
    ridge[f] = hz_of(static_cast<double>(bin) + offset);
    bin = from[f * p.bins + bin];
  }
  return ridge;
}

/// Piecewise linear frequency over samples: value i at sample first + i * step, the end pieces continued.
class frequency_track {
 public:
  frequency_track(std::vector<double> values, double first, double step, double low, double high)
      : values_(std::move(values)), first_(first), step_(step), low_(low), high_(high) {}
  [[nodiscard]] double at(double sample) const noexcept {
    const double place = (sample - first_) / step_;
    const double last = static_cast<double>(values_.size()) - 2.0;
    const auto i = static_cast<std::size_t>(std::clamp(std::floor(place), 0.0, std::max(last, 0.0)));
    const double value = values_.size() < 2 ? values_[0] : values_[i] + (place - static_cast<double>(i)) * (values_[i + 1] - values_[i]);
    return std::clamp(value, low_, high_);
  }

 private:
  std::vector<double> values_;
  double first_, step_, low_, high_;
};

struct demodulated {
  std::vector<double> sample, frequency_hz, amplitude;
};

/// Where the window reaches beyond the signal the phase is noisy: the frequency there continues the parabola fitted to the nearest two
/// frames.
void continue_ends(demodulated& d, std::size_t samples, std::size_t length) {
  const std::size_t points = d.sample.size();
  const double reach = 0.5 * static_cast<double>(length);
  const auto is_whole = [&](std::size_t i) { return d.sample[i] >= reach && d.sample[i] + reach <= static_cast<double>(samples); };
  // A frequency comes from three points of phase, so the outermost whole one still sees a cut window.
  std::size_t first = 1;
  while (first < points && !is_whole(first - 1)) ++first;
  std::size_t last = points - 1;
  while (last > first && !is_whole(last)) --last;
  constexpr std::size_t most = 2 * hops_a_frame + 1;
  const std::size_t count = std::min(last - first, most);
  if (last <= first || count < 5) return;
  const auto extend = [&](std::size_t from, std::size_t begin, std::size_t end) {
    // Orthogonal polynomials 1, u, u^2 - a u - b over the points, u about their mean: three quotients instead of a system.
    const double scale = static_cast<double>(length);
    double mean = 0.0;
    for (std::size_t i = from; i < from + count; ++i) mean += d.sample[i] / static_cast<double>(count);
    const auto place = [&](std::size_t i) { return (d.sample[i] - mean) / scale; };
    double u2 = 0.0;
    double u3 = 0.0;
    for (std::size_t i = from; i < from + count; ++i) {
      const double u = place(i);
      u2 += u * u;
      u3 += u * u * u;
    }
    const auto bend = [&](double u) { return u * u - u3 / u2 * u - u2 / static_cast<double>(count); };
    double level = 0.0;
    double slope = 0.0;
    double curve = 0.0;
    double bend2 = 0.0;
    for (std::size_t i = from; i < from + count; ++i) {
      const double u = place(i);
      level += d.frequency_hz[i] / static_cast<double>(count);
      slope += d.frequency_hz[i] * u / u2;
      curve += d.frequency_hz[i] * bend(u);
      bend2 += bend(u) * bend(u);
    }
    for (std::size_t i = begin; i < end; ++i) d.frequency_hz[i] = level + slope * place(i) + curve / bend2 * bend(place(i));
  };
  extend(first, 0, first);
  extend(last - count, last, points);
}

/// Frequency of x about `track` from its phase, every `step` samples and at the last one, smoothed by a Hann window of `length`.
demodulated demodulate(std::span<const double> x, double rate_hz, const frequency_track& track, std::size_t length, std::size_t step) {
  const std::size_t n = x.size();
  double mean = 0.0;
  for (const double v : x) mean += v;
  mean /= static_cast<double>(n);
  // Phase of the track, in turns modulo 1, and the signal turned back by it.
  std::vector<double> phase(n), re(n), im(n);
  std::vector<double> whole(n);  // full phase, for differences
  double total = 0.0;
  double before = track.at(0.0);
  for (std::size_t i = 0; i < n; ++i) {
    const double here = track.at(static_cast<double>(i));
    if (i > 0) total += 0.5 * (before + here) / rate_hz;
    before = here;
    whole[i] = total;
    const double part = total - std::floor(total);
    const double value = x[i] - mean;
    re[i] = value * math::cos_pi(2.0 * part);
    im[i] = -value * math::sin_pi(2.0 * part);
  }
  std::vector<double> taper(length);
  for (std::size_t i = 0; i < length; ++i) {
    const double s = math::sin_pi((static_cast<double>(i) + 0.5) / static_cast<double>(length));
    taper[i] = s * s;
  }
  demodulated out;
  std::vector<double> turns;
  for (std::size_t centre = 0;; centre = std::min(centre + step, n - 1)) {
    const std::size_t first = centre > length / 2 ? centre - length / 2 : 0;
    const std::size_t last = std::min(n, centre + length - length / 2);
    double sum_re = 0.0;
    double sum_im = 0.0;
    double weights = 0.0;
    for (std::size_t i = first; i < last; ++i) {
      const double w = taper[i + length / 2 - centre];
      sum_re += w * re[i];
      sum_im += w * im[i];
      weights += w;
    }
    double offset = (sum_re == 0.0 && sum_im == 0.0) ? 0.0 : math::atan2_turns(sum_im, sum_re);
    if (!turns.empty()) {
      const double previous = turns.back() - whole[static_cast<std::size_t>(out.sample.back())];
      offset += std::floor(previous - offset + 0.5);
    }
    turns.push_back(whole[centre] + offset);
    out.sample.push_back(static_cast<double>(centre));
    out.amplitude.push_back(2.0 * std::sqrt(sum_re * sum_re + sum_im * sum_im) / weights);
    if (centre == n - 1) break;
  }
  const std::size_t points = turns.size();
  for (std::size_t i = 0; i < points; ++i) {
    // The parabola through three neighbours; at the ends it is continued.
    const std::size_t m = std::clamp<std::size_t>(i, 1, points - 2);
    const double h0 = out.sample[m] - out.sample[m - 1];
    const double h1 = out.sample[m + 1] - out.sample[m];
    const double s0 = (turns[m] - turns[m - 1]) / h0;
    const double s1 = (turns[m + 1] - turns[m]) / h1;
    const double middle = (s0 * h1 + s1 * h0) / (h0 + h1);
    const double slope = i < m ? 2.0 * s0 - middle : i > m ? 2.0 * s1 - middle : middle;
    out.frequency_hz.push_back(slope * rate_hz);
  }
  continue_ends(out, n, length);
  return out;
}

}  // namespace

template <class Real>
result<speed_profile> tacholess_speed(std::span<const Real> samples, double rate_hz, const tacholess_options& options) {
  MILLWRIGHT_TRY(const plan p, make_plan(samples.size(), rate_hz, options));
  double largest = 0.0;
  for (const Real v : samples) {
    if (!std::isfinite(v))
      return error(errc::invalid_data, where, "the signal has a sample that is not finite", "cut or mend the recording");
    largest = std::max(largest, std::abs(static_cast<double>(v)));
  }
  // Speed has nothing to do with the unit of the signal; squares of large or small samples would overflow or vanish.
  const double scale = detail::exact_scale(largest);
  std::vector<double> x;
  x.reserve(samples.size());
  for (const Real v : samples) x.push_back(scale * static_cast<double>(v));
  MILLWRIGHT_TRY(auto ridge, find_ridge(x, p, options));
  const auto centre = static_cast<double>(p.frame) / 2.0;
  const frequency_track rough(std::move(ridge), centre, static_cast<double>(p.hop), options.low_hz, options.high_hz);
  auto first = demodulate(x, rate_hz, rough, p.frame, p.hop);
  // The last point may lie closer than the others.
  if (first.frequency_hz.size() > 3) first.frequency_hz.pop_back();
  const frequency_track better(first.frequency_hz, 0.0, static_cast<double>(p.hop), options.low_hz, options.high_hz);
  auto second = demodulate(x, rate_hz, better, p.frame, p.hop);
  speed_profile out;
  for (std::size_t i = 0; i < second.sample.size(); ++i) {
    out.times_s.push_back(second.sample[i] / rate_hz);
    out.rpm.push_back(60.0 * second.frequency_hz[i] / options.order);
  }
  out.frequency_hz = std::move(second.frequency_hz);
  out.amplitude = std::move(second.amplitude);
  for (double& a : out.amplitude) a /= scale;
  return out;
}
template result<speed_profile> tacholess_speed(std::span<const float>, double, const tacholess_options&);
template result<speed_profile> tacholess_speed(std::span<const double>, double, const tacholess_options&);

}  // namespace millwright
