#include <fmt/format.h>

#include "server/jobs/admission.h"
#include "server/jobs/advice.h"
#include "server/jobs/batch.h"
#include "server/jobs/next_room.h"
#include "server/jobs/outlook.h"
#include "server/jobs/quiet_pools.h"
#include "server/jobs/readiness.h"
#include "server/jobs/service.h"
#include "server/store/attempts.h"
#include "server/store/job_metrics.h"

namespace pawl {
namespace {

constexpr std::int32_t kRunsRead = 200;
constexpr std::int64_t kRunFilesMax = 10'000;
constexpr std::size_t kDiffBytesMax = 1;  // only the counts are wanted

Result<std::optional<Precedent>> precedent_of(World& world, Reader& reader,
                                              const Project& project) {
  TRY(const auto id, last_success(reader, project.id));
  if (!id) return std::optional<Precedent>();
  Precedent seen;
  TRY(seen.job, find_job(reader, *id));
  TRY(seen.value, metric_of(reader, *id, project.goal_metric));
  const AttemptFolder folder{world.paths.attempt(project.name, seen.job.number, seen.job.attempts)};
  if (auto record = read_status(folder)) seen.record = *std::move(record);
  if (const auto size = size_of(folder.run(), kRunFilesMax)) seen.run_bytes = size->bytes;
  return seen;
}

std::string placement_text(World& world, const Terms& terms, const Inventory& pools) {
  const auto rules = world.rules.rules();
  PlaceRequest request = terms.place;
  std::vector<std::string> open = request.pools;
  const auto quiet = drop_quiet(open, *rules, world.time.now(), terms.limit);
  if (rules->policy.mode.value == Mode::kEnforce) {
    if (quiet) return "waits " + describe(*quiet, rules->policy.timezone.value);
    request.pools = std::move(open);
  }
  const PlaceAnswer answer = place(request, pools);
  if (answer.placement) return "a slot is free now: " + why(answer);
  return describe(answer.placement.error(), terms.place);
}

// The decision that a submit would get now, by the code that would take it.
Result<void> add_admission(World& world, Reader& reader, const AdmissionRequest& request,
                           DryRunReply& reply) {
  const auto decided = decide_admission(reader, request);
  if (!decided) {
    reply.policy = decided.error().message;
    reply.ways_out = decided.error().hint;
    reply.jobs = request.jobs.size();
    return {};
  }
  reply.admitted = true;
  reply.jobs = decided->fresh.size();
  reply.dropped = decided->known.dropped;
  const Yardstick no_deltas{.metric = request.project.goal_metric};
  for (const AdmittedJob& known : decided->known.jobs) {
    TRY(JobLine line, line_of(world, reader, known.job, no_deltas));
    reply.duplicates.push_back({std::move(line), true});
  }
  reply.policy = reply.jobs == 0 ? "nothing new to admit: every result is there already"
                                 : "admitted: the worst case fits every open window";
  if (decided->has_companion) reply.policy += "; with " + decided->fresh.front().title;
  if (const auto& hold = decided->known.hold)
    reply.policy = "held until a human says yes, then asked of the budget: " + hold->why;
  for (const std::string& warning : decided->known.warnings)
    reply.policy = "admitted with a warning: " + warning;
  if (const EnvironmentBuild* const build = decided->ground.build; build && reply.jobs > 0) {
    reply.worst_all += build->terms.worst.money;
    reply.policy += "; the environment is built first";
  }
  return {};
}

// Of all the jobs together, as a submit would reserve them. Absent: never, while the caps stay.
Result<std::optional<Milliseconds>> room_after(Reader& reader, const AdmissionRequest& request,
                                               std::size_t jobs) {
  if (request.policy.mode.value == Mode::kWarn) return Milliseconds(0);
  const Terms& terms = request.terms;
  Amount all;
  for (std::size_t i = 0; i < jobs; ++i) all = all + terms.worst;
  const Payer payer{
      .principal = request.principal, .project = request.project.name, .stage = terms.rules.stage};
  TRY(const auto room,
      next_room(reader, {request.policy, payer, request.now, terms.worst_time}, all, {}));
  return room ? std::optional(*room - request.now) : std::nullopt;
}

Result<void> add_outlook(World& world, Reader& reader, const AdmissionRequest& request,
                         DryRunReply& reply) {
  const Terms& terms = request.terms;
  const WorkKind kind{request.project.id, request.stage, terms.gpus};
  TRY(Outlook outlook, Outlook::read(world, reader));
  TRY(reply.expected, outlook.expected(reader, kind));
  if (reply.jobs == 0) return {};
  TRY(const auto not_before, room_after(reader, request, reply.jobs));
  if (!not_before) return {};
  TRY(reply.forecast, outlook.with(reader, {.kind = kind,
                                            .pools = terms.place.pools,
                                            .limit = terms.limit,
                                            .count = reply.jobs,
                                            .not_before = *not_before}));
  return {};
}

// What the database says of the project, at one instant.
struct Seen {
  Yardstick yardstick;
  std::optional<Precedent> precedent;
  std::vector<PastRun> runs;
};

std::vector<std::string> advice_of(const Terms& terms, const Seen& seen) {
  WorkShape shape{
      .limit = terms.limit,
      .stage_max = terms.rules.max_runtime.value,
      .runs = seen.runs,
      .startup = {},
      .billed = {},
      .noise_measured = seen.yardstick.noise_in(terms.rules.stage).deviation.has_value()};
  if (seen.precedent && seen.precedent->record) {
    shape.startup = seen.precedent->record->first_instruction;
    shape.billed = seen.precedent->record->billed;
  }
  return advice_on(shape);
}

Result<void> add_code(const Repository& repository, const Project& project, const Draft& draft,
                      DryRunReply& reply) {
  TRY(const Diff diff,
      repository.diff(Revision{project.base_commit}, draft.revision, kDiffBytesMax));
  reply.diff_stat = fmt::format("{} files, +{} -{} lines against the base", diff.stat.files,
                                diff.stat.insertions, diff.stat.deletions);
  return {};
}

// Everything that is decided on one reading of the database. `planned`: the jobs, or why there are
// none.
Result<Seen> judge(World& world, Reader& reader, const Result<void>& planned,
                   const AdmissionRequest& admission, DryRunReply& reply) {
  const Project& project = admission.project;
  const Terms& terms = admission.terms;
  const WorkKind kind{project.id, admission.stage, terms.gpus};
  if (planned) {
    CHECK_OK(add_admission(world, reader, admission, reply));
  } else {
    reply.policy = "not asked: " + planned.error().message;
    reply.ways_out = planned.error().hint;
  }
  CHECK_OK(add_outlook(world, reader, admission, reply));
  for (std::size_t i = 0; i < reply.jobs; ++i) reply.worst_all += terms.worst.money;
  const auto rules = world.rules.rules();
  TRY(const Inventory pools, inventory_for(world, reader, *rules, {project.id, admission.stage}));
  reply.placement = placement_text(world, terms, pools);
  Seen seen;
  TRY(seen.yardstick, yardstick(world, reader, project));
  TRY(seen.precedent, precedent_of(world, reader, project));
  TRY(seen.runs, past_runs(world, reader, kind, kRunsRead));
  return seen;
}

}  // namespace

Result<DryRunReply> Service::dry_run(const Caller& caller, const DryRunRequest& request) {
  TRY(const Batch batch, batch_of(request));
  TRY(const Project project, world_.sources.project_of(caller.directory));
  TRY(const Repository repository, world_.sources.repository(project));
  TRY(const auto approved, world_.sources.describe(repository, Revision{project.base_commit}));
  TRY(const auto rules, rules_of(world_, project));
  TRY(const Terms terms, terms_of(world_, caller, project, batch));
  TRY(const DraftedBatch drafted, draft_batch(world_, project, batch));
  const PlanRequest plan{caller, project, batch.stage, terms, batch.tags};
  AdmissionRequest admission = admission_of(world_, plan, *rules, batch);
  const auto planned = add_jobs(world_, plan, batch, drafted, admission);
  DryRunReply reply{
      .worst_each = terms.worst.money, .limit = terms.limit, .metric = project.goal_metric};
  CHECK_OK(add_code(repository, project, drafted.drafts.front(), reply));
  TRY(const Seen seen, world_.store.read([&](Reader& reader) {
    return judge(world_, reader, planned, admission, reply);
  }));
  const Readiness readiness = readiness_of({.world = world_,
                                            .project = project,
                                            .repository = repository,
                                            .approved = approved->file,
                                            .terms = terms,
                                            .drafts = drafted.drafts,
                                            .yardstick = seen.yardstick,
                                            .precedent = seen.precedent,
                                            .jobs = std::max<std::size_t>(reply.jobs, 1),
                                            .seed = kFirstSeed});
  reply.checks = readiness.checks;
  reply.files = readiness.checkout.files;
  reply.bytes = readiness.checkout.bytes;
  reply.advice = advice_of(terms, seen);
  return reply;
}

}  // namespace pawl
