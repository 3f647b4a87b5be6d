// Lets jobs in: key, duplicates, counts, budget are decided on one reading; then, in the same
// transaction, jobs, reservations and events are written together (L3). A refusal leaves an audit
// row and nothing else. dry_run asks for the decision alone.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/jobs/environment.h"
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
  std::optional<EnvironmentBuild> environment{};  // what they run in; built first where it is not
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
};
// The key apart, this is what admit would do now, or its refusal. Nothing is written.
Result<Admittance> decide_admission(Reader& reader, const AdmissionRequest& request);

Result<Admission> admit(Transaction& transaction, const AdmissionRequest& request);

}  // namespace pawl
