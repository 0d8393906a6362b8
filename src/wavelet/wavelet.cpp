#include "millwright/wavelet/wavelet.hpp"

#include <bit>
#include <string>

#include "core/nearest_name.hpp"

namespace millwright {

namespace {

struct table_row {
  std::string_view name;
  wavelet_family family;
  std::uint8_t length;
  std::uint16_t rec_lo, dec_lo;
  std::uint8_t moments_psi, moments_phi;
};

#include "wavelet/wavelet_tables.inc"

constexpr std::size_t count = std::size(rows);
constexpr auto all_names = [] {
  std::array<std::string_view, count> names;
  for (std::size_t i = 0; i < count; ++i) names[i] = rows[i].name;
  return names;
}();

constexpr std::string_view mode_names[] = {"zero",   "constant",      "symmetric",   "reflect",      "periodic",
                                           "smooth", "antisymmetric", "antireflect", "periodization"};

}  // namespace

std::string_view to_string(wavelet_family family) noexcept {
  constexpr std::string_view names[] = {"haar", "db", "sym", "coif", "bior", "rbio"};
  return names[static_cast<std::size_t>(family)];
}

std::string_view to_string(wavelet_mode mode) noexcept { return mode_names[static_cast<std::size_t>(mode)]; }

result<wavelet_mode> parse_wavelet_mode(std::string_view name) {
  for (std::size_t i = 0; i < std::size(mode_names); ++i) {
    if (mode_names[i] == name) return static_cast<wavelet_mode>(i);
  }
  return error(errc::invalid_argument, "wavelet mode", "there is no mode \"" + std::string(name.substr(0, 64)) + "\"",
               detail::suggestion(name, mode_names));
}

result<wavelet> wavelet::from_name(std::string_view name) {
  for (const table_row& row : rows) {
    if (row.name != name) continue;
    wavelet w;
    w.name_ = row.name;
    w.rec_lo_ = coefficients + row.rec_lo;
    w.dec_lo_ = coefficients + row.dec_lo;
    w.length_ = row.length;
    w.family_ = row.family;
    w.moments_psi_ = row.moments_psi;
    w.moments_phi_ = row.moments_phi;
    return w;
  }
  // All names would not fit into the error.
  std::string mend = detail::suggestion(name, all_names);
  const std::size_t end = mend.find("known: ");
  mend = mend.substr(0, end) + "known: haar, db1 .. db20, sym2 .. sym20, coif1 .. coif5, bior and rbio 1.1 .. 6.8, all in wavelet::names()";
  return error(errc::invalid_argument, "wavelet", "there is no wavelet \"" + std::string(name.substr(0, 64)) + "\"", mend);
}

std::span<const std::string_view> wavelet::names() noexcept { return all_names; }

std::size_t dwt_coefficient_count(std::size_t n, std::size_t length, wavelet_mode mode) noexcept {
  if (mode == wavelet_mode::periodization) return n / 2 + n % 2;
  return (n + length - 1) / 2;
}

std::size_t dwt_max_level(std::size_t n, std::size_t length) noexcept {
  if (length < 2 || n < length - 1) return 0;
  return static_cast<std::size_t>(std::bit_width(n / (length - 1))) - 1;
}

namespace detail {

result<void> check_wavelet_level(std::size_t n, const wavelet& w, std::size_t level, std::string_view where) {
  const std::size_t deepest = dwt_max_level(n, w.length());
  if (level <= deepest) return {};
  return error(errc::invalid_argument, where,
               "level " + std::to_string(level) + " is too deep for " + std::to_string(n) + " samples and " + std::string(w.name()) +
                   ": every coefficient would be one of the borders",
               "the maximum is " + std::to_string(deepest) + "; take fewer levels, a longer signal or a shorter wavelet");
}

}  // namespace detail

}  // namespace millwright
