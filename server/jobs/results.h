// What an ended attempt left behind: metrics read from its folder, and the files written about its
// end.
#pragma once
#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/jobs/outcome.h"
#include "server/records/metrics.h"
#include "server/store/attempts.h"
#include "server/store/job_metrics.h"
#include "server/store/projects.h"

namespace pawl {

struct Results {
  std::string metric;  // the goal's key
  GoalMetric goal = GoalMetric::kMissing;
  std::vector<Metric> metrics;
  FinalMetrics final_metrics;
  std::string signature;  // of a failed experiment's output; empty: none
  std::string problem;    // of a build: why what it left cannot be used; empty: it can
};

// Untrusted and never fatal: a file that cannot be read counts as no metrics.
Results read_results(const AttemptFolder& folder, const Project& project, const ExitRecord& record);

struct EndFacts {
  const Project& project;
  const AttemptRow& attempt;
  const ExitRecord& record;
  Amount settled;
  const Results& results;
  const Ending& ending;
};
Result<void> write_end_files(const AttemptFolder& folder,
                             const EndFacts& facts);  // cost.json, result.json

}  // namespace pawl
