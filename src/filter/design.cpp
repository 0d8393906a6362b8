#include "millwright/filter/design.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "filter/complex_pair.hpp"
#include "filter/elliptic.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {
namespace {

using detail::cpx;

constexpr const char* here = "filter design";

struct analog_filter {
  std::vector<cpx> zeros, poles;
  double gain = 1.0;
};

cpx product_of_negatives(const std::vector<cpx>& values) noexcept {
  cpx product = 1.0;
  for (const cpx v : values) product = product * -v;
  return product;
}

/// 10^x - 1 without cancellation.
double pow10m1(double x) noexcept { return math::expm1(x * 2.302585092994046); }

// --- analog prototypes: lowpass, corner at 1 rad/s ------------------------------------------------------------------------

analog_filter butterworth_prototype(int order) {
  analog_filter f;
  for (int m = 1 - order; m < order; m += 2) {
    const double t = static_cast<double>(m) / (2.0 * order);
    f.poles.push_back({-math::cos_pi(t), -math::sin_pi(t)});
  }
  return f;
}

analog_filter chebyshev1_prototype(int order, double ripple_db) {
  analog_filter f;
  const double eps = std::sqrt(pow10m1(0.1 * ripple_db));
  const double mu = math::asinh(1.0 / eps) / order;
  const double s = math::sinh(mu);
  const double c = math::cosh(mu);
  for (int m = 1 - order; m < order; m += 2) {
    const double t = static_cast<double>(m) / (2.0 * order);
    f.poles.push_back({-s * math::cos_pi(t), -c * math::sin_pi(t)});
  }
  f.gain = product_of_negatives(f.poles).re;
  if (order % 2 == 0) f.gain /= std::sqrt(1.0 + eps * eps);
  return f;
}

analog_filter chebyshev2_prototype(int order, double attenuation_db) {
  analog_filter f;
  const double inverse_eps = std::sqrt(pow10m1(0.1 * attenuation_db));
  const double mu = math::asinh(inverse_eps) / order;
  const double s = math::sinh(mu);
  const double c = math::cosh(mu);
  for (int m = 1 - order; m < order; m += 2) {
    const double t = static_cast<double>(m) / (2.0 * order);
    if (m != 0) f.zeros.push_back({0.0, 1.0 / math::sin_pi(t)});
    f.poles.push_back(cpx(1.0) / cpx(-s * math::cos_pi(t), -c * math::sin_pi(t)));
  }
  f.gain = (product_of_negatives(f.poles) / product_of_negatives(f.zeros)).re;
  return f;
}

/// Poles j cd(u - j v) and zeros j / (k sn(u)) of Cauer's filter, in real arithmetic: Jacobi's functions of u with modulus k and of
/// v with its complement, v from the ripple by an incomplete integral (Carlson's form).
analog_filter elliptic_prototype(int order, double ripple_db, double attenuation_db) {
  analog_filter f;
  const double eps_squared = pow10m1(0.1 * ripple_db);
  if (order == 1) {
    f.poles.push_back(-std::sqrt(1.0 / eps_squared));
    f.gain = -f.poles[0].re;
    return f;
  }
  const double k1_squared = eps_squared / pow10m1(0.1 * attenuation_db);
  const detail::modulus k1{std::sqrt(k1_squared), std::sqrt(1.0 - k1_squared)};
  const detail::modulus k = detail::solve_degree_equation(order, k1);
  const detail::modulus k_swapped{k.complement, k.k};
  const double v = detail::carlson_rf(eps_squared, eps_squared + k1_squared, 1.0 + eps_squared) / detail::elliptic_k({k1.complement, k1.k});
  const detail::jacobi side = detail::jacobi_of_quarter(v, k_swapped);
  for (int j = 1 - order % 2; j < order; j += 2) {
    const detail::jacobi at = detail::jacobi_of_quarter(static_cast<double>(j) / order, k);
    if (j > 0) {
      const double zero = 1.0 / (k.k * at.sn);
      f.zeros.push_back({0.0, zero});
      f.zeros.push_back({0.0, -zero});
    }
    const double square = 1.0 - at.dn * side.sn * (at.dn * side.sn);
    const cpx pole{-at.cn * at.dn * side.sn * side.cn / square, -at.sn * side.dn / square};
    f.poles.push_back(j == 0 ? cpx(pole.re) : pole);
    if (j > 0) f.poles.push_back(conjugate(pole));
  }
  f.gain = (product_of_negatives(f.poles) / product_of_negatives(f.zeros)).re;
  if (order % 2 == 0) f.gain /= std::sqrt(1.0 + eps_squared);
  return f;
}

// --- band transformations -------------------------------------------------------------------------------------------------

double power(double x, std::size_t n) noexcept {
  double p = 1.0;
  for (std::size_t i = 0; i < n; ++i) p *= x;
  return p;
}

void scale_to_lowpass(analog_filter& f, double corner) {
  for (cpx& z : f.zeros) z = corner * z;
  for (cpx& p : f.poles) p = corner * p;
  f.gain *= power(corner, f.poles.size() - f.zeros.size());
}

void to_highpass(analog_filter& f, double corner) {
  const std::size_t degree = f.poles.size() - f.zeros.size();
  f.gain *= (product_of_negatives(f.zeros) / product_of_negatives(f.poles)).re;
  for (cpx& z : f.zeros) z = cpx(corner) / z;
  for (cpx& p : f.poles) p = cpx(corner) / p;
  f.zeros.insert(f.zeros.end(), degree, cpx(0.0));
}

/// Each value s becomes the two roots of x^2 - 2 s x + centre^2.
std::vector<cpx> split_about(const std::vector<cpx>& values, double centre) {
  std::vector<cpx> upper;
  std::vector<cpx> lower;
  for (const cpx s : values) {
    const cpx root = square_root(s * s - cpx(centre * centre));
    upper.push_back(s + root);
    lower.push_back(s - root);
  }
  upper.insert(upper.end(), lower.begin(), lower.end());
  return upper;
}

void to_bandpass(analog_filter& f, double centre, double width) {
  const std::size_t degree = f.poles.size() - f.zeros.size();
  for (cpx& z : f.zeros) z = 0.5 * width * z;
  for (cpx& p : f.poles) p = 0.5 * width * p;
  f.zeros = split_about(f.zeros, centre);
  f.poles = split_about(f.poles, centre);
  f.zeros.insert(f.zeros.end(), degree, cpx(0.0));
  f.gain *= power(width, degree);
}

void to_bandstop(analog_filter& f, double centre, double width) {
  const std::size_t degree = f.poles.size() - f.zeros.size();
  f.gain *= (product_of_negatives(f.zeros) / product_of_negatives(f.poles)).re;
  for (cpx& z : f.zeros) z = cpx(0.5 * width) / z;
  for (cpx& p : f.poles) p = cpx(0.5 * width) / p;
  f.zeros = split_about(f.zeros, centre);
  f.poles = split_about(f.poles, centre);
  f.zeros.insert(f.zeros.end(), degree, cpx(0.0, centre));
  f.zeros.insert(f.zeros.end(), degree, cpx(0.0, -centre));
}

/// s = 4 (z - 1) / (z + 1): the bilinear transformation at a rate of 2.
zpk bilinear(const analog_filter& f) {
  constexpr double twice_rate = 4.0;
  zpk digital;
  cpx above = 1.0;
  cpx below = 1.0;
  for (const cpx z : f.zeros) {
    digital.zeros.push_back(((twice_rate + z) / (twice_rate - z)).standard());
    above = above * (twice_rate - z);
  }
  for (const cpx p : f.poles) {
    digital.poles.push_back(((twice_rate + p) / (twice_rate - p)).standard());
    below = below * (twice_rate - p);
  }
  digital.zeros.insert(digital.zeros.end(), f.poles.size() - f.zeros.size(), -1.0);
  digital.gain = f.gain * (above / below).re;
  return digital;
}

result<void> check(const filter_spec& s) {
  const auto fail = [](std::string_view what, std::string_view mend) { return error(errc::invalid_argument, here, what, mend); };
  if (s.order < 1 || s.order > max_filter_order) {
    return fail("the order of a filter must be 1 to " + std::to_string(max_filter_order) + ", not " + std::to_string(s.order),
                "cascade two filters when one of the largest order is not steep enough");
  }
  if (!(s.rate_hz > 0.0) || !std::isfinite(s.rate_hz)) return fail("the sampling rate must be positive", "give samples per second");
  const bool uses_low = s.band != filter_band::lowpass;
  const bool uses_high = s.band != filter_band::highpass;
  const auto inside = [&](double edge) { return edge > 0.0 && edge < 0.5 * s.rate_hz; };
  if ((uses_low && !inside(s.low_hz)) || (uses_high && !inside(s.high_hz)) || (uses_low && uses_high && !(s.low_hz < s.high_hz))) {
    std::string what = "band edges";
    if (uses_low) what += " low_hz = " + std::to_string(s.low_hz);
    if (uses_high) what += " high_hz = " + std::to_string(s.high_hz);
    return fail(what + " do not fit a sampling rate of " + std::to_string(s.rate_hz) + " Hz",
                "edges must lie strictly between 0 and half the rate, the lower one below the upper one");
  }
  const bool ripples = s.family == filter_family::chebyshev1 || s.family == filter_family::elliptic;
  const bool attenuates = s.family == filter_family::chebyshev2 || s.family == filter_family::elliptic;
  if (ripples && !(s.ripple_db > 0.0 && s.ripple_db <= 100.0))
    return fail("ripple_db must be above 0 and at most 100", "0.05 to 3 is usual");
  if (attenuates && !(s.attenuation_db > 0.0 && s.attenuation_db <= 300.0)) {
    return fail("attenuation_db must be above 0 and at most 300", "40 to 80 is usual");
  }
  if (ripples && attenuates && !(s.attenuation_db > s.ripple_db)) {
    return fail("attenuation_db must be larger than ripple_db", "40 to 80 dB against 0.05 to 3 dB is usual");
  }
  return {};
}

std::string shortest(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

/// A design that came out with poles on or beyond the unit circle, or not finite.
error out_of_digits(const filter_spec& s) {
  std::string what = "a filter of order " + std::to_string(s.order) + " with the edge";
  if (s.band != filter_band::lowpass) what += " " + shortest(s.low_hz);
  if (s.band != filter_band::highpass) what += " " + shortest(s.high_hz);
  return {errc::invalid_argument, here, what + " Hz has no stable coefficients at " + shortest(s.rate_hz) + " Hz",
          "lower the order, or decimate first: an edge must not lie that near to 0 or half the rate, nor to the other edge"};
}

/// Inside the triangle of a1 and a2, by `margin`, in which the poles lie inside the unit circle.
bool is_stable_by(const sos_section& s, double margin) noexcept {
  return std::isfinite(s.b0) && std::isfinite(s.b1) && std::isfinite(s.b2) && 1.0 - std::fabs(s.a2) > margin &&
         1.0 + s.a2 - std::fabs(s.a1) > margin;
}

// --- second-order sections -------------------------------------------------------------------------------------------------

/// Values with positive imaginary part (one of each pair) in order of real part, then the real ones in order.
struct split_values {
  std::vector<cpx> kept;
  bool is_paired = true;
};

bool is_real(cpx z) noexcept { return z.im == 0.0; }

split_values one_of_each_pair(const std::vector<std::complex<double>>& values) {
  constexpr double tolerance = 100.0 * 0x1p-52;
  split_values split;
  std::vector<cpx> up;
  std::vector<cpx> down;
  std::vector<cpx> real;
  for (const auto& v : values) {
    const cpx z(v);
    if (std::fabs(z.im) <= tolerance * magnitude(z)) {
      real.push_back({z.re, 0.0});
    } else if (z.im > 0.0) {
      up.push_back(z);
    } else {
      down.push_back(conjugate(z));
    }
  }
  const auto by_real = [](cpx a, cpx b) { return a.re != b.re ? a.re < b.re : a.im < b.im; };
  const auto by_imaginary = [](cpx a, cpx b) { return a.im != b.im ? a.im < b.im : a.re < b.re; };
  for (auto* half : {&up, &down}) {
    std::sort(half->begin(), half->end(), by_real);
    // Values of nearly the same real part go by their imaginary part, so that rounding does not separate conjugates.
    for (std::size_t i = 0; i < half->size();) {
      std::size_t end = i + 1;
      while (end < half->size() && (*half)[end].re - (*half)[end - 1].re <= tolerance * magnitude((*half)[end - 1])) ++end;
      std::sort(half->begin() + static_cast<std::ptrdiff_t>(i), half->begin() + static_cast<std::ptrdiff_t>(end), by_imaginary);
      i = end;
    }
  }
  std::sort(real.begin(), real.end(), by_real);
  split.is_paired = up.size() == down.size();
  for (std::size_t i = 0; split.is_paired && i < up.size(); ++i) {
    if (magnitude(up[i] - down[i]) > tolerance * magnitude(up[i])) split.is_paired = false;
    split.kept.push_back(0.5 * (up[i] + down[i]));
  }
  split.kept.insert(split.kept.end(), real.begin(), real.end());
  return split;
}

cpx take(std::vector<cpx>& from, std::size_t at) {
  const cpx value = from[at];
  from.erase(from.begin() + static_cast<std::ptrdiff_t>(at));
  return value;
}

enum class wanted : std::uint8_t { any, real };

/// Index of the value that `cost` makes smallest; the first of equals. values.size() when none fits.
template <class Cost>
std::size_t smallest(const std::vector<cpx>& values, wanted kind, Cost cost) {
  std::size_t best = values.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if ((kind == wanted::any || is_real(values[i])) && (best == values.size() || cost(values[i]) < cost(values[best]))) best = i;
  }
  return best;
}
std::size_t nearest_to(const std::vector<cpx>& values, cpx target, wanted kind = wanted::any) {
  return smallest(values, kind, [target](cpx z) { return magnitude(z - target); });
}
std::size_t nearest_to_circle(const std::vector<cpx>& values, wanted kind = wanted::any) {
  return smallest(values, kind, [](cpx z) { return std::fabs(1.0 - magnitude(z)); });
}

/// (1 - a z^-1)(1 - b z^-1) for both real or a conjugate pair.
struct quadratic {
  double first, second;
};
quadratic multiply_out(cpx a, cpx b) noexcept { return {-(a.re + b.re), a.re * b.re - a.im * b.im}; }

}  // namespace

