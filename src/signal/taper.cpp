#include "millwright/signal/taper.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {

constexpr std::size_t most_samples = std::size_t{1} << 26;

struct kind_row {
  taper_kind kind;
  std::string_view name;
  std::string_view parameter;  // empty: it has none
  std::array<std::string_view, 5> aliases;
};

constexpr auto kinds = std::to_array<kind_row>({
    {taper_kind::boxcar, "boxcar", "", {"box", "ones", "rect", "rectangular"}},
    {taper_kind::hann, "hann", "", {"han"}},
    {taper_kind::hamming, "hamming", "", {"hamm", "ham"}},
    {taper_kind::blackman, "blackman", "", {"black", "blk"}},
    {taper_kind::blackmanharris, "blackmanharris", "", {"blackharr", "bkh"}},
    {taper_kind::flattop, "flattop", "", {"flat", "flt"}},
    {taper_kind::kaiser, "kaiser", "beta", {"ksr"}},
    {taper_kind::tukey, "tukey", "alpha", {"tuk"}},
    {taper_kind::gaussian, "gaussian", "std", {"gauss", "gss"}},
});
constexpr double default_tukey = 0.5;

const kind_row& row_of(taper_kind kind) noexcept {
  for (const auto& row : kinds) {
    if (row.kind == kind) return row;
  }
  return kinds[0];
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

error text_error(std::string_view text, const std::string& what) {
  return {errc::invalid_argument, "taper", "\"" + std::string(text) + "\" is not a taper: " + what,
          "write for example hann, boxcar, flattop, kaiser(beta=8.6), tukey(alpha=0.25) or gaussian(std=32)"};
}

/// sum of a[k] cos(2 pi k i / last), signs included.
template <std::size_t N>
double cosine_sum(const std::array<double, N>& a, std::size_t i, std::size_t last) noexcept {
  double sum = a[0];
  for (std::size_t k = 1; k < N; ++k) {
    // 2 k i / last mod 2, in integers, so that large angles lose nothing.
    const double turns = 2.0 * static_cast<double>((k * i) % last) / static_cast<double>(last);
    const double term = a[k] * math::cos_pi(turns);
    sum += k % 2 == 1 ? -term : term;
  }
  return sum;
}

double tukey_at(double alpha, std::size_t i, std::size_t last) noexcept {
  // i is at most last / 2: the rise, then the flat part.
  const double end = static_cast<double>(last);
  if (alpha <= 0.0 || static_cast<double>(i) > std::floor(0.5 * alpha * end)) return 1.0;
  const double s = math::sin_pi(static_cast<double>(i) / std::min(alpha, 1.0) / end);
  return s * s;
}

/// Terms that the series of I0 needs at x: the later ones are below 2^-60 of the sum.
std::size_t bessel_terms(double quarter_square) noexcept {
  double term = 1.0;
  double sum = 1.0;
  std::size_t k = 1;
  for (; k < 2000; ++k) {
    const double order = static_cast<double>(k);
    term *= quarter_square / (order * order);
    sum += term;
    if (term < sum * 0x1p-60) break;
  }
  return k;
}

double bessel_series(double quarter_square, std::size_t terms) noexcept {
  double sum = 1.0;
  for (std::size_t k = terms; k > 0; --k) {
    const double order = static_cast<double>(k);
    sum = 1.0 + sum * (quarter_square / (order * order));
  }
  return sum;
}

/// Value at i of a taper that runs from 0 to `last` inclusive, i <= last / 2.
class taper_shape {
 public:
  taper_shape(const taper& t, std::size_t last) noexcept : taper_(t), last_(last) {
    if (t.kind == taper_kind::kaiser) {
      quarter_beta_square_ = 0.25 * t.parameter * t.parameter;
      terms_ = bessel_terms(quarter_beta_square_);
      peak_ = bessel_series(quarter_beta_square_, terms_);
    }
  }

  [[nodiscard]] double at(std::size_t i) const noexcept {
    const double end = static_cast<double>(last_);
    switch (taper_.kind) {
      case taper_kind::boxcar: return 1.0;
      case taper_kind::hann: {
        const double s = math::sin_pi(static_cast<double>(i) / end);
        return s * s;
      }
      case taper_kind::hamming: return cosine_sum<2>({0.54, 0.46}, i, last_);
      case taper_kind::blackman: return cosine_sum<3>({0.42, 0.50, 0.08}, i, last_);
      case taper_kind::blackmanharris: return cosine_sum<4>({0.35875, 0.48829, 0.14128, 0.01168}, i, last_);
      case taper_kind::flattop: return cosine_sum<5>({0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368}, i, last_);
      case taper_kind::kaiser: {
        // 1 - (2 i / end - 1)^2 without the cancellation at the ends.
        const double x = 4.0 * static_cast<double>(i) * static_cast<double>(last_ - i) / (end * end);
        return bessel_series(quarter_beta_square_ * x, terms_) / peak_;
      }
      case taper_kind::tukey: return tukey_at(taper_.parameter, i, last_);
      case taper_kind::gaussian: {
        const double z = (static_cast<double>(i) - 0.5 * end) / taper_.parameter;
        return math::exp(-0.5 * z * z);
      }
    }
    return 1.0;
  }

 private:
  taper taper_;
  std::size_t last_;
  double quarter_beta_square_ = 0.0;
  std::size_t terms_ = 0;
  double peak_ = 1.0;
};

result<double> read_parameter(std::string_view text, std::string_view inside, const kind_row& row) {
  const std::size_t equals = inside.find('=');
  if (equals != std::string_view::npos) {
    const std::string_view name = trimmed(inside.substr(0, equals));
    if (name != row.parameter)
      return text_error(text, std::string(row.name) + " has the parameter " + std::string(row.parameter) + ", not " + std::string(name));
    inside = inside.substr(equals + 1);
  }
  inside = trimmed(inside);
  double value = 0.0;
  const auto [end, code] = std::from_chars(inside.data(), inside.data() + inside.size(), value);
  if (code != std::errc() || end != inside.data() + inside.size()) return text_error(text, "its parameter is not a number");
  return value;
}

}  // namespace

