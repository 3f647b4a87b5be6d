#include "server/budget/history.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

using namespace pawl;

namespace {

PastRun run(std::int64_t seconds) {
  return {.time = std::chrono::seconds(seconds), .cost = Money::micros(seconds * 10)};
}

}  // namespace

TEST(History, FewerThanThreeRunsSayNothing) {
  EXPECT_EQ(expected_of(std::vector{run(1), run(2)}), std::nullopt);
}

TEST(History, TheMedianAndTheNinthOfTen) {
  std::vector<PastRun> runs;
  for (const std::int64_t seconds : {7, 1, 3, 10, 5, 2, 9, 4, 8, 6}) runs.push_back(run(seconds));
  EXPECT_EQ(expected_of(runs), (Expected{.time_p50 = std::chrono::seconds(5),
                                         .time_p90 = std::chrono::seconds(9),
                                         .cost_p50 = Money::micros(50),
                                         .cost_p90 = Money::micros(90),
                                         .runs = 10}));
}

TEST(History, OfThreeTheSecondAndTheThird) {
  const auto expected = expected_of(std::vector{run(30), run(10), run(20)}).value();
  EXPECT_EQ(expected.time_p50, std::chrono::seconds(20));
  EXPECT_EQ(expected.time_p90, std::chrono::seconds(30));
}

RC_GTEST_PROP(History, HalfAndNineTenthsOfTheRunsAreWithin, (std::vector<std::uint16_t> seconds)) {
  RC_PRE(seconds.size() >= kRunsMin);
  std::vector<PastRun> runs;
  for (const std::uint16_t s : seconds) runs.push_back(run(s));
  const auto expected = expected_of(runs).value();
  const auto within = [&](Milliseconds most) {
    return static_cast<std::size_t>(
        std::ranges::count_if(runs, [&](const PastRun& r) { return r.time <= most; }));
  };
  RC_ASSERT(within(expected.time_p50) * 2 >= runs.size());
  RC_ASSERT(within(expected.time_p50 - Milliseconds(1)) * 2 < runs.size());
  RC_ASSERT(within(expected.time_p90) * 10 >= runs.size() * 9);
  RC_ASSERT(within(expected.time_p90 - Milliseconds(1)) * 10 < runs.size() * 9);
}
