// Every job with what it asked for and what it cost, for replaying a night under another policy.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/money.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

struct PastJob {
  std::int64_t id = 0, number = 0;
  std::string project, principal, stage, title;
  std::int32_t gpus = 0;
  Milliseconds limit{0};       // of one attempt, as asked
  Milliseconds worst_time{0};  // as first reserved
  Amount worst;
  Money cost;  // of all attempts that ended
  Timestamp created{};
  std::optional<Timestamp> finished{};
};

Result<std::vector<PastJob>> past_jobs(Reader& reader);  // oldest first; those that reserved

}  // namespace pawl