bool is_stable(const sos_section& section) noexcept { return is_stable_by(section, 0.0); }

result<zpk> design_zpk(const filter_spec& spec) {
  MILLWRIGHT_CHECK(check(spec));
  const int order = static_cast<int>(spec.order);
  analog_filter f;
  switch (spec.family) {
    case filter_family::butterworth: f = butterworth_prototype(order); break;
    case filter_family::chebyshev1: f = chebyshev1_prototype(order, spec.ripple_db); break;
    case filter_family::chebyshev2: f = chebyshev2_prototype(order, spec.attenuation_db); break;
    case filter_family::elliptic: f = elliptic_prototype(order, spec.ripple_db, spec.attenuation_db); break;
  }
  const auto warped = [&](double edge_hz) { return 4.0 * math::tan_pi(edge_hz / spec.rate_hz); };
  const double low = warped(spec.low_hz);
  const double high = warped(spec.high_hz);
  switch (spec.band) {
    case filter_band::lowpass: scale_to_lowpass(f, high); break;
    case filter_band::highpass: to_highpass(f, low); break;
    case filter_band::bandpass: to_bandpass(f, std::sqrt(low * high), high - low); break;
    case filter_band::bandstop: to_bandstop(f, std::sqrt(low * high), high - low); break;
  }
  zpk digital = bilinear(f);
  const auto is_finite = [](std::complex<double> v) { return std::isfinite(v.real()) && std::isfinite(v.imag()); };
  if (!std::isfinite(digital.gain) || !std::all_of(digital.zeros.begin(), digital.zeros.end(), is_finite) ||
      !std::all_of(digital.poles.begin(), digital.poles.end(), is_finite)) {
    return out_of_digits(spec);
  }
  return digital;
}

