#include "server/jobs/sandbox.h"

#include <algorithm>

#include "server/budget/lease.h"
#include "server/jobs/handles.h"
#include "server/jobs/leases.h"
#include "server/jobs/lines.h"
#include "server/store/attempts.h"
#include "server/store/sandboxes.h"

namespace pawl {
namespace {

constexpr Milliseconds kWaitMax{20'000};

}  // namespace

Result<SandboxLine> sandbox_line(World& world, Reader& reader, const Project& project,
                                 const JobRow& job) {
  const Yardstick no_deltas{.metric = project.goal_metric};
  TRY(const JobLine line, line_of(world, reader, job, no_deltas));
  TRY(const SandboxRow row, find_sandbox(reader, job.id));
  TRY(const auto rules, rules_of(world, project));
  const SandboxLimits& limits = rules->policy.sandbox;
  SandboxLine shown{.handle = sandbox_handle(row.number),
                    .job = line.handle,
                    .agent = job.agent,
                    .stage = job.stage,
                    .state = job.state,
                    .detail = line.detail,
                    .granted = job.limit,
                    .longest = std::min(row.longest, limits.max_runtime.value),
                    .idle = limits.idle.value,
                    .ending = row.ending};
  if (job.attempts == 0) return shown;
  TRY(const AttemptRow attempt, find_attempt(reader, {job.id, job.attempts}));
  shown.granted = attempt.limit;
  shown.price = {
      Money::micros(attempt.rates.back().rate.per_unit().per_hour.micros() * attempt.units)};
  shown.spent = spent_so_far(world, attempt);
  shown.ran =
      attempt.end ? attempt.end->billed : world.time.since_boot() - attempt.claimed_since_boot;
  return shown;
}

Result<Revision> revision_of_sandbox(World& world, const Project& project, const JobRow& job) {
  TRY(const Repository repository, world.sources.repository(project));
  const auto folder = world.paths.attempt(project.name, job.number, job.attempts) / "work";
  return repository.snapshot_folder(folder, Revision{job.commit},
                                    "sandbox " + sandbox_handle(*job.sandbox));
}

Result<JobRow> wait_until(World& world, JobId id, const std::stop_token& stop,
                          bool (*there)(const JobRow&)) {
  const Milliseconds deadline = world.clock.since_boot() + kWaitMax;
  for (;;) {
    const std::uint64_t seen = world.bell.rings();
    TRY(JobRow job, world.store.read([&](Reader& reader) { return find_job(reader, id); }));
    const Milliseconds now = world.clock.since_boot();
    if (there(job) || now >= deadline || stop.stop_requested()) return job;
    world.bell.wait(seen, stop, deadline - now);
  }
}

}  // namespace pawl
