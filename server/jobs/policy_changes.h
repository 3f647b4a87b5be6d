// The policy's changes while the server runs: read anew, put on record, told to who waits.
#pragma once
#include "server/core/result.h"
#include "server/jobs/world.h"

namespace pawl {

// Reads the files anew. A mistake in them is no error here: the notices say it.
Result<void> reload_policy(World& world);

// An event for each change of what is in force.
Result<void> record_policy_changes(World& world);

}  // namespace pawl
