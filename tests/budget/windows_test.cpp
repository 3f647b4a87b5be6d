// Days in UTC (L9). Each literal can be checked with `TZ=... date -d @...`.
#include "server/budget/windows.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "server/core/text.h"

using namespace pawl;
using namespace std::chrono_literals;

namespace {

Timestamp utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute);
}

Zone zone(std::string_view name) { return *Zone::find(name); }

std::string shown(const Span& span) {
  return format_utc(span.starts) + " " + format_utc(span.ends);
}

std::string day_at(std::string_view name, Timestamp time) {
  return shown(day_of(zone(name), time));
}

}  // namespace

TEST(Windows, AnUnknownZoneIsRefused) {  // L17
  EXPECT_EQ(Zone::find("Europe/Roma").error().kind, ErrorKind::kInvalid);
  EXPECT_FALSE(Zone::find("").has_value());
  EXPECT_FALSE(Zone::find("../../etc/passwd").has_value());
}

TEST(Windows, ADayOfRomeBeginsAtItsMidnight) {
  EXPECT_EQ(day_at("Europe/Rome", utc(2026, 7, 1, 22, 30)),
            "2026-07-01T22:00:00Z 2026-07-02T22:00:00Z");
  EXPECT_EQ(day_at("Europe/Rome", utc(2026, 7, 1, 21, 59)),
            "2026-06-30T22:00:00Z 2026-07-01T22:00:00Z");
}

TEST(Windows, TheDayThatLosesAnHourHas23) {  // L9
  EXPECT_EQ(day_at("Europe/Rome", utc(2026, 3, 29, 12)),
            "2026-03-28T23:00:00Z 2026-03-29T22:00:00Z");
}

TEST(Windows, TheDayThatGainsAnHourHas25) {  // L9
  EXPECT_EQ(day_at("Europe/Rome", utc(2026, 10, 25, 0, 30)),
            "2026-10-24T22:00:00Z 2026-10-25T23:00:00Z");
  EXPECT_EQ(day_at("Europe/Rome", utc(2026, 10, 25, 1, 30)),
            "2026-10-24T22:00:00Z 2026-10-25T23:00:00Z");
}

TEST(Windows, WhereMidnightDoesNotExistTheDayBeginsAtTheJump) {  // L9
  // Sao Paulo set its clocks from 00:00 to 01:00 on 2018-11-04, Beirut on 2026-03-29.
  EXPECT_EQ(day_at("America/Sao_Paulo", utc(2018, 11, 4, 12)),
            "2018-11-04T03:00:00Z 2018-11-05T02:00:00Z");
  EXPECT_EQ(day_at("Asia/Beirut", utc(2026, 3, 29, 12)),
            "2026-03-28T22:00:00Z 2026-03-29T21:00:00Z");
}

TEST(Windows, AJumpAcrossMidnightEndsTheDayWhereItHappens) {  // L9
  // Toronto set its clocks from 23:30 to 00:30 on 1919-03-30.
  EXPECT_EQ(day_at("America/Toronto", utc(1919, 3, 31, 12)),
            "1919-03-31T04:30:00Z 1919-04-01T04:00:00Z");
  EXPECT_EQ(day_at("America/Toronto", utc(1919, 3, 31, 4, 15)),
            "1919-03-30T05:00:00Z 1919-03-31T04:30:00Z");
}

TEST(Windows, ADayWhoseLastHourComesTwiceHas25) {  // L9
  // Sao Paulo set its clocks from 24:00 back to 23:00 on 2018-02-17.
  EXPECT_EQ(day_at("America/Sao_Paulo", utc(2018, 2, 18, 2, 30)),
            "2018-02-17T02:00:00Z 2018-02-18T03:00:00Z");
  EXPECT_EQ(day_at("America/Sao_Paulo", utc(2018, 2, 18, 3)),
            "2018-02-18T03:00:00Z 2018-02-19T03:00:00Z");
}

TEST(Windows, ADayThatEndedNeverReopens) {  // L9
  // St. John's set its clocks from 00:01 back to 23:01 on 2010-11-07: that evening's last hour came
  // after midnight once more, and belongs to the new day.
  const std::string sunday = "2010-11-07T02:30:00Z 2010-11-08T03:30:00Z";
  EXPECT_EQ(day_at("America/St_Johns", utc(2010, 11, 7, 2, 30)), sunday);
  EXPECT_EQ(day_at("America/St_Johns", utc(2010, 11, 7, 3, 0)), sunday);
  EXPECT_EQ(
      day_name(zone("America/St_Johns"), day_of(zone("America/St_Johns"), utc(2010, 11, 7, 3, 0))),
      "2010-11-07");
}

