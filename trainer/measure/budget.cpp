#include "trainer/measure/budget.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <utility>

#include "trainer/core/text.h"

namespace trainer {
namespace {

constexpr std::array kKinds = {BudgetKind::kSeconds, BudgetKind::kTokens, BudgetKind::kFlops,
                               BudgetKind::kCpuSeconds};

double amount_of(BudgetKind kind, const StepCost& cost) {
  switch (kind) {
    case BudgetKind::kSeconds:
      return cost.seconds;
    case BudgetKind::kTokens:
      return static_cast<double>(cost.tokens);
    case BudgetKind::kFlops:
      return cost.flops;
    case BudgetKind::kCpuSeconds:
      return cost.cpu_seconds;
  }
  std::unreachable();
}

}  // namespace

std::string_view name_of(BudgetKind kind) {
  switch (kind) {
    case BudgetKind::kSeconds:
      return "seconds";
    case BudgetKind::kTokens:
      return "tokens";
    case BudgetKind::kFlops:
      return "flops";
    case BudgetKind::kCpuSeconds:
      return "cpu_seconds";
  }
  std::unreachable();
}

Result<BudgetKind> budget_kind(std::string_view name) {
  const auto* const found = std::ranges::find(kKinds, name, name_of);
  if (found != kKinds.end()) return *found;
  return fail(
      "there is no budget of \"" + std::string(name) + "\"",
      "A budget is of seconds, tokens, flops or cpu_seconds." + did_you_mean(name, budget_kinds()));
}

std::vector<std::string> budget_kinds() {
  std::vector<std::string> names;
  for (const BudgetKind kind : kKinds) names.emplace_back(name_of(kind));
  return names;
}

Result<BudgetMeter> BudgetMeter::create(Budget budget, double used) {
  const std::string kind(name_of(budget.kind));
  if (!std::isfinite(budget.amount) || budget.amount <= 0) {
    return fail(
        format("budget of %g %s is not a finite amount above zero", budget.amount, kind.c_str()),
        "Give the run something to use.");
  }
  if (!std::isfinite(used) || used < 0) {
    return fail(format("%g %s cannot have been used", used, kind.c_str()));
  }
  return BudgetMeter(budget, used);
}

void BudgetMeter::charge(const StepCost& cost) {
  assert(is_counting_);
  const double amount = amount_of(budget_.kind, cost);
  assert(amount >= 0);
  used_ += amount;
}

double BudgetMeter::progress() const { return std::min(1.0, used_ / budget_.amount); }

}  // namespace trainer
