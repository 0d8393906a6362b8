#include "millwright/vibration/kurtogram.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "millwright/filter/fir_design.hpp"
#include "millwright/numeric/math.hpp"
#include "numeric/exact_scale.hpp"

namespace millwright {

namespace {

constexpr std::size_t fewest_samples_log2 = 8;
constexpr std::size_t half_order = 16;
constexpr std::size_t third_order = 24;

/// Complex numbers as two arrays; `im` is empty for a real signal.
struct planes {
  std::vector<double> re, im;
};

struct filter_bank {
  planes low, high;  // halves
  std::array<planes, 3> thirds;
};

/// taps[n] exp(2 pi i n frequency)
planes modulated(const std::vector<double>& taps, double frequency) {
  planes h;
  for (std::size_t n = 0; n < taps.size(); ++n) {
    const double angle = 2.0 * frequency * static_cast<double>(n);
    h.re.push_back(taps[n] * math::cos_pi(angle));
    h.im.push_back(taps[n] * math::sin_pi(angle));
  }
  return h;
}

result<filter_bank> make_bank() {
  const double half_edge[] = {0.4};  // rate / 2 is 1
  const double third_edge[] = {2.0 / 3.0 * 0.4};
  MILLWRIGHT_TRY(const auto half_taps, firwin(half_order + 1, half_edge, 2.0, true));
  MILLWRIGHT_TRY(const auto third_taps, firwin(third_order + 1, third_edge, 2.0, true));
  filter_bank bank;
  bank.low = modulated(half_taps, 0.125);
  for (std::size_t k = 0; k < half_order; ++k) {  // g[k] = h[15 - k] (-1)^(k + 1)
    const double sign = k % 2 == 0 ? -1.0 : 1.0;
    bank.high.re.push_back(sign * bank.low.re[half_order - 1 - k]);
    bank.high.im.push_back(sign * bank.low.im[half_order - 1 - k]);
  }
  for (std::size_t i = 0; i < 3; ++i) bank.thirds[i] = modulated(third_taps, 0.25 / 3.0 + static_cast<double>(i) / 6.0);
  return bank;
}

/// y[i] = sum_k h[k] x[factor i + factor - 1 - k], from zeros before the start. Phases are laid out one after the other first, so that
/// the inner loop runs over neighbours.
void decimate(const planes& x, const planes& h, std::size_t factor, planes& phases, planes& y) {
  const std::size_t count = x.re.size() / factor;
  const std::size_t pad = (h.re.size() - 1) / factor + 1;
  const std::size_t stride = pad + count;
  const bool is_complex = !x.im.empty();
  const auto lay_out = [&](const std::vector<double>& from, std::vector<double>& to) {
    to.assign(factor * stride, 0.0);
    for (std::size_t r = 0; r < factor; ++r) {
      for (std::size_t i = 0; i < count; ++i) to[r * stride + pad + i] = from[factor * i + r];
    }
  };
  lay_out(x.re, phases.re);
  if (is_complex) lay_out(x.im, phases.im);
  y.re.assign(count, 0.0);
  y.im.assign(count, 0.0);
  for (std::size_t k = 0; k < h.re.size(); ++k) {
    const std::size_t back = k / factor;
    const std::size_t start = (factor - 1 - k % factor) * stride + pad - back;
    const double a = h.re[k];
    const double b = h.im[k];
    const double* u = phases.re.data() + start;
    double* re = y.re.data();
    double* im = y.im.data();
    if (is_complex) {
      const double* v = phases.im.data() + start;
      for (std::size_t i = 0; i < count; ++i) {
        re[i] += a * u[i] - b * v[i];
        im[i] += a * v[i] + b * u[i];
      }
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        re[i] += a * u[i];
        im[i] += b * u[i];
      }
    }
  }
}

/// E|c - Ec|^4 / (E|c - Ec|^2)^2 - 2 from sample `skip` on (real: - 3), not below 0; 0 where there is no more than rounding noise.
double excess_kurtosis(const planes& c, std::size_t skip, double negligible) {
  const std::size_t n = c.re.size();
  const bool is_complex = !c.im.empty();
  const double count = static_cast<double>(n - skip);
  double mean_re = 0.0;
  double mean_im = 0.0;
  for (std::size_t i = skip; i < n; ++i) {
    mean_re += c.re[i];
    if (is_complex) mean_im += c.im[i];
  }
  mean_re /= count;
  mean_im /= count;
  double second = 0.0;
  double fourth = 0.0;
  for (std::size_t i = skip; i < n; ++i) {
    const double re = c.re[i] - mean_re;
    const double im = is_complex ? c.im[i] - mean_im : 0.0;
    const double power = re * re + im * im;
    second += power;
    fourth += power * power;
  }
  second /= count;
  fourth /= count;
  if (!(second > negligible)) return 0.0;
  return std::max(fourth / (second * second) - (is_complex ? 2.0 : 3.0), 0.0);
}

std::size_t most_levels(std::size_t samples) noexcept {
  std::size_t log2 = 0;
  while (samples >> (log2 + 1) != 0) ++log2;
  return log2 < fewest_samples_log2 ? 0 : log2 - (fewest_samples_log2 - 1);
}

kurtogram_row make_row(double parts, double rate_hz) { return {math::log2(parts), 0.5 * rate_hz / parts, std::vector<double>()}; }

frequency_band best_of(const std::vector<kurtogram_row>& rows, double rate_hz, const band_limits& limits) {
  const double f_max = limits.f_max_hz > 0.0 ? limits.f_max_hz : 0.5 * rate_hz;
  const double slack = 1e-9 * rate_hz;  // edges are quotients: a limit written as a decimal must not miss them by rounding
  frequency_band best;
  best.kurtosis = -1.0;
  for (const kurtogram_row& row : rows) {
    if (row.bandwidth_hz + slack < limits.min_bandwidth_hz) continue;
    for (std::size_t i = 0; i < row.kurtosis.size(); ++i) {
      const double low = static_cast<double>(i) * row.bandwidth_hz;
      const double high = static_cast<double>(i + 1) * row.bandwidth_hz;
      if (low + slack < limits.f_min_hz || high > f_max + slack) continue;
      if (row.kurtosis[i] > best.kurtosis) best = {low, high, row.kurtosis[i]};
    }
  }
  return best;
}

}  // namespace

