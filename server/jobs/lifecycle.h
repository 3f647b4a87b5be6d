// What becomes of attempts: news from a runner, or from recovery after a restart, turned into one
// transaction each that moves the job, settles the money and stores the results.
#pragma once
#include <string>
#include <string_view>

#include "server/core/result.h"
#include "server/jobs/world.h"
#include "server/runner/runner.h"
#include "server/store/attempts.h"
#include "server/store/jobs.h"

namespace pawl {

// Where the attempt's files lie and how engines know it.
Result<AttemptRef> ref_of(World& world, const AttemptRow& attempt);

// The keeper confirmed the start. A job that is being cancelled stays cancelling.
Result<void> on_started(World& world, AttemptId attempt);

// record/status.json is durable and nothing of the attempt is alive. Safe to call again: a settled
// attempt is left alone.
Result<void> on_ended(World& world, AttemptId attempt);

// Its keeper died without a record; nothing of it is alive. Writes the record that charges the
// upper bound, then ends it.
Result<void> on_lost(World& world, AttemptId attempt);

// Fenced off before anything ran: costs nothing. `outcome` is one of the three in
// outcome.h.
struct NeverLaunched {
  std::string_view outcome;
  std::string why;
};
Result<void> on_never_launched(World& world, AttemptId attempt, const NeverLaunched& fact);

}  // namespace pawl
