// What the end of an experiment says beyond itself: failures alike are counted, and a stop-loss
// that only tells does so.
#pragma once
#include <string>

#include "server/core/result.h"
#include "server/jobs/outcome.h"
#include "server/policy/policy.h"
#include "server/store/jobs.h"
#include "server/store/projects.h"
#include "server/store/transaction.h"

namespace pawl {

struct JobEnd {
  const Policy& policy;
  const Project& project;
  const JobRow& job;  // as it was before
  const Ending& ending;
  std::string signature;  // of its output, where it failed
};
// In the transaction that moved the job on. Ends that are not final, cancelled ones and builds of
// environments say nothing.
Result<void> note_end(Transaction& transaction, const JobEnd& end);

}  // namespace pawl
