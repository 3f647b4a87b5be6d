// The rows of the budget tree that one job touches: made when they are absent, with the caps of the
// policy in force.
#pragma once
#include <string>
#include <vector>

#include "server/budget/windows.h"
#include "server/core/budget.h"
#include "server/policy/effective.h"
#include "server/store/budget_nodes.h"
#include "server/store/ledger.h"
#include "server/store/transaction.h"

namespace pawl {

struct Payer {
  std::string principal, project;
};

// Global, project and agent: shared by all jobs of one payer.
struct SharedNodes {
  NodeId global, project, agent;
};
Result<SharedNodes> ensure_shared_nodes(Transaction& transaction, const Payer& payer);

struct Spending {
  const Policy& policy;
  Payer payer;
  Timestamp from{};         // trusted time
  Milliseconds worst_time;  // days within [from, from + worst_time) are touched
};

// The windows of the shared nodes, as the ledger stands and as the policy in force caps them: agent
// first, global last. A window without a row is shown empty.
Result<BudgetView> shared_view(Reader& reader, const Spending& spending);

// The rows of the lowest node of the payer's branch that exists, and of those above it.
Result<BudgetView> stored_windows(Reader& reader, const Payer& payer, Span within);

// All windows that a reservation of this job has a row in: its experiment's, then the shared ones.
Result<BudgetView> job_view(Transaction& transaction, const SharedNodes& nodes,
                            const Spending& spending, std::int64_t job_number);

// The whole worst case in every window (L9).
std::vector<Line> lines_of(const BudgetView& view, const Amount& each);

}  // namespace pawl
