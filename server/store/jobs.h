// Jobs: one row for the whole life of an experiment. Every change of state goes through
// transition(), which follows the table of core/job.h and is guarded by (id, state, attempt), so
// that news about an older attempt, or a second cancel, changes nothing (Q3, Q4, Q5).
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

struct NewJob {
  ProjectId project;
  std::string title;      // the hypothesis
  std::string agent;      // a label
  std::string principal;  // who may be held to it
  std::optional<RoundId> round{};
  std::string stage;
  std::string commit;       // the snapshot in pawl's repository
  std::string base_commit;  // what it was derived from
  std::string params;       // canonical JSON, opaque here
  std::string content_hash;
  std::int64_t seed = 0;
  std::int32_t repeat = 0;  // index of the repetition
  std::int32_t gpus = 0;
  Milliseconds limit{0};
  std::vector<std::string> tags{};
  std::optional<JobId> needs{};         // a job that has to succeed before this one may start
  std::optional<JobId> beside{};        // the job that it is compared with: both run in one class
  std::optional<Milliseconds> lease{};  // of a sandbox: the longest it may live in all
};

struct JobRow : NewJob {
  JobId id;
  std::int32_t number = 0;  // 1, 2, ... in its project
  JobState state = JobState::kHeld;
  Reason reason = Reason::kNone;
  std::string detail;  // one line
  Timestamp created{};
  std::optional<Timestamp> queued, started,
      finished;               // queued: last time it entered the queue; started: first start
  std::int32_t attempts = 0;  // begun so far
  std::optional<EventId> finished_event;
  std::optional<std::int32_t> sandbox;  // it is the project's sandbox of that number
};

// `state` is held or queued. Takes the next number of the project and writes the event.
Result<JobRow> insert_job(Transaction& transaction, const NewJob& job, JobState state,
                          Reason reason);

Result<JobRow> find_job(Reader& reader, JobId id);  // NOT_FOUND
Result<std::optional<JobRow>> find_job_by_number(Reader& reader, ProjectId project,
                                                 std::int32_t number);

struct JobFilter {
  std::optional<ProjectId> project;
  std::vector<JobState> states;  // empty: all
  std::optional<std::string> agent;
  std::optional<RoundId> round;
  std::optional<EventId>
      finished_since;  // finished after this event: the cursor of wait_jobs; oldest finish first
  std::int32_t limit = 100;
};
Result<std::vector<JobRow>> list_jobs(Reader& reader,
                                      const JobFilter& filter);  // newest first, else as said above

struct Change {
  JobId job;
  JobState from;
  JobEvent event;
  std::int32_t attempt = 0;  // JobRow::attempts as the caller knows it
  Reason reason = Reason::kNone;
  std::string detail{};
};
// The new state. CONFLICT when the job is no longer in `from` with that attempt; INVALID when the
// table has no such row.
Result<JobState> transition(Transaction& transaction, const Change& change);

// The class in which this job has to run: that of the job beside which it runs, or of one that runs
// beside the same. Absent while none of them has begun an attempt.
Result<std::optional<std::string>> class_beside(Reader& reader, JobId job);
// What the job waits for before it may start; decided anew when held work is let in.
Result<void> set_need(Transaction& transaction, JobId job, std::optional<JobId> need);

// An earlier job of the same content whose result stands or may still come: succeeded, held,
// queued, starting, running or evaluating; the newest one.
Result<std::optional<JobRow>> find_same_content(Reader& reader, ProjectId project,
                                                const std::string& content_hash);

}  // namespace pawl
