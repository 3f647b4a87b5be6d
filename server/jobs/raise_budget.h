// `pawl budget add`: a cap raised by a human until a time, on record in the ledger.
#pragma once
#include "server/core/result.h"
#include "server/jobs/world.h"

namespace pawl {

// Makes what was added to caps, and still lasts, part of the policy in force.
Result<void> put_allowances_in_force(World& world);

}  // namespace pawl
