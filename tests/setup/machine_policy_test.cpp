// A first policy can run on the machine it was written for.
#include "server/setup/machine_policy.h"

#include <gtest/gtest.h>

#include "server/jobs/world.h"

using namespace pawl;

namespace {

Machine with(const std::vector<std::pair<int, std::string>>& kinds, std::int32_t cores = 16) {
  Machine machine{.gpus = {}, .driver = "", .cpu_slots = cores};
  for (const auto& [count, name] : kinds) {
    for (int i = 0; i < count; ++i) machine.gpus.push_back({.uuid = "GPU", .name = name});
  }
  return machine;
}

PolicyChoices choices() {
  return {.price = Money::usd(2), .price_was_given = true, .day = Money::usd(100), .minutes = 10};
}

Rules rules_of(const Machine& machine, const PolicyChoices& chosen) {
  const auto files = machine_policy(machine, chosen);
  EXPECT_TRUE(files) << (files ? "" : files.error().message);
  const auto rules = parse_rules(files.value());
  EXPECT_TRUE(rules) << (rules ? "" : format(rules.error()));
  return rules.value();
}

// The pool that an idle machine would give each stage.
std::vector<std::string> placed(const Machine& machine) {
  const Rules rules = rules_of(machine, choices());
  Inventory idle;
  for (const Pool& pool : rules.pools) {
    const std::int32_t units = units_of(pool, machine);
    idle.push_back({.pool = pool, .total = units, .free = units});
  }
  std::vector<std::string> pools;
  for (const Stage& stage : rules.policy.stages) {
    const auto answer = place({.pools = stage.pools.value, .gpus = 1}, idle);
    pools.push_back(stage.name + ":" + (answer.placement ? answer.placement->pool : "nowhere"));
  }
  return pools;
}

using Places = std::vector<std::string>;

}  // namespace

TEST(MachinePolicy, PlacesEveryStageOnItsMachine) {
  EXPECT_EQ(placed(with({}, 2)), (Places{"smoke:cpu", "screen:cpu", "validate:cpu"}));
  EXPECT_EQ(placed(with({{1, "NVIDIA H100 80GB HBM3"}})),
            (Places{"smoke:h100", "screen:h100", "validate:h100"}));
  EXPECT_EQ(placed(with({{8, "NVIDIA H200"}})),
            (Places{"smoke:h200", "screen:h200", "validate:h200"}));
  EXPECT_EQ(placed(with({{1, "NVIDIA H200"}, {2, "NVIDIA H100 80GB HBM3"}})),
            (Places{"smoke:h200", "screen:h100", "validate:h100"}));
}

TEST(MachinePolicy, EachKindIsAPoolAndAClassOfItsOwn) {
  const Rules rules = rules_of(with({{1, "NVIDIA L40S"}, {4, "NVIDIA L4"}}), choices());
  ASSERT_EQ(rules.pools.size(), 2U);
  EXPECT_EQ(rules.pools[0].gpu, "L4");
  EXPECT_EQ(rules.pools[0].comparability_class, "A");
  EXPECT_EQ(rules.pools[1].gpu, "L40S");
  EXPECT_EQ(rules.pools[1].comparability_class, "B");
}

TEST(MachinePolicy, TwoVariantsOfAModelGoByTheirFullNames) {
  const auto parts = parts_of(with({{1, "NVIDIA H100 PCIe"}, {1, "NVIDIA H100 80GB HBM3"}}));
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].kind, "H100 PCIe");
  EXPECT_EQ(parts[1].pool, "h100-80gb-hbm3");
}

TEST(MachinePolicy, GraphicsCardsKeepTheirNumber) {
  EXPECT_EQ(parts_of(with({{2, "NVIDIA GeForce RTX 4090"}})).at(0).kind, "RTX 4090");
  EXPECT_EQ(parts_of(with({{2, "NVIDIA A100-SXM4-80GB"}})).at(0).kind, "A100");
}

TEST(MachinePolicy, OneExperimentFitsWithItsRetry) {
  const Rules rules = rules_of(with({}, 2), choices());
  EXPECT_EQ(rules.policy.budget.day->value, Money::usd(100));
  EXPECT_EQ(rules.policy.budget.total->value, Money::usd(1000));
  // Two attempts of validate's 40 minutes and 2 around them, at $2 an hour.
  EXPECT_EQ(rules.policy.budget.experiment->value, Money::micros(2'800'000));
  EXPECT_EQ(rules.policy.jobs.max_concurrent.value, 2);
}

TEST(MachinePolicy, ARunOfFixedLengthHasItInEveryStage) {
  PolicyChoices fixed = choices();
  fixed.fixed_time = true;
  for (const Stage& stage : rules_of(with({}, 2), fixed).policy.stages)
    EXPECT_EQ(stage.max_runtime->value, std::chrono::minutes(10)) << stage.name;
}

TEST(MachinePolicy, WhatNoStageNamesHasHalfAnHourAndTheMoneyForIt) {
  PolicyChoices fixed = choices();
  fixed.fixed_time = true;
  const Rules rules = rules_of(with({}, 2), fixed);
  EXPECT_EQ(rules.policy.jobs.max_runtime.value, std::chrono::minutes(30));
  // Two attempts of 30 minutes and 2 around them, at $2 an hour: $2.1333, up to whole cents.
  EXPECT_EQ(rules.policy.budget.experiment->value, Money::micros(2'140'000));
}

TEST(MachinePolicy, ACapUnderOneExperimentIsRefused) {
  PolicyChoices poor = choices();
  poor.day = Money::micros(300'000);
  const auto files = machine_policy(with({}, 2), poor);
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().message,
            "a cap of $0.30 a day is under the worst case of one screen experiment, $0.35");
}

TEST(MachinePolicy, ADefaultPriceSaysThatItIsOne) {
  PolicyChoices unasked = choices();
  unasked.price_was_given = false;
  EXPECT_NE(machine_policy(with({}, 2), unasked).value().at(1).text.find("accounting default"),
            std::string::npos);
  EXPECT_EQ(machine_policy(with({}, 2), choices()).value().at(1).text.find("accounting default"),
            std::string::npos);
}

TEST(MachinePolicy, AMeteredMachineIsBilled) {
  PolicyChoices metered = choices();
  metered.metered = true;
  EXPECT_EQ(rules_of(with({}, 2), metered).pools.at(0).billing, Billing::kMetered);
  EXPECT_EQ(rules_of(with({}, 2), choices()).pools.at(0).billing, Billing::kOwned);
}
