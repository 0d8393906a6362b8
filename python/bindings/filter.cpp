// Filters over the rows of an array, for millwright.filter, which has arranged axes, names and types.

#include <complex>
#include <optional>

#include "bindings.hpp"
#include "millwright/filter/design.hpp"
#include "millwright/filter/filtering.hpp"
#include "millwright/filter/fir_design.hpp"
#include "millwright/filter/integrate.hpp"
#include "millwright/filter/severity_table.hpp"
#include "millwright/filter/sos_filter.hpp"

namespace millwright_python {

namespace {

template <class T>
using rows_of = py::array_t<T, py::array::c_style>;
using numbers = py::array_t<double, py::array::c_style | py::array::forcecast>;
using complex_numbers = py::array_t<std::complex<double>, py::array::c_style | py::array::forcecast>;

std::span<const double> as_span(const numbers& values) { return {values.data(), static_cast<std::size_t>(values.size())}; }

mw::filter_spec spec_of(const std::string& family, const std::string& band, std::int64_t order, double low_hz, double high_hz,
                        double rate_hz, double ripple_db, double attenuation_db) {
  return {mw::filter_family_of(family), mw::filter_band_of(band), order, low_hz, high_hz, rate_hz, ripple_db, attenuation_db};
}

numbers to_array(const std::vector<mw::sos_section>& sections) {
  numbers sos({static_cast<py::ssize_t>(sections.size()), py::ssize_t{6}});
  double* out = sos.mutable_data();
  for (const auto& s : sections) {
    for (const double v : {s.b0, s.b1, s.b2, 1.0, s.a1, s.a2}) *out++ = v;
  }
  return sos;
}

std::vector<mw::sos_section> to_sections(const numbers& sos) {
  if (sos.ndim() != 2 || sos.shape(1) != 6) throw py::value_error("sos must have the shape (sections, 6)");
  std::vector<mw::sos_section> sections;
  const double* v = sos.data();
  for (py::ssize_t i = 0; i < sos.shape(0); ++i, v += 6) {
    if (v[3] != 1.0) throw py::value_error("sos[:, 3] must be all ones");
    sections.push_back({v[0], v[1], v[2], v[4], v[5]});
  }
  return sections;
}

py::tuple design_zpk(const std::string& family, const std::string& band, std::int64_t order, double low_hz, double high_hz, double rate_hz,
                     double ripple_db, double attenuation_db) {
  mw::zpk f = unwrap(mw::design_zpk(spec_of(family, band, order, low_hz, high_hz, rate_hz, ripple_db, attenuation_db)));
  return py::make_tuple(to_numpy(std::move(f.zeros)), to_numpy(std::move(f.poles)), f.gain);
}

numbers design_sos(const std::string& family, const std::string& band, std::int64_t order, double low_hz, double high_hz, double rate_hz,
                   double ripple_db, double attenuation_db) {
  return to_array(unwrap(mw::design_sos(spec_of(family, band, order, low_hz, high_hz, rate_hz, ripple_db, attenuation_db))));
}

numbers zpk2sos(const complex_numbers& zeros, const complex_numbers& poles, double gain) {
  mw::zpk f;
  f.zeros.assign(zeros.data(), zeros.data() + zeros.size());
  f.poles.assign(poles.data(), poles.data() + poles.size());
  f.gain = gain;
  return to_array(unwrap(mw::zpk_to_sos(f)));
}

numbers sosfilt_zi(const numbers& sos) {
  const auto sections = to_sections(sos);
  const auto states = unwrap(mw::sos_steady_state(sections));
  numbers zi({static_cast<py::ssize_t>(states.size()), py::ssize_t{2}});
  double* out = zi.mutable_data();
  for (const auto& s : states) {
    *out++ = s.s0;
    *out++ = s.s1;
  }
  return zi;
}

py::array_t<std::complex<double>> sos_response(const numbers& sos, const numbers& frequencies) {
  const auto sections = to_sections(sos);
  std::vector<std::complex<double>> response;
  for (const double f : as_span(frequencies)) response.push_back(mw::sos_response(sections, f));
  return to_numpy(std::move(response));
}

/// f(row) -> result<vector<Real>> for each row of x, without the GIL; all rows give as many values.
template <class Real, class F>
py::array_t<Real> each_row(const rows_of<Real>& x, F f) {
  if (x.ndim() != 2) throw py::value_error("expected an array of shape (rows, samples)");
  const auto rows = static_cast<std::size_t>(x.shape(0));
  const auto width = static_cast<std::size_t>(x.shape(1));
  std::vector<Real> all;
  std::size_t row_size = 0;
  mw::result<void> verdict;
  {
    py::gil_scoped_release unlocked;
    // An array without rows still shows what a row would give, or that it would fail.
    const std::vector<Real> zeros(rows == 0 ? width : 0);
    for (std::size_t r = 0; r < std::max<std::size_t>(rows, 1) && verdict; ++r) {
      auto row = f(r, rows == 0 ? std::span<const Real>(zeros) : std::span<const Real>(x.data() + r * width, width));
      if (!row) {
        verdict = row.error();
        break;
      }
      row_size = row->size();
      if (rows == 1) {
        all = std::move(*row);
      } else if (rows > 1) {
        if (r == 0) all.reserve(rows * row_size);
        all.insert(all.end(), row->begin(), row->end());
      }
    }
  }
  unwrap(verdict);
  return to_numpy(std::move(all), {static_cast<py::ssize_t>(rows), static_cast<py::ssize_t>(row_size)});
}

/// zi: (rows, sections, 2) or nothing; changed in place to the final state.
template <class Real>
py::array_t<Real> sosfilt(const numbers& sos, const rows_of<Real>& x, std::optional<py::array_t<double, py::array::c_style>> zi) {
  const auto sections = to_sections(sos);
  double* state = nullptr;
  if (zi) {
    if (static_cast<std::size_t>(zi->size()) != static_cast<std::size_t>(x.shape(0)) * sections.size() * 2) {
      throw py::value_error("zi does not have one pair of values for each section and row");
    }
    state = zi->mutable_data();
  }
  return each_row<Real>(x, [&](std::size_t r, std::span<const Real> row) -> mw::result<std::vector<Real>> {
    std::vector<mw::sos_state> states(state != nullptr ? sections.size() : 0);
    double* values = state != nullptr ? state + r * sections.size() * 2 : nullptr;
    const bool has_row = x.shape(0) > 0;
    for (std::size_t s = 0; s < states.size() && has_row; ++s) states[s] = {values[2 * s], values[2 * s + 1]};
    auto y = mw::sosfilt<Real>(sections, row, states);
    for (std::size_t s = 0; s < states.size() && has_row; ++s) {
      values[2 * s] = states[s].s0;
      values[2 * s + 1] = states[s].s1;
    }
    return y;
  });
}

mw::edge_padding padding_of(const std::string& padtype) {
  if (padtype == "odd") return mw::edge_padding::odd;
  if (padtype == "even") return mw::edge_padding::even;
  return padtype == "constant" ? mw::edge_padding::constant : mw::edge_padding::none;
}

template <class Real>
void bind_precision(py::module_& m) {
  const auto x = [] { return py::arg("x").noconvert(); };
  m.def("sosfilt", &sosfilt<Real>, py::arg("sos"), x(), py::arg("zi").noconvert());
  m.def(
      "sosfiltfilt",
      [](const numbers& sos, const rows_of<Real>& rows, const std::string& padtype, std::optional<std::size_t> padlen) {
        const auto sections = to_sections(sos);
        return each_row<Real>(rows, [&](std::size_t, std::span<const Real> row) {
          return mw::sosfiltfilt<Real>(sections, row, padding_of(padtype), padlen);
        });
      },
      py::arg("sos"), x(), py::arg("padtype"), py::arg("padlen"));
  m.def(
      "fir_lfilter",
      [](const numbers& taps, const rows_of<Real>& rows) {
        return each_row<Real>(rows, [&](std::size_t, std::span<const Real> row) { return mw::lfilter<Real>(as_span(taps), row); });
      },
      py::arg("taps"), x());
  m.def(
      "fir_filtfilt",
      [](const numbers& taps, const rows_of<Real>& rows, const std::string& padtype, std::optional<std::size_t> padlen) {
        return each_row<Real>(rows, [&](std::size_t, std::span<const Real> row) {
          return mw::filtfilt<Real>(as_span(taps), row, padding_of(padtype), padlen);
        });
      },
      py::arg("taps"), x(), py::arg("padtype"), py::arg("padlen"));
  m.def(
      "upfirdn",
      [](const numbers& taps, const rows_of<Real>& rows, std::size_t up, std::size_t down) {
        return each_row<Real>(rows,
                              [&](std::size_t, std::span<const Real> row) { return mw::upfirdn<Real>(as_span(taps), row, up, down); });
      },
      py::arg("taps"), x(), py::arg("up"), py::arg("down"));
  m.def(
      "resample_poly",
      [](const rows_of<Real>& rows, std::size_t up, std::size_t down, double beta, const numbers& taps) {
        return each_row<Real>(
            rows, [&](std::size_t, std::span<const Real> row) { return mw::resample_poly<Real>(row, up, down, beta, as_span(taps)); });
      },
      x(), py::arg("up"), py::arg("down"), py::arg("beta"), py::arg("taps"));
  m.def(
      "decimate",
      [](const rows_of<Real>& rows, std::size_t factor, std::size_t order, bool fir, bool zero_phase) {
        return each_row<Real>(
            rows, [&](std::size_t, std::span<const Real> row) { return mw::decimate<Real>(row, factor, order, fir, zero_phase); });
      },
      x(), py::arg("factor"), py::arg("order"), py::arg("fir"), py::arg("zero_phase"));
  m.def(
      "integrate",
      [](const rows_of<Real>& rows, double rate_hz, std::int64_t order, double low_hz, double high_hz) {
        return each_row<Real>(
            rows, [&](std::size_t, std::span<const Real> row) { return mw::integrate<Real>(row, rate_hz, order, low_hz, high_hz); });
      },
      x(), py::arg("rate_hz"), py::arg("order"), py::arg("low_hz"), py::arg("high_hz"));
  m.def(
      "octave_filter_bank",
      [](const rows_of<Real>& rows, double rate_hz, std::int64_t fraction, double low_hz, double high_hz, double interval_s) {
        std::vector<mw::octave_band> bands;
        auto values = each_row<Real>(rows, [&](std::size_t, std::span<const Real> row) -> mw::result<std::vector<Real>> {
          MILLWRIGHT_TRY(auto levels, mw::octave_filter_bank_levels<Real>(row, rate_hz, fraction, low_hz, high_hz, interval_s));
          bands = std::move(levels.bands);
          return std::move(levels.values);
        });
        std::vector<double> table;
        for (const auto& b : bands) table.insert(table.end(), {b.centre_hz, b.low_hz, b.high_hz});
        return py::make_tuple(to_numpy(std::move(table), {static_cast<py::ssize_t>(bands.size()), py::ssize_t{3}}), values);
      },
      x(), py::arg("rate_hz"), py::arg("fraction"), py::arg("low_hz"), py::arg("high_hz"), py::arg("interval_s"));
}

mw::severity_class class_of(const py::dict& d) {
  return {d["name"].cast<std::string>(), d["a_b"].cast<double>(), d["b_c"].cast<double>(), d["c_d"].cast<double>()};
}

mw::severity_table table_of(const py::dict& d) {
  mw::severity_table table{d["name"].cast<std::string>(), d["source"].cast<std::string>(), {}};
  for (const auto& c : d["classes"].cast<py::list>()) table.classes.push_back(class_of(c.cast<py::dict>()));
  return table;
}

py::list example_tables() {
  py::list list;
  for (const auto& table : mw::example_severity_tables()) {
    py::list classes;
    for (const auto& c : table.classes) {
      py::dict d;
      d["name"] = c.name;
      d["a_b"] = c.a_b;
      d["b_c"] = c.b_c;
      d["c_d"] = c.c_d;
      classes.append(std::move(d));
    }
    py::dict d;
    d["name"] = table.name;
    d["source"] = table.source;
    d["classes"] = std::move(classes);
    list.append(std::move(d));
  }
  return list;
}

void bind_severity(py::module_& m) {
  py::class_<mw::severity_monitor>(m, "SeverityMonitor")
      .def(py::init([](const py::dict& limits, double hysteresis) {
             return unwrap(mw::severity_monitor::create(class_of(limits), hysteresis));
           }),
           py::arg("limits"), py::arg("hysteresis"))
      .def_property("baseline", &mw::severity_monitor::baseline, &mw::severity_monitor::set_baseline)
      .def(
          "update",
          [](mw::severity_monitor& self, double velocity) {
            const auto v = self.update(velocity);
            return py::make_tuple(mw::to_string(v.zone), v.change_mm_s, v.is_changed);
          },
          py::arg("velocity"))
      .def("reset", &mw::severity_monitor::reset);
  m.def(
      "severity_validate", [](const py::dict& table) { unwrap(mw::validate(table_of(table))); }, py::arg("table"));
  m.def(
      "severity_classify", [](const py::dict& limits, double velocity) { return mw::to_string(mw::classify(class_of(limits), velocity)); },
      py::arg("limits"), py::arg("velocity"));
  m.def(
      "severity_alarm_level", [](const py::dict& limits, double baseline) { return mw::severity_alarm_level(class_of(limits), baseline); },
      py::arg("limits"), py::arg("baseline"));
  m.def("severity_examples", &example_tables);
}

}  // namespace

void bind_filter(py::module_& m) {
  m.def("filter_zpk", &design_zpk, py::arg("family"), py::arg("band"), py::arg("order"), py::arg("low_hz"), py::arg("high_hz"),
        py::arg("rate_hz"), py::arg("ripple_db"), py::arg("attenuation_db"));
  m.def("filter_sos", &design_sos, py::arg("family"), py::arg("band"), py::arg("order"), py::arg("low_hz"), py::arg("high_hz"),
        py::arg("rate_hz"), py::arg("ripple_db"), py::arg("attenuation_db"));
  m.def("zpk2sos", &zpk2sos, py::arg("zeros"), py::arg("poles"), py::arg("gain"));
  m.def("sosfilt_zi", &sosfilt_zi, py::arg("sos"));
  m.def("sos_response", &sos_response, py::arg("sos"), py::arg("frequencies"));
  m.def(
      "firwin",
      [](std::size_t taps, const numbers& edges_hz, double rate_hz, bool pass_zero, const std::string& window, bool scale) {
        return to_numpy(unwrap(mw::firwin(taps, as_span(edges_hz), rate_hz, pass_zero, unwrap(mw::parse_taper(window)), scale)));
      },
      py::arg("taps"), py::arg("edges_hz"), py::arg("rate_hz"), py::arg("pass_zero"), py::arg("window"), py::arg("scale"));
  m.def(
      "kaiserord",
      [](double ripple_db, double width) {
        const auto estimate = unwrap(mw::kaiserord(ripple_db, width));
        return py::make_tuple(estimate.taps, estimate.beta);
      },
      py::arg("ripple_db"), py::arg("width"));
  m.def("kaiser_beta", &mw::kaiser_beta, py::arg("attenuation_db"));
  bind_precision<float>(m);
  bind_precision<double>(m);
  bind_severity(m);
}

}  // namespace millwright_python