template <class Real>
result<kurtogram_map> fast_kurtogram(std::span<const Real> samples, double rate_hz, std::size_t levels) {
  if (!(rate_hz > 0.0 && std::isfinite(rate_hz))) {
    return error(errc::invalid_argument, "kurtogram", "the sampling rate must be a positive number", "give it in Hz");
  }
  const std::size_t most = most_levels(samples.size());
  if (levels == 0) levels = most;
  if (most == 0 || levels > most) {
    return error(
        errc::invalid_argument, "kurtogram",
        std::to_string(samples.size()) + " samples do not suffice for " + std::to_string(std::max<std::size_t>(levels, 1)) + " levels",
        "give at least 2^(levels + 7) samples, 256 for one level");
  }
  planes x;
  double largest = 0.0;
  for (const Real v : samples) largest = std::max(largest, std::abs(static_cast<double>(v)));
  // Kurtosis has no unit; fourth powers of large or small samples would overflow or vanish.
  const double scale = detail::exact_scale(largest);
  double mean = 0.0;
  for (const Real v : samples) mean += scale * static_cast<double>(v);
  mean /= static_cast<double>(samples.size());
  if (!std::isfinite(mean)) return error(errc::invalid_data, "kurtogram", "a sample is not finite", "leave out or repair such samples");
  double power = 0.0;
  for (const Real v : samples) {
    x.re.push_back(scale * static_cast<double>(v) - mean);
    power += x.re.back() * x.re.back();
  }
  const double negligible = std::numeric_limits<double>::epsilon() * power / static_cast<double>(samples.size());

  MILLWRIGHT_TRY(const filter_bank bank, make_bank());
  kurtogram_map map;
  map.rows.push_back(make_row(1.0, rate_hz));
  map.rows[0].kurtosis.push_back(excess_kurtosis(x, 0, negligible));
  std::vector<planes> nodes;
  nodes.push_back(std::move(x));
  planes phases;
  planes third;
  for (std::size_t level = 1; level <= levels; ++level) {
    kurtogram_row halves = make_row(static_cast<double>(std::uint64_t{1} << level), rate_hz);
    kurtogram_row thirds = make_row(1.5 * static_cast<double>(std::uint64_t{1} << level), rate_hz);
    std::vector<planes> split(2 * nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      planes& low = split[2 * i];
      planes& high = split[2 * i + 1];
      decimate(nodes[i], bank.low, 2, phases, low);
      decimate(nodes[i], bank.high, 2, phases, high);
      for (std::size_t n = 0; n < high.re.size(); n += 2) {  // shifts the band to the lower edge again
        high.re[n] = -high.re[n];
        high.im[n] = -high.im[n];
      }
      // As published: the first samples, of incomplete filters, are left out.
      halves.kurtosis.push_back(excess_kurtosis(low, half_order, negligible));
      halves.kurtosis.push_back(excess_kurtosis(high, half_order - 1, negligible));
      if (level == levels) continue;  // the narrowest thirds would have too few samples
      for (const planes& h : bank.thirds) {
        decimate(nodes[i], h, 3, phases, third);
        thirds.kurtosis.push_back(excess_kurtosis(third, half_order, negligible));
      }
    }
    map.rows.push_back(std::move(halves));
    if (level < levels) map.rows.push_back(std::move(thirds));
    nodes = std::move(split);
  }
  map.best = best_of(map.rows, rate_hz, {});
  return map;
}

