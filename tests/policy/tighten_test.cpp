// A policy inside a repository may only let less happen.
#include "server/policy/effective.h"
#include "tests/policy/policy_fixture.h"

using namespace pawl;

namespace {

const std::string kOuter =
    kMinimal + "[jobs]\nmax_minutes = 30\n[[project]]\nmatch = \"tiny\"\nday = 20\n";

std::expected<Policy, Diagnostics> tightened(const std::string& inner) {
  return tighten(parsed(kOuter).policy, "tiny", {{"repo/policies/a.toml", inner}});
}

std::string mistake_of(const std::string& inner) {
  const auto policy = tightened(inner);
  EXPECT_FALSE(policy.has_value());
  if (policy) return "";
  EXPECT_EQ(policy.error().size(), 1U) << format(policy.error());
  return policy.error()[0].message;
}

}  // namespace

TEST(Tighten, ALowerBudgetHoldsForThisProjectOnly) {
  const auto policy = tightened("[budget]\nday = 7\n");
  ASSERT_TRUE(policy.has_value()) << format(policy.error());
  EXPECT_EQ(caps_for(*policy, {"mario", "tiny", "screen"}).project.day.money, Money::usd(7));
  EXPECT_EQ(caps_for(*policy, {"mario", "tiny", "screen"}).project.day.source,
            "repo/policies/a.toml:2:7");
  EXPECT_EQ(caps_for(*policy, {"mario", "tiny", "screen"}).global.day.money, Money::usd(40));
  EXPECT_EQ(caps_for(*policy, {"mario", "other", "screen"}).project.day.money, std::nullopt);
}

TEST(Tighten, AHigherBudgetIsRefusedWithThePlaceOfTheOuter) {
  EXPECT_EQ(mistake_of("[budget]\nday = 21\n"),
            "day: $21.00 is looser than $20.00 (policies/default.toml:13:7)");
}

TEST(Tighten, AStagesMinutesAreMeasuredAgainstWhatHeldWithoutThem) {
  EXPECT_EQ(mistake_of("[stage.screen]\nmax_minutes = 31\n"),
            "max_minutes: 31m00s is looser than 30m00s (policies/default.toml:10:15)");
  EXPECT_EQ(
      rules_for(*tightened("[stage.screen]\nmax_minutes = 29\n"), "m", "screen")->max_runtime.value,
      std::chrono::minutes(29));
}

TEST(Tighten, NothingElseMayStandInARepositorysPolicy) {
  EXPECT_EQ(mistake_of("timezone = \"UTC\"\n"), "unknown key \"timezone\"");
  EXPECT_EQ(mistake_of("[pool.mine]\nprice = 0\n"), "unknown key \"pool\"");
  EXPECT_EQ(mistake_of("[[agent]]\nmatch = \"*\"\n"), "unknown key \"agent\"");
  EXPECT_EQ(mistake_of("[stage.mine]\nmax_minutes = 1\n"),
            "the policy has no stage named \"mine\"");
  EXPECT_EQ(mistake_of("[stage.screen]\npools = [\"other\"]\n"),
            "pools: [other] is looser than [cpu] (policies/default.toml:4:9)");
}

TEST(Tighten, ARepositoryMayLowerEveryWindowButNotSayWhenItIsNight) {
  const auto policy =
      tightened("[budget]\nnight = 3\nweek = 9\nround = 2\n[stage.screen]\nday = 1\n");
  ASSERT_TRUE(policy.has_value()) << format(policy.error());
  EXPECT_EQ(policy->projects.at(0).limits.night->value, Money::usd(3));
  EXPECT_EQ(policy->projects.at(0).limits.week->value, Money::usd(9));
  EXPECT_EQ(policy->stages.at(0).limits.day->value, Money::usd(1));
  EXPECT_EQ(mistake_of("[budget]\nnight = { usd = 3, window = \"20:00-06:00\" }\n"),
            "when it is night stands in the policy, not here");
  EXPECT_EQ(mistake_of("[budget]\non_cut = \"drain\"\n"), "unknown key \"on_cut\" in [budget]");
}

TEST(Tighten, WithoutFilesNothingChanges) {
  EXPECT_EQ(tighten(parsed(kOuter).policy, "tiny", {}), parsed(kOuter).policy);
}
