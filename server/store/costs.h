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
  bool sandbox = false;
  JobState job{};
  std::string stage, round, agent, principal;  // round: "r7", or empty
  std::string outcome, pool;
  HourlyPrice price;
  Money carried;  // of the cost, what is paid however short the run: transfer
  // What its units and its disk cost in an hour at first, in pico-USD.
  std::int64_t unit_picos = 0, disk_picos = 0;
  std::int32_t units = 1, gpus = 0;
  Timestamp claimed{};
  std::optional<Timestamp> started, ended;
  Milliseconds billed{0};
  Money cost;
};

// What humans had to do for a project's jobs.
struct Interventions {
  std::int64_t approvals = 0;       // held jobs that somebody let go
  std::int64_t cancels = 0;         // of jobs, from the command line
  std::int64_t budget_changes = 0;  // raised caps and corrections of the ledger, of all projects
};
Result<Interventions> interventions(Reader& reader, ProjectId project);

// What corrections of the ledger moved in the project's total.
Result<Money> adjusted(Reader& reader, const std::string& project_name);

struct PaidFilter {
  std::optional<ProjectId> project;
  std::optional<Timestamp> since;  // ended at or after this, or still alive
};
Result<std::vector<PaidAttempt>> paid_attempts(Reader& reader,
                                               const PaidFilter& filter);  // in order of the claims

}  // namespace pawl
