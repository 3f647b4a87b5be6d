#include "trainer/optim/schedule.h"

#include <gtest/gtest.h>

using namespace trainer;

TEST(Schedule, RatesAreConstantThenFallToZero) {
  const Schedule schedule;
  EXPECT_DOUBLE_EQ(schedule.rate(0), 1);
  EXPECT_DOUBLE_EQ(schedule.rate(0.5), 1);
  EXPECT_DOUBLE_EQ(schedule.rate(0.75), 0.5);
  EXPECT_DOUBLE_EQ(schedule.rate(1), 0);
}

TEST(Schedule, RatesRiseInTheWarmupAndEndAtTheirFinalFraction) {
  const Schedule schedule = {.warmup = 0.2, .warmdown = 0.4, .final_fraction = 0.1};
  EXPECT_DOUBLE_EQ(schedule.rate(0.1), 0.5);
  EXPECT_DOUBLE_EQ(schedule.rate(0.6), 1);
  EXPECT_DOUBLE_EQ(schedule.rate(0.8), 0.55);
  EXPECT_DOUBLE_EQ(schedule.rate(1), 0.1);
}

TEST(Schedule, WithoutAWarmdownRatesStay) {
  EXPECT_DOUBLE_EQ((Schedule{.warmdown = 0}.rate(1)), 1);
}

TEST(Schedule, MuonsMomentumRisesOver300Steps) {
  const Schedule schedule;
  EXPECT_DOUBLE_EQ(schedule.momentum(0), 0.85);
  EXPECT_DOUBLE_EQ(schedule.momentum(150), 0.90);
  EXPECT_DOUBLE_EQ(schedule.momentum(1000), 0.95);
}

TEST(Schedule, WeightDecayFallsWithProgress) {
  EXPECT_DOUBLE_EQ(Schedule{}.decay(0.25), 0.15);
  EXPECT_DOUBLE_EQ(Schedule{}.decay(1), 0);
}
