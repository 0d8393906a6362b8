// Jacobi's elliptic functions of real argument, and the degree equation: what elliptic filters need.
#pragma once

namespace millwright::detail {

/// A modulus k in 0 <= k <= 1 with its complement sqrt(1 - k^2), both to full relative precision.
struct modulus {
  double k = 0.0, complement = 1.0;
};

/// Complete elliptic integral of the first kind; complement > 0.
[[nodiscard]] double elliptic_k(modulus m) noexcept;

/// Carlson's symmetric integral R_F(x, y, z), of which at most one is 0.
[[nodiscard]] double carlson_rf(double x, double y, double z) noexcept;

struct jacobi {
  double sn, cn, dn;
};
/// Jacobi's functions of u K(k), 0 <= u <= 1.
[[nodiscard]] jacobi jacobi_of_quarter(double u, modulus m) noexcept;

/// The modulus k with N K'(k) / K(k) = K'(k1) / K(k1).
[[nodiscard]] modulus solve_degree_equation(int order, modulus k1) noexcept;

}  // namespace millwright::detail
