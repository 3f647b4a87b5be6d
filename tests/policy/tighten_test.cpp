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
  EXPECT_EQ(caps_for(*policy, "mario", "tiny").project.day.money, Money::usd(7));
  EXPECT_EQ(caps_for(*policy, "mario", "tiny").project.day.source, "repo/policies/a.toml:2:7");
  EXPECT_EQ(caps_for(*policy, "mario", "tiny").global.day.money, Money::usd(40));
  EXPECT_EQ(caps_for(*policy, "mario", "other").project.day.money, std::nullopt);
}

TEST(Tighten, AHigherBudgetIsRefusedWithThePlaceOfTheOuter) {
  EXPECT_EQ(mistake_of("[budget]\nday = 21\n"),
            "day: loosens the policy (policies/default.toml:13:7)");
}

TEST(Tighten, AStagesMinutesAreMeasuredAgainstWhatHeldWithoutThem) {
  EXPECT_EQ(mistake_of("[stage.screen]\nmax_minutes = 31\n"),
            "max_minutes: loosens the policy (policies/default.toml:10:15)");
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
            "pools: loosens the policy (policies/default.toml:4:9)");
}

TEST(Tighten, WithoutFilesNothingChanges) {
  EXPECT_EQ(tighten(parsed(kOuter).policy, "tiny", {}), parsed(kOuter).policy);
}
