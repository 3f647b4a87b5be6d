// What was paid, read back from ended attempts: per job, and summed for cost_status.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/money.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

Result<Amount> spent_on(Reader& reader, JobId job);

enum class CostBy : std::uint8_t { kStage, kRound, kAgent };

struct CostLine {
  std::string key;  // stage, "r7" (empty: no round), agent
  std::int32_t jobs = 0;
  Amount spent;
  Money failed;  // the part of spent that ended in anything but succeeded
};
Result<std::vector<CostLine>> cost_lines(Reader& reader, ProjectId project,
                                         CostBy by);  // dearest first

}  // namespace pawl
