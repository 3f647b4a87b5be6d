// When the price of a pool changes under what runs there (L13).
#pragma once
#include "server/jobs/world.h"

namespace pawl {

// Every live attempt on a metered pool pays the price in force from now on. Where that is dearer
// its reservation is topped up in the same transaction; where a budget has no room for that, the
// machine is taken back within the grace that is held already, and the job runs again elsewhere or
// later. True: somebody has to be stopped.
Result<bool> follow_prices(World& world);

}  // namespace pawl
