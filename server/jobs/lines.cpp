#include "server/jobs/lines.h"

#include "server/jobs/approvals.h"
#include "server/jobs/handles.h"
#include "server/store/attempts.h"
#include "server/store/job_metrics.h"

namespace pawl {
namespace {

// What it waits for before it waits for anything else.
Result<void> add_need(Reader& reader, const JobRow& job, JobLine& line) {
  if (!job.needs) return {};
  TRY(const JobRow need, find_job(reader, *job.needs));
  if (is_final(need.state)) return {};
  line.reason = Reason::kEnvironment;
  line.detail = "environment is being built by job " + job_handle(need.number, need.title);
  return {};
}

void set_delta(JobLine& line, const std::optional<SeedMean>& reference, const NoiseFloor& noise) {
  line.delta = {};
  line.noise_x = {};
  if (!line.value || !reference) return;
  line.delta = *line.value - reference->value;
  line.noise_x = in_noise_units(*line.delta, noise, {line.seeds, reference->seeds});
}

Result<void> add_approval(Reader& reader, const JobRow& job, JobLine& line) {
  TRY(const auto approval, approval_of(reader, job.id));
  if (approval) line.detail = held_detail(*approval);
  return {};
}

}  // namespace

Result<JobLine> line_of(const World& world, Reader& reader, const JobRow& job,
                        const Yardstick& yardstick) {
  JobLine line{.number = job.number,
               .handle = job_handle(job.number, job.title),
               .state = job.state,
               .reason = job.reason,
               .stage = job.stage,
               .title = job.title,
               .agent = job.agent,
               .value = {},
               .delta = {},
               .noise_x = {},
               .detail = job.detail};
  if (job.state == JobState::kQueued) {
    const Waiting waiting = world.waiting.of(kind_of(job));
    if (waiting.reason != Reason::kNone) line.reason = waiting.reason;
    if (!waiting.detail.empty()) line.detail = waiting.detail;
    CHECK_OK(add_need(reader, job, line));
  }
  if (job.state == JobState::kHeld) CHECK_OK(add_approval(reader, job, line));
  if (job.attempts == 0) return line;
  TRY(line.value, metric_of(reader, job.id, yardstick.metric));
  TRY(const auto attempts, attempts_of(reader, job.id));
  for (const AttemptRow& attempt : attempts) {
    if (!attempt.end) continue;
    line.time += attempt.end->billed;
    line.cost += attempt.end->cost;
  }
  if (line.value && !attempts.empty()) {
    const Scale& scale = yardstick.scale({job.stage, attempts.back().comparability_class});
    set_delta(line, scale.reached, scale.noise);
  }
  return line;
}

Result<JobLine> line_of(const World& world, Reader& reader, const Configuration& tried,
                        const Yardstick& yardstick) {
  TRY(const JobRow job, find_job(reader, tried.runs.front().job));
  TRY(JobLine line, line_of(world, reader, job, yardstick));
  line.value = tried.all.value;
  line.seeds = tried.all.seeds;
  const Scale& scale = yardstick.scale(tried.setting);
  set_delta(line, scale.base, scale.noise);
  return line;
}

}  // namespace pawl
