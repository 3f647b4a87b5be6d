// What was paid, read back from attempts: per job, and one row each for cost_status.
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

Result<Amount> spent_on(Reader& reader, JobId job);

// An attempt and the job it belongs to. While it is alive nothing is settled: `ended` is absent,
// `billed` and `cost` are zero.
struct PaidAttempt {
  AttemptId id;
  bool last = false;  // no later attempt of the job was begun
  ProjectId project;
  std::int32_t job_number = 0;
  JobState job{};
  std::string stage, round, agent, principal;  // round: "r7", or empty
  std::string outcome, pool;
  HourlyPrice price;
  std::int32_t units = 1, gpus = 0;
  Timestamp claimed{};
  std::optional<Timestamp> started, ended;
  Milliseconds billed{0};
  Money cost;
};

struct PaidFilter {
  std::optional<ProjectId> project;
  std::optional<Timestamp> since;  // ended at or after this, or still alive
};
Result<std::vector<PaidAttempt>> paid_attempts(Reader& reader,
                                               const PaidFilter& filter);  // in order of the claims

}  // namespace pawl
