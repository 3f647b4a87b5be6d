#include <fmt/format.h>

#include "server/budget/lease.h"
#include "server/core/digest.h"
#include "server/core/text.h"
#include "server/jobs/admission.h"
#include "server/jobs/batch.h"
#include "server/jobs/find.h"
#include "server/jobs/handles.h"
#include "server/jobs/sandbox.h"
#include "server/jobs/service.h"
#include "server/store/sandboxes.h"

namespace pawl {
namespace {

Milliseconds time_of(const SandboxLimits& limits, const SandboxRequest& request) {
  constexpr Milliseconds kUnasked = std::chrono::minutes(30);
  if (request.minutes) return std::chrono::minutes(*request.minutes);
  return std::min(kUnasked, limits.max_runtime.value);
}

Result<void> check_time(const SandboxLimits& limits, Milliseconds asked) {
  if (asked <= limits.max_runtime.value) return {};
  return fail(
      ErrorKind::kDenied,
      fmt::format("sandbox.max_minutes: {} minutes asked, at most {} from open to close ({})",
                  std::chrono::ceil<std::chrono::minutes>(asked).count(),
                  format_duration(limits.max_runtime.value), limits.max_runtime.source),
      fmt::format("Ask for at most {}; what takes longer is an experiment.",
                  format_duration(limits.max_runtime.value)));
}

Result<void> check_first_slice(const SandboxLimits& limits, const Terms& terms) {
  if (!limits.usd || terms.worst.money <= limits.usd->value) return {};
  return fail(ErrorKind::kDenied,
              fmt::format("sandbox.usd: its first {} would reserve ${}, and one of them may cost "
                          "${} ({})",
                          format_duration(terms.limit), format_usd(terms.worst.money),
                          format_usd(limits.usd->value), limits.usd->source),
              "Choose a cheaper stage, or fewer GPUs.");
}

Result<void> check_room(Reader& reader, const SandboxLimits& limits) {
  TRY(const auto open, open_sandboxes(reader, {}));
  if (std::ssize(open) < limits.max_open.value) return {};
  return fail(ErrorKind::kDenied,
              fmt::format("sandbox.max_open: {} of at most {} are open ({})", open.size(),
                          limits.max_open.value, limits.max_open.source),
              open.empty() ? "Submit what you want to look at as an experiment of the cheapest "
                             "stage; a human opens sandboxes in the policy."
                           : "Close one: sandbox_close. Open: " + sandbox_handles(open) + ".");
}

// In the policy's mode: a refusal, or a warning.
Result<void> heed(const Result<void>& checked, const Policy& policy,
                  std::vector<std::string>& warnings) {
  if (checked || checked.error().kind != ErrorKind::kDenied) return checked;
  if (policy.mode.value == Mode::kEnforce) return checked;
  warnings.push_back("would have been refused: " + checked.error().message);
  return {};
}

Batch batch_of(const SandboxRequest& request) {
  return {.from = request.from,
          .stage = request.stage,
          .round_title = {},
          .gpus = request.gpus,
          .minutes_max = {},
          .limit = {},
          .tags = {},
          .variants = {{.title = "sandbox"}},
          .rerun = true};
}

struct Asker {
  const Caller& caller;
  const Project& project;
  const Rules& rules;
};

Result<Terms> terms_of(World& world, const Asker& asker, const SandboxRequest& request,
                       Milliseconds longest) {
  TRY(const Inventory pools, world.store.read([&](Reader& reader) {
    return inventory_for(world, reader, asker.rules, {asker.project.id, request.stage});
  }));
  const LeaseRules lease{.idle = asker.rules.policy.sandbox.idle.value, .longest = longest};
  return terms_for(asker.rules,
                   {.principal = asker.caller.principal,
                    .stage = request.stage,
                    .gpus = request.gpus,
                    .minutes_max = {},
                    .slice = first_slice(lease)},
                   pools);
}

bool is_settled(const JobRow& job) {
  return job.state != JobState::kQueued && job.state != JobState::kStarting;
}

}  // namespace

Result<SandboxReply> Service::open_sandbox(const Caller& caller, const SandboxRequest& request,
                                           const std::stop_token& stop) {
  TRY(const Project project, world_.sources.project_of(caller.directory));
  TRY(const auto rules, rules_of(world_, project));
  const Policy& policy = rules->policy;
  SandboxReply reply;
  const Milliseconds longest = time_of(policy.sandbox, request);
  CHECK_OK(heed(check_time(policy.sandbox, longest), policy, reply.warnings));
  TRY(const Terms terms, terms_of(world_, {caller, project, *rules}, request, longest));
  CHECK_OK(heed(check_first_slice(policy.sandbox, terms), policy, reply.warnings));
  const Batch batch = batch_of(request);
  TRY(const DraftedBatch drafted, draft_batch(world_, project, batch));
  const PlanRequest plan{
      .caller = caller, .project = project, .stage = batch.stage, .terms = terms, .tags = {}};
  AdmissionRequest asked = admission_of(world_, plan, *rules, batch);
  TRY(asked.jobs, jobs_of(plan, batch, drafted));
  asked.jobs.front().lease = longest;
  asked.jobs.front().content_hash = "sandbox:" + random_hex(16);  // like nothing else
  TRY(asked.environment, environment_build(world_, {caller.principal, project, *rules}));
  TRY(const Admission admitted,
      world_.store.write([&](Transaction& transaction) -> Result<Admission> {
        CHECK_OK(heed(check_room(transaction, policy.sandbox), policy, reply.warnings));
        TRY(Admission made, admit(transaction, asked));
        CHECK_OK(world_.time.save(transaction));
        return made;
      }));
  world_.bell.ring();
  TRY(const JobRow job, wait_until(world_, admitted.jobs.front().job.id, stop, is_settled));
  return world_.store.read([&](Reader& reader) -> Result<SandboxReply> {
    TRY(static_cast<SandboxLine&>(reply), sandbox_line(world_, reader, project, job));
    std::ranges::copy(admitted.warnings, std::back_inserter(reply.warnings));
    if (job.state != JobState::kHeld) return std::move(reply);
    TRY(const auto approval, approval_of(reader, job.id));
    if (approval) reply.approval = approval_handle(approval->id.value);
    return std::move(reply);
  });
}

}  // namespace pawl
