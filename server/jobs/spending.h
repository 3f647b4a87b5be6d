// The rows of the budget tree that one job touches: made when they are absent, with the caps of the
// policy in force.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/budget/windows.h"
#include "server/core/budget.h"
#include "server/policy/effective.h"
#include "server/store/budget_nodes.h"
#include "server/store/jobs.h"
#include "server/store/ledger.h"
#include "server/store/projects.h"
#include "server/store/transaction.h"

namespace pawl {

struct Payer {
  std::string principal, project, stage;
  std::optional<std::int64_t> round{};  // its number; 0: one that is about to be made
  bool sandbox = false;
};
Result<Payer> payer_of(Reader& reader, const JobRow& job, const Project& project);

// The nodes that a payer shares with others.
struct SharedNodes {
  NodeId global, project, agent, stage;
  std::optional<NodeId> round;
};
Result<SharedNodes> ensure_shared_nodes(Transaction& transaction, const Payer& payer);

struct Spending {
  const Policy& policy;
  Payer payer;
  Timestamp from{};         // trusted time
  Milliseconds worst_time;  // windows that [from, from + worst_time) touches
};

Result<Calendar> calendar_of(const Policy& policy);

// The windows of the shared nodes, as the ledger stands and as the policy in force caps them: round
// first, global last. A window without a row is shown with what was spent in it before.
Result<BudgetView> shared_view(Reader& reader, const Spending& spending);

// All windows that a reservation of this job has a row in: its experiment's, then the shared ones.
// Total and day have one always; others where something caps them. Where the policy only warns,
// the rows have no cap.
Result<BudgetView> job_view(Transaction& transaction, const SharedNodes& nodes,
                            const Spending& spending, std::int64_t job_number);

// The windows in which the job's open reservation holds money; empty where it has none.
Result<BudgetView> reserved_windows(Reader& reader, JobId job);

// The whole worst case in every window (L9).
std::vector<Line> lines_of(const BudgetView& view, const Amount& each);

}  // namespace pawl
