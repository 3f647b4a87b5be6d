// The ceilings of every window, and what they say together.
#include "server/policy/policy_keys.h"
#include "tests/policy/policy_fixture.h"

using namespace pawl;

namespace {

const std::string kRest = kStages + kPools;

std::string budget_mistake(const std::string& keys) {
  return mistake_in("[budget]\nday = 40.00\n" + keys + "\n" + kRest);
}

Policy with_budget(const std::string& keys) {
  return parsed("[budget]\nday = 40.00\n" + keys + "\n" + kRest).policy;
}

}  // namespace

TEST(Ceilings, EveryWindowOfANodeIsReadInBothUnits) {
  const SpendLimits budget =
      with_budget(
          "night = 30\nweek = 200\nmonth = 600\nround = 9\nexperiment = 3\nnight_gpu_hours = 1\n"
          "week_gpu_hours = 2\nmonth_gpu_hours = 3\nround_gpu_hours = 4\n")
          .budget;
  EXPECT_EQ(budget.night->value, Money::usd(30));
  EXPECT_EQ(budget.week->value, Money::usd(200));
  EXPECT_EQ(budget.month->value, Money::usd(600));
  EXPECT_EQ(budget.round->value, Money::usd(9));
  EXPECT_EQ(budget.night_gpu_time->value, std::chrono::hours(1));
  EXPECT_EQ(budget.week_gpu_time->value, std::chrono::hours(2));
  EXPECT_EQ(budget.month_gpu_time->value, std::chrono::hours(3));
  EXPECT_EQ(budget.round_gpu_time->value, std::chrono::hours(4));
  EXPECT_EQ(budget.round_gpu_time->source, "policies/default.toml:11:19");
}

TEST(Ceilings, AStageAProjectAndAnAgentHaveTheSameWindows) {
  const Policy policy =
      parsed("[budget]\nday = 40\n[stage.screen]\npools = [\"cpu\"]\nday = 7\n" + kPools +
             "[[project]]\nmatch = \"*\"\nweek = 8\n"
             "[[agent]]\nmatch = \"*\"\nnight = { usd = 2.00 }\nround = 1\n")
          .policy;
  EXPECT_EQ(policy.stages.at(0).limits.day->value, Money::usd(7));
  EXPECT_EQ(policy.projects.at(0).limits.week->value, Money::usd(8));
  EXPECT_EQ(policy.agents.at(0).limits.night->value, Money::usd(2));
  EXPECT_EQ(policy.agents.at(0).limits.round->value, Money::usd(1));
}

TEST(Ceilings, ANightMayNameItsWindowAndEveryNightIsThatOne) {
  const Policy policy = with_budget("night = { usd = 30.00, window = \"21:30-06:00\" }");
  EXPECT_EQ(policy.budget.night->value, Money::usd(30));
  EXPECT_EQ(policy.night.value, (DailyWindow{21 * 60 + 30, 6 * 60}));
  EXPECT_EQ(policy.night.source, "policies/default.toml:3:33");
}

TEST(Ceilings, WithoutAWindowTheNightIsFromTenToSeven) {
  EXPECT_EQ(with_budget("night = 30.00").night.value, (DailyWindow{22 * 60, 7 * 60}));
}

TEST(Ceilings, ASecondDifferentNightIsAMistakeThatNamesTheFirst) {
  const std::string other =
      "[[agent]]\nmatch = \"*\"\nnight = { usd = 1, window = \"20:00-06:00\" }\n";
  EXPECT_EQ(mistake_in("[budget]\nday = 4\nnight = { usd = 3, window = \"22:00-06:00\" }\n" +
                       kRest + other),
            "12:29 another window of the night stands at policies/default.toml:3:29");
  const std::string same =
      "[[agent]]\nmatch = \"*\"\nnight = { usd = 1, window = \"22:00-06:00\" }\n";
  EXPECT_EQ(
      parsed("[budget]\nday = 4\nnight = { usd = 3, window = \"22:00-06:00\" }\n" + kRest + same)
          .policy.agents.size(),
      1U);
}

