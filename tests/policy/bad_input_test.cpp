// Whatever a human may write wrongly: each mistake names its line, the value and the limit, and
// what to do.
#include <fmt/format.h>

#include <array>

#include "tests/policy/policy_fixture.h"

using namespace pawl;

namespace {

struct BadInput {
  const char* name;
  std::string text;     // of the policy
  std::string mistake;  // "2:7 message"
  std::string way_out;
};

// In [budget], behind a good day.
std::string budget(const std::string& line) {
  return "[budget]\nday = 40.00\n" + line + "\n" + kStages + kPools;
}
std::string pool(const std::string& lines) {
  return "[budget]\nday = 40.00\n" + kStages + "[pool.cpu]\nkind = \"cpu\"\nclass = \"A\"\n" +
         lines;
}
std::string quiet(const std::string& window) {
  return kMinimal + "[[quiet]]\nwindow = \"" + window + "\"\nreason = \"a demo\"\n";
}

const std::string kAmount = "Write an amount in USD as a plain decimal such as 40.00.";

const std::array kAll = {
    BadInput{"UnknownKey", budget("dayy = 1"), "3:1 unknown key \"dayy\" in [budget]",
             "Did you mean \"day\"?"},
    BadInput{"UnknownKeyUnlikeAny", kMinimal + "[sandbox]\ncolour = 1\n",
             "10:1 unknown key \"colour\" in [sandbox]",
             "There is max_open, max_minutes, idle_minutes, usd, network."},
    BadInput{"DuplicateKey", budget("day = 50.00"),
             "3:1 cannot redefine existing floating-point 'day'", "Keep one of them."},
    BadInput{"WrongType", budget("week = \"40\""),
             "3:8 week: expected an amount in USD, found text", "Write it as in week = 200.00."},
    BadInput{"NegativeAmount", budget("week = -5.00"), "3:8 week: -5.00 is negative", kAmount},
    BadInput{"AbsurdAmount", budget("week = 1000000000001"),
             "3:8 week: 1000000000001 is over the limit of 1000000000000", kAmount},
    BadInput{"Exponent", budget("week = 1e3"), "3:8 week: 1e3 is not a plain decimal", kAmount},
    BadInput{"NegativeZero", budget("week = -0"), "3:8 week: -0 is negative", kAmount},
    BadInput{"NaN", budget("week = nan"), "3:8 week: nan is not a plain decimal", kAmount},
    BadInput{"TwoToThe63", budget("week = 9223372036854775807"),
             "3:8 week: 9223372036854775807 is over the limit of 1000000000000", kAmount},
    BadInput{"TooFineAnAmount", budget("week = 0.0000001"),
             "3:8 week: 0.0000001 has more than 6 decimals", kAmount},
    BadInput{"AbsurdCount", kMinimal + "[jobs]\nmax_concurrent = 10001\n",
             "10:18 max_concurrent: 10001 is not from 1 to 10000",
             "Write it as in max_concurrent = 16."},
    BadInput{"EmptyNight", budget("night = { usd = 3, window = \"22:00-22:00\" }"),
             "3:9 night: window: the window 22:00-22:00 is empty or a whole day",
             "A window ends at another time of the day than it begins; use `day` for days."},
    BadInput{"NoTimeOfTheDay", budget("night = { usd = 3, window = \"25:00-07:00\" }"),
             "3:9 night: window: \"25:00-07:00\" is not a window of the day",
             "Write it as \"22:00-07:00\": from, and until when; over midnight is fine."},
    BadInput{"QuietWindowThatOverlapsItself", quiet("Mon-Wed,Tue 09:00-11:00"),
             "10:10 window: the window overlaps itself: Tue stands twice",
             "Write it as in window = \"Mon-Fri 09:00-11:00\"."},
    BadInput{"EmptyQuietWindow", quiet("Mon-Fri 09:00-09:00"),
             "10:10 window: the window 09:00-09:00 is empty or a whole day",
             "A window ends at another time of the day than it begins; use `day` for days."},
    BadInput{"NoSuchZone", "timezone = \"Europe/Roma\"\n" + kMinimal,
             "1:12 timezone: no time zone is named \"Europe/Roma\"",
             "Did you mean \"Europe/Rome\"?"},
    BadInput{"NoZoneAtAll", "timezone = \"home\"\n" + kMinimal,
             "1:12 timezone: no time zone is named \"home\"",
             "Write it as in timezone = \"Europe/Rome\"."},
    BadInput{"UnknownPool", "[budget]\nday = 1\n[stage.screen]\npools = [\"h100\"]\n" + kPools,
             "4:10 no pool is named \"h100\"", "There is cpu."},
    BadInput{"UnknownStage", kMinimal + "[[agent]]\nmatch = \"*\"\nstages = [\"scren\"]\n",
             "11:11 no stage is named \"scren\"", "Did you mean \"screen\"?"},
    BadInput{
        "ChildAboveItsParent", "[budget]\ntotal = 50.00\nday = 51\n" + kStages + kPools,
        "3:7 day: [budget] is above the total of 50.00 in [budget] (policies/default.toml:2:9)",
        "It can never bind: lower it, or raise the total."},
    BadInput{"MissingPrice", pool(""),
             "5:1 [pool.cpu] needs exactly one of price and price_per_gb_second",
             "There is no default price: what is unknown cannot be reserved."},
    BadInput{"FreeMeteredPool", pool("price = 0\n"), "8:9 price: a metered pool is not free",
             "Write what is billed, or billing = \"owned\"."},
    BadInput{"PriceThatEndsBeforeItBegins",
             pool("price = 1\nprice_valid_from = 2026-02-02\nprice_valid_until = 2026-02-01\n"),
             "10:21 price_valid_until: lies before price_valid_from", "Both days are included."},
    BadInput{"DayThatDoesNotExist", pool("price = 1\nprice_valid_until = \"2026-02-30\"\n"),
             "9:21 price_valid_until: 2026-02-30 is not a date",
             "Write year, month and day, such as \"2026-12-31\"."},
    BadInput{"NothingLimitsTheMoney", "[budget]\nweek = 5\n" + kStages + kPools,
             "1:1 nothing limits the money: [budget] has neither total nor day",
             "Add day = 10.00, or total."},
};

class Bad : public testing::TestWithParam<BadInput> {};

}  // namespace

TEST_P(Bad, NamesItsPlaceTheValueAndTheWayOut) {
  const Diagnostics all = mistakes_in(GetParam().text);
  ASSERT_EQ(all.size(), 1U) << format(all);
  EXPECT_EQ(fmt::format("{}:{} {}", all[0].at.line, all[0].at.column, all[0].message),
            GetParam().mistake);
  EXPECT_EQ(all[0].hint, GetParam().way_out);
  EXPECT_EQ(all[0].file, "policies/default.toml");
  EXPECT_FALSE(all[0].source_line.empty());
}

INSTANTIATE_TEST_SUITE_P(Input, Bad, testing::ValuesIn(kAll),
                         [](const auto& bad) { return std::string(bad.param.name); });

TEST(BadInRepository, AValueLooserThanThePolicysNamesBothAndTheWayOut) {
  const auto tightened_by = tighten(parsed(budget("")).policy, "tiny",
                                    {{"repo/policies/a.toml", "[jobs]\nmax_queued = 201\n"}});
  ASSERT_FALSE(tightened_by);
  EXPECT_EQ(format(tightened_by.error()),
            "repo/policies/a.toml:2:14: max_queued: 201 is looser than 200 (built-in default)\n"
            "   2 | max_queued = 201\n"
            "     |              ^~~\n"
            "  A repository's policy only tightens: lower it, or leave it out.\n");
}
