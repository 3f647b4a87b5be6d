// Prepares a claimed attempt's folder and starts it. Slow (checkout, fork), so it runs on the crew,
// not on the scheduler.
#pragma once
#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/jobs/claim.h"
#include "server/jobs/world.h"
#include "server/runner/runner.h"

namespace pawl {

// An error means: nothing of the attempt runs, or its fate must be asked of the runner.
Result<void> launch(World& world, Runner& runner, const Claimed& claimed);

// The variables that every job of the project gets, without their values.
std::vector<std::string> environment_names(const World& world, const Repository& repository);

}  // namespace pawl