TEST(Ceilings, AnEmptyWindowOrOneThatIsNoWindowIsAMistake) {
  EXPECT_EQ(budget_mistake("night = { usd = 3, window = \"22:00-22:00\" }"),
            "3:9 night: window: the window 22:00-22:00 is empty or a whole day");
  EXPECT_EQ(budget_mistake("night = { usd = 3, window = \"00:00-24:00\" }"),
            "3:9 night: window: the window 00:00-24:00 is empty or a whole day");
  for (const char* text : {"22:00", "22-07", "22:60-07:00", "25:00-07:00", "24:00-07:00",
                           "22:00 07:00", "22:00-07:0x"}) {
    EXPECT_EQ(budget_mistake("night = { window = \"" + std::string(text) + "\" }"),
              "3:9 night: window: \"" + std::string(text) + "\" is not a window of the day");
  }
}

TEST(Ceilings, AnUnknownMemberOfANightNamesTheNearest) {
  const Diagnostics all = mistakes_in("[budget]\nday = 4\nnight = { used = 3.00 }\n" + kRest);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].message, "night: unknown key \"used\"");
  EXPECT_EQ(all[0].hint, "Did you mean \"usd\"?");
}

TEST(Ceilings, AnAmountThatMayBeMistypedIsRefusedInEveryWindow) {
  for (const char* key : {"night", "week", "month", "round", "experiment"}) {
    EXPECT_EQ(budget_mistake(std::string(key) + " = 1e3").substr(0, 2), "3:");
    EXPECT_EQ(budget_mistake(std::string(key) + " = -0").substr(0, 2), "3:");
    EXPECT_EQ(budget_mistake(std::string(key) + " = nan").substr(0, 2), "3:");
    EXPECT_EQ(budget_mistake(std::string(key) + " = 9223372036854775807").substr(0, 2), "3:");
  }
  EXPECT_EQ(budget_mistake("night = { usd = -1.00 }"), "3:9 night: usd: -1.00 is negative");
}

TEST(Ceilings, AChildAboveItsParentsTotalIsAMistakeThatNamesBothPlaces) {
  EXPECT_EQ(mistake_in("[budget]\ntotal = 50.00\nexperiment = 51\n" + kRest),
            "3:14 experiment: [budget] is above the total of 50.00 in [budget] "
            "(policies/default.toml:2:9)");
  EXPECT_EQ(
      mistake_in("[budget]\ntotal = 50.00\n" + kRest + "[[agent]]\nmatch = \"*\"\nday = 51\n"),
      "11:7 day: [[agent]] is above the total of 50.00 in [budget] "
      "(policies/default.toml:2:9)");
  EXPECT_EQ(mistake_in("[budget]\nday = 50.00\n" + kRest +
                       "[[project]]\nmatch = \"*\"\ntotal_gpu_hours = 4\nround_gpu_hours = 5\n"),
            "12:19 round_gpu_hours: [[project]] is above the total of 4 in [[project]] "
            "(policies/default.toml:11:19)");
}

TEST(Ceilings, ChildrenTogetherMayPassTheirParent) {  // L10
  const std::string agents =
      "[[agent]]\nmatch = \"a\"\nday = 30\n[[agent]]\nmatch = \"b\"\nday = 30\n";
  EXPECT_EQ(parsed("[budget]\ntotal = 50\nday = 20\n" + kRest + agents).policy.agents.size(), 2U);
}

TEST(Ceilings, WhatALoweredCapDoesAndWhenToWarnAreTheBudgets) {
  const Policy policy = with_budget("warn_at = [0.5, 1]\non_cut = \"kill\"");
  EXPECT_EQ(policy.warn_at.value, (std::vector<double>{0.5, 1.0}));
  EXPECT_EQ(policy.on_cut.value, OnCut::kKill);
  EXPECT_EQ(with_budget("").on_cut.value, OnCut::kDrain);
  EXPECT_EQ(budget_mistake("warn_at = [0.8, 0.5]"), "3:11 warn_at: 0.5 does not rise");
  EXPECT_EQ(budget_mistake("warn_at = [1.5]"), "3:11 warn_at: 1.5 is not over 0 and at most 1");
  EXPECT_EQ(budget_mistake("warn_at = [0]"), "3:11 warn_at: 0 is not over 0 and at most 1");
}

TEST(Ceilings, ThePolicySaysWhetherItRefusesOrWarns) {
  EXPECT_EQ(parsed(kMinimal).policy.mode.value, Mode::kEnforce);
  EXPECT_EQ(parsed("mode = \"warn\"\n" + kMinimal).policy.mode.value, Mode::kWarn);
  EXPECT_EQ(mistake_in("mode = \"wran\"\n" + kMinimal),
            "1:8 mode: \"wran\" is not \"enforce\" or \"warn\"");
}
