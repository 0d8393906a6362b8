// Transforms of the rows of an array, for millwright.fft, which has arranged axes, lengths and types.

#include <complex>

#include "bindings.hpp"
#include "millwright/numeric/fft.hpp"

namespace millwright_python {

namespace {

template <class T>
using rows_of = py::array_t<T, py::array::c_style>;

/// Calls run(transform, in, in_stride, count, out, out_stride) without the GIL; `width` values of each row of x are read.
template <class Transform, class In, class Out, class Run>
py::array_t<Out> transform_rows(const rows_of<In>& x, std::size_t n, std::size_t width, std::size_t out_width, Run run) {
  if (x.ndim() != 2 || static_cast<std::size_t>(x.shape(1)) < width) {
    throw py::value_error("expected an array of shape (rows, at least " + std::to_string(width) + ")");
  }
  auto fft = unwrap(mw::fft_lease<Transform>::borrow(n));
  py::array_t<Out> out({x.shape(0), static_cast<py::ssize_t>(out_width)});
  const In* const in = x.data();
  Out* const bins = out.mutable_data();
  const auto stride = static_cast<std::size_t>(x.shape(1));
  const auto count = static_cast<std::size_t>(x.shape(0));
  {
    py::gil_scoped_release unlocked;
    run(*fft, in, stride, count, bins, out_width);
  }
  return out;
}

template <class Real>
py::array_t<std::complex<Real>> rfft(const rows_of<Real>& x, std::size_t n) {
  return transform_rows<mw::real_fft<Real>, Real, std::complex<Real>>(
      x, n, n, n / 2 + 1,
      [](auto& fft, auto* in, auto stride, auto count, auto* out, auto bins) { fft.forward_batch(in, stride, count, out, bins); });
}

template <class Real>
py::array_t<Real> irfft(const rows_of<std::complex<Real>>& x, std::size_t n) {
  return transform_rows<mw::real_fft<Real>, std::complex<Real>, Real>(
      x, n, n / 2 + 1, n,
      [](auto& fft, auto* in, auto stride, auto count, auto* out, auto size) { fft.inverse_batch(in, stride, count, out, size); });
}

template <class Real>
py::array_t<std::complex<Real>> fft(const rows_of<std::complex<Real>>& x, std::size_t n) {
  return transform_rows<mw::complex_fft<Real>, std::complex<Real>, std::complex<Real>>(
      x, n, n, n, [](auto& fft, auto* in, auto stride, auto count, auto* out, auto size) {
        for (std::size_t i = 0; i < count; ++i) fft.forward(in + i * stride, out + i * size);
      });
}

template <class Real>
py::array_t<std::complex<Real>> ifft(const rows_of<std::complex<Real>>& x, std::size_t n) {
  return transform_rows<mw::complex_fft<Real>, std::complex<Real>, std::complex<Real>>(
      x, n, n, n, [](auto& fft, auto* in, auto stride, auto count, auto* out, auto size) {
        for (std::size_t i = 0; i < count; ++i) fft.inverse(in + i * stride, out + i * size);
      });
}

template <class Real>
void bind_precision(py::module_& m) {
  const auto x = [] { return py::arg("x").noconvert(); };
  m.def("rfft", &rfft<Real>, x(), py::arg("n"));
  m.def("irfft", &irfft<Real>, x(), py::arg("n"));
  m.def("fft", &fft<Real>, x(), py::arg("n"));
  m.def("ifft", &ifft<Real>, x(), py::arg("n"));
}

}  // namespace

void bind_fft(py::module_& m) {
  bind_precision<float>(m);
  bind_precision<double>(m);
}

}  // namespace millwright_python
