#include "server/statistics/difference.h"

#include <gtest/gtest.h>

using namespace pawl;

namespace {

const NoiseFloor kFloor = {.deviation = 0.01, .samples = 11, .freedom = 10, .interval = {}};

Difference compare(const std::vector<double>& ours, const std::vector<double>& theirs,
                   const NoiseFloor& floor = kFloor) {
  return difference_of({ours, theirs}, floor, Direction::kMin);
}

}  // namespace

// The first example of the article on Welch's test in Wikipedia: t = -2.46, p = 0.021.
TEST(Difference, OfSeedsOnBothSidesIsJudgedByWelchsTest) {
  const auto found = compare(
      {27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4},
      {27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4});
  EXPECT_EQ(found.basis, Basis::kWelch);
  EXPECT_NEAR(found.p.value(), 0.021, 5e-4);
  EXPECT_EQ(found.finding, Finding::kBetter);
}

TEST(Difference, OfOneSeedIsJudgedByTheFloorOfItsMeans) {
  const auto found = compare({1.00}, {1.03, 1.03, 1.03, 1.03});
  EXPECT_EQ(found.basis, Basis::kFloor);
  EXPECT_NEAR(found.noise_x.value(), 2.683282, 1e-6);  // 0.03 / (0.01 * sqrt(1 + 1/4))
  EXPECT_NEAR(found.p.value(), 0.022963, 1e-6);
  EXPECT_EQ(found.finding, Finding::kBetter);
}

TEST(Difference, SeedsThatAgreeExactlyFallBackToTheFloor) {
  EXPECT_EQ(compare({1, 1}, {2, 2}).basis, Basis::kFloor);
}

TEST(Difference, SaysWorseOrThatItCannotTell) {
  EXPECT_EQ(compare({1.10}, {1.00}).finding, Finding::kWorse);
  EXPECT_EQ(compare({1.01}, {1.00}).finding, Finding::kNotDistinguishable);
  EXPECT_EQ(difference_of({std::vector{1.1}, std::vector{1.0}}, kFloor, Direction::kMax).finding,
            Finding::kBetter);
}

TEST(Difference, WithoutAnyMeasureOfNoiseIsUnknown) {
  const auto found = compare({1.0}, {2.0}, {});
  EXPECT_EQ(found.finding, Finding::kUnknown);
  EXPECT_EQ(found.basis, Basis::kNone);
  EXPECT_FALSE(found.p);
}
