#include "server/jobs/admission.h"
#include "server/jobs/batch.h"
#include "server/jobs/handles.h"
#include "server/jobs/lines.h"
#include "server/jobs/outlook.h"
#include "server/jobs/service.h"
#include "server/jobs/world.h"

namespace pawl {
namespace {

Result<std::vector<NewJob>> plan_batch(World& world, const PlanRequest& request,
                                       const Batch& batch) {
  TRY(const DraftedBatch drafted, draft_batch(world, request.project, batch));
  return jobs_of(request, batch, drafted);
}

Result<SubmitReply> reply_of(World& world, const Project& project, const Admission& admission,
                             const Terms& terms) {
  SubmitReply reply{.dropped = admission.dropped,
                    .warnings = admission.warnings,
                    .worst_case = admission.reserved,
                    .limit = terms.limit,
                    .metric = project.goal_metric};
  if (admission.round) reply.round = round_handle(*admission.round);
  return world.store.read([&](Reader& reader) -> Result<SubmitReply> {
    const Yardstick no_deltas{.metric = project.goal_metric};
    std::vector<JobRow> rows;
    for (const AdmittedJob& admitted : admission.jobs) {
      TRY(JobLine line, line_of(world, reader, admitted.job, no_deltas));
      reply.jobs.push_back({std::move(line), admitted.reused});
      rows.push_back(admitted.job);
    }
    TRY(reply.expected, expected_of(reader, {project.id, terms.rules.stage, terms.gpus}));
    TRY(const Outlook outlook, Outlook::read(world, reader));
    reply.forecast = outlook.of(rows);
    return reply;
  });
}

Result<SubmitReply> submit_batch(World& world, const Caller& caller, const Batch& batch) {
  if (batch.stage == kEnvironmentStage) {
    return fail(ErrorKind::kInvalid, "stage environment is pawl's own",
                "Choose another; an environment is built when the first experiment needs it.");
  }
  TRY(const Project project, world.sources.project_of(caller.directory));
  TRY(const auto rules, rules_of(world, project));
  TRY(const Terms terms, terms_of(world, caller, project, batch));
  AdmissionRequest request{.project = project,
                           .policy = rules->policy,
                           .terms = terms,
                           .now = world.time.now(),
                           .principal = caller.principal,
                           .agent = caller.agent,
                           .stage = batch.stage,
                           .key = batch.key,
                           .request_hash = batch.hash,
                           .round_title = batch.round_title,
                           .limit = batch.limit,
                           .rerun = batch.rerun,
                           .jobs = {}};
  auto planned = plan_batch(world,
                            {.caller = caller,
                             .project = project,
                             .stage = batch.stage,
                             .terms = terms,
                             .tags = batch.tags},
                            batch);
  if (!planned) {  // the work tree may have moved on since the first call with this key: its answer
                   // stands
    TRY(const auto before,
        world.store.write([&](Transaction& tx) { return admitted_before(tx, request); }));
    if (before) return reply_of(world, project, *before, terms);
    return std::unexpected(planned.error());
  }
  request.jobs = *std::move(planned);
  TRY(request.environment, environment_build(world, {caller.principal, project, *rules}));
  TRY(const Admission admission,
      world.store.write([&](Transaction& transaction) -> Result<Admission> {
        TRY(Admission admitted, admit(transaction, request));
        CHECK_OK(world.time.save(transaction));
        return admitted;
      }));
  world.bell.ring();
  return reply_of(world, project, admission, terms);
}

}  // namespace

Result<SubmitReply> Service::submit(const Caller& caller, const SubmitRequest& request) {
  TRY(const Batch batch, batch_of(request));
  return submit_batch(world_, caller, batch);
}

Result<SubmitReply> Service::submit_sweep(const Caller& caller, const SweepRequest& request) {
  TRY(const Batch batch, batch_of(request));
  return submit_batch(world_, caller, batch);
}

}  // namespace pawl
