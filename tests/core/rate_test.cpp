#include "server/core/rate.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

using namespace pawl;
using namespace std::chrono_literals;

namespace {

constexpr Timestamp kStart{1'800'000'000'000ms};

Rate any_rate() {
  return {.unit_picos = *rc::gen::inRange<std::int64_t>(0, 100'000'000'000'000),
          .attempt_picos = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000),
          .once = Money::micros(*rc::gen::inRange<std::int64_t>(0, 100'000)),
          .least = Milliseconds(*rc::gen::inRange<std::int64_t>(0, 120'000)),
          .step = Milliseconds(*rc::gen::inRange<std::int64_t>(1, 60'000))};
}

}  // namespace

TEST(Charge, RoundsUpOnceAndNeverDown) {
  // 10 GB for 100 ms at 0.0000166667 USD a GB-second: 16.6667 micro-USD.
  const Rate by_memory{.unit_picos = 16'666'700LL * 10 * 3'600};
  EXPECT_EQ(charge(by_memory, 1, 100ms), Money::micros(17));
  EXPECT_EQ(charge(by_memory, 3, 100ms), Money::micros(51));  // 50.0001
}

TEST(Charge, HoldsWhatTheProviderAdds) {
  const Rate rate{
      .unit_picos = 3'600'000'000'000, .once = Money::micros(5), .least = 60s, .step = 10s};
  EXPECT_EQ(charge(rate, 1, 1ms), Money::micros(60'005));
  EXPECT_EQ(charge(rate, 1, 60'001ms), Money::micros(70'005));
}

TEST(Charge, IsMonotoneAndNeverBelowTheExactAmount) {  // L4
  EXPECT_TRUE(rc::check([] {
    const Rate rate = any_rate();
    const auto units = *rc::gen::inRange<std::int32_t>(1, 64);
    const Milliseconds time{*rc::gen::inRange<std::int64_t>(0, 86'400'000)};
    const Milliseconds longer = time + Milliseconds(*rc::gen::inRange<std::int64_t>(0, 86'400'000));
    RC_ASSERT(charge(rate, units, time) <= charge(rate, units, longer));
    const long double exact = (static_cast<long double>(rate.unit_picos) * units +
                               static_cast<long double>(rate.attempt_picos)) *
                              static_cast<long double>(time.count()) / 3.6e12L;
    RC_ASSERT(static_cast<long double>(charge(rate, units, time).micros()) >= exact * (1 - 1e-15L));
  }));
}

TEST(RunBill, OfOneRateIsItsCharge) {
  EXPECT_TRUE(rc::check([] {
    const Rate rate = any_rate();
    const auto units = *rc::gen::inRange<std::int32_t>(1, 64);
    const Milliseconds billed{*rc::gen::inRange<std::int64_t>(0, 86'400'000)};
    const RunBill bill{
        .rates = {{kStart, rate}}, .units = units, .started = kStart, .billed = billed};
    RC_ASSERT(bill.whole() == charge(rate, units, billed));
    const Milliseconds first{*rc::gen::inRange<std::int64_t>(0, billed.count() + 1)};
    RC_ASSERT(bill.part(kStart, first) + bill.part(kStart + first, billed - first) >= bill.whole());
  }));
}

TEST(RunBill, ChargesEachPartWhatWasInForce) {  // L13
  const Rate cheap{.unit_picos = 1'000'000'000'000};
  const Rate dear{.unit_picos = 10'000'000'000'000};
  const RunBill bill{.rates = {{kStart - 5min, cheap}, {kStart + 30min, dear}},
                     .units = 1,
                     .started = kStart,
                     .billed = 1h};
  EXPECT_EQ(bill.whole(), Money::micros(5'500'000));
  EXPECT_EQ(bill.part(kStart, 30min), Money::micros(500'000));
}
