#include "filter/elliptic.hpp"

#include <cmath>

#include "millwright/numeric/math.hpp"

// Sources: Abramowitz & Stegun, chapters 16 and 17; Orfanidis, Lecture Notes on Elliptic Filter Design, 2006;
// Carlson, Numerical computation of real or complex elliptic integrals, 1995.

namespace millwright::detail {
namespace {

constexpr int most_landen_steps = 12;  // each squares the modulus, so 8 suffice down to a complement of 1e-150

/// Landen's descending transformation: k1 = (1 - k') / (1 + k'), k1' = 2 sqrt(k') / (1 + k').
modulus landen(modulus m) noexcept {
  const double t = m.k / (1.0 + m.complement);
  return {t * t, 2.0 * std::sqrt(m.complement) / (1.0 + m.complement)};
}

}  // namespace

double elliptic_k(modulus m) noexcept {
  double a = 1.0;
  double g = m.complement;
  for (int i = 0; i < 64 && std::fabs(a - g) > 0x1p-52 * a; ++i) {
    const double mean = 0.5 * (a + g);
    g = std::sqrt(a * g);
    a = mean;
  }
  return 0.5 * math::pi / a;
}

double carlson_rf(double x, double y, double z) noexcept {
  double mean = 0.0;
  double dx = 0.0;
  double dy = 0.0;
  double dz = 0.0;
  for (int i = 0; i < 600; ++i) {  // each step takes a quarter of the spread
    const double rx = std::sqrt(x);
    const double ry = std::sqrt(y);
    const double rz = std::sqrt(z);
    const double lambda = rx * ry + ry * rz + rz * rx;
    x = 0.25 * (x + lambda);
    y = 0.25 * (y + lambda);
    z = 0.25 * (z + lambda);
    mean = (x + y + z) / 3.0;
    dx = (mean - x) / mean;
    dy = (mean - y) / mean;
    dz = (mean - z) / mean;
    if (std::fabs(dx) < 2e-3 && std::fabs(dy) < 2e-3 && std::fabs(dz) < 2e-3) break;  // the series errs by the 6th power
  }
  const double e2 = dx * dy - dz * dz;
  const double e3 = dx * dy * dz;
  return (1.0 + (e2 / 24.0 - 0.1 - 3.0 * e3 / 44.0) * e2 + e3 / 14.0) / std::sqrt(mean);
}

jacobi jacobi_of_quarter(double u, modulus m) noexcept {
  modulus step[most_landen_steps];
  int steps = 0;
  for (modulus next = m; steps < most_landen_steps && next.k > 0x1p-60;) {
    next = landen(next);
    step[steps++] = next;
  }
  double sn = math::sin_pi(0.5 * u);
  double cd = math::cos_pi(0.5 * u);
  while (steps > 0) {
    const double k = step[--steps].k;
    sn = (1.0 + k) * sn / (1.0 + k * sn * sn);
    cd = (1.0 + k) * cd / (1.0 + k * cd * cd);
  }
  // dn by whichever form does not cancel.
  const double dn = sn * sn < 0.5 ? std::sqrt(1.0 - m.k * m.k * sn * sn) : m.complement / std::sqrt(1.0 - m.k * m.k * cd * cd);
  return {sn, cd * dn, dn};
}

modulus solve_degree_equation(int order, modulus k1) noexcept {
  const double quarter = elliptic_k(k1);
  const double other_quarter = elliptic_k({k1.complement, k1.k});
  const double q = math::exp(-math::pi * other_quarter / (static_cast<double>(order) * quarter));
  // The theta functions as products, which do not cancel: k' = prod ((1 - q^(2n-1)) / (1 + q^(2n-1)))^4.
  double root_of_k = 1.0;
  double root_of_complement = 1.0;
  double power = q;  // q^(2n - 1)
  for (int n = 0; n < 10000 && power > 0x1p-60; ++n) {
    root_of_k *= (1.0 + power * q) / (1.0 + power);
    root_of_complement *= (1.0 - power) / (1.0 + power);
    power *= q * q;
  }
  const auto fourth = [](double x) { return x * x * x * x; };
  return {4.0 * std::sqrt(q) * fourth(root_of_k), fourth(root_of_complement)};
}

}  // namespace millwright::detail
