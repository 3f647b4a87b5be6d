// A sandbox among the jobs: one job with one attempt, which runs commands instead of its own.
#pragma once
#include "server/jobs/sandbox_requests.h"
#include "server/jobs/world.h"
#include "server/store/jobs.h"
#include "server/store/projects.h"

namespace pawl {

Result<SandboxLine> sandbox_line(World& world, Reader& reader, const Project& project,
                                 const JobRow& job);

// Its files as a revision on top of the one that it began with. Nothing may run there meanwhile.
Result<Revision> revision_of_sandbox(World& world, const Project& project, const JobRow& job);

// Waits until the job is there, for some seconds at most; gives it as it then is.
Result<JobRow> wait_until(World& world, JobId job, const std::stop_token& stop,
                          bool (*there)(const JobRow&));

}  // namespace pawl
