// Which night the morning report is about.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "server/jobs/report.h"

using namespace pawl;

namespace {

constexpr Timestamp kDay{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)};

Timestamp at(int hours, int minutes = 0) {
  return kDay + std::chrono::hours(hours) + std::chrono::minutes(minutes);
}

}  // namespace

TEST(NightSpan, BeginsAfterTheLastQuietGap) {
  const std::vector<Span> attempts = {
      {at(9), at(10)}, {at(20), at(21)}, {at(22), at(29)}, {at(30), at(31)}};
  EXPECT_EQ(night_span(attempts, at(33)), (Span{at(20), at(33)}));
}

TEST(NightSpan, AGapUnderALongAttemptIsNotQuiet) {
  const std::vector<Span> attempts = {{at(9), at(21)}, {at(10), at(11)}, {at(20), at(22)}};
  EXPECT_EQ(night_span(attempts, at(23)).starts, at(9));
}

TEST(NightSpan, GoesBackADayAtMost) {
  std::vector<Span> attempts;
  for (int hour = 0; hour < 72; ++hour) attempts.push_back({at(hour), at(hour, 50)});
  EXPECT_EQ(night_span(attempts, at(80)).starts, at(48));
}

TEST(NightSpan, CountsAnAttemptThatRunsUpToNow) {
  EXPECT_EQ(night_span({{at(9), at(30)}}, at(12)), (Span{at(9), at(12)}));
}

TEST(NightSpan, WithoutAnyAttemptIsEmpty) {
  EXPECT_EQ(night_span({}, at(12)), (Span{at(12), at(12)}));
}

TEST(NightSpan, BeginsWhereSomeAttemptBegan) {
  EXPECT_TRUE(rc::check([] {
    std::vector<Span> attempts;
    const int count = *rc::gen::inRange(1, 30);
    for (int i = 0; i < count; ++i) {
      const int start = *rc::gen::inRange(0, 5'000);
      attempts.push_back({at(0, start), at(0, start + *rc::gen::inRange(0, 600))});
    }
    const Span night = night_span(attempts, at(0, 5'600));
    RC_ASSERT(std::ranges::find(attempts, night.starts, &Span::starts) != attempts.end());
    const auto [first, last] = std::ranges::minmax(attempts, {}, &Span::ends);
    RC_ASSERT(last.ends - night.starts <= std::chrono::hours(24) || night.starts == last.starts);
  }));
}
