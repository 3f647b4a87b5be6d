// What compilers keep between runs, one folder for each (project, environment key, name). Every
// attempt gets a copy of its own, and only a successful run of the base that a human approved gives
// its copy back; so no experiment's code is ever run by another one. Best effort: without a cache a
// run is slower, never wrong.
#pragma once
#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/jobs/world.h"
#include "server/records/attempt_folder.h"
#include "server/store/jobs.h"
#include "server/store/projects.h"

namespace pawl {

struct CacheUse {
  const Project& project;
  const JobRow& job;  // of the experiment
  const AttemptFolder& folder;
};

// Copies each cache of the job's environment to run/caches/NAME. VARIABLE=folder, one for each.
Result<std::vector<std::string>> lend_caches(World& world, const CacheUse& use);

// When nothing of the attempt is alive: keeps its copies where they may be kept, and removes them
// from the attempt's folder.
void return_caches(World& world, const CacheUse& use, bool succeeded);

}  // namespace pawl
