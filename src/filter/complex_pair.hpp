// Complex arithmetic written out: std::complex multiplies and divides through library helpers.
#pragma once

#include <cmath>
#include <complex>

namespace millwright::detail {

struct cpx {
  double re = 0.0, im = 0.0;

  constexpr cpx() noexcept = default;
  constexpr cpx(double real, double imaginary = 0.0) noexcept : re(real), im(imaginary) {}  // NOLINT(google-explicit-constructor)
  explicit cpx(const std::complex<double>& z) noexcept : re(z.real()), im(z.imag()) {}
  [[nodiscard]] std::complex<double> standard() const noexcept { return {re, im}; }

  friend cpx operator+(cpx a, cpx b) noexcept { return {a.re + b.re, a.im + b.im}; }
  friend cpx operator-(cpx a, cpx b) noexcept { return {a.re - b.re, a.im - b.im}; }
  friend cpx operator-(cpx a) noexcept { return {-a.re, -a.im}; }
  friend cpx operator*(cpx a, cpx b) noexcept { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }
  friend cpx operator/(cpx a, cpx b) noexcept {
    const double square = b.re * b.re + b.im * b.im;
    return {(a.re * b.re + a.im * b.im) / square, (a.im * b.re - a.re * b.im) / square};
  }
};

[[nodiscard]] inline cpx conjugate(cpx z) noexcept { return {z.re, -z.im}; }
[[nodiscard]] inline double magnitude(cpx z) noexcept { return std::sqrt(z.re * z.re + z.im * z.im); }

/// Principal square root; conjugate arguments off the negative axis give conjugate roots.
[[nodiscard]] inline cpx square_root(cpx z) noexcept {
  if (z.re == 0.0 && z.im == 0.0) return {};
  const double t = std::sqrt(0.5 * (std::fabs(z.re) + magnitude(z)));
  const double u = 0.5 * z.im / t;
  if (z.re >= 0.0) return {t, u};
  return {std::fabs(u), z.im < 0.0 ? -t : t};
}

}  // namespace millwright::detail
