#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <tuple>
#include <vector>

#include "millwright/core/signal_stage.hpp"
#include "millwright/numeric/cpu.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/numeric/random.hpp"
#include "millwright/wavelet/dwt_stage.hpp"
#include "millwright/wavelet/modwt_stage.hpp"
#include "millwright/wavelet/morlet_cwt.hpp"
#include "millwright/wavelet/wavelet_packets.hpp"
#include "millwright/wavelet/wavelet_transform.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

constexpr wavelet_mode every_mode[] = {wavelet_mode::zero,          wavelet_mode::constant,    wavelet_mode::symmetric,
                                       wavelet_mode::reflect,       wavelet_mode::periodic,    wavelet_mode::smooth,
                                       wavelet_mode::antisymmetric, wavelet_mode::antireflect, wavelet_mode::periodization};

wavelet named(std::string_view name) { return test::must(wavelet::from_name(name)); }

template <class Real>
std::vector<Real> noise(std::size_t n) {
  random_stream random(5, n);
  std::vector<Real> x(n);
  for (auto& v : x) v = static_cast<Real>(random.normal());
  return x;
}

template <class Real>
bool same_bits(const std::vector<Real>& a, const std::vector<Real>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(Real)) == 0;
}

template <class Real>
double energy(const std::vector<Real>& x) {
  double sum = 0.0;
  for (const Real v : x) sum += static_cast<double>(v) * static_cast<double>(v);
  return sum;
}

TEST(wavelet, orthogonal_filters_are_orthonormal) {
  for (const auto name : wavelet::names()) {
    const wavelet w = named(name);
    ASSERT_LE(w.length(), wavelet::longest);
    double cross = 0.0, low = 0.0, sum = 0.0;
    for (std::size_t i = 0; i < w.length(); ++i) {
      cross += w.dec_lo(i) * w.rec_hi(w.length() - 1 - i);
      low += w.dec_lo(i) * w.rec_lo(w.length() - 1 - i);
      sum += w.rec_lo(i);
    }
    EXPECT_NEAR(cross, 0.0, 1e-10) << name;
    EXPECT_NEAR(low, 1.0, 1e-10) << name;
    EXPECT_NEAR(sum, std::sqrt(2.0), 1e-9) << name;
  }
}

TEST(wavelet, unknown_names_are_refused_with_the_nearest) {
  EXPECT_NE(wavelet::from_name("db44").error().message().find("did you mean \"db4\""), std::string::npos);
  EXPECT_NE(parse_wavelet_mode("perodization").error().message().find("periodization"), std::string::npos);
}

TEST(dwt, every_mode_comes_back_for_every_short_length) {
  for (const auto name : wavelet::names()) {
    const wavelet w = named(name);
    for (const wavelet_mode mode : every_mode) {
      for (std::size_t n = 1; n <= 130; ++n) {
        const auto x = noise<double>(n);
        const auto bands = test::must(dwt<double>(x, w, mode));
        const auto back = test::must(idwt<double>(bands.approximation, bands.detail, w, mode));
        ASSERT_EQ(back.size(), n + n % 2) << name << " " << to_string(mode);
        // Smooth goes on along a straight line, far away from the signal; its error is that of its coefficients.
        double largest = 1.0;
        if (mode == wavelet_mode::smooth) {
          for (const double v : bands.approximation) largest = std::fmax(largest, std::fabs(v));
        }
        for (std::size_t i = 0; i < n; ++i) ASSERT_NEAR(back[i], x[i], 1e-10 * largest) << name << " " << to_string(mode) << " " << n;
      }
    }
  }
}

TEST(dwt, levels_come_back_and_too_many_are_refused) {
  for (const wavelet_mode mode : every_mode) {
    for (const std::size_t n : {57ul, 64ul, 1001ul}) {
      const auto x = noise<double>(n);
      const auto bands = test::must(wavedec<double>(x, named("sym4"), dwt_max_level(n, 8), mode));
      const auto back = test::must(waverec(bands, named("sym4"), mode));
      ASSERT_EQ(back.size(), n);
      for (std::size_t i = 0; i < n; ++i) ASSERT_NEAR(back[i], x[i], 1e-10) << to_string(mode);
    }
  }
  EXPECT_EQ(dwt_max_level(1000, 8), 7u);
  EXPECT_NE(wavedec<double>(noise<double>(100), named("db4"), 4).error().message().find("maximum is 3"), std::string::npos);
  EXPECT_FALSE(dwt<double>({}, named("db4")));
}

