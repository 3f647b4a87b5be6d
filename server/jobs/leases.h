// The slices of running sandboxes: each is reserved in every window of the budget before its keeper
// is told of it (L15). A server that goes leaves keepers that end with the slice they know.
#pragma once
#include <map>

#include "server/core/result.h"
#include "server/jobs/world.h"
#include "server/store/attempts.h"
#include "server/store/jobs.h"

namespace pawl {

class Leases {
 public:
  explicit Leases(World& world) : world_(world) {}

  // Does nothing while the last look is less than some seconds ago.
  void look();

 private:
  Result<void> look_at(const JobRow& job);

  World& world_;  // outlives us
  std::optional<Milliseconds> looked_;
  std::map<AttemptId, Milliseconds> told_;  // what each keeper knows of, as far as we wrote it
};

// What it has cost so far: settled, or by the clock.
Money spent_so_far(const World& world, const AttemptRow& attempt);

}  // namespace pawl
