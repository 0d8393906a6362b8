// Wavelet coefficients against PyWavelets and definitions (generate_wavelet.py).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "millwright/numeric/math.hpp"
#include "millwright/wavelet/modwt.hpp"
#include "millwright/wavelet/morlet_cwt.hpp"
#include "millwright/wavelet/wavelet_packets.hpp"
#include "support/paths.hpp"

namespace millwright {
namespace {

template <class Real>
std::vector<Real> signal(std::size_t n) {
  std::vector<Real> x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<Real>((static_cast<double>((37 * i * i + 101 * i) % 257) - 128.0) / 32.0);
  return x;
}

template <class Real>
std::vector<Real> computed(const std::string& transform, const wavelet& w, wavelet_mode mode, std::size_t level, std::size_t n) {
  const auto x = signal<Real>(n);
  std::vector<Real> all;
  const auto add = [&](std::span<const Real> band) { all.insert(all.end(), band.begin(), band.end()); };
  if (transform == "dwt") {
    const auto bands = dwt<Real>(x, w, mode).value();
    add(bands.approximation);
    add(bands.detail);
  } else if (transform == "wavedec") {
    add(wavedec<Real>(x, w, level, mode).value().coefficients);
  } else if (transform == "swt") {
    add(swt<Real>(x, w, level).value());
  } else if (transform == "modwt") {
    add(modwt<Real>(x, w, level).value());
  } else if (transform == "idwt") {
    const auto both = signal<Real>(2 * n);
    add(idwt<Real>(std::span(both).first(n), std::span(both).last(n), w, mode).value());
  } else if (transform == "iswt") {
    add(iswt<Real>(signal<Real>((level + 1) * n), w, level).value());
  } else {
    const auto order = parse_packet_order(transform.substr(transform.find('_') + 1)).value();
    const auto tree = wavelet_packets<Real>(x, w, level, mode).value();
    for (std::size_t node = 0; node < (std::size_t{1} << level); ++node) add(tree.node(level, node, order));
  }
  return all;
}

/// Real parts of the transform of a tone of 0.12 cycles a sample, then imaginary parts.
template <class Real>
std::vector<Real> transformed_tone(double scale, std::size_t n) {
  std::vector<Real> x(n), all(2 * n);
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<Real>(math::cos_pi(0.24 * static_cast<double>(i)));
  const auto row = cwt<Real>(x, std::span<const double>(&scale, 1)).value();
  for (std::size_t i = 0; i < n; ++i) {
    all[i] = row[i].real();
    all[n + i] = row[i].imag();
  }
  return all;
}

template <class Real>
void expect_agreement(const std::vector<Real>& found, const std::vector<double>& expected, double tolerance, const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  double largest = 1.0;
  for (const double v : expected) largest = std::fmax(largest, std::fabs(v));
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], tolerance * largest) << what << ", value " << i;
}

TEST(wavelet_golden, coefficients_are_those_of_pywavelets) {
  std::ifstream file(test::source_file("tests/golden/wavelet_reference.csv"));
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    std::string transform, name, mode_name, level, n;
    for (std::string* field : {&transform, &name, &mode_name, &level, &n}) std::getline(fields, *field, ',');
    std::vector<double> expected;
    for (std::string value; std::getline(fields, value, ',');) expected.push_back(std::strtod(value.c_str(), nullptr));
    const std::string what = line.substr(0, line.find(n + ",") + n.size());
    const std::size_t levels = std::stoul(level);
    const std::size_t samples = std::stoul(n);
    ++count;
    if (transform == "cwt") {
      expect_agreement(transformed_tone<double>(static_cast<double>(levels), samples), expected, 1e-13, what);
      expect_agreement(transformed_tone<float>(static_cast<double>(levels), samples), expected, 2e-6, what + " (float)");
      continue;
    }
    const wavelet w = wavelet::from_name(name).value();
    const wavelet_mode mode = parse_wavelet_mode(mode_name).value();
    expect_agreement(computed<double>(transform, w, mode, levels, samples), expected, 1e-13, what);
    expect_agreement(computed<float>(transform, w, mode, levels, samples), expected, 2e-6, what + " (float)");
  }
  EXPECT_EQ(count, 133u);
}

}  // namespace
}  // namespace millwright
