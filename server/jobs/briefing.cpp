#include "server/budget/admission.h"
#include "server/jobs/handles.h"
#include "server/jobs/lines.h"
#include "server/jobs/notices.h"
#include "server/jobs/open_budgets.h"
#include "server/jobs/outlook.h"
#include "server/jobs/sandbox.h"
#include "server/jobs/service.h"
#include "server/jobs/terms.h"
#include "server/jobs/world.h"
#include "server/store/decisions.h"
#include "server/store/sandboxes.h"

namespace pawl {
namespace {

constexpr std::int32_t kDecisionsShown = 5;
constexpr std::int32_t kRunningShown = 20;

Result<std::vector<DecisionLine>> decision_lines(Reader& reader, const Project& project) {
  TRY(const auto rows, list_decisions(reader, project.id, kDecisionsShown));
  std::vector<DecisionLine> lines;
  for (const DecisionRow& row : rows) {
    DecisionLine line{.decision = row.decision,
                      .why = row.why,
                      .agent = row.agent,
                      .value = row.value,
                      .delta = row.delta,
                      .at = row.at};
    if (row.job) {
      TRY(const JobRow job, find_job(reader, *row.job));
      line.job = job_handle(job.number, job.title);
      line.title = job.title;
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

Result<std::vector<JobLine>> running_lines(World& world, Reader& reader, const Project& project,
                                           const Yardstick& measure) {
  TRY(const auto jobs, list_jobs(reader, {.project = project.id,
                                          .states = {JobState::kHeld, JobState::kQueued,
                                                     JobState::kStarting, JobState::kRunning,
                                                     JobState::kEvaluating, JobState::kCancelling},
                                          .limit = kRunningShown}));
  std::vector<JobLine> lines;
  for (const JobRow& job : jobs) {
    if (job.sandbox) continue;
    TRY(JobLine line, line_of(world, reader, job, measure));
    lines.push_back(std::move(line));
  }
  return lines;
}

Result<std::vector<SandboxLine>> sandbox_lines(World& world, Reader& reader,
                                               const Project& project) {
  TRY(const auto jobs, open_sandboxes(reader, project.id));
  std::vector<SandboxLine> lines;
  for (const JobRow& job : jobs) {
    TRY(SandboxLine line, sandbox_line(world, reader, project, job));
    lines.push_back(std::move(line));
  }
  return lines;
}

// Only stages that this caller may use and that some pool can carry.
Result<std::vector<StageLine>> stage_lines(World& world, Reader& reader, const Caller& caller,
                                           const Project& project) {
  TRY(const auto rules, rules_of(world, project));
  TRY(const Inventory pools, inventory(reader, *rules, world.machine));
  TRY(const BudgetView view, open_budgets(world, reader, project, caller.principal));
  std::vector<StageLine> lines;
  for (const Stage& stage : rules->policy.stages) {
    if (stage.name == kEnvironmentStage) continue;
    const auto terms = terms_for(*rules, {caller.principal, stage.name, {}, {}}, pools);
    if (!terms) continue;
    TRY(const auto expected, expected_of(world, reader, {project.id, stage.name, terms->gpus}));
    lines.push_back({.name = stage.name,
                     .limit = terms->limit,
                     .worst_case = terms->worst.money,
                     .expected = expected,
                     .screens_left = how_many_fit(view, terms->worst)});
  }
  return lines;
}

}  // namespace

Result<Briefing> Service::briefing(const Caller& caller) {
  TRY(const Project project, world_.sources.project_of(caller.directory));
  TRY(const Repository repository, world_.sources.repository(project));
  TRY(const auto best, world_.sources.describe(repository, Revision{project.best_commit}));
  return world_.store.read([&](Reader& reader) -> Result<Briefing> {
    TRY(const Yardstick measure, yardstick(world_, reader, project));
    Briefing briefing{.project = project.name,
                      .metric = measure.metric,
                      .lower_is_better = measure.direction == Direction::kMin,
                      .best = "base",
                      .stage = measure.home.stage,
                      .comparability_class = measure.home.comparability_class,
                      .noise = measure.at_home().noise};
    if (measure.at_home().base) briefing.base_value = measure.at_home().base->value;
    if (measure.at_home().reached) briefing.best_value = measure.at_home().reached->value;
    if (project.best_job) {
      TRY(const JobRow job, find_job(reader, *project.best_job));
      briefing.best = job_handle(job.number, job.title);
    }
    TRY(briefing.decisions, decision_lines(reader, project));
    TRY(briefing.running, running_lines(world_, reader, project, measure));
    TRY(briefing.sandboxes, sandbox_lines(world_, reader, project));
    TRY(briefing.stages, stage_lines(world_, reader, caller, project));
    for (const ParamSpec& spec : best->file.params) briefing.params.push_back(describe(spec));
    TRY(briefing.notices, notices(world_, reader, Audience::kAgent));
    return briefing;
  });
}

}  // namespace pawl