result<std::vector<sos_section>> zpk_to_sos(const zpk& filter) {
  auto all_zeros = filter.zeros;
  auto all_poles = filter.poles;
  if (all_zeros.empty() && all_poles.empty()) return std::vector<sos_section>{{filter.gain, 0.0, 0.0, 0.0, 0.0}};
  const std::size_t sections = (std::max(all_zeros.size(), all_poles.size()) + 1) / 2;
  all_zeros.resize(2 * sections);
  all_poles.resize(2 * sections);
  split_values z = one_of_each_pair(all_zeros);
  split_values p = one_of_each_pair(all_poles);
  if (!z.is_paired || !p.is_paired) {
    return error(errc::invalid_argument, here, "complex zeros and poles must come in conjugate pairs", "give both of each pair");
  }
  auto& zeros = z.kept;
  auto& poles = p.kept;
  std::vector<sos_section> sos(sections);
  for (std::size_t s = sections; s-- > 0;) {
    const cpx p1 = take(poles, nearest_to_circle(poles));
    // Padding made the totals even, so real values are even in number too and can be taken two by two.
    const cpx p2 = is_real(p1) ? take(poles, nearest_to_circle(poles, wanted::real)) : conjugate(p1);
    const cpx z1 = take(zeros, nearest_to(zeros, p1));
    const cpx z2 = is_real(z1) ? take(zeros, nearest_to(zeros, p1, wanted::real)) : conjugate(z1);
    const quadratic above = multiply_out(z1, z2);
    const quadratic below = multiply_out(p1, p2);
    sos[s] = {1.0, above.first, above.second, below.first, below.second};
  }
  sos[0].b0 *= filter.gain;
  sos[0].b1 *= filter.gain;
  sos[0].b2 *= filter.gain;
  return sos;
}

