// Windows in UTC (L9). Each literal can be checked with `TZ=... date -d @...`.
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
std::chrono::days days(int n) { return std::chrono::days(n); }

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
  const std::vector<WindowType> types = {{NodeKind::kExperiment, WindowKind::kExperiment},
                                         {NodeKind::kAgent, WindowKind::kTotal},
                                         {NodeKind::kAgent, WindowKind::kDay},
                                         {NodeKind::kGlobal, WindowKind::kNight}};
  const auto windows =
      windows_to_reserve({zone("Europe/Rome")}, types, utc(2026, 7, 1, 21, 30), 1h);
  const Span today = day_of(zone("Europe/Rome"), utc(2026, 7, 1, 12));
  const Span tomorrow = day_of(zone("Europe/Rome"), utc(2026, 7, 2, 12));
  const Span tonight{utc(2026, 7, 1, 20), utc(2026, 7, 2, 5)};
  EXPECT_EQ(windows,
            (std::vector<WindowKey>{{NodeKind::kExperiment, WindowKind::kExperiment, Span{}},
                                    {NodeKind::kAgent, WindowKind::kTotal, Span{}},
                                    {NodeKind::kAgent, WindowKind::kDay, today},
                                    {NodeKind::kAgent, WindowKind::kDay, tomorrow},
                                    {NodeKind::kGlobal, WindowKind::kNight, tonight}}));
}

TEST(Windows, AJobThatEndsAtMidnightTouchesOneDay) {
  const auto days = [](Timestamp from, Milliseconds time) {
    return windows_touched({zone("UTC")}, WindowKind::kDay, from, time).size();
  };
  EXPECT_EQ(days(utc(2026, 7, 1, 23), 1h), 1U);
  EXPECT_EQ(days(utc(2026, 7, 1, 23), 1h + 1ms), 2U);
  EXPECT_EQ(days(utc(2026, 7, 1), 0ms), 1U);
}

namespace {

const Calendar kRome{zone("Europe/Rome"), {22 * 60, 7 * 60}};

// The windows of a kind that a moment, or a stretch of time, touches.
std::string touched(const Calendar& calendar, WindowKind kind, Timestamp from,
                    Milliseconds time = 0ms) {
  std::string text;
  for (const Span& span : windows_touched(calendar, kind, from, time))
    text += (text.empty() ? "" : "; ") + shown(span);
  return text;
}

}  // namespace

TEST(Nights, ANightGoesOverMidnightAndBelongsToItsEvening) {  // L9
  const std::string night = "2026-07-01T20:00:00Z 2026-07-02T05:00:00Z";
  EXPECT_EQ(touched(kRome, WindowKind::kNight, utc(2026, 7, 1, 20)), night);
  EXPECT_EQ(touched(kRome, WindowKind::kNight, utc(2026, 7, 2, 4, 59)), night);
  EXPECT_EQ(day_name(kRome.zone,
                     windows_touched(kRome, WindowKind::kNight, utc(2026, 7, 2, 1), 0ms).at(0)),
            "2026-07-01");
}

TEST(Nights, BetweenTwoNightsThereIsNone) {
  EXPECT_EQ(touched(kRome, WindowKind::kNight, utc(2026, 7, 2, 5)), "");
  EXPECT_EQ(touched(kRome, WindowKind::kNight, utc(2026, 7, 2, 19, 59)), "");
  EXPECT_EQ(touched(kRome, WindowKind::kNight, utc(2026, 7, 2, 18), 2h), "");
  EXPECT_EQ(touched(kRome, WindowKind::kNight, utc(2026, 7, 2, 18), 2h + 1ms),
            "2026-07-02T20:00:00Z 2026-07-03T05:00:00Z");
}

TEST(Nights, AJobOfTwoDaysTouchesTheNightsOfBoth) {
  EXPECT_EQ(touched(kRome, WindowKind::kNight, utc(2026, 7, 1, 12), 48h),
            "2026-07-01T20:00:00Z 2026-07-02T05:00:00Z; 2026-07-02T20:00:00Z 2026-07-03T05:00:00Z");
}

TEST(Nights, TheNightThatLosesAnHourHasEightAndTheOneThatGainsItTen) {  // L9
  EXPECT_EQ(touched(kRome, WindowKind::kNight, utc(2026, 3, 29, 0)),
            "2026-03-28T21:00:00Z 2026-03-29T05:00:00Z");
  EXPECT_EQ(touched(kRome, WindowKind::kNight, utc(2026, 10, 25, 0)),
            "2026-10-24T20:00:00Z 2026-10-25T06:00:00Z");
}

TEST(Nights, ANightThatEndsInTheHourThatComesTwiceEndsOnce) {  // L9
  const Calendar calendar{zone("Europe/Rome"), {22 * 60, 2 * 60 + 30}};
  EXPECT_EQ(touched(calendar, WindowKind::kNight, utc(2026, 10, 25, 0, 29)),
            "2026-10-24T20:00:00Z 2026-10-25T00:30:00Z");
  EXPECT_EQ(touched(calendar, WindowKind::kNight, utc(2026, 10, 25, 1, 29)), "");  // 02:29 again
}

