// Tacho, order tracking, synchronous averages and gears: plain functions over arrays. Private; millwright/vibration/rotation.py is the
// public side.

#include <optional>
#include <string>
#include <vector>

#include "bindings.hpp"
#include "millwright/rotation/gear.hpp"
#include "millwright/rotation/order_spectrum.hpp"
#include "millwright/rotation/order_tracker.hpp"
#include "millwright/rotation/synchronous_average.hpp"
#include "millwright/rotation/tacho.hpp"
#include "millwright/rotation/tacholess.hpp"

namespace millwright_python {

namespace {

template <class Real>
using array_of = py::array_t<Real, py::array::c_style>;

template <class Real>
std::span<const Real> values_of(const array_of<Real>& array) {
  return {array.data(), static_cast<std::size_t>(array.size())};
}

/// Runs f without the GIL and raises its error.
template <class F>
auto unlocked(F&& f) {
  auto found = [&] {
    py::gil_scoped_release released;
    return f();
  }();
  return unwrap(std::move(found));
}

mw::tacho_options to_options(const py::dict& d) {
  mw::tacho_options o;
  o.pulses_per_revolution = d["pulses_per_revolution"].cast<double>();
  o.falling = d["falling"].cast<bool>();
  o.threshold = d["threshold"].cast<std::optional<double>>();
  o.hysteresis = d["hysteresis"].cast<std::optional<double>>();
  o.min_rpm = d["min_rpm"].cast<double>();
  o.max_rpm = d["max_rpm"].cast<double>();
  o.repair_periods = d["repair_periods"].cast<std::size_t>();
  return o;
}

mw::order_frames to_frames(std::size_t revolutions, double overlap, const std::string& taper) {
  mw::order_frames f;
  f.revolutions = revolutions;
  f.overlap = overlap;
  f.window = unwrap(mw::parse_taper(taper));
  return f;
}

mw::gear_parameters to_gear(const py::dict& d) {
  mw::gear_parameters g;
  g.teeth = d["teeth"].cast<std::vector<std::int64_t>>();
  g.shaft_harmonics = d["shaft_harmonics"].cast<std::int64_t>();
  g.mesh_harmonics = d["mesh_harmonics"].cast<std::int64_t>();
  g.sidebands = d["sidebands"].cast<std::int64_t>();
  g.half_band = d["half_band"].cast<std::int64_t>();
  return g;
}

py::dict to_dict(mw::tacho_pulse_list&& list) {
  py::dict d;
  d["times"] = to_numpy(std::move(list.times_s));
  d["inserted"] = to_numpy(std::move(list.inserted));
  d["inserted_count"] = list.inserted_count;
  d["removed_count"] = list.removed_count;
  d["standstills"] = list.standstills;
  d["threshold"] = list.threshold;
  d["hysteresis"] = list.hysteresis;
  return d;
}

template <class Real>
py::tuple to_tuple(mw::angle_signal<Real>&& signal) {
  return py::make_tuple(to_numpy(std::move(signal.values)), to_numpy(std::move(signal.times_s)), to_numpy(std::move(signal.rpm)),
                        signal.samples_per_revolution, signal.repairs);
}

template <class Real>
py::tuple to_tuple(mw::order_table<Real>&& table) {
  std::vector<std::int64_t> positions(table.positions.begin(), table.positions.end());
  const auto rows = static_cast<py::ssize_t>(table.positions.size());
  const auto columns = static_cast<py::ssize_t>(table.orders.size());
  return py::make_tuple(to_numpy(std::move(table.orders)), to_numpy(std::move(table.amplitude), {rows, columns}),
                        to_numpy(std::move(positions)));
}

py::dict to_dict(const std::vector<mw::gear_condition>& run) {
  py::dict d;
  for (const mw::gear_metric& metric : mw::gear_metrics) {
    std::vector<double> column;
    for (const auto& c : run) column.push_back(c.*metric.value);
    d[py::str(metric.name.data(), metric.name.size())] = to_numpy(std::move(column));
  }
  return d;
}

template <class Real>
void bind_for(py::module_& m) {
  m.def(
      "tacho_pulses",
      [](const array_of<Real>& x, double rate_hz, const py::dict& options) {
        const auto o = to_options(options);
        return to_dict(unlocked([&] { return mw::tacho_pulses<Real>(values_of(x), rate_hz, o); }));
      },
      py::arg("x"), py::arg("rate_hz"), py::arg("options"));
  m.def(
      "order_resample",
      [](const array_of<Real>& x, const array_of<Real>& tacho, double rate_hz, std::size_t samples_per_revolution, const py::dict& options,
         double gear_ratio) {
        const auto o = to_options(options);
        return to_tuple(unlocked(
            [&] { return mw::order_resample<Real>(values_of(x), values_of(tacho), rate_hz, samples_per_revolution, o, gear_ratio); }));
      },
      py::arg("x"), py::arg("tacho"), py::arg("rate_hz"), py::arg("samples_per_revolution"), py::arg("options"), py::arg("gear_ratio"));
  m.def(
      "order_resample_pulses",
      [](const array_of<Real>& x, const array_of<double>& times, double rate_hz, std::size_t samples_per_revolution,
         const py::dict& options, double gear_ratio) {
        const auto o = to_options(options);
        return to_tuple(unlocked([&] {
          return mw::order_resample_pulses<Real>(values_of(x), values_of(times), rate_hz, samples_per_revolution, o, gear_ratio);
        }));
      },
      py::arg("x"), py::arg("pulse_times"), py::arg("rate_hz"), py::arg("samples_per_revolution"), py::arg("options"),
      py::arg("gear_ratio"));
  m.def(
      "order_resample_speed",
      [](const array_of<Real>& x, const array_of<double>& times, const array_of<double>& rpm, double rate_hz,
         std::size_t samples_per_revolution, const py::dict& options, double gear_ratio) {
        const auto o = to_options(options);
        return to_tuple(unlocked([&] {
          return mw::order_resample_speed<Real>(values_of(x), values_of(times), values_of(rpm), rate_hz, samples_per_revolution, o,
                                                gear_ratio);
        }));
      },
      py::arg("x"), py::arg("times"), py::arg("rpm"), py::arg("rate_hz"), py::arg("samples_per_revolution"), py::arg("options"),
      py::arg("gear_ratio"));
  m.def(
      "order_map",
      [](const array_of<Real>& x, std::size_t samples_per_revolution, std::size_t revolutions, double overlap, const std::string& taper,
         bool mean) {
        const auto frames = to_frames(revolutions, overlap, taper);
        return to_tuple(unlocked([&] {
          return mean ? mw::mean_order_spectrum<Real>(values_of(x), samples_per_revolution, frames)
                      : mw::order_map<Real>(values_of(x), samples_per_revolution, frames);
        }));
      },
      py::arg("x"), py::arg("samples_per_revolution"), py::arg("revolutions"), py::arg("overlap"), py::arg("taper"), py::arg("mean"));
  m.def(
      "track_orders",
      [](const array_of<Real>& x, std::size_t samples_per_revolution, const std::vector<double>& orders, std::size_t revolutions,
         double overlap, const std::string& taper) {
        const auto frames = to_frames(revolutions, overlap, taper);
        return to_tuple(unlocked([&] { return mw::track_orders<Real>(values_of(x), samples_per_revolution, orders, frames); }));
      },
      py::arg("x"), py::arg("samples_per_revolution"), py::arg("orders"), py::arg("revolutions"), py::arg("overlap"), py::arg("taper"));
  m.def(
      "average_turns",
      [](const array_of<Real>& x, std::size_t samples_per_revolution, std::size_t revolutions) {
        auto frames = unlocked([&] { return mw::average_turns<Real>(values_of(x), samples_per_revolution, revolutions); });
        const auto columns = static_cast<py::ssize_t>(samples_per_revolution);
        const auto rows = static_cast<py::ssize_t>(frames.size()) / columns;
        return to_numpy(std::move(frames), {rows, columns});
      },
      py::arg("x"), py::arg("samples_per_revolution"), py::arg("revolutions"));
  m.def(
      "remove_average",
      [](const array_of<Real>& x, const array_of<Real>& average) {
        return to_numpy(unlocked([&] { return mw::remove_average<Real>(values_of(x), values_of(average)); }));
      },
      py::arg("x"), py::arg("average"));
  m.def(
      "gear_signals",
      [](const array_of<Real>& average, const py::dict& gear) {
        const auto g = to_gear(gear);
        auto parts = unlocked([&] { return mw::split_gear_signals<Real>(values_of(average), g); });
        return py::make_tuple(to_numpy(std::move(parts.regular)), to_numpy(std::move(parts.residual)),
                              to_numpy(std::move(parts.difference)));
      },
      py::arg("average"), py::arg("gear"));
  m.def(
      "gear_condition_metrics",
      [](const array_of<Real>& averages, std::size_t length, const py::dict& gear) {
        const auto g = to_gear(gear);
        return to_dict(unlocked([&] { return mw::gear_condition_metrics<Real>(values_of(averages), length, g); }));
      },
      py::arg("averages"), py::arg("length"), py::arg("gear"));
  m.def(
      "tacholess_speed",
      [](const array_of<Real>& x, double rate_hz, double order, double start_hz, double search_hz, double low_hz, double high_hz,
         double max_slope_hz_s, double frame_s) {
        const mw::tacholess_options o{order, start_hz, search_hz, low_hz, high_hz, max_slope_hz_s, frame_s};
        auto profile = unlocked([&] { return mw::tacholess_speed<Real>(values_of(x), rate_hz, o); });
        return py::make_tuple(to_numpy(std::move(profile.times_s)), to_numpy(std::move(profile.rpm)),
                              to_numpy(std::move(profile.frequency_hz)), to_numpy(std::move(profile.amplitude)));
      },
      py::arg("x"), py::arg("rate_hz"), py::arg("order"), py::arg("start_hz"), py::arg("search_hz"), py::arg("low_hz"), py::arg("high_hz"),
      py::arg("max_slope_hz_s"), py::arg("frame_s"));
}

}  // namespace

void bind_rotation(py::module_& m) {
  bind_for<float>(m);
  bind_for<double>(m);
  m.def(
      "repair_pulses",
      [](const array_of<double>& times, const py::dict& options) {
        const auto o = to_options(options);
        return to_dict(unlocked([&] { return mw::repair_pulses(values_of(times), o); }));
      },
      py::arg("times"), py::arg("options"));
  m.def(
      "tacho_speed",
      [](const array_of<double>& times, const array_of<double>& at, double pulses_per_revolution, double gear_ratio) {
        return to_numpy(unlocked([&] { return mw::tacho_speed(values_of(times), values_of(at), pulses_per_revolution, gear_ratio); }));
      },
      py::arg("times"), py::arg("at"), py::arg("pulses_per_revolution"), py::arg("gear_ratio"));
}

}  // namespace millwright_python
