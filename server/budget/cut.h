// on_cut = "kill": which running work has to end after a human lowered a cap below it. Pure.
#pragma once
#include <vector>

#include "server/core/budget.h"
#include "server/core/ids.h"

namespace pawl {

// What one running job may still cost, in each window that it holds a reservation in.
struct RunningHold {
  JobId job;
  struct Part {
    WindowId window;
    Amount amount;
  };
  std::vector<Part> parts;
};

// Newest first, until what is spent and what the rest holds fits every cap again. `windows`: with
// the caps in force; what queued jobs hold in them does not count, as each claim is decided anew.
// A job that would free nothing where too much is held goes on.
std::vector<JobId> to_end(const BudgetView& windows, const std::vector<RunningHold>& newest_first);

}  // namespace pawl