template <class Real>
void expect_equal_levels() {
  const kernel_level before = active_kernel_level();
  const auto run = [] {
    std::vector<Real> all;
    const auto add = [&](const auto& values) { all.insert(all.end(), values.begin(), values.end()); };
    for (const char* name : {"haar", "db4", "bior5.5", "db20"}) {
      for (const std::size_t n : {1ul, 7ul, 40ul, 333ul, 2100ul}) {
        const auto x = noise<Real>(n);
        const wavelet w = named(name);
        const auto bands = test::must(dwt<Real>(x, w, wavelet_mode::reflect));
        add(bands.approximation);
        add(bands.detail);
        add(test::must(idwt<Real>(bands.approximation, bands.detail, w, wavelet_mode::reflect)));
        if (n >= 8 && w.is_orthogonal()) {
          const auto rows = test::must(modwt<Real>(x, w, 3));
          add(rows);
          add(test::must(imodwt<Real>(rows, w, 3)));
        }
      }
    }
    return all;
  };
  ASSERT_TRUE(force_kernel_level(kernel_level::scalar));
  const auto expected = run();
  for (const kernel_level level : {kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
    if (!is_available(level)) continue;
    ASSERT_TRUE(force_kernel_level(level));
    EXPECT_TRUE(same_bits(run(), expected)) << to_string(level);
  }
  ASSERT_TRUE(force_kernel_level(before));
}
TEST(dwt, every_level_gives_the_same_bits_in_double) { expect_equal_levels<double>(); }
TEST(dwt, every_level_gives_the_same_bits_in_float) { expect_equal_levels<float>(); }

TEST(wavelet_transform, prepared_and_plain_agree_and_energies_add_up) {
  const std::size_t n = 1000;
  const auto x = noise<double>(n);
  auto ready = test::must(detail::prepare_on_heap(wavelet_transform<double>(), [&](wavelet_transform<double>& t, workspace& memory) {
    return t.prepare(named("db4"), wavelet_mode::periodization, 5, n, memory);
  }));
  wavelet_transform<double>& t = ready.object;
  t.compute(noise<double>(n + 1).data());  // leaves nothing behind
  t.compute(x.data());
  const auto plain = test::must(wavedec<double>(x, named("db4"), 5, wavelet_mode::periodization));
  for (std::size_t b = 0; b < t.layout().bands(); ++b) {
    const auto band = std::as_const(t).band(b);
    EXPECT_TRUE(std::equal(band.begin(), band.end(), plain.band(b).begin(), plain.band(b).end())) << b;
  }
  EXPECT_EQ(t.detail(1).size(), 500u);
  std::vector<double> back(n);
  t.inverse(back.data());
  for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(back[i], x[i], 1e-10);

  // 1000 = 8 * 125: from level 4 on a band of odd length repeats its last sample, which costs exactness.
  EXPECT_NEAR(t.energies().total, energy(x), 0.02 * energy(x));
  auto even = test::must(detail::prepare_on_heap(wavelet_transform<double>(), [&](wavelet_transform<double>& other, workspace& memory) {
    return other.prepare(named("db4"), wavelet_mode::periodization, 3, n, memory);
  }));
  even.object.compute(x.data());
  EXPECT_NEAR(even.object.energies().total, energy(x), 1e-10 * energy(x));
  double shares = 0.0;
  for (std::size_t b = 0; b < 4; ++b) shares += even.object.energies().relative(b);
  EXPECT_NEAR(shares, 1.0, 1e-14);
}

TEST(wavelet_packet_transform, bands_are_in_order_of_frequency) {
  const std::size_t n = 2048;
  auto ready =
      test::must(detail::prepare_on_heap(wavelet_packet_transform<float>(), [&](wavelet_packet_transform<float>& t, workspace& memory) {
        return t.prepare(named("db10"), wavelet_mode::periodization, 4, n, memory);
      }));
  for (std::size_t band = 0; band < 16; ++band) {
    std::vector<float> x(n);
    for (std::size_t i = 0; i < n; ++i)
      x[i] = static_cast<float>(math::sin_pi((static_cast<double>(band) + 0.5) / 16.0 * static_cast<double>(i)));
    ready.object.compute(x.data());
    const wavelet_energies found = ready.object.energies();
    EXPECT_EQ(std::max_element(found.energy.begin(), found.energy.end()) - found.energy.begin(), static_cast<std::ptrdiff_t>(band));
    EXPECT_NEAR(found.total, energy(x), 1e-5 * energy(x));
    EXPECT_GE(found.entropy(), 0.0);
    EXPECT_LE(found.entropy(), std::log(16.0));
    std::vector<float> back(n);
    ready.object.inverse(back.data());
    for (std::size_t i = 0; i < n; ++i) ASSERT_NEAR(back[i], x[i], 1e-5);
  }
}

TEST(wavelet_packets, paths_and_orders) {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < 8; ++i) paths.push_back(packet_path(3, i, packet_order::frequency));
  EXPECT_EQ(paths, (std::vector<std::string>{"aaa", "aad", "add", "ada", "dda", "ddd", "dad", "daa"}));
  EXPECT_EQ(test::must(packet_index("dad", 4)), 5u);
  EXPECT_FALSE(packet_index("dax", 4));
  EXPECT_FALSE(packet_index("dadad", 4));
  const auto x = noise<double>(333);
  const auto back = test::must(inverse_wavelet_packets(test::must(wavelet_packets<double>(x, named("db2"), 4)), named("db2")));
  ASSERT_EQ(back.size(), x.size());
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(back[i], x[i], 1e-10);
}

