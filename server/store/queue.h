// What the scheduler asks: who is next, and how much is under way. Counted inside the claiming
// transaction, so that two claims cannot both take the last free place (Q11).
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

struct QueuedJob {
  JobId id;
  ProjectId project;
  std::string agent, principal, stage;
  std::int32_t gpus = 0;
  Milliseconds limit{0};
  std::int32_t attempts = 0;
  std::optional<RoundId> round;
  Timestamp queued{};
  std::optional<std::int32_t> sandbox{};  // as in JobRow
};

// Round-robin: the first job of every agent, then the second of every agent, ...; among equals the
// agent whose last claim lies furthest back goes first. An agent's own jobs keep the order of their
// submission. Jobs that wait for another one are left out.
Result<std::vector<QueuedJob>> queued_jobs(Reader& reader, std::int32_t limit);

// Queued jobs whose need has ended and did not succeed: they can never start.
struct StrandedJob {
  JobId job, need;
};
Result<std::vector<StrandedJob>> stranded_jobs(Reader& reader);

struct LoadFilter {
  std::optional<ProjectId> project;
  std::optional<std::string> stage, agent, principal;
};
struct Load {
  std::int32_t held = 0, queued = 0, live = 0;
  bool operator==(const Load&) const = default;
};
Result<Load> load(Reader& reader, const LoadFilter& filter);

}  // namespace pawl
