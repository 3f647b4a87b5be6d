// What has to hold for sandboxes (L15).
#pragma once
#include <string>

#include "server/core/budget.h"
#include "server/simulation/simulated_runner.h"
#include "server/store/transaction.h"
#include "tests/simulation/plan.h"

namespace pawl::simulation {

struct Looking {
  const SimulatedRunner& engine;
  const SandboxPolicy& policy;
  const BudgetView& windows;
  bool quiet = false;  // the server is up and has heard everything
};

// The first promise that is broken, or empty.
std::string broken_lease(Reader& reader, const Looking& looking);

}  // namespace pawl::simulation
