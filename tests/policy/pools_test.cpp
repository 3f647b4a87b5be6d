#include "server/policy/pools.h"

#include "tests/policy/policy_fixture.h"

using namespace pawl;
using namespace std::chrono_literals;

namespace {

const std::string kBudget = "[budget]\nday = 40.00\n" + kStages;

Pool pool_of(const std::string& keys) {
  return parsed(kBudget + "[pool.cpu]\nkind = \"cpu\"\nclass = \"A\"\n" + keys).pools.at(0);
}

std::string pool_mistake(const std::string& keys) {
  return mistake_in(kBudget + "[pool.cpu]\nkind = \"cpu\"\nclass = \"A\"\n" + keys);
}

}  // namespace

TEST(Pools, ASpotOfferHasItsOwnPrice) {
  const Pool pool = pool_of(
      "price = 2.39\nspot_price = 1.19\nspot_interruptions_per_hour = 0.05\nstartup_seconds = "
      "90\n");
  EXPECT_EQ(rate_of(pool, Offer::kOnDemand).per_unit().per_hour, Money::micros(2'390'000));
  EXPECT_EQ(rate_of(pool, Offer::kSpot).per_unit().per_hour, Money::micros(1'190'000));
  EXPECT_EQ(pool.spot_interruptions, 0.05);
}

TEST(Pools, APriceByMemoryIsExactToTheLastDigit) {
  const Pool pool = pool_of("price_per_gb_second = 0.0000166667\nmemory_gb = 10\n");
  EXPECT_EQ(rate_of(pool, Offer::kOnDemand).unit_picos, 600'001'200'000);  // 0.6000012 USD an hour
  EXPECT_EQ(pool.price.per_hour, Money::micros(600'002));
}

TEST(Pools, WhatTheProviderAddsIsPartOfTheRate) {
  const Rate rate = rate_of(
      pool_of("price = 1.00\nmin_billing_seconds = 60\nbilling_step_seconds = 1\n"
              "storage_usd_per_gb_month = 0.073\ndisk_gb = 100\ntransfer_usd_per_gb = 0.09\n"
              "transfer_gb = 2\n"),
      Offer::kOnDemand);
  EXPECT_EQ(rate.least, 60s);
  EXPECT_EQ(rate.step, 1s);
  EXPECT_EQ(rate.attempt_picos, 10'000'000'000);  // 7.30 USD a month are 0.01 an hour
  EXPECT_EQ(rate.once, Money::micros(180'000));
}

TEST(Pools, WithoutSuchKeysOnlyTheTimeIsPaid) {
  EXPECT_EQ(rate_of(pool_of("price = 2.39\n"), Offer::kOnDemand),
            Rate::of({Money::micros(2'390'000)}));
}

TEST(Pools, ExactlyOnePriceIsKnown) {  // L17
  EXPECT_EQ(pool_mistake(""), "5:1 [pool.cpu] needs exactly one of price and price_per_gb_second");
  EXPECT_EQ(pool_mistake("price = 1.00\nprice_per_gb_second = 0.00001\nmemory_gb = 2\n"),
            "8:9 [pool.cpu] needs exactly one of price and price_per_gb_second");
  EXPECT_EQ(pool_mistake("price_per_gb_second = 0\nmemory_gb = 2\n"),
            "8:23 price_per_gb_second: a metered pool is not free");
}

TEST(Pools, KeysThatNeedEachOtherSaySo) {
  EXPECT_EQ(pool_mistake("price_per_gb_second = 0.00001\n"),
            "8:23 price_per_gb_second needs memory_gb beside it");
  EXPECT_EQ(pool_mistake("price = 1.00\ndisk_gb = 100\n"),
            "9:11 disk_gb needs storage_usd_per_gb_month beside it");
  EXPECT_EQ(pool_mistake("price = 1.00\ntransfer_usd_per_gb = 0.09\n"),
            "9:23 transfer_usd_per_gb needs transfer_gb beside it");
}

TEST(Pools, DaysOfAPriceAreDaysThatExist) {
  const Pool pool =
      pool_of("price = 1.00\nprice_valid_from = 2026-01-31\nprice_valid_until = \"2026-12-31\"\n");
  using namespace std::chrono;
  EXPECT_EQ(pool.valid_from->value, 2026y / January / 31d);
  EXPECT_EQ(pool.valid_until->source, "policies/default.toml:10:21");
  EXPECT_EQ(pool_mistake("price = 1.00\nprice_valid_until = \"2026-02-30\"\n"),
            "9:21 price_valid_until: 2026-02-30 is not a date");
  EXPECT_EQ(pool_mistake("price = 1.00\nprice_valid_until = \"soon\"\n"),
            "9:21 price_valid_until: soon is not a date");
  EXPECT_EQ(pool_mistake("price = 1.00\nprice_valid_from = \"2026-02-01\"\n"
                         "price_valid_until = \"2026-01-31\"\n"),
            "10:21 price_valid_until: lies before price_valid_from");
}
