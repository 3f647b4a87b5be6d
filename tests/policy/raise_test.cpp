#include "server/policy/raise.h"

#include "server/policy/effective.h"
#include "tests/policy/policy_fixture.h"

using namespace pawl;

namespace {

const std::string kText = kMinimal +
                          "[[project]]\nmatch = \"tiny*\"\nday = 20\n[[agent]]\nmatch = "
                          "\"intern-*\"\nday = 5\nstages = [\"screen\"]\n";

Result<Policy> with_raise(const std::string& node, const std::string& window) {
  return raised(parsed(kText).policy, {node, window, Money::usd(10), "+$10.00"});
}

}  // namespace

TEST(Raise, AddsToTheCapAndSaysSo) {
  const auto policy = with_raise("global", "day");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->budget.day->value, Money::usd(50));
  EXPECT_EQ(policy->budget.day->source, "policies/default.toml:2:7 +$10.00");
}

TEST(Raise, OfOneProjectOrAgentLeavesTheOthersOfItsRule) {
  const Policy project = *with_raise("project:tiny", "day");
  EXPECT_EQ(find_project_rule(project, "tiny")->limits.day->value, Money::usd(30));
  EXPECT_EQ(find_project_rule(project, "tiny2")->limits.day->value, Money::usd(20));
  const Policy agent = *with_raise("agent:intern-a", "day");
  EXPECT_EQ(find_agent_rule(agent, "intern-a")->limits.day->value, Money::usd(15));
  EXPECT_TRUE(find_agent_rule(agent, "intern-a")->stages);
  EXPECT_EQ(find_agent_rule(agent, "intern-b")->limits.day->value, Money::usd(5));
}

TEST(Raise, OfWhatNothingLimitsIsRefused) {
  for (const auto& [node, window] : {std::pair("global", "total"),
                                     {"project:other", "day"},
                                     {"global", "hour"},
                                     {"team:x", "day"},
                                     {"project:", "day"},
                                     {"project", "day"},
                                     {"agent:*", "day"}})
    EXPECT_FALSE(with_raise(node, window)) << node << " " << window;
}