result<std::vector<sos_section>> design_sos(const filter_spec& spec) {
  MILLWRIGHT_TRY(const zpk filter, design_zpk(spec));
  MILLWRIGHT_TRY(auto sections, zpk_to_sos(filter));
  // Nearer to the unit circle the coefficients have too few digits left to say where a pole is: the gain is wrong by a per cent and more.
  const auto is_sound = [](const sos_section& s) { return is_stable_by(s, 1e-14); };
  if (!std::all_of(sections.begin(), sections.end(), is_sound)) return out_of_digits(spec);
  return sections;
}

std::complex<double> sos_response(std::span<const sos_section> sections, double frequency) noexcept {
  const cpx z1{math::cos_pi(2.0 * frequency), -math::sin_pi(2.0 * frequency)};
  const cpx z2{math::cos_pi(4.0 * frequency), -math::sin_pi(4.0 * frequency)};
  cpx response = 1.0;
  for (const sos_section& s : sections) {
    response = response * ((s.b0 + s.b1 * z1 + s.b2 * z2) / (1.0 + s.a1 * z1 + s.a2 * z2));
  }
  return response.standard();
}

result<std::vector<sos_state>> sos_steady_state(std::span<const sos_section> sections) {
  std::vector<sos_state> states;
  double level = 1.0;  // what arrives at the section
  for (const sos_section& s : sections) {
    const double below = 1.0 + s.a1 + s.a2;
    if (below == 0.0 || !std::isfinite(below)) {
      return error(errc::invalid_argument, here, "a section with a pole at z = 1 has no steady state", "start the filter at rest");
    }
    const double from_first = s.b1 - s.a1 * s.b0;
    const double s0 = (from_first + (s.b2 - s.a2 * s.b0)) / below;
    states.push_back({level * s0, level * ((1.0 + s.a1) * s0 - from_first)});
    level *= (s.b0 + s.b1 + s.b2) / below;
  }
  return states;
}

}  // namespace millwright
