#include "millwright/filter/filtering.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "millwright/core/signal_stage.hpp"
#include "millwright/filter/decimator.hpp"
#include "millwright/filter/fir_filter.hpp"
#include "millwright/filter/polyphase_fir.hpp"
#include "millwright/filter/resampler.hpp"
#include "millwright/filter/sos_cascade.hpp"

namespace millwright {
namespace {

result<void> need_samples(std::size_t n, std::string_view where) {
  if (n > 0) return {};
  return error(errc::invalid_data, where, "there is no sample", "give at least one");
}

result<detail::prepared<sos_cascade>> ready_cascade(std::span<const sos_section> sections) {
  return detail::prepare_on_heap(sos_cascade{}, [&](sos_cascade& c, workspace& memory) {
    return c.prepare(std::vector<sos_section>(sections.begin(), sections.end()), 1, memory);
  });
}

/// x with `pad` samples at each end, in double.
template <class Real>
result<std::vector<double>> extended(std::span<const Real> x, edge_padding padding, std::size_t pad, std::string_view where) {
  const std::size_t n = x.size();
  if (n <= pad) {
    return error(errc::invalid_data, where,
                 "the signal has " + std::to_string(n) + " samples, the padding at each end " + std::to_string(pad),
                 "give a longer signal or a shorter padding");
  }
  std::vector<double> y(n + 2 * pad);
  for (std::size_t i = 0; i < n; ++i) y[pad + i] = static_cast<double>(x[i]);
  const double first = y[pad];
  const double last = y[pad + n - 1];
  for (std::size_t i = 1; i <= pad; ++i) {
    const double before = y[pad + i];
    const double behind = y[pad + n - 1 - i];
    switch (padding) {
      case edge_padding::odd:
        y[pad - i] = 2.0 * first - before;
        y[pad + n - 1 + i] = 2.0 * last - behind;
        break;
      case edge_padding::even:
        y[pad - i] = before;
        y[pad + n - 1 + i] = behind;
        break;
      default:
        y[pad - i] = first;
        y[pad + n - 1 + i] = last;
        break;
    }
  }
  return y;
}

/// run(y) forward, then backward; the middle n samples.
template <class Real, class Run>
std::vector<Real> both_ways(std::vector<double>& y, std::size_t pad, Run run) {
  run(y);
  std::reverse(y.begin(), y.end());
  run(y);
  std::reverse(y.begin(), y.end());
  std::vector<Real> out(y.size() - 2 * pad);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<Real>(y[pad + i]);
  return out;
}

template <class Real>
result<std::vector<Real>> run_polyphase(std::span<const double> taps, std::span<const Real> x, std::size_t up, std::size_t down,
                                        std::size_t offset, typename polyphase_fir<Real>::length end) {
  MILLWRIGHT_TRY(auto ready, detail::prepare_on_heap(polyphase_fir<Real>{}, [&](polyphase_fir<Real>& p, workspace& memory) {
                   return p.prepare(taps, up, down, offset, end, 1, x.size(), memory);
                 }));
  std::vector<Real> out(2 * ready.object.max_output_items());
  std::size_t size = ready.object.process(x, out);
  size += ready.object.flush(std::span(out).subspan(size));
  out.resize(size);
  return out;
}

}  // namespace

template <class Real>
result<std::vector<Real>> sosfilt(std::span<const sos_section> sections, std::span<const Real> x, std::span<sos_state> state) {
  MILLWRIGHT_TRY(auto ready, ready_cascade(sections));
  if (!state.empty() && state.size() != sections.size()) {
    return error(errc::invalid_argument, "sosfilt", "the state does not have one entry a section", "start from sosfilt_zi");
  }
  if (!state.empty()) ready.object.set_state(0, state);
  std::vector<Real> y(x.size());
  ready.object.process(x.data(), y.data(), x.size());
  for (std::size_t s = 0; s < state.size(); ++s) state[s] = ready.object.state(0, s);
  return y;
}

template <class Real>
result<std::vector<Real>> sosfiltfilt(std::span<const sos_section> sections, std::span<const Real> x, edge_padding padding,
                                      std::optional<std::size_t> pad) {
  MILLWRIGHT_CHECK(need_samples(x.size(), "sosfiltfilt"));
  MILLWRIGHT_TRY(auto ready, ready_cascade(sections));
  MILLWRIGHT_TRY(const auto steady, sos_steady_state(sections));
  const auto without_b2 = std::count_if(sections.begin(), sections.end(), [](const sos_section& s) { return s.b2 == 0.0; });
  const auto without_a2 = std::count_if(sections.begin(), sections.end(), [](const sos_section& s) { return s.a2 == 0.0; });
  const std::size_t length = 2 * sections.size() + 1 - static_cast<std::size_t>(std::min(without_b2, without_a2));
  const std::size_t at_each_end = padding == edge_padding::none ? 0 : pad.value_or(3 * length);
  MILLWRIGHT_TRY(auto y, extended(x, padding, at_each_end, "sosfiltfilt"));
  return both_ways<Real>(y, at_each_end, [&](std::vector<double>& values) {
    ready.object.set_state(0, steady, values[0]);
    ready.object.process(values.data(), values.data(), values.size());
  });
}

template <class Real>
result<std::vector<Real>> lfilter(std::span<const double> taps, std::span<const Real> x) {
  MILLWRIGHT_TRY(auto ready, detail::prepare_on_heap(fir_convolution<Real>{}, [&](fir_convolution<Real>& f, workspace& memory) {
                   return f.prepare(taps, 1, memory);
                 }));
  std::vector<Real> y(x.size());
  ready.object.process(x.data(), y.data(), x.size());
  return y;
}

template <class Real>
result<std::vector<Real>> filtfilt(std::span<const double> taps, std::span<const Real> x, edge_padding padding,
                                   std::optional<std::size_t> pad) {
  MILLWRIGHT_CHECK(need_samples(x.size(), "filtfilt"));
  MILLWRIGHT_TRY(auto ready, detail::prepare_on_heap(fir_convolution<double>{}, [&](fir_convolution<double>& f, workspace& memory) {
                   return f.prepare(taps, 1, memory);
                 }));
  const std::size_t at_each_end = padding == edge_padding::none ? 0 : pad.value_or(3 * taps.size());
  MILLWRIGHT_TRY(auto y, extended(x, padding, at_each_end, "filtfilt"));
  return both_ways<Real>(y, at_each_end, [&](std::vector<double>& values) {
    std::vector<double> filtered(values.size());
    ready.object.fill_history(0, values[0]);
    ready.object.process(values.data(), filtered.data(), values.size());
    values.swap(filtered);
  });
}

template <class Real>
result<std::vector<Real>> upfirdn(std::span<const double> taps, std::span<const Real> x, std::size_t up, std::size_t down) {
  MILLWRIGHT_CHECK(need_samples(x.size(), "upfirdn"));
  MILLWRIGHT_TRY(auto y, run_polyphase(taps, x, up, down, 0, polyphase_fir<Real>::length::full));
  // With fewer taps than `up`, the zeros between the last sample and the next one that might have come are there already.
  y.resize(std::min(y.size(), ((x.size() - 1) * up + taps.size() - 1) / down + 1));
  return y;
}

template <class Real>
result<std::vector<Real>> resample_poly(std::span<const Real> x, std::size_t up, std::size_t down, double beta,
                                        std::span<const double> taps) {
  MILLWRIGHT_CHECK(need_samples(x.size(), "resample_poly"));
  const std::size_t common = std::gcd(up, down);
  if (common == 0 || up == 0 || down == 0) {
    return error(errc::invalid_argument, "resample_poly", "up and down must be at least 1", "give the ratio of the rates");
  }
  up /= common;
  down /= common;
  if (up == down) return std::vector<Real>(x.begin(), x.end());
  std::vector<double> scaled(taps.begin(), taps.end());
  for (double& tap : scaled) tap *= static_cast<double>(up);
  if (taps.empty()) {
    MILLWRIGHT_TRY(scaled, resampler_taps(up, down, beta));
  }
  return run_polyphase(std::span<const double>(scaled), x, up, down, (scaled.size() - 1) / 2, polyphase_fir<Real>::length::same);
}

template <class Real>
result<std::vector<Real>> decimate(std::span<const Real> x, std::size_t factor, std::size_t order, bool fir, bool zero_phase) {
  MILLWRIGHT_CHECK(need_samples(x.size(), "decimate"));
  if (factor == 0 || factor > 10'000) {
    return error(errc::invalid_argument, "decimate", "the factor must be 1 to 10000", "decimate in steps");
  }
  if (fir && zero_phase) {
    MILLWRIGHT_TRY(const auto taps, decimator_taps(factor, order == 0 ? 20 * factor : order));
    return run_polyphase(std::span<const double>(taps), x, 1, factor, (taps.size() - 1) / 2, polyphase_fir<Real>::length::same);
  }
  if (!zero_phase) {
    decimator<Real> stage;
    stage.factor = static_cast<std::int64_t>(factor);
    stage.ftype = fir ? "fir" : "iir";
    if (order != 0) stage.order = static_cast<std::int64_t>(order);
    return run_signal_stage(stage, x, signal_port{.columns = 1, .rate_hz = 1.0});
  }
  MILLWRIGHT_TRY(const auto sections, decimator_sections(factor, order == 0 ? 8 : static_cast<std::int64_t>(order)));
  MILLWRIGHT_TRY(auto y, sosfiltfilt(std::span<const sos_section>(sections), x));
  std::size_t kept = 0;
  for (std::size_t i = 0; i < y.size(); i += factor) y[kept++] = y[i];
  y.resize(kept);
  return y;
}

template <class Real>
result<filter_bank_levels<Real>> octave_filter_bank_levels(std::span<const Real> x, double rate_hz, std::int64_t fraction, double low_hz,
                                                           double high_hz, double interval_s) {
  MILLWRIGHT_CHECK(need_samples(x.size(), "octave_filter_bank"));
  if (fraction != 1 && fraction != 3) {
    return error(errc::invalid_argument, "octave_filter_bank", "fraction must be 1 or 3", "1 gives octaves, 3 third-octaves");
  }
  octave_filter_bank<Real> stage;
  stage.bands = fraction == 1 ? "octave" : "third-octave";
  stage.low_hz = low_hz;
  if (high_hz != 0.0) stage.high_hz = high_hz;
  stage.interval_s = interval_s == 0.0 ? static_cast<double>(x.size()) / rate_hz : interval_s;
  filter_bank_levels<Real> levels;
  MILLWRIGHT_TRY(levels.values, run_signal_stage(stage, x, signal_port{.columns = 1, .rate_hz = rate_hz}));
  if (levels.values.empty()) {
    return error(errc::invalid_data, "octave_filter_bank", "the signal is shorter than the interval", "shorten interval_s");
  }
  workspace measure;
  MILLWRIGHT_CHECK([&]() -> result<void> {
    MILLWRIGHT_TRY([[maybe_unused]] const auto port, stage.prepare({.columns = 1, .rate_hz = rate_hz, .max_items = 1}, measure));
    return {};
  }());
  levels.bands = stage.band_table();
  return levels;
}

#define MILLWRIGHT_INSTANTIATE(Real)                                                                                                     \
  template result<std::vector<Real>> sosfilt(std::span<const sos_section>, std::span<const Real>, std::span<sos_state>);                 \
  template result<std::vector<Real>> sosfiltfilt(std::span<const sos_section>, std::span<const Real>, edge_padding,                      \
                                                 std::optional<std::size_t>);                                                            \
  template result<std::vector<Real>> lfilter(std::span<const double>, std::span<const Real>);                                            \
  template result<std::vector<Real>> filtfilt(std::span<const double>, std::span<const Real>, edge_padding, std::optional<std::size_t>); \
  template result<std::vector<Real>> upfirdn(std::span<const double>, std::span<const Real>, std::size_t, std::size_t);                  \
  template result<std::vector<Real>> resample_poly(std::span<const Real>, std::size_t, std::size_t, double, std::span<const double>);    \
  template result<std::vector<Real>> decimate(std::span<const Real>, std::size_t, std::size_t, bool, bool);                              \
  template result<filter_bank_levels<Real>> octave_filter_bank_levels(std::span<const Real>, double, std::int64_t, double, double, double);
MILLWRIGHT_INSTANTIATE(float)
MILLWRIGHT_INSTANTIATE(double)
#undef MILLWRIGHT_INSTANTIATE

}  // namespace millwright
