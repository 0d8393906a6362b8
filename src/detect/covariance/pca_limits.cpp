#include "detect/covariance/pca_limits.hpp"

#include <cmath>

#include "millwright/numeric/math.hpp"
#include "statistics/quantile.hpp"

namespace millwright::detail {

residual_moments residual_moments_of(std::span<const double> left_out) noexcept {
  residual_moments m;
  for (const double v : left_out) {
    m.theta1 += v;
    m.theta2 += v * v;
    m.theta3 += v * v * v;
  }
  return m;
}

double t2_limit(std::size_t components, double rows, double confidence) noexcept {
  const double k = static_cast<double>(components);
  return k * (rows - 1.0) * (rows + 1.0) / (rows * (rows - k)) * math::f_quantile(confidence, k, rows - k);
}

double box_limit(double first, double second, double confidence) noexcept {
  if (!(first > 0.0) || !(second > 0.0)) return 0.0;
  return second / first * math::chi_square_quantile(confidence, first * first / second);
}

double jackson_mudholkar_limit(const residual_moments& m, double confidence) noexcept {
  if (!(m.theta1 > 0.0) || !(m.theta2 > 0.0)) return 0.0;
  const double h0 = 1.0 - 2.0 * m.theta1 * m.theta3 / (3.0 * m.theta2 * m.theta2);
  // With h0 < 0 the power turns the order round and takes the other tail's quantile; the two signs cancel in c h0.
  const double c = math::normal_quantile(confidence);
  const double base = 1.0 + c * h0 * std::sqrt(2.0 * m.theta2) / m.theta1 + m.theta2 * h0 * (h0 - 1.0) / (m.theta1 * m.theta1);
  const bool has_value = base > 0.0 && std::fabs(h0) > 1e-6;
  return has_value ? m.theta1 * math::exp(math::log(base) / h0) : box_limit(m.theta1, m.theta2, confidence);
}

}  // namespace millwright::detail
