#include "server/policy/rules.h"

#include "server/policy/policy_keys.h"
#include "server/policy/pool_keys.h"
#include "server/policy/project_keys.h"
#include "tests/policy/policy_fixture.h"

using namespace pawl;

TEST(Rules, EachValueKnowsItsPlace) {
  const Policy policy = parsed(kMinimal + "[jobs]\nmax_minutes = 12\n").policy;
  EXPECT_EQ(policy.budget.day->value, Money::usd(40));
  EXPECT_EQ(policy.budget.day->source, "policies/default.toml:2:7");
  EXPECT_EQ(policy.jobs.max_runtime.value, std::chrono::minutes(12));
  EXPECT_EQ(policy.jobs.max_runtime.source, "policies/default.toml:10:15");
}

TEST(Rules, WhatIsNotWrittenHasTheBuiltInDefault) {  // L18
  const Policy policy = parsed(kMinimal).policy;
  EXPECT_EQ(policy.jobs.max_runtime.value, std::chrono::minutes(30));
  EXPECT_EQ(policy.jobs.max_runtime.source, "built-in default");
  EXPECT_EQ(policy.jobs.gpus_per_job.value, 1);
  EXPECT_EQ(policy.timezone.value, "UTC");
}

TEST(Rules, ReadsPoolsWithExactPrices) {
  const Pools pools = parsed(kMinimal +
                             "[pool.fast]\ngpu = \"H100\"\ncount = 4\nprice = 2.390001\nclass = "
                             "\"B\"\nstartup_seconds = 90\n")
                          .pools;
  ASSERT_EQ(pools.size(), 2U);
  EXPECT_EQ(pools[0].gpu, std::nullopt);
  EXPECT_EQ(pools[0].count, std::nullopt);
  EXPECT_EQ(pools[1].gpu, "H100");
  EXPECT_EQ(pools[1].count, 4);
  EXPECT_EQ(pools[1].price.per_hour, Money::micros(2'390'001));
  EXPECT_EQ(pools[1].billing, Billing::kMetered);
  EXPECT_EQ(pools[1].startup, std::chrono::seconds(90));
}

TEST(Rules, StagesKeepTheOrderOfTheFile) {
  const Policy policy = parsed(kMinimal + "[stage.a]\npools = [\"cpu\"]\n").policy;
  ASSERT_EQ(policy.stages.size(), 2U);
  EXPECT_EQ(policy.stages[0].name, "screen");
  EXPECT_EQ(policy.stages[1].name, "a");
}

TEST(Rules, AnUnknownPriceRefusesTheFile) {  // L17
  EXPECT_EQ(
      mistake_in("[budget]\nday = 1\n" + kStages + "[pool.cpu]\nkind = \"cpu\"\nclass = \"A\"\n"),
      "5:1 [pool.cpu] needs exactly one of price and price_per_gb_second");
}

TEST(Rules, AnUnknownPoolOfAStageIsAMistake) {  // L17
  const Diagnostics all = mistakes_in(kMinimal + "[stage.a]\npools = [\"cpu\", \"cpy\"]\n");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(format(all),
            "policies/default.toml:10:17: no pool is named \"cpy\"\n"
            "  10 | pools = [\"cpu\", \"cpy\"]\n"
            "     |                 ^~~~~\n"
            "  Did you mean \"cpu\"?\n");
}

TEST(Rules, APolicyWithoutALimitOnMoneyIsRefused) {
  EXPECT_EQ(mistake_in("[budget]\nexperiment = 1\n" + kStages + kPools),
            "1:1 nothing limits the money: [budget] has neither total nor day");
}

TEST(Rules, NoFilesAreNoPolicy) {  // L17
  const auto rules = parse_rules({});
  ASSERT_FALSE(rules.has_value());
  EXPECT_EQ(rules.error()[0].message, "there is no policy file");
}

TEST(Rules, AMeteredPoolIsNeverFree) {
  EXPECT_EQ(mistake_in("[budget]\nday = 1\n" + kStages +
                       "[pool.cpu]\nkind = \"cpu\"\nprice = 0\nclass = \"A\"\n"),
            "7:9 price: a metered pool is not free");
}

TEST(Rules, APoolIsOfOneKind) {
  EXPECT_EQ(mistake_in("[budget]\nday = 1\n" + kStages + "[pool.cpu]\nprice = 1\nclass = \"A\"\n"),
            "5:1 [pool.cpu] needs either gpu or kind = \"cpu\"");
}

TEST(Rules, FilesOfAFolderAreReadAsOneInTheOrderOfTheirNames) {
  const auto rules = parse_rules({{"policies/pools.toml", kPools},
                                  {"policies/agents.toml", "[[agent]]\nmatch = \"a\"\n"},
                                  {"policies/default.toml", "[budget]\nday = 1\n" + kStages},
                                  {"policies/more.toml", "[[agent]]\nmatch = \"b\"\n"}});
  ASSERT_TRUE(rules.has_value());
  ASSERT_EQ(rules->policy.agents.size(), 2U);
  EXPECT_EQ(rules->policy.agents[0].match, "a");
  EXPECT_EQ(rules->policy.agents[1].source, "policies/more.toml:1:1");
}

TEST(Rules, AKeyThatStandsInTwoFilesIsAMistake) {
  const auto rules = parse_rules({{"a.toml", kMinimal}, {"b.toml", "[budget]\nday = 50.00\n"}});
  ASSERT_FALSE(rules.has_value());
  EXPECT_EQ(format(rules.error()),
            "b.toml:2:1: \"day\" stands twice\n"
            "   2 | day = 50.00\n"
            "     | ^~~\n"
            "  It is first set at a.toml:2:1; keep one of them.\n");
}

TEST(Rules, TheShippedFilesParse) {
  const auto read = [](const std::string& name) { return read_source("policies/" + name); };
  const auto rules = parse_rules({read("default.toml"), read("pools.toml")});
  ASSERT_TRUE(rules.has_value()) << format(rules.error());
  EXPECT_EQ(rules->policy.stages.size(), 3U);
  EXPECT_EQ(rules->pools.size(), 1U);
}

TEST(Rules, TheShippedReferenceIsTheGeneratedOne) {
  EXPECT_EQ(read_source("policies/README.md").text, policy_reference());
}

namespace {

template <class T>
void expect_examples_are_read(const Fields<T>& fields) {
  for (const Field<T>& f : fields) {
    T value{};
    EXPECT_TRUE(f.read(value, node_of_fallback(f.info.example), "")) << f.info.name;
    if (!f.info.fallback.empty()) {
      EXPECT_TRUE(f.read(value, node_of_fallback(f.info.fallback), "")) << f.info.name;
    }
  }
}

}  // namespace

TEST(Rules, EachExampleAndDefaultOfTheReferenceIsAccepted) {
  expect_examples_are_read(top_fields());
  expect_examples_are_read(budget_fields());
  expect_examples_are_read(job_fields());
  expect_examples_are_read(stage_fields());
  expect_examples_are_read(project_fields());
  expect_examples_are_read(agent_fields());
  expect_examples_are_read(sandbox_fields());
  expect_examples_are_read(approve_fields());
  expect_examples_are_read(quiet_fields());
  expect_examples_are_read(stop_loss_fields());
  expect_examples_are_read(notify_fields());
  expect_examples_are_read(pool_fields());
  expect_examples_are_read(project_top_fields());
  expect_examples_are_read(goal_fields());
  expect_examples_are_read(param_fields());
  expect_examples_are_read(volume_fields());
}
