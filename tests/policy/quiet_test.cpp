#include "server/policy/quiet.h"

#include <gtest/gtest.h>

using namespace pawl;
using std::chrono::hours;

namespace {

Timestamp utc(int month, int day, int hour, int minute = 0) {
  return Timestamp(std::chrono::sys_days(std::chrono::year(2026) / month / day) + hours(hour) +
                   std::chrono::minutes(minute));
}

constexpr std::array<bool, 7> kWorkdays = {true, true, true, true, true, false, false};
constexpr std::array<bool, 7> kEveryDay = {true, true, true, true, true, true, true};

// Nine to eleven in Rome: 08:00 to 10:00 UTC in winter.
Policy demo() {
  Policy policy;
  policy.timezone.value = "Europe/Rome";
  policy.quiet = {{.days = kWorkdays,
                   .window = {9 * 60, 11 * 60},
                   .pools = {"h200"},
                   .reason = "the demo slot",
                   .source = "p.toml:46:1"}};
  return policy;
}

TEST(QuietHours, AJobThatCouldRunIntoTheWindowDoesNotStart) {  // Monday
  const Policy policy = demo();
  EXPECT_FALSE(quiet_in(policy, "h200", utc(11, 23, 7), std::chrono::minutes(60)));
  const auto quiet = quiet_in(policy, "h200", utc(11, 23, 7), std::chrono::minutes(61));
  ASSERT_TRUE(quiet);
  EXPECT_EQ(quiet->until, utc(11, 23, 10));
  EXPECT_EQ(describe(*quiet, "Europe/Rome"), "until 11:00, quiet: the demo slot (p.toml:46:1)");
}

TEST(QuietHours, InsideTheWindowNothingStartsAndAtItsEndAllDoes) {
  const Policy policy = demo();
  EXPECT_TRUE(quiet_in(policy, "h200", utc(11, 23, 9, 59), std::chrono::minutes(1)));
  EXPECT_FALSE(quiet_in(policy, "h200", utc(11, 23, 10), std::chrono::minutes(1)));
}

TEST(QuietHours, OtherPoolsAndOtherDaysAreFree) {
  const Policy policy = demo();
  EXPECT_FALSE(quiet_in(policy, "h100", utc(11, 23, 9), std::chrono::minutes(1)));
  EXPECT_FALSE(quiet_in(policy, "h200", utc(11, 22, 9), std::chrono::minutes(1)));  // Sunday
}

TEST(QuietHours, ALongJobMeetsAWindowOfTheNextDay) {
  const auto quiet = quiet_in(demo(), "h200", utc(11, 22, 20), hours(13));  // Sunday evening
  ASSERT_TRUE(quiet);
  EXPECT_EQ(quiet->until, utc(11, 23, 10));
}

TEST(QuietHours, AWindowOverMidnightBelongsToTheDayItBeginsOn) {
  Policy policy = demo();
  policy.quiet[0].days = {false, false, false, false, true, false, false};  // Friday
  policy.quiet[0].window = {23 * 60, 60};
  EXPECT_TRUE(
      quiet_in(policy, "h200", utc(11, 27, 23, 30), std::chrono::minutes(1)));  // Saturday 00:30
  EXPECT_FALSE(
      quiet_in(policy, "h200", utc(11, 26, 23, 30), std::chrono::minutes(1)));  // Friday 00:30
}

TEST(QuietHours, SeveralWindowsCountAsTheOneThatLastsLongest) {
  Policy policy = demo();
  policy.quiet.push_back(policy.quiet[0]);
  policy.quiet[1].window = {10 * 60, 12 * 60};
  EXPECT_EQ(quiet_in(policy, "h200", utc(11, 23, 9, 30), std::chrono::minutes(1))->until,
            utc(11, 23, 11));
}

TEST(QuietHours, TheSpansOfAWeekStandInOrder) {
  Policy policy = demo();
  policy.quiet.push_back(policy.quiet[0]);
  policy.quiet[1].window = {7 * 60, 8 * 60};
  const auto spans = quiet_spans(policy, "h200", utc(11, 23, 9), utc(11, 25, 6));  // from Monday on
  EXPECT_EQ(spans, (std::vector<LocalSpan>{{utc(11, 23, 8), utc(11, 23, 10)},
                                           {utc(11, 24, 6), utc(11, 24, 7)},
                                           {utc(11, 24, 8), utc(11, 24, 10)}}));
  EXPECT_TRUE(quiet_spans(policy, "h100", utc(11, 23, 9), utc(11, 25, 6)).empty());
}

TEST(QuietHours, TheClocksGoBackAndTheWindowGrowsByAnHour) {  // L9: 25 October, 03:00 to 02:00
  const auto span =
      first_overlap({"Europe/Rome", {60, 150}, kEveryDay}, utc(10, 25, 0), utc(10, 25, 1));
  ASSERT_TRUE(span);
  EXPECT_EQ(span->starts, utc(10, 24, 23));
  EXPECT_EQ(span->ends, utc(10, 25, 1, 30));
}

TEST(QuietHours, TheClocksGoForwardAndASkippedMomentIsTheJump) {  // 29 March, 02:00 to 03:00
  const auto span =
      first_overlap({"Europe/Rome", {150, 240}, kEveryDay}, utc(3, 29, 1), utc(3, 29, 2));
  ASSERT_TRUE(span);
  EXPECT_EQ(span->starts, utc(3, 29, 1));
  EXPECT_EQ(span->ends, utc(3, 29, 2));
}

}  // namespace
