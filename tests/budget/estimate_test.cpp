#include "server/budget/estimate.h"

#include <gtest/gtest.h>

using namespace pawl;
using namespace std::chrono_literals;

TEST(Estimate, TheWorstCaseHoldsEveryDelay) {  // L4
  EXPECT_EQ(worst_case(5min, {.startup = 90s, .grace = 10s, .report_delay = 5s}), 405s + 1ms);
  EXPECT_EQ(worst_case(5min, {}), 300s + 1ms);
}

TEST(Estimate, IsChargedForEveryUnitAndRoundedUp) {  // L4
  EXPECT_EQ(amount_of(Rate::of({Money::usd(2)}), 8, 8, 30min), (Amount{Money::usd(8), 4h}));
  EXPECT_EQ(amount_of(Rate::of({Money::micros(1)}), 1, 1, 1ms), (Amount{Money::micros(1), 1ms}));
}

TEST(Estimate, OnAPoolWithoutGpusNoGpuTimeIsTaken) {
  EXPECT_EQ(amount_of(Rate::of({Money::micros(100'000)}), 2, 0, 1h),
            (Amount{Money::micros(200'000), 0ms}));
}

TEST(Estimate, AMissingRuntimeTakesThePolicys) {  // L18
  EXPECT_EQ(runtime_for(std::nullopt, {15min, "p.toml:3:5"}), 15min);
}

TEST(Estimate, WithoutAnyMaximumNothingRuns) {  // L18
  const auto refused = runtime_for(std::nullopt, {});
  EXPECT_EQ(refused.error().kind, ErrorKind::kDenied);
  EXPECT_EQ(runtime_for(1min, {}).error().kind, ErrorKind::kDenied);
}

TEST(Estimate, ALongerRuntimeThanThePolicysIsRefusedWithItsPlace) {
  const auto refused = runtime_for(20min, {15min, "p.toml:3:5"});
  EXPECT_EQ(refused.error().message,
            "a runtime of 20m00s is over the limit of 15m00s (p.toml:3:5)");
  EXPECT_EQ(refused.error().hint, "Ask for at most 15m00s.");
  EXPECT_EQ(runtime_for(15min, {15min, ""}), 15min);
  EXPECT_EQ(runtime_for(0min, {15min, ""}).error().kind, ErrorKind::kInvalid);
}
