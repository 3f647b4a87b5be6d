// What cost_status says: budgets, the bill by line, and what would have been paid otherwise.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/core/budget.h"
#include "server/jobs/approval_line.h"
#include "server/store/costs.h"

namespace pawl {

struct CostGroup {
  std::string name;
  std::int64_t jobs = 0;
  Money spent;
  Milliseconds time{0};
};

enum class CostBy : std::uint8_t { kStage, kRound, kAgent, kDay };

// A line of the bill.
struct CostPart {
  std::string name;
  std::int64_t runs = 0;
  Milliseconds time{0};
  Money cost;
};

// What the same units would have cost as a box, at the on-demand price and under the same pattern
// of use.
struct BoxAlternative {
  Milliseconds span{0};  // from the first claim to the last end
  Money rented, billed;  // rented: for the whole span
  Milliseconds on{0};    // switched on for each session, and off an hour after its last run
  Money by_hand;         // for that time
  std::int64_t sessions = 0;
  Milliseconds busy{0};  // of the span, while anything ran
  std::int64_t retries = 0;
  double experiments_a_week = 0;
};

struct BudgetLine : Balance {
  std::optional<Milliseconds> lasts;        // at the rate of the last hour; absent: nothing burns
  std::optional<Milliseconds> lasts_night;  // at the rate of the night so far
};

struct CostReply {
  std::vector<BudgetLine> budgets;  // agent, project, global: every window open now
  std::vector<CostGroup> groups;
  std::vector<CostPart> parts;    // sum to spent
  Money spent, reserved, failed;  // this project; failed: of attempts that gave no result
  Money burned;                   // in the last hour
  Money burned_night;             // since the night began
  Milliseconds night{0};          // how long ago that was
  Interventions interventions;
  std::vector<std::string> held;  // jobs that wait for a human
  std::optional<BoxAlternative> box;
  Milliseconds launching{0};                      // from claims to starts: not billed
  std::int64_t state_files = 0, state_bytes = 0;  // on the owned disk
  std::int64_t valid = 0;                         // experiments with a result
  std::int64_t keeps = 0;                         // kept improvements
  std::vector<ApprovalLine> approvals;            // open ones of this project
  bool ledger_ok = true;
};

}  // namespace pawl