std::string_view to_string(taper_kind kind) noexcept { return row_of(kind).name; }

std::string to_string(const taper& t) {
  const kind_row& row = row_of(t.kind);
  std::string text(row.name);
  if (row.parameter.empty()) return text;
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), t.parameter).ptr;
  return text + "(" + std::string(row.parameter) + "=" + std::string(digits.data(), end) + ")";
}

result<taper> parse_taper(std::string_view text) {
  const std::string_view all = trimmed(text);
  const std::size_t open = all.find('(');
  const std::string_view name = trimmed(all.substr(0, open));
  const auto row = std::find_if(kinds.begin(), kinds.end(), [&](const kind_row& r) {
    return r.name == name || (!name.empty() && std::find(r.aliases.begin(), r.aliases.end(), name) != r.aliases.end());
  });
  if (row == kinds.end()) return text_error(text, "there is no such name");
  taper found{row->kind, 0.0};
  if (open == std::string_view::npos) {
    if (row->kind == taper_kind::tukey) {
      found.parameter = default_tukey;
    } else if (!row->parameter.empty()) {
      return text_error(text, std::string(row->name) + " needs the parameter " + std::string(row->parameter));
    }
    return found;
  }
  if (row->parameter.empty()) return text_error(text, std::string(row->name) + " has no parameter");
  if (all.back() != ')') return text_error(text, "the closing bracket is missing");
  MILLWRIGHT_TRY(found.parameter, read_parameter(text, all.substr(open + 1, all.size() - open - 2), *row));
  MILLWRIGHT_CHECK(validate_taper(found));
  return found;
}

