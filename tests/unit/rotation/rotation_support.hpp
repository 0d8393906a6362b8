// Run-ups whose angle is known in closed form.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "millwright/numeric/math.hpp"
#include "millwright/numeric/random.hpp"

namespace millwright::test {

/// Speed rising linearly from `from_hz` to `to_hz` (turns a second).
struct run_up {
  double rate_hz = 10'000.0;
  double seconds = 10.0;
  double from_hz = 10.0;
  double to_hz = 30.0;

  [[nodiscard]] std::size_t samples() const { return static_cast<std::size_t>(rate_hz * seconds); }
  [[nodiscard]] double slope() const { return (to_hz - from_hz) / seconds; }
  [[nodiscard]] double turns(double t) const { return from_hz * t + 0.5 * slope() * t * t; }
  [[nodiscard]] double hz(double t) const { return from_hz + slope() * t; }
  /// The time at which `n` turns are done.
  [[nodiscard]] double time_of(double n) const { return (std::sqrt(from_hz * from_hz + 2.0 * slope() * n) - from_hz) / slope(); }

  /// Amplitude 1 at `order`.
  template <class Real>
  [[nodiscard]] std::vector<Real> component(double order) const {
    std::vector<Real> x(samples());
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = static_cast<Real>(math::cos_pi(2.0 * order * turns(static_cast<double>(i) / rate_hz)));
    }
    return x;
  }
  /// A tacho with sloping edges: its rising edge crosses 0.5 at every 1 / pulses of a turn.
  template <class Real>
  [[nodiscard]] std::vector<Real> tacho(double pulses = 1.0) const {
    std::vector<Real> x(samples());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double phase = pulses * turns(static_cast<double>(i) / rate_hz);
      const double part = phase - std::floor(phase + 0.5);  // 0 at the edge
      const double edge = 0.5 + 20.0 * part;
      x[i] = static_cast<Real>(part > 0.25 ? std::fmax(0.0, 1.0 - 20.0 * (part - 0.25)) : std::fmin(1.0, std::fmax(0.0, edge)));
    }
    return x;
  }
};

template <class Real>
std::vector<Real> noise(std::size_t count, double sigma, std::uint64_t seed) {
  random_stream random(seed, 0);
  std::vector<Real> x(count);
  for (Real& v : x) v = static_cast<Real>(sigma * random.normal());
  return x;
}

}  // namespace millwright::test
