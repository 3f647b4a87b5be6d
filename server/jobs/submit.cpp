#include <algorithm>

#include "server/jobs/admission.h"
#include "server/jobs/batch.h"
#include "server/jobs/handles.h"
#include "server/jobs/lines.h"
#include "server/jobs/outlook.h"
#include "server/jobs/service.h"
#include "server/jobs/world.h"

namespace pawl {
namespace {

// Slow, so before the transaction.
Result<void> plan_batch(World& world, const PlanRequest& plan, const Batch& batch,
                        AdmissionRequest& request) {
  TRY(const DraftedBatch drafted, draft_batch(world, plan.project, batch));
  return add_jobs(world, plan, batch, drafted, request);
}

// Also where the same key or content asked before.
Result<void> add_question(Reader& reader, const std::vector<JobRow>& jobs, SubmitReply& reply) {
  const auto held = std::ranges::find(jobs, JobState::kHeld, &JobRow::state);
  if (held == jobs.end()) return {};
  TRY(const auto approval, approval_of(reader, held->id));
  if (!approval) return {};
  reply.approval = approval_handle(approval->id.value);
  reply.held_for = approval->why;
  return {};
}

Result<SubmitReply> reply_of(World& world, const Project& project, const Admission& admission,
                             const Terms& terms) {
  SubmitReply reply{.dropped = admission.dropped,
                    .warnings = admission.warnings,
                    .worst_case = admission.hold ? admission.hold->worst : admission.reserved,
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
    if (!rows.empty() && rows.front().beside) {
      TRY(const JobRow beside, find_job(reader, *rows.front().beside));
      reply.beside = job_handle(beside.number, beside.title);
    }
    CHECK_OK(add_question(reader, rows, reply));
    TRY(Outlook outlook, Outlook::read(world, reader));
    TRY(reply.expected, outlook.expected(reader, {project.id, terms.rules.stage, terms.gpus}));
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
  std::optional<Refusal> refused;
  const PlanRequest plan{.caller = caller,
                         .project = project,
                         .stage = batch.stage,
                         .terms = terms,
                         .tags = batch.tags};
  AdmissionRequest request = admission_of(world, plan, *rules, batch);
  request.refused = &refused;
  const auto planned = plan_batch(world, plan, batch, request);
  if (!planned) {  // the work tree may have moved on since the first call with this key: its answer
                   // stands
    TRY(const auto before,
        world.store.write([&](Transaction& tx) { return admitted_before(tx, request); }));
    if (before) return reply_of(world, project, *before, terms);
    return std::unexpected(planned.error());
  }
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
  TRY(SubmitReply reply, submit_batch(world_, caller, batch));
  reply.design = batch.design;
  return reply;
}

}  // namespace pawl
