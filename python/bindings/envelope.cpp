// Envelope analysis and bearings: plain functions over arrays. Private; millwright/vibration/envelopes.py is the public side.

#include <array>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include "bindings.hpp"
#include "millwright/core/signal_stage.hpp"
#include "millwright/vibration/bearing.hpp"
#include "millwright/vibration/envelope_spectrum.hpp"
#include "millwright/vibration/fault_bands.hpp"
#include "millwright/vibration/kurtogram.hpp"
#include "millwright/vibration/prewhitening.hpp"

namespace millwright_python {

namespace {

template <class Real>
using array_of = py::array_t<Real, py::array::c_style>;

template <class Real>
std::span<const Real> values_of(const array_of<Real>& array) {
  return {array.data(), static_cast<std::size_t>(array.size())};
}

/// frames: (rows, length) -> magnitudes (rows, bins) and the distance of the bins.
template <class Real>
py::tuple envelope_spectra(const array_of<Real>& frames, double rate_hz, double f_lo_hz, double f_hi_hz, bool squared, bool prewhiten) {
  const mw::envelope_settings settings = {f_lo_hz, f_hi_hz, squared, prewhiten};
  const auto length = static_cast<std::size_t>(frames.shape(1));
  auto spectra = [&] {
    py::gil_scoped_release unlocked;
    return mw::envelope_spectra<Real>(values_of(frames), length, rate_hz, settings);
  }();
  auto found = unwrap(std::move(spectra));
  return py::make_tuple(to_numpy(std::move(found.magnitude), {frames.shape(0), static_cast<py::ssize_t>(found.bins)}), found.bin_hz);
}

template <class Real>
py::array prewhiten(const array_of<Real>& frames) {
  const auto length = static_cast<std::size_t>(frames.shape(1));
  const auto rows = static_cast<std::size_t>(frames.shape(0));
  auto ready = unwrap(mw::detail::prepare_on_heap(
      mw::cepstral_prewhitening<Real>(), [&](auto& transform, mw::workspace& memory) { return transform.prepare(length, memory); }));
  std::vector<Real> out(rows * length);
  {
    py::gil_scoped_release unlocked;
    for (std::size_t r = 0; r < rows; ++r) ready.object.forward(frames.data() + r * length, out.data() + r * length);
  }
  return to_numpy(std::move(out), {frames.shape(0), frames.shape(1)});
}

py::tuple to_tuple(mw::kurtogram_map&& map) {
  py::list rows;
  for (auto& row : map.rows) rows.append(py::make_tuple(row.level, row.bandwidth_hz, to_numpy(std::move(row.kurtosis))));
  return py::make_tuple(rows, py::make_tuple(map.best.f_lo_hz, map.best.f_hi_hz, map.best.kurtosis));
}

template <class Real>
py::tuple fast_kurtogram(const array_of<Real>& samples, double rate_hz, std::size_t levels) {
  auto map = [&] {
    py::gil_scoped_release unlocked;
    return mw::fast_kurtogram<Real>(values_of(samples), rate_hz, levels);
  }();
  return to_tuple(unwrap(std::move(map)));
}

py::tuple choose_band(const std::vector<array_of<double>>& records, double rate_hz, double f_min_hz, double f_max_hz,
                      double min_bandwidth_hz, std::size_t levels) {
  std::vector<std::span<const double>> spans;
  for (const auto& record : records) spans.push_back(values_of(record));
  auto map = [&] {
    py::gil_scoped_release unlocked;
    return mw::choose_band<double>(spans, rate_hz, {f_min_hz, f_max_hz, min_bandwidth_hz}, levels);
  }();
  return to_tuple(unwrap(std::move(map)));
}

py::dict bearing_fault_frequencies(std::int64_t n, double d, double pitch, double angle, double inner_speed, double outer_speed) {
  const auto f = unwrap(mw::bearing_fault_frequencies({n, d, pitch, angle}, inner_speed, outer_speed));
  py::dict found;
  found["bpfo"] = f.bpfo;
  found["bpfi"] = f.bpfi;
  found["bsf"] = f.bsf;
  found["ftf"] = f.ftf;
  return found;
}

/// name, n, d, D, angle
using bearing_tuple = std::tuple<std::string_view, std::int64_t, double, double, double>;

bearing_tuple to_tuple(const mw::catalogued_bearing& b) {
  return {b.name, b.geometry.elements, b.geometry.element_diameter, b.geometry.pitch_diameter, b.geometry.contact_angle_deg};
}

std::vector<bearing_tuple> bearing_catalogue() {
  std::vector<bearing_tuple> list;
  for (const auto& b : mw::bearing_catalogue()) list.push_back(to_tuple(b));
  return list;
}

std::optional<bearing_tuple> find_bearing(const std::string& name) {
  const auto* found = mw::find_bearing(name);
  return found == nullptr ? std::nullopt : std::optional(to_tuple(*found));
}

py::dict gear_mesh_frequencies(std::int64_t input_teeth, std::int64_t output_teeth, double input_speed) {
  const auto f = unwrap(mw::gear_mesh_frequencies(input_teeth, output_teeth, input_speed));
  py::dict found;
  found["input"] = f.input;
  found["output"] = f.output;
  found["mesh"] = f.mesh;
  found["assembly_phase"] = f.assembly_phase;
  found["hunting_tooth"] = f.hunting_tooth;
  return found;
}

using band_tuple = std::tuple<double, double, double, std::uint32_t, std::int32_t, std::int32_t>;

std::vector<band_tuple> fault_bands(const std::vector<double>& frequencies, const std::vector<std::int32_t>& harmonics,
                                    std::int32_t sidebands, double sideband_spacing, double width) {
  std::vector<band_tuple> list;
  for (const auto& b : unwrap(mw::fault_bands(frequencies, {harmonics, sidebands, sideband_spacing, width}))) {
    list.emplace_back(b.low, b.center, b.high, b.line, b.harmonic, b.sideband);
  }
  return list;
}

/// How Python hands over a spectrum: values, distance of the bins, whether they are squares, energy_scale, tolerance, background.
using lines_tuple = std::tuple<array_of<double>, double, bool, double, double, double>;

struct lines {
  explicit lines(const lines_tuple& given) : values(std::get<0>(given)), scratch(static_cast<std::size_t>(values.size())) {
    spectrum = {values_of(values), std::get<1>(given), std::get<2>(given), std::get<3>(given)};
    search.tolerance = std::get<4>(given);
    search.background = std::get<5>(given);
    const auto is_share = [](double share) { return share >= 0.0 && share < 1.0; };
    if (!(spectrum.spacing > 0.0)) throw py::value_error("the distance of the bins must be positive");
    if (!is_share(search.tolerance) || !is_share(search.background))
      throw py::value_error("tolerance and background are shares of a frequency, 0 <= share < 1");
  }
  array_of<double> values;
  mw::line_spectrum<double> spectrum;
  mw::line_search search;
  std::vector<double> scratch;
};

/// (frequency, magnitude, background, energy) of each line.
std::vector<std::array<double, 4>> read_lines(const lines_tuple& given, const std::vector<double>& frequencies) {
  lines s(given);
  py::gil_scoped_release unlocked;
  std::vector<std::array<double, 4>> rows;
  for (const double frequency : frequencies) {
    const auto line = mw::read_line<double>(s.spectrum, frequency, s.search, s.scratch);
    rows.push_back({line.frequency, line.magnitude, line.background, line.energy});
  }
  return rows;
}

double fault_snr(const lines_tuple& given, double frequency, std::size_t harmonics) {
  lines s(given);
  py::gil_scoped_release unlocked;
  return mw::fault_snr<double>(s.spectrum, frequency, harmonics, s.search, s.scratch);
}

double sideband_ratio(const lines_tuple& given, double frequency, double spacing, std::size_t harmonics, std::size_t sidebands) {
  lines s(given);
  py::gil_scoped_release unlocked;
  return mw::sideband_ratio<double>(s.spectrum, frequency, spacing, harmonics, sidebands, s.search, s.scratch);
}

double harmonic_energy(const lines_tuple& given, double frequency, std::size_t harmonics) {
  lines s(given);
  py::gil_scoped_release unlocked;
  return mw::harmonic_energy<double>(s.spectrum, frequency, harmonics, s.search, s.scratch);
}

/// (peak magnitude, its frequency, energy) of each (low, center, high).
std::vector<std::array<double, 3>> measure_bands(const lines_tuple& given, const std::vector<std::array<double, 3>>& bands) {
  const lines s(given);
  py::gil_scoped_release unlocked;
  std::vector<std::array<double, 3>> rows;
  for (const auto& [low, center, high] : bands) {
    const auto metric = mw::measure_band<double>(s.spectrum, {low, center, high, 0, 1, 0});
    rows.push_back({metric.peak_magnitude, metric.peak_frequency, metric.energy});
  }
  return rows;
}

template <class Real>
void bind_for(py::module_& m) {
  m.def("envelope_spectra", &envelope_spectra<Real>, py::arg("frames").noconvert(), py::arg("rate_hz"), py::arg("f_lo_hz"),
        py::arg("f_hi_hz"), py::arg("squared"), py::arg("prewhiten"));
  m.def("prewhiten", &prewhiten<Real>, py::arg("frames").noconvert());
  m.def("fast_kurtogram", &fast_kurtogram<Real>, py::arg("samples").noconvert(), py::arg("rate_hz"), py::arg("levels"));
}

}  // namespace

void bind_envelope(py::module_& m) {
  bind_for<float>(m);
  bind_for<double>(m);
  m.def("choose_band", &choose_band, py::arg("records"), py::arg("rate_hz"), py::arg("f_min_hz"), py::arg("f_max_hz"),
        py::arg("min_bandwidth_hz"), py::arg("levels"));
  m.def("bearing_fault_frequencies", &bearing_fault_frequencies, py::arg("n"), py::arg("d"), py::arg("D"), py::arg("angle"),
        py::arg("inner_speed"), py::arg("outer_speed"));
  m.def("bearing_catalogue", &bearing_catalogue);
  m.def("find_bearing", &find_bearing, py::arg("name"));
  m.def("gear_mesh_frequencies", &gear_mesh_frequencies, py::arg("input_teeth"), py::arg("output_teeth"), py::arg("input_speed"));
  m.def("fault_bands", &fault_bands, py::arg("frequencies"), py::arg("harmonics"), py::arg("sidebands"), py::arg("sideband_spacing"),
        py::arg("width"));
  m.attr("most_harmonics") = mw::most_harmonics;
  m.def("read_lines", &read_lines, py::arg("lines"), py::arg("frequencies"));
  m.def("fault_snr", &fault_snr, py::arg("lines"), py::arg("frequency"), py::arg("harmonics"));
  m.def("sideband_ratio", &sideband_ratio, py::arg("lines"), py::arg("frequency"), py::arg("spacing"), py::arg("harmonics"),
        py::arg("sidebands"));
  m.def("harmonic_energy", &harmonic_energy, py::arg("lines"), py::arg("frequency"), py::arg("harmonics"));
  m.def("measure_bands", &measure_bands, py::arg("lines"), py::arg("bands"));
}

}  // namespace millwright_python