TEST(wavelet_packets, levels_may_be_deeper_than_the_signal_is_long) {
  for (const auto& [name, n, level] : {std::tuple{"db20", 20ul, 1ul}, std::tuple{"db4", 5ul, 3ul}, std::tuple{"haar", 1ul, 2ul}}) {
    const auto x = noise<double>(n);
    for (const wavelet_mode mode : every_mode) {
      const auto tree = test::must(wavelet_packets<double>(x, named(name), level, mode));
      const auto first = test::must(dwt<double>(x, named(name), mode));
      EXPECT_TRUE(std::equal(first.detail.begin(), first.detail.end(), tree.node(1, 1).begin(), tree.node(1, 1).end())) << name;
      double largest = 1.0;
      for (const double v : tree.coefficients) largest = std::fmax(largest, std::fabs(v));
      const auto back = test::must(inverse_wavelet_packets(tree, named(name), mode));
      for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(back[i], x[i], 1e-10 * largest) << name << " " << to_string(mode);
    }
  }
  EXPECT_NE(wavelet_packets<double>({}, named("haar"), 1).error().message().find("empty"), std::string::npos);
  EXPECT_FALSE(wavelet_packets<double>(noise<double>(8), named("haar"), 21));
}

TEST(wavelet_energies, silence_and_what_is_not_finite_are_defined) {
  const double none[] = {0.0, 0.0};
  EXPECT_EQ((wavelet_energies{none, 0.0}.relative(1)), 0.0);
  EXPECT_EQ((wavelet_energies{none, 0.0}.entropy()), 0.0);
  const double halves[] = {2.0, 2.0};
  EXPECT_NEAR((wavelet_energies{halves, 4.0}.entropy()), std::log(2.0), 1e-15);
  const double endless[] = {1.0, HUGE_VAL};
  EXPECT_TRUE(std::isnan(wavelet_energies{endless, HUGE_VAL}.relative(0)));
  EXPECT_TRUE(std::isnan(wavelet_energies{endless, HUGE_VAL}.entropy()));
}

TEST(modwt_transform, energy_is_kept_at_any_length_and_variance_leaves_the_boundary_out) {
  for (const std::size_t n : {5ul, 100ul, 1013ul}) {
    const auto x = noise<double>(n);
    const std::size_t level = std::min<std::size_t>(4, modwt_max_level(n));
    auto ready = test::must(detail::prepare_on_heap(modwt_transform<double>(), [&](modwt_transform<double>& t, workspace& memory) {
      return t.prepare(named("db4"), level, n, memory);
    }));
    ready.object.compute(x.data());
    EXPECT_NEAR(ready.object.energies().total, energy(x), 1e-11 * energy(x)) << n;
    std::vector<double> back(n);
    ready.object.inverse(back.data());
    for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(back[i], x[i], 1e-10);
    const std::size_t touched = modwt_boundary_count(n, 8, level);
    const auto band = ready.object.band(1);
    double sum = 0.0;
    for (std::size_t i = touched; i < n; ++i) sum += band[i] * band[i];
    if (touched == n) {
      EXPECT_TRUE(std::isnan(ready.object.wavelet_variance(1)));
    } else {
      EXPECT_NEAR(ready.object.wavelet_variance(1), sum / static_cast<double>(n - touched), 1e-14);
    }
  }
}