template <class Real>
result<kurtogram_map> choose_band(std::span<const std::span<const Real>> records, double rate_hz, const band_limits& limits,
                                  std::size_t levels) {
  if (records.empty()) return error(errc::invalid_argument, "choose_band", "there are no records", "give one record or more");
  std::size_t shortest = records[0].size();
  for (const auto& record : records) shortest = std::min(shortest, record.size());
  if (levels == 0) levels = std::max<std::size_t>(most_levels(shortest), 1);

  kurtogram_map pooled;
  std::vector<std::vector<double>> values;  // of all bands of all rows, one after the other; each over the records
  for (const auto& record : records) {
    auto map = fast_kurtogram<Real>(record, rate_hz, levels);
    if (!map) return map.error();
    std::size_t cell = 0;
    for (const kurtogram_row& row : map->rows) {
      for (const double k : row.kurtosis) {
        if (values.size() == cell) values.emplace_back();
        values[cell++].push_back(k);
      }
    }
    pooled.rows = std::move(map->rows);
  }
  std::size_t cell = 0;
  for (kurtogram_row& row : pooled.rows) {
    for (double& k : row.kurtosis) {
      std::vector<double>& all = values[cell++];
      const auto middle = all.begin() + static_cast<std::ptrdiff_t>((all.size() - 1) / 2);
      std::nth_element(all.begin(), middle, all.end());
      k = *middle;
    }
  }
  pooled.best = best_of(pooled.rows, rate_hz, limits);
  if (pooled.best.kurtosis < 0.0) {
    return error(errc::invalid_argument, "choose_band", "no band of the kurtogram lies within the limits",
                 "widen f_min .. f_max, or lower min_bandwidth");
  }
  return pooled;
}

template result<kurtogram_map> fast_kurtogram<float>(std::span<const float>, double, std::size_t);
template result<kurtogram_map> fast_kurtogram<double>(std::span<const double>, double, std::size_t);
template result<kurtogram_map> choose_band<float>(std::span<const std::span<const float>>, double, const band_limits&, std::size_t);
template result<kurtogram_map> choose_band<double>(std::span<const std::span<const double>>, double, const band_limits&, std::size_t);

}  // namespace millwright
