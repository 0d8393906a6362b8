#include "millwright/vibration/bearing.hpp"

#include <gtest/gtest.h>
#include <cmath>
#include <limits>

namespace millwright {
namespace {

TEST(Bearing, OrdersOfThe6205AreThePublishedOnes) {
  const auto f = bearing_fault_frequencies({9, 0.3126, 1.537, 0.0});
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->bpfo, 3.58478, 5e-6);
  EXPECT_NEAR(f->bpfi, 5.41522, 5e-6);
  EXPECT_NEAR(f->ftf, 0.39831, 5e-6);
  EXPECT_NEAR(f->bsf, 2.35672, 5e-6);
  EXPECT_NEAR(f->bsf_x2, 4.7135, 1e-4);  // what CWRU lists as its ball frequency
}

TEST(Bearing, TurningRaces) {
  const bearing_geometry bearing = {12, 8.0, 50.0, 20.0};
  const auto inner = bearing_fault_frequencies(bearing, 25.0);
  const auto outer = bearing_fault_frequencies(bearing, 0.0, 25.0);
  const auto both = bearing_fault_frequencies(bearing, 25.0, 25.0);
  const auto against = bearing_fault_frequencies(bearing, 10.0, -15.0);
  ASSERT_TRUE(inner && outer && both && against);
  EXPECT_DOUBLE_EQ(inner->bpfo + inner->bpfi, 12.0 * 25.0);
  EXPECT_DOUBLE_EQ(outer->bpfo, inner->bpfo);
  EXPECT_NEAR(inner->ftf + outer->ftf, 25.0, 1e-12);  // the cage goes with either race by its share
  EXPECT_DOUBLE_EQ(both->ftf, 25.0);                  // all turn as one body
  EXPECT_EQ(both->bpfo, 0.0);
  EXPECT_DOUBLE_EQ(against->bpfi, inner->bpfi);
}

TEST(Bearing, ContactAngleShortensTheDiameter) {
  const auto straight = bearing_fault_frequencies({16, 8.407 * 0.5, 71.501, 0.0});
  const auto angled = bearing_fault_frequencies({16, 8.407, 71.501, 60.0});  // cos = 1/2
  ASSERT_TRUE(straight && angled);
  EXPECT_NEAR(straight->bpfi, angled->bpfi, 1e-12);
}

TEST(Bearing, RefusesTheImpossible) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(bearing_fault_frequencies({2, 1.0, 5.0, 0.0}));
  EXPECT_FALSE(bearing_fault_frequencies({8, 5.0, 5.0, 0.0}));
  EXPECT_FALSE(bearing_fault_frequencies({8, nan, 5.0, 0.0}));
  EXPECT_FALSE(bearing_fault_frequencies({8, 1.0, 5.0, 90.0}));
  EXPECT_FALSE(bearing_fault_frequencies({8, 1.0, 5.0, 0.0}, nan));
}

TEST(Bearing, CatalogueIsFoundBySealedNames) {
  ASSERT_NE(find_bearing(" 6205-2RS "), nullptr);
  EXPECT_EQ(find_bearing("6205-2RS")->geometry.elements, 9);
  EXPECT_EQ(find_bearing("za-2115")->geometry.elements, 16);
  EXPECT_EQ(find_bearing("62055"), nullptr);
  EXPECT_EQ(find_bearing(""), nullptr);
  for (const auto& known : bearing_catalogue()) EXPECT_TRUE(bearing_fault_frequencies(known.geometry)) << known.name;
  // Published with XJTU-SY: 107.91, 172.09, 72.33 and 13.49 Hz at 35 Hz.
  const auto xjtu = bearing_fault_frequencies(find_bearing("UER204")->geometry, 35.0);
  ASSERT_TRUE(xjtu);
  EXPECT_NEAR(xjtu->bpfo, 107.91, 0.01);
  EXPECT_NEAR(xjtu->bpfi, 172.09, 0.01);
  EXPECT_NEAR(xjtu->bsf, 72.33, 0.01);
  EXPECT_NEAR(xjtu->ftf, 13.49, 0.01);
}

TEST(Gear, MeshAndHuntingTooth) {
  const auto f = gear_mesh_frequencies(18, 27, 30.0);
  ASSERT_TRUE(f);
  EXPECT_DOUBLE_EQ(f->mesh, 540.0);
  EXPECT_DOUBLE_EQ(f->output, 20.0);
  EXPECT_DOUBLE_EQ(f->assembly_phase, 60.0);  // gcd 9
  EXPECT_DOUBLE_EQ(f->hunting_tooth, 10.0);   // lcm 54
  EXPECT_FALSE(gear_mesh_frequencies(0, 27, 30.0));
  EXPECT_FALSE(gear_mesh_frequencies(18, 27, -1.0));
}

}  // namespace
}  // namespace millwright
