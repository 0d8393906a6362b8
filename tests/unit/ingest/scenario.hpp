// Streams with everything that goes wrong in the field, shared by the conformance tests of framing, condition stages and the front.
#pragma once

#include <array>
#include <cmath>
#include <limits>

#include "unit/ingest/ingest_support.hpp"

namespace ingest_test {

/// A stream as a driver would deliver it: groups in turn, with everything that goes wrong in the field.
struct scenario {
  window_policy settings;
  std::vector<channel> channels;
  std::vector<samples> deliveries;
};

inline scenario random_scenario(std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  const auto share = [&] { return std::uniform_real_distribution<double>(0.0, 1.0)(random); };
  scenario s;
  window_policy& w = s.settings;
  w.length = pick(0, 1) == 0 ? std::vector<std::string>{"100"} : std::vector<std::string>{"64", "500ms"};
  w.hop = std::array<std::optional<std::string>, 4>{std::nullopt, "17", "33.3ms", "1"}[static_cast<std::size_t>(pick(0, 3))];
  w.min_valid_share = 0.9;
  if (pick(0, 1) != 0) w.clock.max_gap_s = 0.3;
  if (pick(0, 1) != 0) w.clock.max_lag_s = 0.25;
  w.clock.stuck_after_vibration = pick(0, 2) == 0 ? 5 : 40;
  const std::array<double, 3> rates = {200.0, 11.0, 70.0};
  const auto groups = static_cast<std::size_t>(pick(1, 3));
  for (std::size_t g = 0; g < groups; ++g) {
    for (int c = pick(1, 2); c > 0; --c) {
      channel made = make_channel("c" + std::to_string(s.channels.size()), rates[g]);
      if (pick(0, 1) == 0) made.range_high = 0.95;
      s.channels.push_back(made);
    }
  }
  std::vector<time_ns> now(groups, 100 * second);
  std::vector<std::size_t> width(groups, 0);
  for (const channel& c : s.channels) {
    for (std::size_t g = 0; g < groups; ++g) width[g] += c.rate_hz == rates[g] ? 1u : 0u;
  }
  std::vector<bool> begun(groups, false);
  for (int turn = 0; turn < 60; ++turn) {
    const auto g = static_cast<std::size_t>(pick(0, static_cast<int>(groups) - 1));
    const double period = 1e9 / rates[g];
    samples d;
    d.group = g;
    d.channels = width[g];
    const auto n = static_cast<std::size_t>(1.0 + share() * 0.6 * rates[g]);
    bool stuck = false;
    for (std::size_t i = 0; i < n; ++i) {
      if (share() < 0.01) stuck = !stuck;
      for (std::size_t c = 0; c < d.channels; ++c) {
        float v = stuck ? 0.25F : static_cast<float>(share());
        if (share() < 0.01) v = std::numeric_limits<float>::quiet_NaN();
        if (share() < 0.002) v = std::numeric_limits<float>::infinity();
        d.values.push_back(v);
      }
    }
    const double fate = share();
    if (fate < 0.1) now[g] += static_cast<time_ns>(share() * 1.0e9);   // a gap
    if (fate > 0.95) now[g] -= static_cast<time_ns>(share() * 3.0e9);  // late, or set back
    if (fate > 0.93 && fate < 0.95) now[g] = now[0];
    const int kind = begun[g] ? pick(0, 2) : 1;
    begun[g] = true;
    if (kind == 1) d.start = now[g];
    if (kind == 2) {
      for (std::size_t i = 0; i < n; ++i) {
        const double wander = (share() - 0.5) * 0.6;
        d.stamps.push_back(now[g] + static_cast<time_ns>((static_cast<double>(i) + wander) * period));
        if (share() < 0.01) d.stamps.back() = d.stamps.front();
        if (share() < 0.005) d.stamps.back() = continues_previous;
        if (share() < 0.005) d.stamps.back() += static_cast<time_ns>(share() * 0.5e9);
      }
    }
    now[g] += static_cast<time_ns>(static_cast<double>(n) * period);
    s.deliveries.push_back(std::move(d));
  }
  return s;
}

/// Runs a scenario with blocks of the size that `next_size` says.
template <class NextSize>
void run(rig& r, const scenario& s, NextSize&& next_size) {
  for (const samples& d : s.deliveries) {
    for (std::size_t at = 0; at < d.size();) {
      const std::size_t n = std::min<std::size_t>(next_size(), d.size() - at);
      r.push(d.cut(at, n));
      at += n;
    }
  }
}

inline std::vector<std::uint64_t> values_of(const clock_counters& c) {
  std::vector<std::uint64_t> out;
  for (const auto& [name, member] : clock_counters::list()) out.push_back(c.*member);
  return out;
}

}  // namespace ingest_test
