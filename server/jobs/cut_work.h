// on_cut = "kill": running work ends when a human lowers a cap under it.
#pragma once
#include "server/core/result.h"
#include "server/jobs/world.h"

namespace pawl {

// Cancels running jobs, newest first, until what is spent and what the rest holds fits the caps in
// force; what waits in the queue is decided anew by each claim. Nothing while on_cut is "drain".
Result<void> end_cut_work(World& world);

}  // namespace pawl
