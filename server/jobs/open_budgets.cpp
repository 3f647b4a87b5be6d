#include "server/jobs/open_budgets.h"

#include <algorithm>

#include "server/jobs/spending.h"

namespace pawl {

Result<BudgetView> open_budgets(World& world, Reader& reader, const Project& project,
                                const std::string& principal) {
  TRY(const auto rules, rules_of(world, project));
  Spending spending{.policy = rules->policy,
                    .payer = {.principal = principal, .project = project.name, .stage = ""},
                    .from = world.time.now(),
                    .worst_time = Milliseconds(0)};
  TRY(BudgetView view, shared_view(reader, spending));
  for (const Stage& stage : rules->policy.stages) {
    if (stage.limits == SpendLimits{}) continue;
    spending.payer.stage = stage.name;
    TRY(const BudgetView with_stage, shared_view(reader, spending));
    std::ranges::copy_if(with_stage, std::back_inserter(view), [](const Balance& balance) {
      return balance.node_kind == NodeKind::kStage;
    });
  }
  return view;
}

}  // namespace pawl
