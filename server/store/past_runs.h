// Attempts that have ended, as the history that estimates and cost lines are made of.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/job.h"
#include "server/core/money.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

struct WorkKind {
  ProjectId project;
  std::string stage;
  std::int32_t gpus = 0;
  auto operator<=>(const WorkKind&) const = default;
};

struct RunTime {
  Milliseconds billed{0}, limit{0};
  Money cost;
  JobState job{};
};
// Attempts that ended a job with a result or at its limit, newest first: a crash says nothing about
// how long the work takes. Those that ended after `since`: such a row never changes.
Result<std::vector<RunTime>> run_times(Reader& reader, const WorkKind& kind, std::int32_t limit,
                                       EventId since = {});

// Of one project: the newest job that succeeded, as evidence of what worked before.
Result<std::optional<JobId>> last_success(Reader& reader, ProjectId project);

// A live attempt, as the forecast needs it.
struct LiveRun {
  JobId job;
  WorkKind kind;
  std::string pool;
  std::int32_t units = 0;
  Milliseconds limit{0};
  Timestamp claimed{};
};
Result<std::vector<LiveRun>> live_runs(Reader& reader);  // in the order in which they were claimed

// Queued and live jobs of one kind and payer: what holds reservations now.
struct ReservedWork {
  WorkKind kind;
  std::string principal;
  std::int64_t jobs = 0;
};
Result<std::vector<ReservedWork>> reserved_work(Reader& reader);

}  // namespace pawl
