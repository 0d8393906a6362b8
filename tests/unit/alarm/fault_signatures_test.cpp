#include "millwright/alarm/fault_signatures.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/rows_support.hpp"

namespace millwright {
namespace {

const std::vector<std::string> names = {"outer race", "imbalance", "belt"};

/// Events whose deviation lies along the features 2 k and 2 k + 1 of fault k.
struct labelled {
  row_table rows{8};
  std::vector<std::uint32_t> fault;
};
labelled simulate(std::size_t each, std::uint64_t seed, double strength = 8.0) {
  labelled l;
  random_stream random(seed, 0);
  for (std::uint32_t k = 0; k < 3; ++k) {
    for (std::size_t e = 0; e < each; ++e) {
      std::vector<double> row(8);
      for (double& v : row) v = random.normal();
      const double size = strength * (0.5 + 2.0 * random.uniform());
      row[2 * k] += size;
      row[2 * k + 1] -= 0.7 * size;
      l.rows.append(row, {});
      l.fault.push_back(k);
    }
  }
  return l;
}

fault_signatures fit(const labelled& l, double shrinkage = 0.5) {
  auto s = with_defaults<fault_signatures>();
  s.shrinkage = shrinkage;
  test::must(s.fit(l.rows.view(), l.fault, names));
  return s;
}

TEST(fault_signatures, names_the_fault_whatever_its_strength) {
  const auto s = fit(simulate(3, 1));
  test::must(s.check(8));
  for (const double strength : {4.0, 8.0, 80.0}) {
    const labelled fresh = simulate(10, 2, strength);
    int right = 0;
    for (std::size_t e = 0; e < fresh.rows.rows(); ++e) {
      fault_signatures::hypothesis best;
      ASSERT_EQ(s.nearest(fresh.rows.view()[e], {&best, 1}), 1u);
      right += best.fault == fresh.fault[e] ? 1 : 0;
    }
    EXPECT_GE(right, 27) << strength;
  }
}

TEST(fault_signatures, says_when_an_event_is_unlike_all_known) {
  const auto s = fit(simulate(4, 3));
  fault_signatures::hypothesis best;
  const std::vector<double> other = {0, 0, 0, 0, 0, 0, 30, 30};
  s.nearest(other, {&best, 1});
  EXPECT_FALSE(s.is_known(best));
  const std::vector<double> known = {20, -14, 0, 0, 0, 0, 0, 0};
  s.nearest(known, {&best, 1});
  EXPECT_TRUE(s.is_known(best));
  EXPECT_GT(best.similarity, 0.8);
  std::vector<double> opposite(8, 0.0);
  opposite[0] = -20;
  opposite[1] = 14;
  s.nearest(opposite, {&best, 1});
  EXPECT_FALSE(s.is_known(best));
}

TEST(fault_signatures, hypotheses_come_nearest_first) {
  const auto s = fit(simulate(3, 4));
  random_stream random(9, 0);
  for (int trial = 0; trial < 100; ++trial) {
    std::vector<double> row(8);
    for (double& v : row) v = 10.0 * random.normal();
    std::vector<fault_signatures::hypothesis> all(3), two(2);
    ASSERT_EQ(s.nearest(row, all), 3u);
    ASSERT_EQ(s.nearest(row, two), 2u);
    EXPECT_LE(all[0].distance, all[1].distance);
    EXPECT_LE(all[1].distance, all[2].distance);
    for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(two[i].fault, all[i].fault);
    for (const auto& h : all) EXPECT_LE(std::fabs(h.similarity), 1.0);
  }
}

TEST(fault_signatures, leave_one_event_out_does_not_know_the_event) {
  const labelled l = simulate(4, 5);
  const auto settings = with_defaults<fault_signatures>();
  const auto judged = test::must(settings.leave_one_event_out(l.rows.view(), l.fault, names));
  ASSERT_EQ(judged.size(), 12u);
  for (std::size_t e = 0; e < 12; ++e) {
    labelled others;
    for (std::size_t i = 0; i < 12; ++i) {
      if (i == e) continue;
      others.rows.append(l.rows.view()[i], {});
      others.fault.push_back(l.fault[i]);
    }
    fault_signatures::hypothesis best;
    fit(others).nearest(l.rows.view()[e], {&best, 1});
    EXPECT_EQ(judged[e].fault, best.fault);
    EXPECT_EQ(judged[e].distance, best.distance);
  }
  // A fault that was seen once is named by nobody else's signature.
  const std::vector<std::uint32_t> once = {0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 2};
  EXPECT_NE(test::must(settings.leave_one_event_out(l.rows.view(), once, names))[11].fault, 2u);
}

TEST(fault_signatures, few_and_constant_events_have_defined_answers) {
  auto s = with_defaults<fault_signatures>();
  row_table one(2);
  one.append(std::vector<double>{5.0, 0.0}, {});
  const std::vector<std::uint32_t> zero = {0};
  test::must(s.fit(one.view(), zero, {"only"}));
  fault_signatures::hypothesis best;
  ASSERT_EQ(s.nearest(std::vector<double>{5.0, 0.0}, {&best, 1}), 1u);
  EXPECT_EQ(best.distance, 0.0);
  EXPECT_NEAR(best.similarity, 1.0, 1e-15);
  row_table twins(2);
  for (int i = 0; i < 4; ++i) twins.append(std::vector<double>{i < 2 ? 5.0 : 0.0, i < 2 ? 0.0 : 5.0}, {});
  const std::vector<std::uint32_t> two = {0, 0, 1, 1};
  test::must(s.fit(twins.view(), two, {"a", "b"}));
  ASSERT_EQ(s.nearest(std::vector<double>{1e300, -1e300}, {&best, 1}), 1u);
  EXPECT_TRUE(std::isfinite(best.distance));
  EXPECT_EQ(s.nearest(std::vector<double>(2, std::numeric_limits<double>::quiet_NaN()), {&best, 1}), 0u);
  EXPECT_EQ(s.nearest(std::vector<double>{std::numeric_limits<double>::infinity(), 5.0}, {&best, 1}), 1u);
  EXPECT_EQ(best.fault, 1u) << "what is not finite takes no part";
  EXPECT_EQ(s.nearest(std::vector<double>{0.0, 0.0}, {&best, 1}), 1u);
  EXPECT_EQ(best.similarity, 0.0);
}

TEST(fault_signatures, refuses_bad_input_and_arrays_that_do_not_fit) {
  auto s = with_defaults<fault_signatures>();
  EXPECT_EQ(s.check(8).error().code, errc::not_fitted);
  const labelled good = simulate(2, 6);
  EXPECT_FALSE(s.fit(row_table(8).view(), {}, names));
  EXPECT_FALSE(s.fit(good.rows.view(), std::span(good.fault).first(3), names));
  EXPECT_FALSE(s.fit(good.rows.view(), good.fault, {"a", "b"})) << "a fault without a name";
  EXPECT_FALSE(s.fit(good.rows.view(), good.fault, {"a", "b", "c", "d"})) << "a name without an event";
  EXPECT_FALSE(s.fit(good.rows.view(), good.fault, {"a", "b", "a"}));
  labelled broken = good;
  broken.rows.view()[1][3] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(s.fit(broken.rows.view(), broken.fault, names));

  const auto fitted = fit(good);
  EXPECT_EQ(fitted.check(7).error().code, errc::incompatible);
  EXPECT_EQ((test::with_learned<fault_signatures, double>(fitted, "scale", std::vector<double>(8, 0.0), {8}).check(8).error().code),
            errc::corrupt_file);
  EXPECT_EQ((test::with_learned<fault_signatures, double>(fitted, "centroid", {1.0}, {1}).check(8).error().code), errc::corrupt_file);
}

}  // namespace
}  // namespace millwright
