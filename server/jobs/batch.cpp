#include "server/jobs/batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "server/jobs/content.h"
#include "server/jobs/promotion.h"

namespace pawl {
namespace {

constexpr std::size_t kVariantsMax = 200;

Result<void> check_count(std::string_view what, std::int64_t count, std::int64_t most) {
  if (count >= 1 && count <= most) return {};
  return fail(ErrorKind::kInvalid, fmt::format("{} is {}; 1 to {} are allowed", what, count, most));
}

// The base point has no parameter of its own: where it ran before, it is reused.
Result<std::vector<Variant>> laid_out(const SweepRequest& request) {
  TRY(const auto points, points_of(request.grid, request.design));
  std::vector<Variant> variants;
  if (request.center) variants.push_back({.title = "base point"});
  for (const Params& point : points) {
    variants.push_back({.title = title_of(request.grid, point), .params = point});
  }
  if (variants.size() <= kGridPointsMax) return variants;
  return fail(ErrorKind::kInvalid,
              fmt::format("the grid and its base point make {} jobs; the limit is {}",
                          variants.size(), kGridPointsMax),
              "Leave out center, or use fewer values.");
}

Result<std::vector<Variant>> variants_of(const SweepRequest& request) {
  if (request.grid.empty() == request.variants.empty()) {
    return fail(ErrorKind::kInvalid,
                request.grid.empty() ? "neither grid nor variants is given"
                                     : "both grid and variants are given",
                R"(Give one: grid {"lr":[0.001,0.003]}, or variants with a title each.)");
  }
  if (!request.grid.empty()) return laid_out(request);
  if (request.center || request.design != Design::kFull) {
    return fail(ErrorKind::kInvalid, "design and center belong to a grid, and variants are given",
                "Leave them out, or give a grid.");
  }
  return request.variants;
}

}  // namespace

Result<Batch> batch_of(const SubmitRequest& request) {
  CHECK_OK(check_count("repeat", request.repeat, kRepeatMax));
  return Batch{
      .from = request.from,
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
      .rerun = request.rerun};
}

Result<Batch> batch_of(const SweepRequest& request) {
  TRY(std::vector<Variant> variants, variants_of(request));
  CHECK_OK(check_count("the number of variants", static_cast<std::int64_t>(variants.size()),
                       kVariantsMax));
  if (request.limit) CHECK_OK(check_count("limit", *request.limit, kVariantsMax));
  return Batch{.from = request.base,
               .stage = request.stage,
               .key = request.key,
               .hash = request_hash(request),
               .round_title = request.title,
               .gpus = {},
               .minutes_max = {},
               .limit = request.limit,
               .tags = {},
               .variants = std::move(variants),
               .design = request.grid.empty() ? "" : resolution_of(request.grid, request.design),
               .repeat = 1,
               .rerun = request.rerun};
}

Result<Batch> batch_of(const DryRunRequest& request) {
  if (request.many.grid.empty() && request.many.variants.empty()) return batch_of(request.one);
  const Variant& change = request.one.variant;
  const bool both = !change.params.empty() || !change.patch.empty() || !change.edits.empty() ||
                    request.one.repeat > 1 || request.one.gpus || request.one.minutes_max;
  if (both) {
    return fail(ErrorKind::kInvalid, "the arguments of one experiment and of a sweep are mixed",
                "A sweep takes from, stage, and grid or variants; params, patch, edits, repeat, "
                "gpus and minutes_max belong to one experiment.");
  }
  SweepRequest sweep = request.many;
  sweep.base = request.one.from;
  sweep.stage = request.one.stage;
  return batch_of(sweep);
}

Result<Terms> terms_of(World& world, const Caller& caller, const Project& project,
                       const Batch& batch) {
  TRY(const auto rules, rules_of(world, project));
  TRY(const Inventory pools, world.store.read([&](Reader& reader) {
    return inventory_for(world, reader, *rules, {project.id, batch.stage});
  }));
  return terms_for(*rules, {caller.principal, batch.stage, batch.gpus, batch.minutes_max}, pools);
}

namespace {

// Which of several variants is wrong.
Error named(const Batch& batch, const Variant& variant, Error error) {
  if (batch.variants.size() > 1) {
    error.message = "variant \"" + variant.title.substr(0, 60) + "\": " + error.message;
  }
  return error;
}

}  // namespace

Result<DraftedBatch> draft_batch(World& world, const Project& project, const Batch& batch) {
  TRY(const Repository repository, world.sources.repository(project));
  TRY(Origin origin, origin_of(world, project, repository, batch.from));
  DraftedBatch drafted{.origin = std::move(origin), .drafts = {}};
  for (const Variant& variant : batch.variants) {
    auto draft = draft_of(world, project, drafted.origin, variant);
    if (!draft) return std::unexpected(named(batch, variant, draft.error()));
    drafted.drafts.push_back(*std::move(draft));
  }
  return drafted;
}

Result<std::vector<NewJob>> jobs_of(const PlanRequest& request, const Batch& batch,
                                    const DraftedBatch& drafted) {
  std::vector<NewJob> jobs;
  for (std::size_t i = 0; i < batch.variants.size(); ++i) {
    const Variant& variant = batch.variants[i];
    auto made = jobs_of(request, drafted.origin, drafted.drafts[i], variant.title, batch.repeat);
    if (!made) return std::unexpected(named(batch, variant, made.error()));
    std::ranges::move(*made, std::back_inserter(jobs));
  }
  return jobs;
}

AdmissionRequest admission_of(World& world, const PlanRequest& plan, const Rules& rules,
                              const Batch& batch) {
  return {.project = plan.project,
          .policy = rules.policy,
          .terms = plan.terms,
          .now = world.time.now(),
          .principal = plan.caller.principal,
          .agent = plan.caller.agent,
          .stage = batch.stage,
          .key = batch.key,
          .request_hash = batch.hash,
          .round_title = batch.round_title,
          .limit = batch.limit,
          .rerun = batch.rerun,
          .jobs = {}};
}

Result<void> add_jobs(World& world, const PlanRequest& plan, const Batch& batch,
                      const DraftedBatch& drafted, AdmissionRequest& request) {
  TRY(request.jobs, jobs_of(plan, batch, drafted));
  TRY(Companion companion, companion_of(world, {plan, batch, drafted}));
  request.beside = companion.job;
  request.companion = std::move(companion.run);
  request.unearned = std::move(companion.unearned);
  TRY(const auto rules, rules_of(world, plan.project));
  TRY(request.environment, environment_build(world, {plan.caller.principal, plan.project, *rules}));
  return {};
}

}  // namespace pawl
