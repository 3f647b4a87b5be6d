#include "server/placement/placement.h"

#include <gtest/gtest.h>

using namespace pawl;

namespace {

PoolState gpus(const std::string& name, std::int64_t cents, std::int32_t total, std::int32_t free) {
  Pool pool;
  pool.name = name;
  pool.gpu = "H100";
  pool.price = {Money::micros(cents * 10'000)};
  pool.comparability_class = "B";
  return {pool, total, free, true};
}

PoolState slots(const std::string& name, std::int64_t cents, std::int32_t total,
                std::int32_t free) {
  PoolState state = gpus(name, cents, total, free);
  state.pool.gpu.reset();
  return state;
}

PoolState closed(PoolState state) {
  state.open = false;
  return state;
}

const PlaceRequest kTwoGpus{{"a", "b"}, 2};

std::string chosen(const Inventory& inventory) {
  const PlaceAnswer answer = place(kTwoGpus, inventory);
  return answer.placement ? answer.placement->pool : std::string(name_of(answer.placement.error()));
}

}  // namespace

TEST(Placement, TakesTheCheapestPoolWithRoom) {
  EXPECT_EQ(chosen({gpus("a", 300, 8, 8), gpus("b", 200, 8, 8)}), "b");
  EXPECT_EQ(chosen({gpus("a", 300, 8, 8), gpus("b", 200, 8, 1)}), "a");
}

TEST(Placement, AmongEqualPricesTheStagesOrderDecides) {
  EXPECT_EQ(chosen({gpus("b", 200, 8, 8), gpus("a", 200, 8, 8)}), "a");
}

TEST(Placement, APoolThatTheStageDoesNotNameIsNeverTaken) {
  EXPECT_EQ(chosen({gpus("a", 300, 8, 8), gpus("free", 0, 8, 8)}), "a");
}

TEST(Placement, WhatIsReturnedIsWhatIsPaid) {
  const PlaceAnswer answer = place(kTwoGpus, {gpus("a", 239, 8, 8)});
  EXPECT_EQ(answer.placement,
            (Placement{"a", {Money::micros(2'390'000)}, 2, 2, Milliseconds(0), "B"}));
  EXPECT_EQ(place(kTwoGpus, {slots("a", 10, 8, 8)}).placement->gpus, 0);
  EXPECT_EQ(place(kTwoGpus, {slots("a", 10, 8, 8)}).placement->units, 2);
}

TEST(Placement, ReasonsTellWhetherWaitingHelps) {
  EXPECT_EQ(chosen({}), "unknown_pool");  // L17
  EXPECT_EQ(chosen({gpus("a", 300, 1, 1)}), "larger_than_any_pool");
  EXPECT_EQ(chosen({closed(gpus("a", 300, 8, 8)), gpus("b", 300, 1, 1)}), "no_usable_pool");
  EXPECT_EQ(chosen({closed(gpus("a", 300, 8, 8)), gpus("b", 300, 8, 1)}), "all_busy");
}

TEST(Placement, SaysOfEachPoolWhyNot) {
  const PlaceAnswer answer =
      place({{"a", "b", "c", "d", "e"}, 2},
            {gpus("a", 300, 8, 8), gpus("b", 200, 8, 8), gpus("c", 1, 1, 1), gpus("d", 1, 8, 0)});
  EXPECT_EQ(answer.pools, (std::vector<PoolAnswer>{{"a", PoolVerdict::kDearer},
                                                   {"b", PoolVerdict::kChosen},
                                                   {"c", PoolVerdict::kTooSmall},
                                                   {"d", PoolVerdict::kBusy},
                                                   {"e", PoolVerdict::kUnknown}}));
}

TEST(Dearest, IsACeilingOverEveryPoolThatCouldTakeTheJob) {  // L4
  PoolState slow = gpus("b", 200, 8, 0);
  slow.pool.startup = std::chrono::seconds(90);
  const auto ceiling = dearest(kTwoGpus, {slots("a", 500, 8, 8), slow});
  ASSERT_TRUE(ceiling.has_value());
  EXPECT_EQ(ceiling->pool, "a");
  EXPECT_EQ(ceiling->price.per_hour, Money::usd(5));
  EXPECT_EQ(ceiling->gpus, 2);
  EXPECT_EQ(ceiling->startup, std::chrono::seconds(90));
}

TEST(Dearest, CountsBusyAndClosedPoolsButNotTooSmallOnes) {
  EXPECT_EQ(dearest(kTwoGpus, {gpus("a", 200, 8, 8), closed(gpus("b", 300, 8, 0))})->pool, "b");
  EXPECT_EQ(dearest(kTwoGpus, {gpus("a", 200, 8, 8), gpus("b", 300, 1, 1)})->pool, "a");
}

TEST(Dearest, RefusesWhatCanNeverRun) {  // L17
  EXPECT_EQ(dearest(kTwoGpus, {}).error(), NotPlaced::kUnknownPool);
  EXPECT_EQ(dearest(kTwoGpus, {gpus("a", 200, 1, 1)}).error(), NotPlaced::kLargerThanAnyPool);
}

TEST(Placement, TextNamesNoHardware) {
  EXPECT_EQ(describe(NotPlaced::kAllBusy, kTwoGpus),
            "could not place: every pool that the stage allows is busy");
  EXPECT_EQ(describe(NotPlaced::kLargerThanAnyPool, kTwoGpus),
            "cannot place: 2 GPUs a job is more than the stage has in one place");
}
