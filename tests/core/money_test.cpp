#include "server/core/money.h"

#include <gtest/gtest.h>

using namespace pawl;

TEST(Money, ACostIsRoundedUpSoThatAReservationCoversItsCharge) {
  EXPECT_EQ(cost({Money::usd(2)}, 1, std::chrono::minutes(30)), Money::usd(1));
  EXPECT_EQ(cost({Money::micros(1)}, 8, Milliseconds(1)), Money::micros(1));
  EXPECT_EQ(cost({Money::usd(2)}, 1, Milliseconds(0)), Money());
}

TEST(Money, ReadsWithTwoDecimals) {
  EXPECT_EQ(format_usd(Money::usd(12)), "12.00");
  EXPECT_EQ(format_usd(Money::micros(12'405'000)), "12.41");
  EXPECT_EQ(format_usd(Money::micros(-5'000)), "-0.01");
}

TEST(Money, ParsesPlainDecimalsExactly) {
  EXPECT_EQ(parse_usd("2.39").value(), Money::micros(2'390'000));
  EXPECT_EQ(parse_usd("0.000001").value(), Money::micros(1));
}

TEST(Money, RefusesWhatAHumanMayHaveMistyped) {
  for (const char* text : {"", ".5", "-1", "+1", "1e3", "NaN", "inf", "1.0000001", "1.2.3", "1,5",
                           "1000000000000.0", "9223372036854775808"}) {
    EXPECT_FALSE(parse_usd(text).has_value()) << text;
  }
}
