#include "server/statistics/noise.h"

#include <gtest/gtest.h>

using namespace pawl;

namespace {

NoiseFloor floor_of(const std::vector<std::vector<double>>& groups) { return noise_floor(groups); }

}  // namespace

TEST(Noise, IsPooledOverTheDegreesOfFreedomOfEachGroup) {
  const NoiseFloor floor = floor_of({{1, 3}, {10, 11, 12}, {7}});
  EXPECT_NEAR(floor.deviation.value(), 1.154700538, 1e-9);  // sqrt((2 + 2) / 3)
  EXPECT_EQ(floor.samples, 5);
  EXPECT_EQ(floor.freedom, 3);
}

TEST(Noise, BelowTwoRepeatsIsUnmeasured) {
  EXPECT_FALSE(floor_of({{1}, {2}}).deviation);
  EXPECT_FALSE(floor_of({}).interval);
}

// Three runs: chi-square with two degrees, 0.1026 and 5.991.
TEST(Noise, ItsIntervalIsWideWhereRunsAreFew) {
  const NoiseFloor floor = floor_of({{1.50, 1.52, 1.51}});
  EXPECT_NEAR(floor.interval.value().low, 0.005777, 1e-6);
  EXPECT_NEAR(floor.interval.value().high, 0.044154, 1e-6);
}

TEST(Noise, OfADifferenceIsThatOfItsMeans) {
  const NoiseFloor floor = floor_of({{1.50, 1.52, 1.51}});
  EXPECT_NEAR(noise_of_difference(floor, {1, 1}).value(), 0.014142, 1e-6);
  EXPECT_NEAR(noise_of_difference(floor, {4, 4}).value(), 0.007071, 1e-6);
  EXPECT_NEAR(in_noise_units(-0.1, floor, {1, 3}).value(), 8.660254, 1e-6);
}

TEST(Noise, WithoutSpreadNothingIsCountedInIt) {
  EXPECT_FALSE(in_noise_units(1, floor_of({{2, 2}}), {1, 1}));
  EXPECT_FALSE(in_noise_units(1, floor_of({{2}}), {1, 1}));
}
