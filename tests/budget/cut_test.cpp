#include "server/budget/cut.h"

#include <gtest/gtest.h>

using namespace pawl;

namespace {

Balance window(std::int64_t id, Money cap, Money spent) {
  Balance balance;
  balance.id = {id};
  balance.cap.money = cap;
  balance.spent.money = spent;
  return balance;
}

RunningHold holding(std::int64_t job, std::initializer_list<std::int64_t> windows, Money each) {
  RunningHold hold{.job = {job}, .parts = {}};
  for (const std::int64_t id : windows) hold.parts.push_back({{id}, {each}});
  return hold;
}

TEST(Cut, NothingEndsWhileAllFits) {
  EXPECT_TRUE(to_end({window(1, Money::usd(10), Money::usd(4))},
                     {holding(2, {1}, Money::usd(3)), holding(1, {1}, Money::usd(3))})
                  .empty());
}

TEST(Cut, TheNewestEndsFirstUntilTheRestFits) {  // L10
  const std::vector<RunningHold> running = {holding(3, {1}, Money::usd(3)),
                                            holding(2, {1}, Money::usd(3)),
                                            holding(1, {1}, Money::usd(3))};
  EXPECT_EQ(to_end({window(1, Money::usd(8), Money::usd(2))}, running), (std::vector<JobId>{{3}}));
  EXPECT_EQ(to_end({window(1, Money::usd(5), Money::usd(2))}, running),
            (std::vector<JobId>{{3}, {2}}));
}

TEST(Cut, AJobThatHoldsNothingInThatWindowGoesOn) {
  EXPECT_EQ(to_end({window(1, Money::usd(1), Money()), window(2, Money::usd(50), Money())},
                   {holding(2, {2}, Money::usd(3)), holding(1, {1, 2}, Money::usd(3))}),
            (std::vector<JobId>{{1}}));
}

TEST(Cut, WhatIsSpentIsNotMendedByEndingMoreThanAll) {
  EXPECT_EQ(to_end({window(1, Money::usd(1), Money::usd(9))}, {holding(1, {1}, Money::usd(3))}),
            (std::vector<JobId>{{1}}));
}

TEST(Cut, GpuHoursBindAsDollarsDo) {
  Balance balance = window(1, Money::usd(100), Money());
  balance.cap.gpu_time = std::chrono::hours(1);
  RunningHold hold{.job = {7}, .parts = {{{1}, {Money::usd(1), std::chrono::hours(2)}}}};
  EXPECT_EQ(to_end({balance}, {hold}), (std::vector<JobId>{{7}}));
}

}  // namespace
