#include <fmt/format.h>

#include "server/jobs/admission.h"
#include "server/jobs/content.h"
#include "server/jobs/handles.h"
#include "server/jobs/lines.h"
#include "server/jobs/plan.h"
#include "server/jobs/service.h"
#include "server/jobs/world.h"

namespace pawl {
namespace {

constexpr std::size_t kVariantsMax = 200;

// What submit and submit_sweep have in common.
struct Batch {
  std::string from, stage, key, hash;
  std::optional<std::string> round_title;
  std::optional<std::int64_t> gpus, minutes_max, limit;
  std::vector<std::string> tags;
  std::vector<Variant> variants;
  std::int64_t repeat = 1;
  bool rerun = false;
};

Result<std::vector<NewJob>> plan_batch(World& world, const PlanRequest& request,
                                       const Batch& batch) {
  TRY(const Repository repository, world.sources.repository(request.project));
  TRY(const Origin origin, origin_of(world, request.project, repository, batch.from));
  std::vector<NewJob> jobs;
  for (const Variant& variant : batch.variants) {
    auto planned = plan_jobs(world, request, origin, variant, batch.repeat);
    if (!planned && batch.variants.size() > 1) {
      planned.error().message =
          "variant \"" + variant.title.substr(0, 60) + "\": " + planned.error().message;
    }
    CHECK_OK(planned);
    std::ranges::move(*planned, std::back_inserter(jobs));
  }
  return jobs;
}

Result<SubmitReply> reply_of(World& world, const Project& project, const Admission& admission,
                             const Terms& terms) {
  SubmitReply reply{
      .dropped = admission.dropped, .worst_case = admission.reserved, .limit = terms.limit};
  if (admission.round) reply.round = round_handle(*admission.round);
  return world.store.read([&](Reader& reader) -> Result<SubmitReply> {
    const Yardstick no_deltas{.metric = project.goal_metric};
    for (const AdmittedJob& admitted : admission.jobs) {
      TRY(JobLine line, line_of(world, reader, admitted.job, no_deltas));
      reply.jobs.push_back({std::move(line), admitted.reused});
    }
    return reply;
  });
}

Result<SubmitReply> submit_batch(World& world, const Caller& caller, const Batch& batch) {
  if (batch.stage == kEnvironmentStage) {
    return fail(ErrorKind::kInvalid, "stage environment is pawl's own",
                "Choose another; an environment is built when the first experiment needs it.");
  }
  TRY(const Project project, world.sources.project_of(caller.directory));
  const auto rules = world.rules.rules();
  TRY(const Inventory pools,
      world.store.read([&](Reader& reader) { return inventory(reader, *rules, world.machine); }));
  TRY(const Terms terms,
      terms_for(*rules, {caller.principal, batch.stage, batch.gpus, batch.minutes_max}, pools));
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
  TRY(request.environment, environment_build(world, {caller.principal, project, *rules, pools}));
  TRY(const Admission admission,
      world.store.write([&](Transaction& transaction) -> Result<Admission> {
        TRY(Admission admitted, admit(transaction, request));
        CHECK_OK(world.time.save(transaction));
        return admitted;
      }));
  world.bell.ring();
  return reply_of(world, project, admission, terms);
}

Result<void> check_count(std::string_view what, std::int64_t count, std::int64_t most) {
  if (count >= 1 && count <= most) return {};
  return fail(ErrorKind::kInvalid, fmt::format("{} is {}; 1 to {} are allowed", what, count, most));
}

}  // namespace

Result<SubmitReply> Service::submit(const Caller& caller, const SubmitRequest& request) {
  CHECK_OK(check_count("repeat", request.repeat, kRepeatMax));
  return submit_batch(
      world_, caller,
      {.from = request.from,
       .stage = request.stage,
       .key = request.key,
       .hash = request_hash(request),
       .round_title = request.repeat > 1 ? std::optional(request.variant.title) : std::nullopt,
       .gpus = request.gpus,
       .minutes_max = request.minutes_max,
       .limit = {},
       .tags = request.tags,
       .variants = {request.variant},
       .repeat = request.repeat,
       .rerun = request.rerun});
}

Result<SubmitReply> Service::submit_sweep(const Caller& caller, const SweepRequest& request) {
  CHECK_OK(check_count("the number of variants", static_cast<std::int64_t>(request.variants.size()),
                       kVariantsMax));
  if (request.limit) CHECK_OK(check_count("limit", *request.limit, kVariantsMax));
  return submit_batch(world_, caller,
                      {.from = request.base,
                       .stage = request.stage,
                       .key = request.key,
                       .hash = request_hash(request),
                       .round_title = request.title,
                       .gpus = {},
                       .minutes_max = {},
                       .limit = request.limit,
                       .tags = {},
                       .variants = request.variants,
                       .repeat = 1,
                       .rerun = request.rerun});
}

}  // namespace pawl
