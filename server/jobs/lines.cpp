#include "server/jobs/lines.h"

#include <numeric>

#include "server/jobs/approvals.h"
#include "server/jobs/handles.h"
#include "server/store/attempts.h"
#include "server/store/job_metrics.h"

namespace pawl {
namespace {

constexpr std::int32_t kAllRows = 100'000;

// The parameters that a run of the base has when nobody gives any.
Result<std::string> default_params(World& world, const Project& project) {
  TRY(const Repository repository, world.sources.repository(project));
  TRY(const auto description, world.sources.describe(repository, Revision{project.base_commit}));
  const auto params = check_params(description->file.params, {});
  return params ? to_text(*params) : std::string();
}

// Equal files count as equal, whatever they were derived from.
Result<std::vector<ConfiguredRun>> configured(World& world, const Project& project,
                                              const std::vector<LeaderboardRow>& rows) {
  TRY(const Repository repository, world.sources.repository(project));
  std::vector<ConfiguredRun> runs;
  for (const LeaderboardRow& row : rows) {
    const auto description = world.sources.describe(repository, Revision{row.commit});
    const std::string& files = description ? (*description)->tree : row.commit;
    runs.push_back(
        {row.comparability_class + "\n" + row.stage + "\n" + files + "\n" + row.params, row});
  }
  return runs;
}

NoiseFloor noise_of(const std::vector<Configuration>& tried) {
  std::vector<std::vector<double>> groups;
  for (const Configuration& configuration : tried) {
    auto& values = groups.emplace_back();
    for (const LeaderboardRow& run : configuration.runs) values.push_back(run.value);
  }
  return noise_floor(groups);
}

// What it waits for before it waits for anything else.
Result<void> add_need(Reader& reader, const JobRow& job, JobLine& line) {
  if (!job.needs) return {};
  TRY(const JobRow need, find_job(reader, *job.needs));
  if (is_final(need.state)) return {};
  line.reason = Reason::kEnvironment;
  line.detail = "environment is being built by job " + job_handle(need.number, need.title);
  return {};
}

Result<void> add_approval(Reader& reader, const JobRow& job, JobLine& line) {
  TRY(const auto approval, approval_of(reader, job.id));
  if (approval) line.detail = held_detail(*approval);
  return {};
}

}  // namespace

Result<Yardstick> yardstick(World& world, Reader& reader, const Project& project) {
  TRY(const auto rows, leaderboard(reader, {.project = project.id,
                                            .metric = project.goal_metric,
                                            .direction = project.direction,
                                            .limit = kAllRows}));
  TRY(const std::string defaults, default_params(world, project));
  std::vector<double> base;
  for (const LeaderboardRow& row : rows) {
    if (row.commit == project.base_commit && row.params == defaults) base.push_back(row.value);
  }
  Yardstick result{.metric = project.goal_metric,
                   .direction = project.direction,
                   .base = {},
                   .reached = project.best_value,
                   .noise = {},
                   .tried = {}};
  TRY(const auto runs, configured(world, project, rows));
  result.tried = configurations(runs, project.direction);
  result.noise = noise_of(result.tried);
  if (project.best_job) {
    const Configuration* const best = configuration_of(result.tried, *project.best_job);
    if (best != nullptr) result.reached = best->all.value;
  }
  if (!base.empty())
    result.base = std::accumulate(base.begin(), base.end(), 0.0) / static_cast<double>(base.size());
  if (!result.reached) result.reached = result.base;
  return result;
}

Result<JobLine> line_of(const World& world, Reader& reader, const JobRow& job,
                        const LineOptions& options) {
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
  TRY(line.value, metric_of(reader, job.id, options.yardstick.metric));
  if (line.value && options.reference) {
    line.delta = *line.value - *options.reference;
    line.noise_x = in_noise_units(*line.delta, options.yardstick.noise);
  }
  TRY(const auto attempts, attempts_of(reader, job.id));
  for (const AttemptRow& attempt : attempts) {
    if (!attempt.end) continue;
    line.time += attempt.end->billed;
    line.cost += attempt.end->cost;
  }
  return line;
}

Result<JobLine> line_of(const World& world, Reader& reader, const JobRow& job,
                        const Yardstick& yardstick) {
  return line_of(world, reader, job, {.yardstick = yardstick, .reference = yardstick.reached});
}

Result<JobLine> line_of(const World& world, Reader& reader, const Configuration& tried,
                        const Yardstick& yardstick) {
  TRY(const JobRow job, find_job(reader, tried.runs.front().job));
  TRY(JobLine line,
      line_of(world, reader, job, {.yardstick = yardstick, .reference = yardstick.base}));
  line.value = tried.all.value;
  line.seeds = tried.all.seeds;
  if (yardstick.base) {
    line.delta = *line.value - *yardstick.base;
    line.noise_x = in_noise_units(*line.delta, yardstick.noise);
  }
  return line;
}

}  // namespace pawl
