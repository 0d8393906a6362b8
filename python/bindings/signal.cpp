// Spectra of the rows of an array, for millwright.signal, which has arranged axes, types and defaults.

#include <complex>

#include "bindings.hpp"
#include "millwright/signal/cepstrum.hpp"
#include "millwright/signal/hilbert.hpp"
#include "millwright/signal/mel.hpp"
#include "millwright/signal/octave_levels.hpp"
#include "millwright/signal/spectral_kurtosis.hpp"
#include "millwright/signal/spectral_lines.hpp"
#include "millwright/signal/stft.hpp"
#include "millwright/signal/taper.hpp"
#include "millwright/signal/welch.hpp"
#include "millwright/signal/zoom_fft.hpp"

namespace millwright_python {

namespace {

template <class T>
using rows_of = py::array_t<T, py::array::c_style>;
using doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;

template <class T>
std::span<const T> row_of(const rows_of<T>& x, py::ssize_t row) {
  const auto width = static_cast<std::size_t>(x.shape(1));
  return {x.data() + static_cast<std::size_t>(row) * width, width};
}
template <class T>
void require_rows(const rows_of<T>& x) {
  if (x.ndim() != 2) throw py::value_error("expected an array of shape (rows, samples)");
}
template <class T>
std::span<const T> line_of(const rows_of<T>& x) {
  if (x.ndim() != 1) throw py::value_error("expected an array of one dimension");
  return {x.data(), static_cast<std::size_t>(x.size())};
}
std::span<const double> line_of(const doubles& x) {
  if (x.ndim() != 1) throw py::value_error("expected an array of one dimension");
  return {x.data(), static_cast<std::size_t>(x.size())};
}

/// An array that NumPy allocates, rows x the size of what f(row) -> result<std::vector<Out>> gives; f runs without the GIL.
template <class Out, class In, class F>
py::array_t<Out> each_row(const rows_of<In>& x, F f) {
  require_rows(x);
  const py::ssize_t rows = x.shape(0);
  std::vector<Out> all;
  std::size_t width = 0;
  mw::result<void> done;
  {
    py::gil_scoped_release unlocked;
    for (py::ssize_t i = 0; i < rows && done; ++i) {
      auto values = f(i);
      if (!values) {
        done = values.error();
        break;
      }
      width = values->size();
      if (rows == 1) {
        all = std::move(*values);
      } else {
        all.insert(all.end(), values->begin(), values->end());
      }
    }
  }
  unwrap(done);
  return to_numpy(std::move(all), {rows, static_cast<py::ssize_t>(width)});
}

template <class T>
T option(const py::dict& options, const char* name, T fallback) {
  const py::handle value = PyDict_GetItemString(options.ptr(), name);
  return value && !value.is_none() ? value.cast<T>() : fallback;
}

std::optional<std::string> text_option(const py::dict& options, const char* name) {
  return option<std::optional<std::string>>(options, name, std::nullopt);
}

std::vector<double> values_of(const py::dict& options) {
  if (!options.contains("window_values") || options["window_values"].is_none()) return {};
  const auto values = options["window_values"].cast<doubles>();
  return {values.data(), values.data() + values.size()};
}

/// Options that all short-time spectra have.
template <class Options>
Options segments_from(const py::dict& options) {
  Options o;
  o.fs = option(options, "fs", o.fs);
  if (const auto window = text_option(options, "window")) o.window = unwrap(mw::parse_taper(*window));
  o.nperseg = option(options, "nperseg", o.nperseg);
  o.noverlap = option<std::optional<std::size_t>>(options, "noverlap", o.noverlap);
  if constexpr (requires { o.window_values; }) o.window_values = values_of(options);
  if constexpr (requires { o.nfft; }) o.nfft = option(options, "nfft", o.nfft);
  if constexpr (requires { o.detrend; }) {
    if (const auto detrend = text_option(options, "detrend")) o.detrend = mw::detail::detrend_of(*detrend);
  }
  if constexpr (requires { o.scaling; }) {
    if (const auto scaling = text_option(options, "scaling")) o.scaling = mw::detail::scaling_of(*scaling);
  }
  return o;
}

mw::welch_options welch_from(const py::dict& options) {
  auto o = segments_from<mw::welch_options>(options);
  o.return_onesided = option(options, "return_onesided", true);
  if (option<std::string>(options, "average", "mean") == "median") o.average = mw::spectrum_average::median;
  return o;
}

mw::stft_options stft_from(const py::dict& options) {
  auto o = segments_from<mw::stft_options>(options);
  o.padded = option(options, "padded", true);
  const auto boundary = option<std::string>(options, "boundary", "none");
  o.boundary = boundary == "zeros"      ? mw::stft_boundary::zeros
               : boundary == "even"     ? mw::stft_boundary::even
               : boundary == "odd"      ? mw::stft_boundary::odd
               : boundary == "constant" ? mw::stft_boundary::constant
                                        : mw::stft_boundary::none;
  return o;
}

mw::mel_options mel_from(const py::dict& options) {
  auto o = segments_from<mw::mel_options>(options);
  o.n_mels = option(options, "n_mels", o.n_mels);
  o.n_mfcc = option(options, "n_mfcc", o.n_mfcc);
  o.f_lo = option(options, "f_lo", o.f_lo);
  o.f_hi = option(options, "f_hi", o.f_hi);
  o.scale = option<std::string>(options, "scale", "slaney") == "htk" ? mw::mel_scale::htk : mw::mel_scale::slaney;
  o.is_area_normalized = option(options, "area_normalized", true);
  return o;
}

/// The values of a result that holds more.
template <class Held>
auto values_in(mw::result<Held>&& r) -> mw::result<decltype(r->values)> {
  if (!r) return r.error();
  return std::move(r->values);
}

// --- spectra -----------------------------------------------------------------------------------------------------------------

template <class Real>
py::array_t<Real> welch(const rows_of<Real>& x, const py::dict& options) {
  const auto o = welch_from(options);
  return each_row<Real>(x, [&](py::ssize_t i) { return values_in(mw::welch(row_of(x, i), o)); });
}

template <class Real>
void require_same_rows(const rows_of<Real>& x, const rows_of<Real>& y) {
  require_rows(x);
  require_rows(y);
  if (x.shape(0) != y.shape(0)) throw py::value_error("x and y have different numbers of rows");
}

template <class Real>
py::array_t<std::complex<Real>> csd(const rows_of<Real>& x, const rows_of<Real>& y, const py::dict& options) {
  require_same_rows(x, y);
  const auto o = welch_from(options);
  return each_row<std::complex<Real>>(x, [&](py::ssize_t i) { return values_in(mw::csd(row_of(x, i), row_of(y, i), o)); });
}

template <class Real>
py::array_t<Real> coherence(const rows_of<Real>& x, const rows_of<Real>& y, const py::dict& options) {
  require_same_rows(x, y);
  const auto o = welch_from(options);
  return each_row<Real>(x, [&](py::ssize_t i) { return values_in(mw::coherence(row_of(x, i), row_of(y, i), o)); });
}

/// rows x frames x bins; the memory is NumPy's, untouched before the transform writes it.
template <class Real>
py::array_t<std::complex<Real>> stft(const rows_of<Real>& x, const py::dict& options) {
  require_rows(x);
  const auto o = stft_from(options);
  const auto shape = unwrap(mw::shape_of_stft(static_cast<std::size_t>(x.shape(1)), o));
  py::array_t<std::complex<Real>> out({x.shape(0), static_cast<py::ssize_t>(shape.frames), static_cast<py::ssize_t>(shape.bins)});
  std::complex<Real>* const values = out.mutable_data();
  const std::size_t size = shape.frames * shape.bins;
  const py::ssize_t rows = x.shape(0);
  mw::result<void> done;
  {
    py::gil_scoped_release unlocked;
    for (py::ssize_t i = 0; i < rows && done; ++i) {
      done = mw::stft_into<Real>(row_of(x, i), o, shape, std::span(values + static_cast<std::size_t>(i) * size, size));
    }
  }
  unwrap(done);
  return out;
}

template <class Real>
py::array_t<Real> istft(const rows_of<std::complex<Real>>& z, const py::dict& options) {
  const auto o = stft_from(options);
  return each_row<Real>(z, [&](py::ssize_t i) { return mw::istft<Real>(row_of(z, i), o); });
}

template <class Real>
py::array_t<Real> spectrogram(const rows_of<Real>& x, const py::dict& options) {
  const auto o = segments_from<mw::spectrogram_options>(options);
  return each_row<Real>(x, [&](py::ssize_t i) { return values_in(mw::spectrogram(row_of(x, i), o)); });
}

template <class Real>
py::array_t<Real> spectral_kurtosis(const rows_of<Real>& x, const py::dict& options) {
  const auto o = segments_from<mw::spectral_kurtosis_options>(options);
  return each_row<Real>(x, [&](py::ssize_t i) { return values_in(mw::spectral_kurtosis(row_of(x, i), o)); });
}

/// Rows one after the other: the function over many rows prepares once.
template <class Real>
std::span<const Real> all_of(const rows_of<Real>& x) {
  require_rows(x);
  return {x.data(), static_cast<std::size_t>(x.size())};
}

/// f() -> result<std::vector<Out>> of all rows, without the GIL.
template <class Out, class F>
py::array_t<Out> all_rows(py::ssize_t rows, F f) {
  mw::result<std::vector<Out>> values = std::vector<Out>();
  if (rows > 0) {
    py::gil_scoped_release unlocked;
    values = f();
  }
  std::vector<Out> all = unwrap(std::move(values));
  const auto width = rows == 0 ? py::ssize_t{0} : static_cast<py::ssize_t>(all.size()) / rows;
  return to_numpy(std::move(all), {rows, width});
}

template <class Real>
py::array_t<Real> log_mel(const rows_of<Real>& x, const py::dict& options) {
  const auto o = mel_from(options);
  const auto all = all_of(x);
  return all_rows<Real>(x.shape(0), [&] { return values_in(mw::log_mel_rows(all, static_cast<std::size_t>(x.shape(0)), o)); });
}

template <class Real>
py::array_t<Real> mfcc(const rows_of<Real>& x, const py::dict& options) {
  const auto o = mel_from(options);
  const auto all = all_of(x);
  return all_rows<Real>(x.shape(0), [&] { return values_in(mw::mfcc_rows(all, static_cast<std::size_t>(x.shape(0)), o)); });
}

// --- lines -------------------------------------------------------------------------------------------------------------------

mw::peak_interpolation interpolation_of(const std::string& text) {
  if (text == "none") return mw::peak_interpolation::none;
  if (text == "quadratic") return mw::peak_interpolation::quadratic;
  throw py::value_error("interpolation is \"" + text + "\"; choose none or quadratic");
}

/// Frequencies and amplitudes.
py::tuple to_arrays(const std::vector<mw::spectral_line>& lines) {
  std::vector<double> frequencies;
  std::vector<double> amplitudes;
  for (const auto& line : lines) {
    frequencies.push_back(line.frequency_hz);
    amplitudes.push_back(line.amplitude);
  }
  return py::make_tuple(to_numpy(std::move(frequencies)), to_numpy(std::move(amplitudes)));
}

template <class Real>
py::array_t<double> band_energy(const rows_of<Real>& psd, double df_hz, double nyquist_hz, const doubles& low_hz, const doubles& high_hz) {
  if (low_hz.size() != high_hz.size()) throw py::value_error("every band has two edges");
  return each_row<double>(psd, [&](py::ssize_t i) -> mw::result<std::vector<double>> {
    std::vector<double> energies;
    for (py::ssize_t b = 0; b < low_hz.size(); ++b) {
      energies.push_back(mw::band_energy(row_of(psd, i), df_hz, nyquist_hz, low_hz.data()[b], high_hz.data()[b]));
    }
    return energies;
  });
}

template <class Real>
py::array_t<double> velocity_rms(const rows_of<Real>& psd, double df_hz, double nyquist_hz, double low_hz, double high_hz) {
  return each_row<double>(psd, [&](py::ssize_t i) -> mw::result<std::vector<double>> {
    return std::vector<double>{mw::velocity_rms(row_of(psd, i), df_hz, nyquist_hz, low_hz, high_hz)};
  });
}

template <class Real>
py::tuple find_sidebands(const rows_of<Real>& power, double df_hz, double carrier_hz, double spacing_hz, std::size_t pairs,
                         double tolerance_hz, const std::string& interpolation) {
  const auto found =
      unwrap(mw::find_sidebands(line_of(power), df_hz, carrier_hz, spacing_hz, pairs, tolerance_hz, interpolation_of(interpolation)));
  return py::make_tuple(py::make_tuple(found.carrier.frequency_hz, found.carrier.amplitude), to_arrays(found.lower), to_arrays(found.upper),
                        found.ratio);
}

template <class Real>
py::array_t<Real> lifter(const rows_of<Real>& c, std::size_t low, std::size_t high, bool keep) {
  return each_row<Real>(c, [&](py::ssize_t i) -> mw::result<std::vector<Real>> {
    const auto row = row_of(c, i);
    std::vector<Real> values(row.begin(), row.end());
    mw::lifter<Real>(values, low, high, keep);
    return values;
  });
}

template <class Real>
py::tuple gamnitudes(const rows_of<Real>& c, double fs, double repetition_hz, std::size_t count, double tolerance_s) {
  std::vector<double> quefrencies;
  std::vector<double> values;
  for (const auto& r : unwrap(mw::gamnitudes(line_of(c), fs, repetition_hz, count, tolerance_s))) {
    quefrencies.push_back(r.quefrency_s);
    values.push_back(r.gamnitude);
  }
  return py::make_tuple(to_numpy(std::move(quefrencies)), to_numpy(std::move(values)));
}

py::array_t<double> fractional_octave_bands(std::size_t fraction, double f_lo, double f_hi) {
  std::vector<double> values;
  for (const auto& band : unwrap(mw::fractional_octave_bands(fraction, f_lo, f_hi))) {
    for (const double f : {band.low_hz, band.centre_hz, band.high_hz}) values.push_back(f);
  }
  const auto rows = static_cast<py::ssize_t>(values.size() / 3);
  return to_numpy(std::move(values), {rows, 3});
}

template <class Real>
py::array_t<double> octave_band_energies(const rows_of<Real>& psd, double df_hz, double nyquist_hz, const doubles& bands) {
  if (bands.ndim() != 2 || bands.shape(1) != 3) throw py::value_error("expected bands of shape (n, 3): low, centre, high");
  std::vector<mw::octave_band> table;
  for (py::ssize_t b = 0; b < bands.shape(0); ++b) {
    mw::octave_band band;
    band.low_hz = bands.at(b, 0);
    band.centre_hz = bands.at(b, 1);
    band.high_hz = bands.at(b, 2);
    table.push_back(band);
  }
  return each_row<double>(psd, [&](py::ssize_t i) -> mw::result<std::vector<double>> {
    return mw::octave_band_energies(row_of(psd, i), df_hz, nyquist_hz, table);
  });
}

template <class Real>
py::array_t<std::complex<Real>> zoom_fft(const rows_of<Real>& x, double f_lo, double f_hi, std::size_t m, double fs, bool endpoint) {
  const mw::zoom_fft_options o{fs, f_lo, f_hi, m, endpoint};
  const auto all = all_of(x);
  return all_rows<std::complex<Real>>(x.shape(0), [&] { return mw::zoom_fft_rows(all, static_cast<std::size_t>(x.shape(0)), o); });
}

template <class Real>
void bind_precision(py::module_& m) {
  const auto x = [](const char* name = "x") { return py::arg(name).noconvert(); };
  const py::arg options("options");
  m.def("welch", &welch<Real>, x(), options);
  m.def("csd", &csd<Real>, x(), x("y"), options);
  m.def("coherence", &coherence<Real>, x(), x("y"), options);
  m.def("stft", &stft<Real>, x(), options);
  m.def("istft", &istft<Real>, x("z"), options);
  m.def("spectrogram", &spectrogram<Real>, x(), options);
  m.def("spectral_kurtosis", &spectral_kurtosis<Real>, x(), options);
  m.def("log_mel", &log_mel<Real>, x(), options);
  m.def("mfcc", &mfcc<Real>, x(), options);
  m.def(
      "hilbert",
      [](const rows_of<Real>& rows, std::size_t n) {
        return each_row<std::complex<Real>>(rows, [&](py::ssize_t i) { return mw::hilbert(row_of(rows, i), n); });
      },
      x(), py::arg("n"));
  m.def(
      "instantaneous_amplitude",
      [](const rows_of<Real>& rows) {
        return each_row<Real>(rows, [&](py::ssize_t i) { return mw::instantaneous_amplitude(row_of(rows, i)); });
      },
      x());
  m.def(
      "instantaneous_frequency",
      [](const rows_of<Real>& rows, double fs) {
        return each_row<Real>(rows, [&](py::ssize_t i) { return mw::instantaneous_frequency(row_of(rows, i), fs); });
      },
      x(), py::arg("fs"));
  m.def("band_energy", &band_energy<Real>, x("psd"), py::arg("df_hz"), py::arg("nyquist_hz"), py::arg("low_hz"), py::arg("high_hz"));
  m.def("velocity_rms", &velocity_rms<Real>, x("psd"), py::arg("df_hz"), py::arg("nyquist_hz"), py::arg("low_hz"), py::arg("high_hz"));
  m.def(
      "find_harmonics",
      [](const rows_of<Real>& power, double df_hz, double fundamental_hz, std::size_t count, double tolerance_hz,
         const std::string& interpolation) {
        return to_arrays(
            unwrap(mw::find_harmonics(line_of(power), df_hz, fundamental_hz, count, tolerance_hz, interpolation_of(interpolation))));
      },
      x("power"), py::arg("df_hz"), py::arg("fundamental_hz"), py::arg("count"), py::arg("tolerance_hz"), py::arg("interpolation"));
  m.def("find_sidebands", &find_sidebands<Real>, x("power"), py::arg("df_hz"), py::arg("carrier_hz"), py::arg("spacing_hz"),
        py::arg("pairs"), py::arg("tolerance_hz"), py::arg("interpolation"));
  m.def(
      "find_spectral_peaks",
      [](const rows_of<Real>& power, double df_hz, std::size_t count, const std::string& interpolation) {
        return to_arrays(unwrap(mw::find_spectral_peaks(line_of(power), df_hz, count, interpolation_of(interpolation))));
      },
      x("power"), py::arg("df_hz"), py::arg("count"), py::arg("interpolation"));
  m.def(
      "jacobsen_offset",
      [](const rows_of<std::complex<Real>>& bins, std::size_t k, const std::string& window) {
        return unwrap(mw::jacobsen_offset(line_of(bins), k, unwrap(mw::parse_taper(window)).kind));
      },
      x("bins"), py::arg("k"), py::arg("window"));
  m.def(
      "real_cepstrum",
      [](const rows_of<Real>& rows) { return each_row<Real>(rows, [&](py::ssize_t i) { return mw::real_cepstrum(row_of(rows, i)); }); },
      x());
  m.def(
      "power_cepstrum",
      [](const rows_of<Real>& rows) { return each_row<Real>(rows, [&](py::ssize_t i) { return mw::power_cepstrum(row_of(rows, i)); }); },
      x());
  m.def("lifter", &lifter<Real>, x("c"), py::arg("low"), py::arg("high"), py::arg("keep"));
  m.def(
      "spectrum_of_cepstrum",
      [](const rows_of<Real>& c) { return each_row<Real>(c, [&](py::ssize_t i) { return mw::spectrum_of_cepstrum(row_of(c, i)); }); },
      x("c"));
  m.def("gamnitudes", &gamnitudes<Real>, x("c"), py::arg("fs"), py::arg("repetition_hz"), py::arg("count"), py::arg("tolerance_s"));
  m.def("octave_band_energies", &octave_band_energies<Real>, x("psd"), py::arg("df_hz"), py::arg("nyquist_hz"), py::arg("bands"));
  m.def("zoom_fft", &zoom_fft<Real>, x(), py::arg("f_lo"), py::arg("f_hi"), py::arg("m"), py::arg("fs"), py::arg("endpoint"));
}

}  // namespace

void bind_signal(py::module_& m) {
  m.def(
      "get_window",
      [](const std::string& window, std::size_t nx, bool fftbins) { return to_numpy(unwrap(mw::get_window(window, nx, fftbins))); },
      py::arg("window"), py::arg("nx"), py::arg("fftbins"));
  m.def(
      "window_for_revolutions",
      [](double revolutions, double hop_revolutions, double speed_rpm, double rate_hz) {
        const auto w = unwrap(mw::window_for_revolutions(revolutions, hop_revolutions, speed_rpm, rate_hz));
        return py::make_tuple(w.length, w.hop);
      },
      py::arg("revolutions"), py::arg("hop_revolutions"), py::arg("speed_rpm"), py::arg("rate_hz"));
  m.def(
      "mel_filters",
      [](const py::dict& options) {
        const auto o = mel_from(options);
        auto weights = unwrap(mw::mel_filters(o));
        return to_numpy(std::move(weights), {static_cast<py::ssize_t>(o.n_mels), static_cast<py::ssize_t>(o.nperseg / 2 + 1)});
      },
      py::arg("options"));
  m.def(
      "enbw", [](const doubles& w) { return mw::enbw(line_of(w)); }, py::arg("window"));
  m.def(
      "coherent_gain", [](const doubles& w) { return mw::coherent_gain(line_of(w)); }, py::arg("window"));
  m.def(
      "level_db",
      [](const rows_of<double>& energies, double reference) {
        return each_row<double>(energies, [&](py::ssize_t i) -> mw::result<std::vector<double>> {
          std::vector<double> levels;
          for (const double energy : row_of(energies, i)) levels.push_back(mw::level_db(energy, reference));
          return levels;
        });
      },
      py::arg("energies"), py::arg("reference"));
  m.def("fractional_octave_bands", &fractional_octave_bands, py::arg("fraction"), py::arg("f_lo"), py::arg("f_hi"));
  bind_precision<float>(m);
  bind_precision<double>(m);
}

}  // namespace millwright_python
