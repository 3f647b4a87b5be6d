// Every budget window that is open now on one caller's branch, as the ledger stands and as the
// policy in force caps it. Windows that nothing was reserved in yet have no row: they are shown
// with their cap all the same.
#pragma once
#include <string>

#include "server/core/budget.h"
#include "server/core/result.h"
#include "server/jobs/world.h"
#include "server/store/projects.h"

namespace pawl {

// The caller's agent, project, global, and every stage that has a cap: of each the total, the day,
// and what else is capped. A night is listed while it is night.
Result<BudgetView> open_budgets(World& world, Reader& reader, const Project& project,
                                const std::string& principal);

}  // namespace pawl
