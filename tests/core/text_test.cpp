#include "server/core/text.h"

#include <gtest/gtest.h>

using namespace pawl;

TEST(DidYouMean, FindsSlipsOfTheFingers) {
  const std::vector<std::string> words = {"day", "total", "experiment"};
  EXPECT_EQ(nearest("dya", words), "day");
  EXPECT_EQ(nearest("totl", words), "total");
  EXPECT_EQ(nearest("experimnets", words), "experiment");
  EXPECT_EQ(nearest("pool", words), "");
}

TEST(Durations, ReadAsPeopleWriteThem) {
  using namespace std::chrono;
  EXPECT_EQ(format_duration(milliseconds(320)), "320ms");
  EXPECT_EQ(format_duration(seconds(45)), "45s");
  EXPECT_EQ(format_duration(seconds(501)), "8m21s");
  EXPECT_EQ(format_duration(minutes(310)), "5h10m");
}

TEST(Utc, IsWrittenToTheSecond) {
  EXPECT_EQ(format_utc(std::chrono::sys_days(std::chrono::year(2026) / 3 / 29) +
                       std::chrono::milliseconds(1500)),
            "2026-03-29T00:00:01Z");
}
