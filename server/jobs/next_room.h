// When the budget will let a job start that it holds back now.
#pragma once
#include <optional>
#include <vector>

#include "server/jobs/spending.h"

namespace pawl {

// Takes what a job holds already out of what its windows have reserved.
void give_back(BudgetView& view, const std::vector<Line>& held);

// The first moment from `spending.from` on at which all shared windows have room for `asked`, as
// the ledger stands now; the windows of later days begin with what is reserved in them. Absent
// where no window ends that is in the way.
Result<std::optional<Timestamp>> next_room(Reader& reader, Spending spending, const Amount& asked,
                                           const std::vector<Line>& held);

}  // namespace pawl
