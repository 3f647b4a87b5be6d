// What ended attempts took, for a window that is opened after they ran: a cap that is new counts
// what was spent in its window before.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/money.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

struct BilledTime {
  Money cost;
  std::int32_t gpus = 0;
  Timestamp ended{};
  Milliseconds billed{0};
};

// Absent: any.
struct PaidBy {
  std::optional<std::string> project, principal, stage;
  std::optional<std::int64_t> round;  // its number in the project
};
Result<std::vector<BilledTime>> runs_ended_after(Reader& reader, Timestamp time,
                                                 const PaidBy& payer);

}  // namespace pawl
