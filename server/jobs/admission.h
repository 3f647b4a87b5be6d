// Lets jobs in: key, duplicates, counts, approval, budget are decided on one reading; then, in the
// same transaction, jobs, reservations and events are written together (L3). A refusal leaves an
// audit row and nothing else. dry_run asks for the decision alone.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/budget/admission.h"
#include "server/core/result.h"
#include "server/jobs/environment.h"
#include "server/jobs/holds.h"
#include "server/jobs/requests.h"
#include "server/jobs/spending.h"
#include "server/jobs/terms.h"
#include "server/store/jobs.h"
#include "server/store/projects.h"

namespace pawl {

struct AdmissionRequest {
  const Project& project;
  const Policy& policy;
  const Terms& terms;
  Timestamp now{};  // trusted
  std::string principal, agent, stage;
  std::string key, request_hash;           // key empty: none
  std::optional<std::string> round_title;  // a sweep makes a round
  std::optional<std::int64_t>
      limit;  // drop what does not fit, and admit at most so many; absent: all or nothing
  bool rerun = false;
  std::vector<NewJob> jobs;
  std::optional<Refusal>* refused = nullptr;  // gets the window in the way; outlives the request
  std::optional<EnvironmentBuild> environment{};  // what they run in; built first where it is not
  std::optional<JobId> beside{};                  // a result that they are compared with, or ...
  std::optional<NewJob> companion{};              // ... a run of it that is admitted with them
  std::string unearned{};  // of a stage with `requires`, under a policy that only warns
};

struct AdmittedJob {
  JobRow job;
  bool reused = false;
};

struct Admission {
  std::vector<AdmittedJob> jobs;
  std::vector<Dropped> dropped;
  std::vector<std::string> warnings;  // what a policy that only warns would have refused
  std::optional<std::int64_t> round;
  Money reserved;
  std::optional<Hold> hold{};  // what is new waits for a human, and nothing of it is reserved
};

// What an earlier call with this key made; nothing when the key is new; CONFLICT when its body was
// another.
Result<std::optional<Admission>> admitted_before(Transaction& transaction,
                                                 const AdmissionRequest& request);

// What new jobs run in.
struct Ground {
  std::optional<JobId> built;               // the job that builds, or built, their environment
  const EnvironmentBuild* build = nullptr;  // the request's, to be admitted with them
};

struct Admittance {
  Admission known;            // reused and dropped; nothing is reserved yet
  std::vector<NewJob> fresh;  // to be written
  Ground ground;
  std::optional<JobId> beside;  // what they are compared with
  bool has_companion = false;   // fresh.front() is it
};
// The key apart, this is what admit would do now, or its refusal. Nothing is written.
Result<Admittance> decide_admission(Reader& reader, const AdmissionRequest& request);

// `request` outlives the transaction: the audit of a refusal reads it.
Result<Admission> admit(Transaction& transaction, const AdmissionRequest& request);

// A human said yes: decides the budget for held jobs of one request now, reserves and queues them.
// Gives what is reserved. `request.jobs` are not asked.
Result<Money> admit_held(Transaction& transaction, const AdmissionRequest& request,
                         const std::vector<JobRow>& held);

}  // namespace pawl
