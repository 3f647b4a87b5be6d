// L16: moving the wall clock buys no fresh day.
#include "server/budget/trusted_time.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

using namespace pawl;
using namespace std::chrono_literals;

namespace {

const Timestamp kNoon{std::chrono::milliseconds(1'782'907'200'000)};  // 2026-07-01T12:00:00Z

TimeMark mark(std::chrono::milliseconds stepped = 0ms) { return {kNoon, 1h, "boot-1", stepped}; }

// The wall clock moved by `wall` while the monotonic clock counted `monotonic`.
TrustedTime after(std::chrono::milliseconds monotonic, std::chrono::milliseconds wall) {
  return trusted_time(mark(), {kNoon + wall, 1h + monotonic, "boot-1"});
}

TrustedTime rebooted(std::chrono::milliseconds wall) {
  return trusted_time(mark(4min), {kNoon + wall, 20s, "boot-2"});
}

}  // namespace

TEST(TrustedTime, WithoutAMarkTheWallClockIsBelieved) {
  const TrustedTime first = trusted_time(std::nullopt, {kNoon, 1h, "boot-1"});
  EXPECT_EQ(first, (TrustedTime{kNoon, mark(), TimeTrust::kFirst}));
}

TEST(TrustedTime, ClocksThatAgreeGiveTheWallClock) {  // L16
  EXPECT_EQ(after(10min, 10min).now, kNoon + 10min);
  EXPECT_EQ(after(10min, 10min).trust, TimeTrust::kAgrees);
  EXPECT_EQ(after(10min, 14min).now, kNoon + 14min);
  EXPECT_EQ(after(10min, 14min).mark.stepped, 4min);
}

TEST(TrustedTime, AJumpForwardOfTwoDaysIsNotBelieved) {  // L16
  const TrustedTime jumped = after(1min, 48h);
  EXPECT_EQ(jumped.now, kNoon + 1min);
  EXPECT_EQ(jumped.trust, TimeTrust::kForward);
  EXPECT_EQ(jumped.mark, (TimeMark{kNoon + 1min, 1h + 1min, "boot-1", 0ms}));
}

TEST(TrustedTime, AForwardJumpIsBelievedOnceTheMonotonicClockAgrees) {  // L16
  const TrustedTime jumped = after(0ms, 1h);
  const TrustedTime later = trusted_time(jumped.mark, {kNoon + 1h, 1h + 56min, "boot-1"});
  EXPECT_EQ(later.now, kNoon + 1h);
  EXPECT_EQ(later.trust, TimeTrust::kAgrees);
}

TEST(TrustedTime, ManySmallStepsDoNotAddUpToADay) {  // L16
  TimeMark stored = mark();
  Timestamp wall = kNoon;
  for (int i = 0; i < 1000; ++i) {
    wall += 4min;
    stored = trusted_time(stored, {wall, 1h + i * 1ms, "boot-1"}).mark;
  }
  EXPECT_LE(stored.wall, kNoon + 5min + 1s);
}

TEST(TrustedTime, AJumpBackUsesTheMarkAndTheMonotonicClock) {  // L16
  EXPECT_EQ(after(1min, -2h).now, kNoon + 1min);
  EXPECT_EQ(after(1min, -2h).trust, TimeTrust::kBackward);
}

TEST(TrustedTime, ASmallStepBackHoldsTheMarkUntilTheWallClockCatchesUp) {  // L16
  EXPECT_EQ(after(10s, -30s).now, kNoon);
  EXPECT_EQ(after(10s, -30s).trust, TimeTrust::kBackward);
  EXPECT_EQ(after(60s, 20s).now, kNoon + 20s);
}

TEST(TrustedTime, AfterARebootTheWallClockIsBelievedUnlessItLiesBehind) {  // L16
  EXPECT_EQ(rebooted(6h),
            (TrustedTime{kNoon + 6h, {kNoon + 6h, 20s, "boot-2", 0ms}, TimeTrust::kRebooted}));
  EXPECT_EQ(rebooted(-6h), (TrustedTime{kNoon, {kNoon, 20s, "boot-2", 0ms}, TimeTrust::kBackward}));
}

TEST(TrustedTime, NeverMovesBack) {  // L16
  EXPECT_TRUE(rc::check([](const std::vector<std::pair<std::int32_t, bool>>& steps) {
    TimeMark stored = mark();
    TimeReading reading{kNoon, 1h, "boot-1"};
    for (const auto& [seconds, reboots] : steps) {
      reading.wall += std::chrono::seconds(seconds);
      reading.since_boot = reboots ? 0ms : reading.since_boot + 1s;
      if (reboots) reading.boot_id += "+";
      const TrustedTime next = trusted_time(stored, reading);
      RC_ASSERT(next.now >= stored.wall && next.mark.wall == next.now);
      stored = next.mark;
    }
  }));
}
