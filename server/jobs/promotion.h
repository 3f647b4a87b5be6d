// A second look at a configuration, in this stage or a higher one: whether it has earned the stage,
// and what has to have run beside it so that the results compare.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/jobs/batch.h"
#include "server/jobs/yardstick.h"
#include "server/policy/policy.h"

namespace pawl {

// What one configuration has shown in the stage that it is promoted from.
struct Merit {
  std::int64_t number = 0;            // its first job, for the text
  std::optional<SeedMean> candidate;  // in the class in which both ran, where there is one
  std::optional<SeedMean> reference;  // the best; where the candidate is the best, the base
  Direction direction = Direction::kMin;
};

// DENIED with the numbers, and what would earn it. Pure.
Result<void> check_merit(const std::string& stage, const Sourced<Promotion>& rule,
                         const Merit& merit);

// Beside what the jobs of a batch run.
struct Companion {
  std::optional<JobId> job;   // a result of the best that stands in this stage
  std::optional<NewJob> run;  // or a run of it, to be admitted with them
  std::string unearned;       // why a policy that enforces would have refused; mostly empty
};

struct PromotionRequest {
  const PlanRequest& plan;
  const Batch& batch;
  const DraftedBatch& drafted;
};

// DENIED where the stage has to be earned, one of the jobs has not, and the policy enforces.
// Nothing is read for a change that is tried for the first time in a stage without `requires`.
Result<Companion> companion_of(World& world, const PromotionRequest& request);

}  // namespace pawl