/// Bands of the first channel out of the items of dwt_stage.
template <class Real>
std::vector<Real> band_of(const std::vector<Real>& items, std::size_t width, std::size_t level, std::size_t band, std::size_t size) {
  const std::size_t j = level + 1 - band;
  const std::size_t places = band == 0 ? 1 : std::size_t{1} << (level - j);
  const std::size_t slot = band == 0 ? 0 : dwt_slot(level, j, 0);
  std::vector<Real> values;
  for (std::size_t start = 0; start < items.size(); start += width) {
    for (std::size_t k = 0; k < places; ++k) values.push_back(items[start + slot + k]);
  }
  for (std::size_t i = size; i < values.size(); ++i) EXPECT_EQ(values[i], Real(0));
  values.resize(size);
  return values;
}

template <class Real>
void expect_streamed_equals_wavedec() {
  for (const char* name : {"haar", "db4", "rbio3.3", "db20"}) {
    for (const wavelet_mode mode : every_mode) {
      dwt_stage<Real> stage;
      stage.wavelet = name;
      stage.level = 3;
      stage.mode = to_string(mode);
      for (std::size_t n = 1; n < 400; n = n < 50 ? n + 1 : n + 29) {
        const auto x = noise<Real>(n);
        signal_port out;
        const auto items = run_signal_stage<Real, dwt_stage>(stage, x, signal_port{1, 100.0, 0, 0.0}, &out);
        if (mode == wavelet_mode::periodic || mode == wavelet_mode::periodization) {
          ASSERT_FALSE(items);
          continue;
        }
        ASSERT_TRUE(items);
        ASSERT_EQ(out.columns, 8u);
        EXPECT_EQ(out.rate_hz, 12.5);
        const wavelet w = named(name);
        const wavelet_layout layout(n, w.length(), mode, 3);
        std::vector<Real> expected(layout.total());
        std::vector<Real> scratch(layout.scratch());
        decompose(wavelet_bank<Real>(w, mode), layout, x.data(), expected.data(), scratch.data());
        ASSERT_EQ(items->size(), 8 * layout.size(0)) << name << " " << to_string(mode) << " " << n;
        for (std::size_t b = 0; b < layout.bands(); ++b) {
          const std::vector<Real> band(expected.begin() + static_cast<std::ptrdiff_t>(layout.start(b)),
                                       expected.begin() + static_cast<std::ptrdiff_t>(layout.start(b) + layout.size(b)));
          ASSERT_TRUE(same_bits(band_of(*items, 8, 3, b, layout.size(b)), band)) << name << " " << to_string(mode) << " " << n << " " << b;
        }
      }
    }
  }
}
TEST(dwt_stage, the_stream_gives_the_bits_of_wavedec_in_double) { expect_streamed_equals_wavedec<double>(); }
TEST(dwt_stage, the_stream_gives_the_bits_of_wavedec_in_float) { expect_streamed_equals_wavedec<float>(); }

TEST(dwt_stage, pieces_of_any_size_fit_the_room_promised) {
  for (const char* name : {"haar", "db20"}) {
    for (const std::size_t piece : {1ul, 3ul, 100ul, 1000ul}) {
      dwt_stage<double> stage;
      stage.wavelet = name;
      stage.level = 5;
      const auto x = noise<double>(5000);
      const signal_port in{1, 1.0, piece, 0.0};
      const auto expected = test::must(run_signal_stage<double, dwt_stage>(stage, x, in));
      signal_port out;
      auto ready = test::must(detail::prepare_on_heap(stage, [&](dwt_stage<double>& s, workspace& memory) -> result<void> {
        MILLWRIGHT_TRY(out, s.prepare(in, memory));
        return {};
      }));
      std::vector<double> room(out.columns * out.max_items), found;
      const auto keep = [&](std::size_t written) {
        ASSERT_LE(written, room.size());
        found.insert(found.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(written));
      };
      for (std::size_t first = 0; first < x.size(); first += piece) {
        keep(ready.object.process(std::span(x).subspan(first, std::min(piece, x.size() - first)), room));
        ASSERT_TRUE(ready.object.state_is_valid());
      }
      keep(ready.object.flush(room));
      EXPECT_TRUE(same_bits(found, expected)) << name << " " << piece;
    }
  }
}

