// Amounts in policy files: exact, or refused.
#include <rapidcheck.h>

#include "tests/policy/policy_fixture.h"

using namespace pawl;

namespace {

std::int64_t day_micros(const std::string& amount) {
  return parsed(with_day(amount)).policy.budget.day->value.micros();
}

std::string refusal_of(const std::string& amount) { return mistake_in(with_day(amount)).substr(9); }

std::int64_t gpu_ms(const std::string& hours) {
  return parsed(with_day("1\nday_gpu_hours = " + hours)).policy.budget.day_gpu_time->value.count();
}

}  // namespace

TEST(Amounts, AreExactToTheMicroDollar) {
  EXPECT_EQ(day_micros("0.1"), 100'000);
  EXPECT_EQ(day_micros("40"), 40'000'000);
  EXPECT_EQ(day_micros("0.000001"), 1);
  EXPECT_EQ(day_micros("0.0"), 0);
  EXPECT_EQ(day_micros("1_000.50"), 1'000'500'000);
  EXPECT_EQ(day_micros("900719925474.099301"),
            900'719'925'474'099'301);  // a double would lose the end
  EXPECT_EQ(day_micros("1000000000000"), 1'000'000'000'000'000'000);
}

TEST(Amounts, ThatMayBeMistypedAreRefused) {
  EXPECT_EQ(refusal_of("1e3"), "1e3 is not a plain decimal");
  EXPECT_EQ(refusal_of("-0"), "-0 is negative");
  EXPECT_EQ(refusal_of("-0.0"), "-0.0 is negative");
  EXPECT_EQ(refusal_of("+5"), "+5 is not a plain decimal");
  EXPECT_EQ(refusal_of("nan"), "nan is not a plain decimal");
  EXPECT_EQ(refusal_of("inf"), "inf is not a plain decimal");
  EXPECT_EQ(refusal_of("-inf"), "-inf is negative");
  EXPECT_EQ(refusal_of("0x10"), "0x10 is not a plain decimal");
  EXPECT_EQ(refusal_of("0.0000001"), "0.0000001 has more than 6 decimals");
  EXPECT_EQ(refusal_of("1000000000000.000001"),
            "1000000000000.000001 is over the limit of 1000000000000");
  EXPECT_EQ(refusal_of("9223372036854775807"),
            "9223372036854775807 is over the limit of 1000000000000");
}

TEST(Amounts, ThatNoIntegerHoldsAreRefused) {
  EXPECT_FALSE(mistakes_in(with_day("99999999999999999999")).empty());
  EXPECT_FALSE(mistakes_in(with_day("99999999999999999999.5")).empty());
  EXPECT_FALSE(mistakes_in(with_day("1e999")).empty());
}

TEST(Amounts, GpuHoursAreExactToTheMillisecond) {
  EXPECT_EQ(gpu_ms("40"), 144'000'000);
  EXPECT_EQ(gpu_ms("0.5"), 1'800'000);
  EXPECT_EQ(gpu_ms("0.00001"), 36);
  EXPECT_EQ(mistake_in(with_day("1\nday_gpu_hours = 0.000001")),
            "3:17 day_gpu_hours: 0.000001 has more than 5 decimals");
}

TEST(Amounts, AreFoundBehindCharactersOfSeveralBytes) {
  const std::string inline_pool =
      "pool = { cpu = { class = \"Größe é\", kind = \"cpu\", price = 2.39 } }\n";
  EXPECT_EQ(parsed(inline_pool + "[budget]\nday = 1\n" + kStages).pools[0].price.per_hour,
            Money::micros(2'390'000));
}

TEST(Amounts, AnyDecimalIsReadAsTheNumberThatIsWritten) {
  EXPECT_TRUE(rc::check([] {
    const auto whole = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000);
    const auto micros = *rc::gen::inRange<std::int64_t>(0, 1'000'000);
    const std::string fraction = std::to_string(1'000'000 + micros).substr(1);
    RC_ASSERT(day_micros(std::to_string(whole) + "." + fraction) == whole * 1'000'000 + micros);
  }));
}
