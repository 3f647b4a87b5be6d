#include "trainer/measure/budget.h"

#include <gtest/gtest.h>

#include <limits>

#include "trainer/tests/core/refusal.h"

using namespace trainer;

namespace {

constexpr StepCost kStep = {.seconds = 0.5, .cpu_seconds = 0.75, .tokens = 1000, .flops = 2e9};

double used_after_two_steps(BudgetKind kind) {
  BudgetMeter meter = BudgetMeter::create({kind, 1e12}).value();
  meter.begin();
  meter.charge(kStep);
  meter.charge(kStep);
  return meter.used();
}

std::string refused(double amount, double used = 0) {
  return message_of(BudgetMeter::create({BudgetKind::kTokens, amount}, used));
}

}  // namespace

TEST(Budget, CountsWhatItsKindSays) {
  EXPECT_EQ(used_after_two_steps(BudgetKind::kSeconds), 1.0);
  EXPECT_EQ(used_after_two_steps(BudgetKind::kCpuSeconds), 1.5);
  EXPECT_EQ(used_after_two_steps(BudgetKind::kTokens), 2000.0);
  EXPECT_EQ(used_after_two_steps(BudgetKind::kFlops), 4e9);
}

TEST(Budget, IsSpentOnceAllOfItIsUsed) {
  BudgetMeter meter = BudgetMeter::create({BudgetKind::kTokens, 2000}).value();
  meter.begin();
  EXPECT_EQ(meter.progress(), 0.0);
  meter.charge(kStep);
  EXPECT_EQ(meter.progress(), 0.5);
  EXPECT_FALSE(meter.is_spent());
  meter.charge(kStep);
  EXPECT_TRUE(meter.is_spent());
}

TEST(Budget, ProgressEndsAtOneWhereTheLastStepOverruns) {
  BudgetMeter meter = BudgetMeter::create({BudgetKind::kSeconds, 0.4}).value();
  meter.begin();
  meter.charge(kStep);
  EXPECT_EQ(meter.progress(), 1.0);
  EXPECT_EQ(meter.used(), 0.5);
}

TEST(Budget, AResumedRunGoesOnFromWhatItUsed) {
  BudgetMeter meter = BudgetMeter::create({BudgetKind::kTokens, 4000}, 2000).value();
  EXPECT_EQ(meter.progress(), 0.5);
  meter.begin();
  meter.charge(kStep);
  EXPECT_EQ(meter.used(), 3000.0);
}

TEST(BudgetDeathTest, AWarmUpIsNotCharged) {
  BudgetMeter meter = BudgetMeter::create({BudgetKind::kTokens, 4000}).value();
  EXPECT_DEATH(meter.charge(kStep), "is_counting_");
}

TEST(Budget, OfNothingIsRefused) {
  EXPECT_EQ(refused(0), "budget of 0 tokens is not a finite amount above zero");
  EXPECT_EQ(refused(-3), "budget of -3 tokens is not a finite amount above zero");
  EXPECT_EQ(refused(std::numeric_limits<double>::infinity()),
            "budget of inf tokens is not a finite amount above zero");
  EXPECT_EQ(refused(std::numeric_limits<double>::quiet_NaN()),
            "budget of nan tokens is not a finite amount above zero");
  EXPECT_EQ(refused(8, -1), "-1 tokens cannot have been used");
}

TEST(Budget, KindsHaveNames) {
  for (const BudgetKind kind :
       {BudgetKind::kSeconds, BudgetKind::kTokens, BudgetKind::kFlops, BudgetKind::kCpuSeconds}) {
    EXPECT_EQ(budget_kind(name_of(kind)), kind);
  }
  EXPECT_EQ(budget_kinds(),
            (std::vector<std::string>{"seconds", "tokens", "flops", "cpu_seconds"}));
  EXPECT_EQ(hint_of(budget_kind("token")),
            "A budget is of seconds, tokens, flops or cpu_seconds. Did you mean \"tokens\"?");
}
