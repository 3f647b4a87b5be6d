#include "server/placement/placement.h"

#include <gtest/gtest.h>

using namespace pawl;
using namespace std::chrono_literals;

namespace {

PoolState gpus(const std::string& name, std::int64_t cents, std::int32_t total, std::int32_t free) {
  Pool pool;
  pool.name = name;
  pool.gpu = "H100";
  pool.price = {Money::micros(cents * 10'000)};
  pool.comparability_class = "B";
  return {.pool = pool, .total = total, .free = free};
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

PoolState with_spot(PoolState state, std::int64_t cents, double interruptions_an_hour = 0) {
  state.pool.spot_price = HourlyPrice{Money::micros(cents * 10'000)};
  state.pool.spot_interruptions = interruptions_an_hour;
  return state;
}

PoolState of_class(PoolState state, const std::string& letter) {
  state.pool.comparability_class = letter;
  return state;
}

PoolState priced(PoolState state, PriceState price) {
  state.price = price;
  return state;
}

const PlaceRequest kTwoGpus{.pools = {"a", "b"}, .gpus = 2, .work = 1h};

PlaceRequest wanting(Spot spot) {
  PlaceRequest request = kTwoGpus;
  request.spot = spot;
  return request;
}

std::string chosen(const Inventory& inventory, const PlaceRequest& request = kTwoGpus) {
  const PlaceAnswer answer = place(request, inventory);
  if (!answer.placement) return std::string(name_of(answer.placement.error()));
  return answer.placement->pool + (answer.placement->offer == Offer::kSpot ? " spot" : "");
}

std::vector<std::string> verdicts(const PlaceAnswer& answer) {
  std::vector<std::string> names;
  for (const OfferAnswer& offer : answer.offers) names.emplace_back(name_of(offer.verdict));
  return names;
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
  EXPECT_EQ(answer.placement, (Placement{.pool = "a",
                                         .rate = Rate::of({Money::micros(2'390'000)}),
                                         .units = 2,
                                         .gpus = 2,
                                         .comparability_class = "B"}));
  EXPECT_EQ(place(kTwoGpus, {slots("a", 10, 8, 8)}).placement->gpus, 0);
  EXPECT_EQ(place(kTwoGpus, {slots("a", 10, 8, 8)}).placement->units, 2);
}

TEST(Placement, ReasonsTellWhetherWaitingHelps) {
  EXPECT_EQ(chosen({}), "unknown_pool");  // L17
  EXPECT_EQ(chosen({gpus("a", 300, 1, 1)}), "larger_than_any_pool");
  EXPECT_EQ(chosen({closed(gpus("a", 300, 8, 8)), gpus("b", 300, 1, 1)}), "no_usable_pool");
  EXPECT_EQ(chosen({closed(gpus("a", 300, 8, 8)), gpus("b", 300, 8, 1)}), "all_busy");
  EXPECT_EQ(chosen({gpus("a", 300, 8, 8)}, wanting(Spot::kOnly)), "only_spot");
}

TEST(Placement, SaysOfEachOfferWhyNot) {
  const PlaceRequest five{.pools = {"a", "b", "c", "d", "e"}, .gpus = 2, .work = 1h};
  const PlaceAnswer answer =
      place(five, {with_spot(gpus("a", 300, 8, 8), 100), gpus("b", 200, 8, 8), gpus("c", 1, 1, 1),
                   gpus("d", 1, 8, 0)});
  EXPECT_EQ(verdicts(answer), (std::vector<std::string>{"dearer", "not_allowed", "chosen",
                                                        "too_small", "busy", "unknown"}));
  EXPECT_EQ(why(answer),
            "the cheapest of 6 places for a finished result, its wait counted: 4.00 USD expected; "
            "1 dearer (6.00 USD), 1 busy, 1 too small, 1 not allowed by the stage's spot rule, "
            "1 not there");
  EXPECT_TRUE(why_by_pool(answer, five)
                  .starts_with("a on-demand: dearer, 6.00 USD and 1h00m expected for a finished "
                               "result\na spot: not_allowed\nb on-demand: chosen"));
}

TEST(Spot, IsTakenWhereTheStageAllowsItAndItIsCheaper) {
  const Inventory pools = {with_spot(gpus("a", 300, 8, 8), 100)};
  EXPECT_EQ(chosen(pools, wanting(Spot::kNever)), "a");
  EXPECT_EQ(chosen(pools, wanting(Spot::kPrefer)), "a spot");
  EXPECT_EQ(chosen(pools, wanting(Spot::kOnly)), "a spot");
}

TEST(Spot, IsDearWhereItIsLostTooOften) {
  // Two interruptions in the hour cost half an hour of lost work: 1.5 h at 2.20 is over 1 h
  // at 3.00.
  EXPECT_EQ(chosen({with_spot(gpus("a", 300, 8, 8), 220, 2)}, wanting(Spot::kPrefer)), "a");
  EXPECT_EQ(chosen({with_spot(gpus("a", 300, 8, 8), 220, 0.1)}, wanting(Spot::kPrefer)), "a spot");
}

TEST(Measured, RunsCountOnlyFromTheThirdOn) {
  PoolState unlucky = with_spot(gpus("a", 300, 8, 8), 220, 0);
  unlucky.measured[1] = {.runs = 2, .interruptions = 2, .billed = 1h};
  EXPECT_EQ(chosen({unlucky}, wanting(Spot::kPrefer)), "a spot");
  unlucky.measured[1].runs = 3;
  EXPECT_EQ(chosen({unlucky}, wanting(Spot::kPrefer)), "a");
}

TEST(Measured, AFasterPoolMayBeCheaperForAResult) {
  PoolState slow = gpus("a", 200, 8, 8);
  PoolState fast = gpus("b", 300, 8, 8);
  slow.measured[0] = {.runs = 3, .results = 3, .billed = 6h, .startup = 3min, .work = 6h};
  fast.measured[0] = {.runs = 3, .results = 3, .billed = 3h, .startup = 3min, .work = 3h};
  EXPECT_EQ(chosen({slow, fast}), "b");
}

TEST(Measured, InfrastructureThatFailsIsPaidForOnceMore) {
  PoolState shaky = gpus("a", 200, 8, 8);
  shaky.measured[0] = {.runs = 10, .failures = 5, .billed = 10h};
  EXPECT_EQ(chosen({shaky, gpus("b", 300, 8, 8)}), "b");
}

TEST(Placement, NeverMixesClassesInsideAComparison) {
  PlaceRequest request = kTwoGpus;
  request.required_class = "B";
  const PoolState other = of_class(gpus("a", 100, 8, 8), "A");
  EXPECT_EQ(chosen({other, gpus("b", 300, 8, 8)}, request), "b");
  EXPECT_EQ(chosen({other, gpus("b", 300, 8, 0)}, request), "all_busy");
  EXPECT_EQ(chosen({other}, request), "other_class");
}

TEST(Placement, APriceThatIsNotInForceRefuses) {  // L17
  EXPECT_EQ(chosen({priced(gpus("a", 100, 8, 8), PriceState::kExpired), gpus("b", 300, 8, 8)}),
            "b");
  EXPECT_EQ(chosen({priced(gpus("a", 100, 8, 8), PriceState::kNotYet)}), "no_price_in_force");
  EXPECT_EQ(possible(kTwoGpus, {priced(gpus("a", 100, 8, 8), PriceState::kExpired)}).error(),
            NotPlaced::kNoPriceInForce);
}

TEST(Possible, IsEveryOfferThatTheJobMayLandOn) {  // L4
  const Inventory pools = {with_spot(gpus("a", 200, 8, 8), 50), closed(gpus("b", 300, 8, 0))};
  const auto offers = possible(wanting(Spot::kPrefer), pools);
  ASSERT_TRUE(offers.has_value());
  ASSERT_EQ(offers->size(), 3U);
  EXPECT_EQ(offers->at(1).offer, Offer::kSpot);
  EXPECT_EQ(offers->at(2).state->pool.name, "b");
  EXPECT_EQ(possible(kTwoGpus, {gpus("a", 200, 8, 8), gpus("b", 300, 1, 1)})->size(), 1U);
}

TEST(Possible, RefusesWhatCanNeverRun) {  // L17
  EXPECT_EQ(possible(kTwoGpus, {}).error(), NotPlaced::kUnknownPool);
  EXPECT_EQ(possible(kTwoGpus, {gpus("a", 200, 1, 1)}).error(), NotPlaced::kLargerThanAnyPool);
}

TEST(Placement, TextNamesNoHardware) {
  EXPECT_EQ(describe(NotPlaced::kAllBusy, kTwoGpus),
            "could not place: every pool that the stage allows is busy");
  EXPECT_EQ(describe(NotPlaced::kLargerThanAnyPool, kTwoGpus),
            "cannot place: 2 GPUs a job is more than the stage has in one place");
}
