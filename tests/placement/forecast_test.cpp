#include "server/placement/forecast.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

using namespace pawl;
using std::chrono::minutes;

namespace {

constexpr Milliseconds kNow{0};

std::vector<ComingRun> equal_runs(std::size_t count, Milliseconds time) {
  return std::vector<ComingRun>(count, ComingRun{.pools = {0}, .units = 1, .time = time});
}

}  // namespace

TEST(Forecast, TwoSlotsTakeFiveEqualRunsInThreeTurns) {
  const auto slots =
      schedule({.pools = {{kNow, kNow}}, .places = {kNow, kNow, kNow}}, equal_runs(5, minutes(10)));
  EXPECT_EQ(slots.at(1), (Slot{kNow, minutes(10)}));
  EXPECT_EQ(slots.at(4), (Slot{minutes(20), minutes(30)}));
}

TEST(Forecast, ConcurrencyHoldsBackWhatASlotWouldTake) {
  const auto slots =
      schedule({.pools = {{kNow, kNow, kNow}}, .places = {kNow}}, equal_runs(2, minutes(10)));
  EXPECT_EQ(slots.at(1), (Slot{minutes(10), minutes(20)}));
}

TEST(Forecast, ARunWithSeveralUnitsWaitsUntilTheyAreFreeTogether) {
  const std::vector<ComingRun> queue = {{.pools = {0}, .units = 2, .time = minutes(1)}};
  const auto slots = schedule({.pools = {{kNow, minutes(7)}}, .places = {kNow}}, queue);
  EXPECT_EQ(slots.at(0), (Slot{minutes(7), minutes(8)}));
}

TEST(Forecast, TheFirstPoolThatIsFreeTakesIt) {
  const std::vector<ComingRun> queue = {{.pools = {0, 1}, .units = 1, .time = minutes(1)}};
  const auto slots = schedule({.pools = {{minutes(9)}, {minutes(2)}}, .places = {kNow}}, queue);
  EXPECT_EQ(slots.at(0), (Slot{minutes(2), minutes(3)}));
}

TEST(Forecast, NothingStartsThatCouldStillRunInQuietHours) {
  const Lanes lanes{.pools = {{kNow}},
                    .places = {kNow},
                    .closed = {{{minutes(20), minutes(30)}, {minutes(34), minutes(40)}}}};
  const std::vector<ComingRun> queue(
      2, {.pools = {0}, .units = 1, .time = minutes(5), .worst = minutes(15)});
  const auto slots = schedule(lanes, queue);
  EXPECT_EQ(slots.at(0), (Slot{kNow, minutes(5)}));  // may last until 15
  EXPECT_EQ(slots.at(1), (Slot{minutes(5), minutes(10)}));
  EXPECT_EQ(schedule(lanes, std::vector(3, queue[0])).at(2), (Slot{minutes(40), minutes(45)}));
}

TEST(Forecast, APoolWithoutQuietHoursTakesWhatAnotherMayNot) {
  const std::vector<ComingRun> queue = {
      {.pools = {0, 1}, .units = 1, .time = minutes(5), .worst = minutes(15)}};
  const Lanes lanes{.pools = {{kNow}, {minutes(9)}},
                    .places = {kNow},
                    .closed = {{{minutes(10), minutes(30)}}, {}}};
  EXPECT_EQ(schedule(lanes, queue).at(0), (Slot{minutes(9), minutes(14)}));
}

TEST(Forecast, WhatWaitsForTheBudgetLetsOthersGoFirst) {
  const ComingRun run{.pools = {0}, .units = 1, .time = minutes(10)};
  ComingRun poor = run;
  poor.not_before = minutes(30);
  const auto slots = schedule({.pools = {{kNow}}, .places = {kNow}}, std::vector{poor, run});
  EXPECT_EQ(slots.at(0), (Slot{minutes(30), minutes(40)}));
  EXPECT_EQ(slots.at(1), (Slot{kNow, minutes(10)}));
}

TEST(Forecast, WhatNoPoolCanHoldHasNoAnswer) {
  const std::vector<ComingRun> queue = {{.pools = {0}, .units = 3, .time = minutes(1)}};
  EXPECT_EQ(schedule({.pools = {{kNow, kNow}}, .places = {kNow}}, queue).at(0), std::nullopt);
}

// Graham's bound for list scheduling, and the work that has to be done.
RC_GTEST_PROP(Forecast, NoLongerThanTheBoundOfListScheduling, ()) {
  const auto lanes = *rc::gen::inRange<std::size_t>(1, 6);
  const auto times =
      *rc::gen::container<std::vector<int>>(*rc::gen::inRange(1, 40), rc::gen::inRange(1, 1000));
  std::vector<ComingRun> queue;
  for (const int time : times) {
    queue.push_back({.pools = {0}, .units = 1, .time = Milliseconds(time)});
  }
  const auto slots = schedule(
      {.pools = {std::vector<Milliseconds>(lanes)}, .places = std::vector<Milliseconds>(lanes)},
      queue);
  Milliseconds last{0};
  for (const auto& slot : slots) last = std::max(last, slot->ends);
  const auto work = std::accumulate(times.begin(), times.end(), std::int64_t{0});
  const auto longest = *std::ranges::max_element(times);
  const auto count = static_cast<std::int64_t>(lanes);
  RC_ASSERT(last.count() * count >= work);
  RC_ASSERT(last.count() * count <= work + (count - 1) * longest);
}
