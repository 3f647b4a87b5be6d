#include "server/budget/thresholds.h"

#include <gtest/gtest.h>

using namespace pawl;

namespace {

const std::vector<double> kShares = {0.5, 0.8, 0.95};

Balance day(Money spent, Money reserved) {
  Balance balance;
  balance.cap.money = Money::usd(10);
  balance.spent.money = spent;
  balance.reserved.money = reserved;
  return balance;
}

TEST(Thresholds, AReservationThatReachesAShareCrossesIt) {  // L11
  const Balance balance = day(Money::usd(3), Money::usd(1));
  EXPECT_EQ(crossed(balance, {Money::usd(1)}, kShares), (std::vector<Crossing>{{0.5, true}}));
  EXPECT_TRUE(crossed(balance, {Money::micros(999'999)}, kShares).empty());
}

TEST(Thresholds, AShareThatIsBehindIsNotCrossedAgain) {
  EXPECT_TRUE(crossed(day(Money::usd(5), Money()), {Money::usd(1)}, kShares).empty());
}

TEST(Thresholds, OfSeveralAtOnceTheHighestIsMarked) {
  EXPECT_EQ(crossed(day(Money(), Money()), {Money::usd(9)}, kShares),
            (std::vector<Crossing>{{0.5, false}, {0.8, true}}));
}

TEST(Thresholds, GpuTimeHasThresholdsOfItsOwn) {
  Balance balance;
  balance.cap.gpu_time = std::chrono::hours(40);
  balance.spent.gpu_time = std::chrono::hours(19);
  const Amount added{Money(), std::chrono::hours(2)};
  EXPECT_EQ(crossed(balance, added, kShares), (std::vector<Crossing>{{0.5, true}}));
}

TEST(Thresholds, WhereNothingLimitsNothingIsCrossed) {
  EXPECT_TRUE(crossed(Balance(), {Money::usd(1000)}, kShares).empty());
}

}  // namespace