TEST(Windows, ADateThatNeverCameHasNoDay) {  // L9
  // Apia went from the 29th of December 2011 to the 31st.
  EXPECT_EQ(day_at("Pacific/Apia", utc(2011, 12, 30, 9, 59)),
            "2011-12-29T10:00:00Z 2011-12-30T10:00:00Z");
  EXPECT_EQ(day_at("Pacific/Apia", utc(2011, 12, 30, 10)),
            "2011-12-30T10:00:00Z 2011-12-31T10:00:00Z");
}

TEST(Windows, DaysTileTimeWithoutGapOrOverlap) {  // L9
  EXPECT_TRUE(rc::check([] {
    const Zone anywhere = zone(*rc::gen::element(
        "UTC", "Europe/Rome", "America/Sao_Paulo", "Asia/Beirut", "America/St_Johns",
        "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Havana",
        "Africa/Casablanca", "Pacific/Kwajalein", "Asia/Tehran"));
    const Timestamp time{
        Milliseconds(*rc::gen::inRange<std::int64_t>(0, 2'051'222'400'000))};  // 1970 to 2035
    const Span day = day_of(anywhere, time);
    RC_ASSERT(day.starts <= time && time < day.ends);
    RC_ASSERT(day_of(anywhere, day.starts) == day);
    RC_ASSERT(day_of(anywhere, day.ends - 1ms) == day);
    RC_ASSERT(day_of(anywhere, day.ends).starts == day.ends);
    RC_ASSERT(day_of(anywhere, day.starts - 1ms).ends == day.starts);
  }));
}

TEST(Windows, AJobThatMayTouchTwoDaysReservesInBoth) {  // L9
  const auto windows = windows_to_reserve(zone("Europe/Rome"), utc(2026, 7, 1, 21, 30), 1h);
  const Span today = day_of(zone("Europe/Rome"), utc(2026, 7, 1, 12));
  const Span tomorrow = day_of(zone("Europe/Rome"), utc(2026, 7, 2, 12));
  ASSERT_EQ(windows.size(), 10U);
  EXPECT_EQ(windows[0], (WindowKey{NodeKind::kExperiment, WindowKind::kExperiment, Span{}}));
  EXPECT_EQ(windows[1], (WindowKey{NodeKind::kAgent, WindowKind::kTotal, Span{}}));
  EXPECT_EQ(windows[2], (WindowKey{NodeKind::kAgent, WindowKind::kDay, today}));
  EXPECT_EQ(windows[3], (WindowKey{NodeKind::kAgent, WindowKind::kDay, tomorrow}));
  EXPECT_EQ(windows[9], (WindowKey{NodeKind::kGlobal, WindowKind::kDay, tomorrow}));
}

TEST(Windows, AJobThatEndsAtMidnightTouchesOneDay) {
  EXPECT_EQ(days_touched(zone("UTC"), utc(2026, 7, 1, 23), 1h).size(), 1U);
  EXPECT_EQ(days_touched(zone("UTC"), utc(2026, 7, 1, 23), 1h + 1ms).size(), 2U);
  EXPECT_EQ(days_touched(zone("UTC"), utc(2026, 7, 1), 0ms).size(), 1U);
}

TEST(Split, AnAttemptAcrossMidnightIsSharedByItsRealTime) {  // L9
  const auto shares = split(zone("UTC"), utc(2026, 7, 1, 23, 59), 3min + 1ms);
  ASSERT_EQ(shares.size(), 2U);
  EXPECT_EQ(shares[0].time, 1min);
  EXPECT_EQ(shares[1].time, 2min + 1ms);
  EXPECT_EQ(shares[1].day.starts, utc(2026, 7, 2));
}

TEST(Split, AnAttemptOfNoTimeHasOneEmptyPart) {
  EXPECT_EQ(split(zone("UTC"), utc(2026, 7, 1), 0ms),
            (std::vector<Share>{{{utc(2026, 7, 1), utc(2026, 7, 2)}, 0ms}}));
}

TEST(Split, ThePartsSumToTheWholeAndEachIsChargedNoLess) {
  EXPECT_TRUE(rc::check([] {
    const Zone anywhere = zone(
        *rc::gen::element("Europe/Rome", "America/Sao_Paulo", "America/St_Johns", "Pacific/Apia"));
    const Timestamp started{
        Milliseconds(*rc::gen::inRange<std::int64_t>(1'200'000'000'000, 1'800'000'000'000))};
    const Milliseconds billed{*rc::gen::inRange<std::int64_t>(0, 20 * 86'400'000LL)};
    const HourlyPrice price{Money::micros(*rc::gen::inRange<std::int64_t>(1, 50'000'000))};
    Milliseconds sum{0};
    Money charged;
    for (const Share& share : split(anywhere, started, billed)) {
      RC_ASSERT(share.time >= 0ms && share.time <= share.day.ends - share.day.starts);
      sum += share.time;
      charged += cost(price, 1, share.time);
    }
    RC_ASSERT(sum == billed);
    RC_ASSERT(charged >= cost(price, 1, billed));
  }));
}
