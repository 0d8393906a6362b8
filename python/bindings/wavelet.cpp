// Wavelet transforms over the last axis of an array. Thin on purpose: a transform of 4096 samples takes less than three microseconds.

#include <algorithm>
#include <complex>
#include <memory>
#include <optional>

#include "bindings.hpp"
#include "millwright/core/signal_stage.hpp"
#include "millwright/wavelet/dwt.hpp"
#include "millwright/wavelet/modwt.hpp"
#include "millwright/wavelet/morlet_cwt.hpp"
#include "millwright/wavelet/wavelet_packets.hpp"
#include "millwright/wavelet/wavelet_transform.hpp"

namespace millwright_python {

namespace {

template <class Real>
using samples_array = py::array_t<Real, py::array::c_style | py::array::forcecast>;

/// A C-contiguous array of rows: every axis but the last is a batch.
template <class Real>
struct rows_of {
  samples_array<Real> array;
  std::size_t rows, size;

  [[nodiscard]] const Real* row(std::size_t r) const { return array.data() + r * size; }
  /// Shape of the batch, then `last`.
  [[nodiscard]] std::vector<py::ssize_t> shape(std::initializer_list<std::size_t> last) const {
    std::vector<py::ssize_t> s(array.shape(), array.shape() + array.ndim() - 1);
    for (const std::size_t n : last) s.push_back(static_cast<py::ssize_t>(n));
    return s;
  }
};

template <class Real>
rows_of<Real> rows_from(const py::handle& data) {
  auto array = samples_array<Real>::ensure(data);
  if (!array) throw py::error_already_set();
  if (array.ndim() == 0) throw py::value_error("a signal is an array of at least one dimension");
  const auto size = static_cast<std::size_t>(array.shape(array.ndim() - 1));
  const std::size_t rows = size == 0 ? 0 : static_cast<std::size_t>(array.size()) / size;
  if (size == 0) raise(mw::error(mw::errc::invalid_data, "wavelet", "the signal is empty", "give at least one sample"));
  return {std::move(array), rows, size};
}

/// Calls work.operator()<float>() for float32 data, and <double>() for everything else.
template <class Work>
py::object for_precision_of(const py::handle& data, Work work) {
  if (py::isinstance<py::array_t<float>>(data)) return work.template operator()<float>();
  if (!py::isinstance<py::array_t<double>>(data) && py::isinstance<py::array>(data) &&
      py::reinterpret_borrow<py::array>(data).dtype().kind() == 'c') {
    throw py::type_error("complex signals are not supported: transform the real and the imaginary part");
  }
  return work.template operator()<double>();
}

mw::wavelet wavelet_named(std::string_view name) { return unwrap(mw::wavelet::from_name(name)); }
mw::wavelet_mode mode_named(std::string_view name) { return unwrap(mw::parse_wavelet_mode(name)); }

std::size_t level_from(std::int64_t level, std::string_view where) {
  if (level >= 0 && level < 64) return static_cast<std::size_t>(level);
  raise(mw::error(mw::errc::invalid_argument, where, "there is no level " + std::to_string(level), "give a level of 0 .. 63"));
}

/// Part of `owner` as an array of its own.
template <class Real>
py::array view(const py::array& owner, Real* data, std::vector<py::ssize_t> shape) {
  return py::array_t<Real>(std::move(shape), data, owner);
}

py::object dwt(const py::object& data, std::string_view name, std::string_view mode_name) {
  const mw::wavelet w = wavelet_named(name);
  const mw::wavelet_mode mode = mode_named(mode_name);
  return for_precision_of(data, [&]<class Real>() -> py::object {
    const auto x = rows_from<Real>(data);
    const mw::wavelet_bank<Real> bank(w, mode);
    const std::size_t count = bank.coefficient_count(x.size);
    py::array_t<Real> approximation(x.shape({count}));
    py::array_t<Real> detail(x.shape({count}));
    Real* const a = approximation.mutable_data();
    Real* const d = detail.mutable_data();
    {
      py::gil_scoped_release unlocked;
      for (std::size_t r = 0; r < x.rows; ++r) bank.analyse(x.row(r), x.size, a + r * count, d + r * count);
    }
    return py::make_tuple(std::move(approximation), std::move(detail));
  });
}

py::object idwt(const py::object& approximation, const py::object& detail, std::string_view name, std::string_view mode_name) {
  const mw::wavelet w = wavelet_named(name);
  const mw::wavelet_mode mode = mode_named(mode_name);
  if (approximation.is_none() && detail.is_none()) raise(mw::detail::check_band_sizes(0, 0, w, mode).error());
  const py::object& given = approximation.is_none() ? detail : approximation;
  return for_precision_of(given, [&]<class Real>() -> py::object {
    const auto first = rows_from<Real>(given);
    const auto a = approximation.is_none() ? std::nullopt : std::optional(rows_from<Real>(approximation));
    const auto d = detail.is_none() ? std::nullopt : std::optional(rows_from<Real>(detail));
    unwrap(mw::detail::check_band_sizes(a ? a->size : 0, d ? d->size : 0, w, mode));
    if (a && d && a->rows != d->rows) throw py::value_error("the approximation and the detail have different shapes");
    const mw::wavelet_bank<Real> bank(w, mode);
    const std::size_t samples = bank.sample_count(first.size);
    const std::vector<Real> zeros(a && d ? 0 : first.size);
    py::array_t<Real> out(first.shape({samples}));
    Real* const x = out.mutable_data();
    {
      py::gil_scoped_release unlocked;
      for (std::size_t r = 0; r < first.rows; ++r) {
        bank.synthesise(a ? a->row(r) : zeros.data(), d ? d->row(r) : zeros.data(), first.size, x + r * samples, samples);
      }
    }
    return out;
  });
}

py::object wavedec(const py::object& data, std::string_view name, std::string_view mode_name, std::optional<std::int64_t> level) {
  const mw::wavelet w = wavelet_named(name);
  const mw::wavelet_mode mode = mode_named(mode_name);
  return for_precision_of(data, [&]<class Real>() -> py::object {
    const auto x = rows_from<Real>(data);
    const std::size_t levels = level ? level_from(*level, "wavedec") : mw::dwt_max_level(x.size, w.length());
    unwrap(mw::detail::check_wavelet_level(x.size, w, levels, "wavedec"));
    const mw::wavelet_layout layout(x.size, w.length(), mode, levels);
    // Band after band, each with all rows; one row is what decompose gives.
    py::array_t<Real> all(static_cast<py::ssize_t>(x.rows * layout.total()));
    Real* const out = all.mutable_data();
    {
      py::gil_scoped_release unlocked;
      const mw::wavelet_bank<Real> bank(w, mode);
      const bool copies = x.rows > 1;
      const auto scratch = std::make_unique_for_overwrite<Real[]>(layout.scratch() + (copies ? layout.total() : 0));
      for (std::size_t r = 0; r < x.rows; ++r) {
        Real* const row = copies ? scratch.get() + layout.scratch() : out;
        mw::decompose(bank, layout, x.row(r), row, scratch.get());
        for (std::size_t b = 0; copies && b < layout.bands(); ++b) {
          std::copy_n(row + layout.start(b), layout.size(b), out + x.rows * layout.start(b) + r * layout.size(b));
        }
      }
    }
    py::list bands(layout.bands());
    for (std::size_t b = 0; b < layout.bands(); ++b) {
      bands[b] = view(all, out + x.rows * layout.start(b), x.shape({layout.size(b)}));
    }
    return bands;
  });
}

/// The whole tree, (..., total), and the sizes of the nodes of levels 0 .. level.
py::tuple wavelet_packets(const py::object& data, std::string_view name, std::string_view mode_name, std::optional<std::int64_t> level) {
  const mw::wavelet w = wavelet_named(name);
  const mw::wavelet_mode mode = mode_named(mode_name);
  return for_precision_of(data, [&]<class Real>() -> py::object {
    const auto x = rows_from<Real>(data);
    const std::size_t levels = level ? level_from(*level, "wavelet packets") : mw::dwt_max_level(x.size, w.length());
    unwrap(mw::detail::check_packets(x.size, levels));
    const mw::packet_layout layout(x.size, w.length(), mode, levels);
    py::array_t<Real> tree(x.shape({layout.total()}));
    Real* const out = tree.mutable_data();
    {
      py::gil_scoped_release unlocked;
      const mw::wavelet_bank<Real> bank(w, mode);
      for (std::size_t r = 0; r < x.rows; ++r) mw::decompose_packets(bank, layout, x.row(r), out + r * layout.total());
    }
    py::tuple sizes(levels + 1);
    for (std::size_t j = 0; j <= levels; ++j) sizes[j] = layout.node_size(j);
    return py::make_tuple(std::move(tree), std::move(sizes));
  });
}

/// leaves: (..., 2^level, size) in natural order.
py::object inverse_wavelet_packets(const py::object& leaves, std::string_view name, std::string_view mode_name, std::size_t samples) {
  const mw::wavelet w = wavelet_named(name);
  const mw::wavelet_mode mode = mode_named(mode_name);
  return for_precision_of(leaves, [&]<class Real>() -> py::object {
    const auto x = rows_from<Real>(leaves);
    const auto nodes = x.array.ndim() < 2 ? std::size_t{0} : static_cast<std::size_t>(x.array.shape(x.array.ndim() - 2));
    std::size_t level = 0;
    while ((std::size_t{1} << level) < nodes) ++level;
    unwrap(mw::detail::check_packets(samples, level));
    const mw::packet_layout layout(samples, w.length(), mode, level);
    if (nodes != std::size_t{1} << level || layout.node_size(level) != x.size) {
      throw py::value_error("the nodes do not have the shape that this wavelet and mode give for " + std::to_string(samples) + " samples");
    }
    const std::size_t batch = x.rows / nodes;
    std::vector<py::ssize_t> shape(x.array.shape(), x.array.shape() + x.array.ndim() - 2);
    shape.push_back(static_cast<py::ssize_t>(samples));
    py::array_t<Real> signal(shape);
    Real* const out = signal.mutable_data();
    {
      py::gil_scoped_release unlocked;
      const mw::wavelet_bank<Real> bank(w, mode);
      std::vector<Real> tree(layout.total());
      for (std::size_t r = 0; r < batch; ++r) {
        std::copy_n(x.row(r * nodes), nodes * x.size, tree.data() + layout.start(level));
        mw::recompose_packets(bank, layout, tree.data(), out + r * samples);
      }
    }
    return signal;
  });
}

/// (..., n) to (..., level + 1, n)
template <class Check>
py::object stationary(const py::object& data, const mw::wavelet& w, std::int64_t level, mw::stationary_kind kind, Check check) {
  return for_precision_of(data, [&]<class Real>() -> py::object {
    const auto x = rows_from<Real>(data);
    const std::size_t levels = level_from(level, "wavelet level");
    unwrap(check(x.size, levels));
    const std::size_t total = (levels + 1) * x.size;
    py::array_t<Real> coefficients(x.shape({levels + 1, x.size}));
    Real* const out = coefficients.mutable_data();
    {
      py::gil_scoped_release unlocked;
      const mw::stationary_bank<Real> bank(w, kind);
      const auto scratch = std::make_unique_for_overwrite<Real[]>(2 * x.size);
      for (std::size_t r = 0; r < x.rows; ++r) mw::stationary_decompose(bank, x.row(r), x.size, levels, out + r * total, scratch.get());
    }
    return coefficients;
  });
}

/// (..., level + 1, n) to (..., n)
template <class Check>
py::object inverse_stationary(const py::object& coefficients, const mw::wavelet& w, mw::stationary_kind kind, Check check) {
  return for_precision_of(coefficients, [&]<class Real>() -> py::object {
    const auto c = rows_from<Real>(coefficients);
    if (c.array.ndim() < 2) throw py::value_error("expected coefficients of shape (..., level + 1, n)");
    const auto bands = static_cast<std::size_t>(c.array.shape(c.array.ndim() - 2));
    const std::size_t levels = bands == 0 ? 0 : bands - 1;
    unwrap(check(c.size, levels));
    std::vector<py::ssize_t> shape(c.array.shape(), c.array.shape() + c.array.ndim() - 2);
    shape.push_back(static_cast<py::ssize_t>(c.size));
    py::array_t<Real> signal(shape);
    Real* const out = signal.mutable_data();
    {
      py::gil_scoped_release unlocked;
      const mw::stationary_bank<Real> bank(w, kind);
      const auto scratch = std::make_unique_for_overwrite<Real[]>(2 * c.size);
      for (std::size_t r = 0; r < c.rows / bands; ++r) {
        mw::stationary_recompose(bank, c.row(r * bands), c.size, levels, out + r * c.size, scratch.get());
      }
    }
    return signal;
  });
}

mw::stationary_kind swt_kind(bool norm) { return norm ? mw::stationary_kind::swt_normalised : mw::stationary_kind::swt; }

/// (..., n) to (..., 2 level, n): approximation and detail of the coarsest level, then of the next.
py::object swt(const py::object& data, std::string_view name, std::int64_t level, bool norm) {
  const mw::wavelet w = wavelet_named(name);
  return for_precision_of(data, [&]<class Real>() -> py::object {
    const auto x = rows_from<Real>(data);
    const std::size_t levels = level_from(level, "swt");
    unwrap(mw::detail::check_swt(x.size, levels));
    py::array_t<Real> coefficients(x.shape({2 * levels, x.size}));
    Real* const out = coefficients.mutable_data();
    {
      py::gil_scoped_release unlocked;
      const mw::stationary_bank<Real> bank(w, swt_kind(norm));
      for (std::size_t r = 0; r < x.rows; ++r) {
        const Real* from = x.row(r);
        for (std::size_t j = 1; j <= levels; ++j) {
          Real* const pair = out + (r * levels + (levels - j)) * 2 * x.size;
          bank.analyse(from, x.size, std::size_t{1} << (j - 1), pair, pair + x.size);
          from = pair;
        }
      }
    }
    return coefficients;
  });
}
py::object iswt(const py::object& coefficients, std::string_view name, bool norm) {
  return inverse_stationary(coefficients, wavelet_named(name), swt_kind(norm), mw::detail::check_swt);
}

py::object modwt(const py::object& data, std::string_view name, std::int64_t level, bool circular) {
  const mw::wavelet w = wavelet_named(name);
  const auto check = [&](std::size_t n, std::size_t levels) { return mw::detail::check_modwt(n, w, levels); };
  if (circular) return stationary(data, w, level, mw::stationary_kind::modwt, check);
  return for_precision_of(data, [&]<class Real>() -> py::object {
    const auto x = rows_from<Real>(data);
    const std::size_t levels = level_from(level, "wavelet level");
    const std::size_t total = (levels + 1) * x.size;
    std::vector<Real> all;
    mw::result<void> done;
    {
      py::gil_scoped_release unlocked;
      for (std::size_t r = 0; r < x.rows && done; ++r) {
        const auto row = mw::modwt<Real>({x.row(r), x.size}, w, levels, mw::modwt_boundary::zero);
        if (row) {
          all.reserve(x.rows * total);
          all.insert(all.end(), row->begin(), row->end());
        } else {
          done = row.error();
        }
      }
    }
    unwrap(done);
    return to_numpy(std::move(all), x.shape({levels + 1, x.size}));
  });
}
py::object imodwt(const py::object& coefficients, std::string_view name) {
  const mw::wavelet w = wavelet_named(name);
  return inverse_stationary(coefficients, w, mw::stationary_kind::modwt,
                            [&](std::size_t n, std::size_t levels) { return mw::detail::check_modwt(n, w, levels); });
}

/// (..., n) to (..., scales, n)
py::object cwt(const py::object& data, const std::vector<double>& scales, double w0) {
  return for_precision_of(data, [&]<class Real>() -> py::object {
    const auto x = rows_from<Real>(data);
    auto ready = unwrap(mw::detail::prepare_on_heap(mw::morlet_cwt<Real>(), [&](mw::morlet_cwt<Real>& transform, mw::workspace& memory) {
      return transform.prepare(x.size, scales, memory, w0);
    }));
    py::array_t<std::complex<Real>> coefficients(x.shape({scales.size(), x.size}));
    std::complex<Real>* const out = coefficients.mutable_data();
    {
      py::gil_scoped_release unlocked;
      for (std::size_t r = 0; r < x.rows; ++r) ready.object.compute(x.row(r), out + r * scales.size() * x.size);
    }
    return coefficients;
  });
}

/// Energies (..., bands) in order of frequency and entropies (...), by the prepared transforms.
template <template <class> class Transform>
py::object energies_of(const py::object& data, const mw::wavelet& w, mw::wavelet_mode mode, std::int64_t level) {
  return for_precision_of(data, [&]<class Real>() -> py::object {
    const auto x = rows_from<Real>(data);
    const std::size_t levels = level_from(level, "wavelet level");
    auto ready = unwrap(mw::detail::prepare_on_heap(Transform<Real>(), [&](Transform<Real>& transform, mw::workspace& memory) {
      return transform.prepare(w, mode, levels, x.size, memory);
    }));
    const std::size_t bands = ready.object.energies().bands();
    py::array_t<double> energies(x.shape({bands}));
    py::array_t<double> entropies(x.shape({}));
    double* const energy = energies.mutable_data();
    double* const entropy = entropies.mutable_data();
    {
      py::gil_scoped_release unlocked;
      for (std::size_t r = 0; r < x.rows; ++r) {
        ready.object.compute(x.row(r));
        const mw::wavelet_energies found = ready.object.energies();
        std::copy(found.energy.begin(), found.energy.end(), energy + r * bands);
        entropy[r] = found.entropy();
      }
    }
    return py::make_tuple(std::move(energies), std::move(entropies));
  });
}

py::object band_energies(const py::object& data, std::string_view name, std::string_view mode_name, std::int64_t level, bool packets) {
  const mw::wavelet w = wavelet_named(name);
  const mw::wavelet_mode mode = mode_named(mode_name);
  return packets ? energies_of<mw::wavelet_packet_transform>(data, w, mode, level)
                 : energies_of<mw::wavelet_transform>(data, w, mode, level);
}

py::dict wavelet_properties(std::string_view name) {
  const mw::wavelet w = wavelet_named(name);
  const auto filter = [&](double (mw::wavelet::*value)(std::size_t) const noexcept) {
    py::list list(w.length());
    for (std::size_t i = 0; i < w.length(); ++i) list[i] = (w.*value)(i);
    return list;
  };
  py::dict d;
  d["name"] = w.name();
  d["family"] = mw::to_string(w.family());
  d["orthogonal"] = w.is_orthogonal();
  d["vanishing_moments_psi"] = w.vanishing_moments_psi();
  d["vanishing_moments_phi"] = w.vanishing_moments_phi();
  d["dec_lo"] = filter(&mw::wavelet::dec_lo);
  d["dec_hi"] = filter(&mw::wavelet::dec_hi);
  d["rec_lo"] = filter(&mw::wavelet::rec_lo);
  d["rec_hi"] = filter(&mw::wavelet::rec_hi);
  return d;
}

}  // namespace

void bind_wavelet(py::module_& m) {
  m.def("wavelet_names", [] {
    const auto names = mw::wavelet::names();
    return std::vector<std::string_view>(names.begin(), names.end());
  });
  m.def("wavelet_properties", &wavelet_properties, py::arg("name"));
  m.def("dwt_max_level", &mw::dwt_max_level, py::arg("data_len"), py::arg("filter_len"));
  m.def(
      "dwt_coefficient_count",
      [](std::size_t n, std::size_t length, std::string_view mode) { return mw::dwt_coefficient_count(n, length, mode_named(mode)); },
      py::arg("data_len"), py::arg("filter_len"), py::arg("mode"));
  m.def("dwt", &dwt, py::arg("data"), py::arg("wavelet"), py::arg("mode"));
  m.def("idwt", &idwt, py::arg("approximation"), py::arg("detail"), py::arg("wavelet"), py::arg("mode"));
  m.def("wavedec", &wavedec, py::arg("data"), py::arg("wavelet"), py::arg("mode"), py::arg("level"));
  m.def("wavelet_packets", &wavelet_packets, py::arg("data"), py::arg("wavelet"), py::arg("mode"), py::arg("level"));
  m.def("inverse_wavelet_packets", &inverse_wavelet_packets, py::arg("leaves"), py::arg("wavelet"), py::arg("mode"), py::arg("samples"));
  m.def("swt", &swt, py::arg("data"), py::arg("wavelet"), py::arg("level"), py::arg("norm"));
  m.def("iswt", &iswt, py::arg("coefficients"), py::arg("wavelet"), py::arg("norm"));
  m.def("modwt", &modwt, py::arg("data"), py::arg("wavelet"), py::arg("level"), py::arg("circular"));
  m.def("imodwt", &imodwt, py::arg("coefficients"), py::arg("wavelet"));
  m.def("cwt", &cwt, py::arg("data"), py::arg("scales"), py::arg("w0"));
  m.def("morlet_frequency", &mw::morlet_frequency, py::arg("scale"), py::arg("rate_hz"), py::arg("w0"));
  m.def("morlet_scale", &mw::morlet_scale, py::arg("frequency_hz"), py::arg("rate_hz"), py::arg("w0"));
  m.def(
      "morlet_scales",
      [](std::size_t n, std::int64_t voices) { return unwrap(mw::morlet_scales(n, voices < 0 ? 0 : static_cast<std::size_t>(voices))); },
      py::arg("n"), py::arg("voices"));
  m.def("wavelet_energies", &band_energies, py::arg("data"), py::arg("wavelet"), py::arg("mode"), py::arg("level"), py::arg("packets"));
}

}  // namespace millwright_python
