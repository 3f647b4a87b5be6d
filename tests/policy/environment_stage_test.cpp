// The stage of the builds that pawl submits by itself.
#include "server/policy/effective.h"
#include "tests/policy/policy_fixture.h"

using namespace pawl;

namespace {

const std::string kTwoPools =
    "[pool.small]\nkind = \"cpu\"\nprice = 0.10\nclass = \"A\"\n"
    "[pool.large]\nkind = \"cpu\"\nprice = 0.20\nclass = \"B\"\n";
const std::string kTwoStages =
    "[stage.screen]\npools = [\"large\"]\nmax_minutes = 5\n"
    "[stage.validate]\npools = [\"small\", \"large\"]\n";
const std::string kBudgetAndJobs = "[budget]\nday = 40.00\n[jobs]\nmax_minutes = 20\n";

StageRules rules_in(const std::string& text, const std::string& principal = "ada") {
  const auto rules = rules_for(parsed(text).policy, principal, kEnvironmentStage);
  EXPECT_TRUE(rules) << (rules ? "" : rules.error().message);
  return rules.value_or(StageRules{});
}

}  // namespace

TEST(EnvironmentStage, WithoutASectionItMayRunWhereverSomeStageMay) {
  const StageRules rules = rules_in(kBudgetAndJobs + kTwoStages + kTwoPools);
  EXPECT_EQ(rules.pools, (std::vector<std::string>{"large", "small"}));
  EXPECT_EQ(rules.max_runtime.value, std::chrono::minutes(20));
  EXPECT_EQ(rules.gpus.value, 1);
}

TEST(EnvironmentStage, APolicyMaySayWhereAndForHowLong) {
  const StageRules rules =
      rules_in(kBudgetAndJobs + kTwoStages +
               "[stage.environment]\npools = [\"small\"]\nmax_minutes = 40\n" + kTwoPools);
  EXPECT_EQ(rules.pools, (std::vector<std::string>{"small"}));
  EXPECT_EQ(rules.max_runtime.value, std::chrono::minutes(40));
}

TEST(EnvironmentStage, AnAgentThatMayUseOneStageOnlyStillGetsItsEnvironment) {
  const std::string agent = "[[agent]]\nmatch = \"intern\"\nstages = [\"screen\"]\n";
  EXPECT_FALSE(rules_in(kBudgetAndJobs + agent + kTwoStages + kTwoPools, "intern").pools.empty());
}