TEST(Nights, ANightInsideTheHourThatNeverCameIsLeftOut) {  // L9
  const Calendar calendar{zone("Europe/Rome"), {2 * 60 + 10, 2 * 60 + 50}};
  EXPECT_EQ(touched(calendar, WindowKind::kNight, utc(2026, 3, 29, 0, 0), 24h), "");
}

TEST(Weeks, BeginOnMonday) {
  EXPECT_EQ(touched(kRome, WindowKind::kWeek, utc(2026, 7, 1, 12)),
            "2026-06-28T22:00:00Z 2026-07-05T22:00:00Z");
  EXPECT_EQ(touched(kRome, WindowKind::kWeek, utc(2026, 7, 5, 21, 59)),
            "2026-06-28T22:00:00Z 2026-07-05T22:00:00Z");
  EXPECT_EQ(touched(kRome, WindowKind::kWeek, utc(2026, 3, 25)),  // loses an hour on its Sunday
            "2026-03-22T23:00:00Z 2026-03-29T22:00:00Z");
}

TEST(Months, BeginOnTheFirst) {
  EXPECT_EQ(touched(kRome, WindowKind::kMonth, utc(2026, 2, 28, 22, 59)),
            "2026-01-31T23:00:00Z 2026-02-28T23:00:00Z");
  EXPECT_EQ(touched(kRome, WindowKind::kMonth, utc(2026, 12, 31, 12), 24h),
            "2026-11-30T23:00:00Z 2026-12-31T23:00:00Z; 2026-12-31T23:00:00Z "
            "2027-01-31T23:00:00Z");
  EXPECT_EQ(touched(kRome, WindowKind::kMonth, utc(2026, 10, 5)),  // gains an hour
            "2026-09-30T22:00:00Z 2026-10-31T23:00:00Z");
}

TEST(Windows, EveryKindIsInOrderAndNeverReopens) {  // L9
  EXPECT_TRUE(rc::check([] {
    const Calendar calendar{
        zone(*rc::gen::element("UTC", "Europe/Rome", "America/Sao_Paulo", "Asia/Beirut",
                               "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe",
                               "Africa/Casablanca")),
        {*rc::gen::inRange(0, 1440), *rc::gen::inRange(0, 1440)}};
    const WindowKind kind = *rc::gen::element(WindowKind::kDay, WindowKind::kNight,
                                              WindowKind::kWeek, WindowKind::kMonth);
    const Timestamp from{Milliseconds(*rc::gen::inRange<std::int64_t>(0, 2'051'222'400'000))};
    const auto windows = windows_touched(calendar, kind, from, days(70));
    for (std::size_t i = 0; i < windows.size(); ++i) {
      RC_ASSERT(windows[i].starts < windows[i].ends);
      if (i == 0) continue;
      RC_ASSERT(windows[i - 1].ends <= windows[i].starts);
      if (kind != WindowKind::kNight) RC_ASSERT(windows[i - 1].ends == windows[i].starts);
      // Asked at any of its moments the same window answers.
      const auto again = windows_touched(calendar, kind, windows[i].ends - 1ms, 0ms);
      RC_ASSERT(again == std::vector<Span>{windows[i]});
    }
  }));
}

TEST(TimeWithin, AnAttemptAcrossMidnightIsSharedByItsRealTime) {  // L9
  const auto days = windows_touched({zone("UTC")}, WindowKind::kDay, utc(2026, 7, 1, 23, 59), 3min);
  ASSERT_EQ(days.size(), 2U);
  EXPECT_EQ(time_within(days[0], utc(2026, 7, 1, 23, 59), 3min + 1ms), 1min);
  EXPECT_EQ(time_within(days[1], utc(2026, 7, 1, 23, 59), 3min + 1ms), 2min + 1ms);
  EXPECT_EQ(time_within(Span{}, utc(2026, 7, 1, 23, 59), 3min + 1ms), 3min + 1ms);
  EXPECT_EQ(time_within(days[1], utc(2026, 7, 1), 1h), 0ms);
}

TEST(TimeWithin, ThePartsSumToTheWholeAndEachIsChargedNoLess) {
  EXPECT_TRUE(rc::check([] {
    const Calendar anywhere{zone(
        *rc::gen::element("Europe/Rome", "America/Sao_Paulo", "America/St_Johns", "Pacific/Apia"))};
    const Timestamp started{
        Milliseconds(*rc::gen::inRange<std::int64_t>(1'200'000'000'000, 1'800'000'000'000))};
    const Milliseconds billed{*rc::gen::inRange<std::int64_t>(0, 20 * 86'400'000LL)};
    const HourlyPrice price{Money::micros(*rc::gen::inRange<std::int64_t>(1, 50'000'000))};
    for (const WindowKind kind : {WindowKind::kDay, WindowKind::kWeek, WindowKind::kMonth}) {
      Milliseconds sum{0};
      Money charged;
      for (const Span& window : windows_touched(anywhere, kind, started, billed)) {
        const Milliseconds time = time_within(window, started, billed);
        sum += time;
        charged += cost(price, 1, time);
      }
      RC_ASSERT(sum == billed);
      RC_ASSERT(charged >= cost(price, 1, billed));
    }
  }));
}