result<void> validate_taper(const taper& t) {
  const auto bad = [&](const char* rule) { return error{errc::invalid_argument, "taper", to_string(t) + ": " + rule}; };
  if (!std::isfinite(t.parameter)) return bad("the parameter must be finite");
  if (t.kind == taper_kind::kaiser && std::fabs(t.parameter) > 700.0) return bad("beta must lie within -700 .. 700");
  if (t.kind == taper_kind::gaussian && !(t.parameter > 0.0)) return bad("std must be above 0");
  return {};
}

template <class Real>
void fill_taper(const taper& t, bool fftbins, std::span<Real> out) noexcept {
  const std::size_t n = out.size();
  if (n == 0) return;
  if (n == 1) {
    out[0] = Real(1);
    return;
  }
  // A periodic taper is a symmetric one of one sample more, the last left out.
  const std::size_t last = fftbins ? n : n - 1;
  const taper_shape shape(t, last);
  for (std::size_t i = 0; i <= last / 2; ++i) {
    const Real value = static_cast<Real>(shape.at(i));
    out[i] = value;
    if (last - i < n) out[last - i] = value;
  }
}

result<std::vector<double>> get_window(const taper& window, std::size_t nx, bool fftbins) {
  MILLWRIGHT_CHECK(validate_taper(window));
  if (nx == 0 || nx > most_samples)
    return error{errc::invalid_argument, "get_window", "a taper has 1 to 2^26 samples, not " + std::to_string(nx)};
  std::vector<double> values(nx);
  fill_taper<double>(window, fftbins, values);
  return values;
}

result<std::vector<double>> get_window(std::string_view window, std::size_t nx, bool fftbins) {
  MILLWRIGHT_TRY(const taper t, parse_taper(window));
  return get_window(t, nx, fftbins);
}

template <class Real>
taper_sums sums_of(std::span<const Real> window) noexcept {
  taper_sums sums;
  for (const Real w : window) {
    const double value = static_cast<double>(w);
    sums.sum += value;
    sums.squares += value * value;
  }
  return sums;
}

double enbw(std::span<const double> window) noexcept {
  const taper_sums sums = sums_of(window);
  if (sums.sum == 0.0) return math::nan;
  return static_cast<double>(window.size()) * sums.squares / (sums.sum * sums.sum);
}

double coherent_gain(std::span<const double> window) noexcept {
  if (window.empty()) return math::nan;
  return sums_of(window).sum / static_cast<double>(window.size());
}

result<revolution_window> window_for_revolutions(double revolutions, double hop_revolutions, double speed_rpm, double rate_hz) {
  for (const double value : {revolutions, hop_revolutions, speed_rpm, rate_hz}) {
    if (!(value > 0.0) || !std::isfinite(value))
      return error{errc::invalid_argument, "window_for_revolutions",
                   "revolutions, hop, speed and rate must be positive and finite, got " + std::to_string(value),
                   "a machine at rest has no revolutions: leave such times out"};
  }
  const double samples_per_turn = 60.0 * rate_hz / speed_rpm;
  const double length = std::floor(revolutions * samples_per_turn + 0.5);
  const double hop = std::floor(hop_revolutions * samples_per_turn + 0.5);
  if (!(std::max(length, hop) <= static_cast<double>(most_samples)))
    return error{errc::limit_exceeded, "window_for_revolutions", "the window would have " + std::to_string(length) + " samples",
                 "at most 2^26; take fewer revolutions or a minimum speed"};
  return revolution_window{static_cast<std::size_t>(std::max(length, 1.0)), static_cast<std::size_t>(std::max(hop, 1.0))};
}

double bessel_i0(double x) noexcept {
  if (!(std::fabs(x) <= 713.0)) return x != x ? x : math::infinity;
  const double quarter_square = 0.25 * x * x;
  return bessel_series(quarter_square, bessel_terms(quarter_square));
}

template void fill_taper<float>(const taper&, bool, std::span<float>) noexcept;
template void fill_taper<double>(const taper&, bool, std::span<double>) noexcept;
template taper_sums sums_of<float>(std::span<const float>) noexcept;
template taper_sums sums_of<double>(std::span<const double>) noexcept;

}  // namespace millwright
