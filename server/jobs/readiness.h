// The ten questions that decide whether an experiment can run unattended, each answered with what
// was tried and what was seen. A pass without evidence is a defect; what nothing decides is
// unknown, with what would tell.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/jobs/lines.h"
#include "server/jobs/plan.h"
#include "server/jobs/rehearsal.h"
#include "server/records/status.h"

namespace pawl {

// What an earlier run of the project showed.
struct Precedent {
  JobRow job;  // the newest that succeeded
  std::optional<double> value;
  std::optional<ExitRecord> record;  // of its last attempt, while its folder is there
  std::int64_t run_bytes = 0;        // what it left in its run folder
};

struct ReadinessFacts {
  World& world;
  const Project& project;
  const Repository& repository;
  const ProjectFile& approved;  // pawl.toml of the base
  const Terms& terms;
  const std::vector<Draft>& drafts;  // one for each variant, at least one
  const Yardstick& yardstick;
  const std::optional<Precedent>& precedent;
  std::size_t jobs = 1;
  std::int64_t seed = 0;  // of the first job
};

struct Readiness {
  std::vector<ReadinessCheck> checks;
  FolderSize checkout;  // of the first draft
};

Readiness readiness_of(const ReadinessFacts& facts);

}  // namespace pawl