TEST(modwt_stage, after_the_start_up_the_stream_equals_the_circle) {
  const auto x = noise<double>(900);
  const auto zero = test::must(modwt<double>(x, named("sym4"), 3, modwt_boundary::zero));
  const auto circular = test::must(modwt<double>(x, named("sym4"), 3));
  for (std::size_t b = 0; b <= 3; ++b) {
    const std::size_t level = b == 0 ? 3 : 4 - b;
    for (std::size_t t = modwt_boundary_count(900, 8, level); t < 900; ++t) ASSERT_EQ(zero[b * 900 + t], circular[b * 900 + t]);
  }
}

TEST(swt, lengths_must_fit_and_energy_is_kept_when_normalised) {
  EXPECT_NE(swt<double>(noise<double>(100), named("db4"), 3).error().message().find("multiple of 8"), std::string::npos);
  const auto x = noise<double>(96);
  const auto rows = test::must(swt<double>(x, named("db4"), 3, true));
  EXPECT_NEAR(energy(rows), energy(x), 1e-11 * energy(x));
  const auto back = test::must(iswt<double>(rows, named("db4"), 3, true));
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(back[i], x[i], 1e-10);
}

TEST(swt, a_level_beyond_any_signal_is_refused) {
  const auto x = noise<double>(96);
  for (const std::size_t level : {std::size_t{0} - 1, std::size_t{64}}) {
    EXPECT_NE(iswt<double>(x, named("db4"), level).error().message().find("level"), std::string::npos);
    EXPECT_NE(imodwt<double>(x, named("db4"), level).error().message().find("level"), std::string::npos);
  }
}

TEST(morlet_cwt, a_tone_shows_at_its_frequency) {
  const std::size_t n = 2000;
  const double rate_hz = 1000.0;
  std::vector<double> scales;
  for (double f = 20.0; f < 450.0; f *= 1.005) scales.push_back(morlet_scale(f, rate_hz));
  for (const double frequency : {45.0, 130.0, 310.0}) {
    std::vector<double> x(n);
    for (std::size_t i = 0; i < n; ++i) x[i] = math::cos_pi(2.0 * frequency * static_cast<double>(i) / rate_hz);
    const auto rows = test::must(cwt<double>(x, scales));
    for (const std::size_t t : {700ul, 1000ul, 1311ul}) {
      std::size_t best = 0;
      for (std::size_t s = 0; s < scales.size(); ++s) {
        if (std::norm(rows[s * n + t]) > std::norm(rows[best * n + t])) best = s;
      }
      EXPECT_NEAR(morlet_frequency(scales[best], rate_hz), frequency, 0.01 * frequency);
    }
  }
  EXPECT_NEAR(morlet_frequency(morlet_scale(50.0, rate_hz), rate_hz), 50.0, 1e-12);
  EXPECT_FALSE(cwt<double>(noise<double>(10), {}));
  EXPECT_FALSE(test::must(morlet_scales(1)).empty());
  EXPECT_LE(morlet_reach(test::must(morlet_scales(1000)).back()), 250.0);
  EXPECT_NE(morlet_scales(1000, 0).error().message().find("1 .. 1000"), std::string::npos);
  EXPECT_FALSE(morlet_scales(1000, std::size_t{1} << 40));
  EXPECT_TRUE(morlet_scales(1000, 1000));
}

template <class Real>
std::uint64_t hash_of_transforms() {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  const auto add = [&](const auto& values) {
    for (const auto& value : values) {
      unsigned char bytes[sizeof value];
      std::memcpy(bytes, &value, sizeof value);
      for (const unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
    }
  };
  const auto x = noise<Real>(777);
  for (const wavelet_mode mode : every_mode) {
    add(test::must(wavedec<Real>(x, named("db4"), 4, mode)).coefficients);
    add(test::must(wavelet_packets<Real>(x, named("bior2.4"), 3, mode)).coefficients);
  }
  add(test::must(modwt<Real>(x, named("sym5"), 4)));
  return hash;
}

// The figures hold for every compiler, optimisation level and architecture; a change goes with a new numerics_id.
TEST(wavelet, bits_are_the_same_everywhere) {
  EXPECT_EQ(hash_of_transforms<double>(), 8023575750277410580u);
  EXPECT_EQ(hash_of_transforms<float>(), 6267066957995634907u);
}

}  // namespace
}  // namespace millwright
