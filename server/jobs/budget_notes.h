// What a human is told of budgets: a share of a cap that is passed, and a cap that is used up. Each
// once a window (L11).
#pragma once
#include "server/budget/admission.h"
#include "server/core/result.h"
#include "server/policy/policy.h"
#include "server/store/transaction.h"

namespace pawl {

// `before`: the windows as they stood when `added` was reserved in each of them, in this
// transaction.
Result<void> tell_crossed(Transaction& transaction, const Policy& policy, const BudgetView& before,
                          const Amount& added);

Result<void> tell_exhausted(Transaction& transaction, const Policy& policy, const Refusal& refusal);

}  // namespace pawl
