#include "server/policy/held.h"

#include <gtest/gtest.h>

using namespace pawl;
using std::chrono::hours;

namespace {

const Timestamp kNow{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) + hours(23)};

Policy asking(std::vector<ApproveRule> rules) {
  Policy policy;
  policy.approvals = std::move(rules);
  return policy;
}

ApproveRule rule(std::optional<std::string> stage, std::optional<Money> over) {
  return {.stage = std::move(stage), .usd_over = over, .expires = hours(8), .source = "p.toml:9:1"};
}

TEST(Approve, WhatCostsMoreThanTheRuleSaysIsAskedFor) {
  const Policy policy = asking({rule("validate", Money::usd(25))});
  EXPECT_EQ(needs_approval(policy, "validate", Money::usd(25)), nullptr);
  EXPECT_NE(needs_approval(policy, "validate", Money::micros(25'000'001)), nullptr);
  EXPECT_EQ(needs_approval(policy, "screen", Money::usd(99)), nullptr);
}

TEST(Approve, ARuleWithoutAnAmountAsksForAllOfItsStage) {
  const Policy policy = asking({rule("validate", std::nullopt)});
  EXPECT_NE(needs_approval(policy, "validate", Money::micros(1)), nullptr);
}

TEST(Approve, TheFirstRuleThatMatchesIsNamed) {
  const Policy policy =
      asking({rule("validate", Money::usd(90)), rule(std::nullopt, Money::usd(10))});
  const ApproveRule* const found = needs_approval(policy, "validate", Money::usd(27));
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(describe(*found, "validate", Money::usd(27)),
            "$27.00 of stage validate is over $10.00 (p.toml:9:1)");
}

StopLossRule alike(std::int32_t count) {
  return {.name = "same-failure",
          .same_error_signature = count,
          .within = hours(2),
          .source = "p.toml:20:1"};
}

StopLossRule fruitless(std::int32_t count) {
  return {.name = "no-progress", .experiments_without_improvement = count, .source = "p.toml:25:1"};
}

AlikeFailure failed(std::chrono::minutes ago, const std::string& signature) {
  return {kNow - ago, signature};
}

TEST(StopLoss, ThreeFailuresAlikeInTwoHoursStopAProject) {
  StopLossFacts facts{.failures = {failed(std::chrono::minutes(0), "OOM"),
                                   failed(std::chrono::minutes(30), "other"),
                                   failed(std::chrono::minutes(60), "OOM")},
                      .now = kNow};
  EXPECT_FALSE(stopped_by(alike(3), facts));
  facts.failures.push_back(failed(std::chrono::minutes(120), "OOM"));
  EXPECT_EQ(stopped_by(alike(3), facts), "3 jobs failed alike in 2h00m: OOM (p.toml:20:1)");
}

TEST(StopLoss, FailuresOfLongerAgoDoNotCount) {
  const StopLossFacts facts{
      .failures = {failed(std::chrono::minutes(0), "OOM"), failed(std::chrono::minutes(60), "OOM"),
                   failed(std::chrono::minutes(121), "OOM")},
      .now = kNow};
  EXPECT_FALSE(stopped_by(alike(3), facts));
}

TEST(StopLoss, ExperimentsWithoutImprovementAreCounted) {
  EXPECT_FALSE(stopped_by(fruitless(60), {.without_improvement = 59, .now = kNow}));
  EXPECT_TRUE(stopped_by(fruitless(60), {.without_improvement = 60, .now = kNow}));
}

TEST(StopLoss, OnlyTheEndThatCrossesTheLineIsNews) {
  StopLossFacts facts{
      .failures = {failed(std::chrono::minutes(0), "OOM"), failed(std::chrono::minutes(1), "OOM")},
      .now = kNow};
  EXPECT_FALSE(newly_stopped(alike(3), facts));
  facts.failures.push_back(failed(std::chrono::minutes(2), "OOM"));
  EXPECT_TRUE(newly_stopped(alike(3), facts));
  facts.failures.push_back(failed(std::chrono::minutes(3), "OOM"));
  EXPECT_FALSE(newly_stopped(alike(3), facts));
  EXPECT_TRUE(newly_stopped(fruitless(60), {.without_improvement = 60, .now = kNow}));
  EXPECT_FALSE(newly_stopped(fruitless(60), {.without_improvement = 61, .now = kNow}));
}

}  // namespace
