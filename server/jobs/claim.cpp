#include "server/jobs/claim.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/budget/admission.h"
#include "server/budget/refusal_text.h"
#include "server/jobs/budget_notes.h"
#include "server/jobs/next_room.h"
#include "server/jobs/quiet_pools.h"
#include "server/jobs/terms.h"
#include "server/placement/placement.h"
#include "server/records/status.h"
#include "server/store/ledger.h"

namespace pawl {
namespace {

// A place, and why it is this one: for agents, and by pool for humans.
struct Chosen {
  Placement placement;
  std::string why, places;
};
using Placed = std::expected<Chosen, Waiting>;

// Twice without luck, and what prefers spot pays for a machine that stays.
constexpr std::int32_t kSpotTries = 2;

Placed blocked(Reason reason, std::string detail) {
  return std::unexpected(Waiting{reason, std::move(detail)});
}

struct Counts {
  Load all, stage;
};

Result<Counts> count(Reader& reader, const std::string& stage) {
  Counts counts;
  TRY(counts.all, load(reader, {}));
  TRY(counts.stage, load(reader, {.project = {}, .stage = stage, .agent = {}, .principal = {}}));
  return counts;
}

// `what` is "jobs", or "screen jobs" of one stage.
std::optional<Waiting> too_many(std::int64_t live, const Sourced<std::int32_t>& most,
                                std::string_view what) {
  if (live < most.value) return std::nullopt;
  return Waiting{Reason::kConcurrency,
                 fmt::format("{} of at most {} {} run ({})", live, most.value, what, most.source)};
}

std::optional<Waiting> over_concurrency(const StageRules& rules, const Counts& counts) {
  if (auto all = too_many(counts.all.live, rules.max_concurrent, "jobs")) return all;
  if (!rules.stage_max_concurrent) return std::nullopt;
  return too_many(counts.stage.live, *rules.stage_max_concurrent, rules.stage + " jobs");
}

Placed place_in(const PlaceRequest& request, const Inventory& pools) {
  const PlaceAnswer answer = place(request, pools);
  if (answer.placement) return Chosen{*answer.placement, why(answer), why_by_pool(answer, request)};
  return blocked(Reason::kNoSlot, describe(answer.placement.error(), request));
}

struct Wish {
  JobId job;
  ProjectId project;
  std::string principal, stage;
  std::int32_t gpus = 0;
  Milliseconds limit{0};
};

Result<PlaceRequest> place_request(Reader& reader, const Wish& wish, const StageRules& stage) {
  PlaceRequest request{
      .pools = stage.pools, .gpus = std::max(wish.gpus, 1), .spot = stage.spot, .work = wish.limit};
  TRY(request.required_class, class_beside(reader, wish.job));
  if (!request.required_class) {
    TRY(request.required_class, class_in_use(reader, wish.job));
  }
  if (stage.spot != Spot::kPrefer) return request;
  TRY(const auto attempts, attempts_of(reader, wish.job));
  const auto taken = std::ranges::count_if(attempts, [](const AttemptRow& attempt) {
    return attempt.end && attempt.end->outcome == name_of(Outcome::kPreempted);
  });
  if (taken >= kSpotTries) request.spot = Spot::kNever;
  return request;
}

Result<Placed> place_now(World& world, Reader& reader, const Rules& rules, const Wish& wish) {
  if (world.launches_stopped)
    return blocked(Reason::kLaunchesStopped, "launches are stopped; see pawl doctor");
  const auto stage = rules_for(rules.policy, wish.principal, wish.stage);
  if (!stage)
    return blocked(Reason::kNoSlot, stage.error().message);  // the policy changed under it
  TRY(const Counts counts, count(reader, wish.stage));
  TRY(const Inventory pools, inventory_for(world, reader, rules, {wish.project, wish.stage}));
  TRY(PlaceRequest request, place_request(reader, wish, *stage));
  PlaceRequest outside_quiet = request;
  std::optional<Waiting> held_back = over_concurrency(*stage, counts);
  if (const auto quiet = drop_quiet(outside_quiet.pools, rules, world.time.now(), wish.limit))
    held_back = {Reason::kQuiet, describe(*quiet, rules.policy.timezone.value)};
  if (rules.policy.mode.value == Mode::kEnforce)
    return held_back ? std::unexpected(*held_back) : place_in(outside_quiet, pools);
  Placed placed = place_in(request, pools);
  if (placed && held_back) placed->why += "; would have waited: " + held_back->detail;
  return placed;
}

// The lowest numbers that no live attempt holds.
Result<std::vector<std::int32_t>> free_slots(Reader& reader, const Placement& placement) {
  TRY(const auto held, held_slots(reader, placement.pool));
  std::vector<std::int32_t> slots;
  for (std::int32_t slot = 0; std::ssize(slots) < placement.units; ++slot) {
    if (!std::ranges::binary_search(held, slot)) slots.push_back(slot);
  }
  return slots;
}

struct Price {
  Milliseconds worst_time{0};
  Amount worst;
};

Price price_of(const Placement& placement, Milliseconds limit) {
  const Milliseconds time = worst_time_after(placement.startup, limit);
  return {time, amount_of(placement.rate, placement.units, placement.gpus, time)};
}

// Makes the hold that the job had in the queue a reservation for [now, now + worst case], or says
// what is in the way.
Result<std::optional<Waiting>> reserve_attempt(World& world, Transaction& transaction,
                                               const JobRow& job, const Placement& placement) {
  TRY(const Project project, find_project(transaction, job.project));
  TRY(const auto rules, rules_of(world, project));
  const Price price = price_of(placement, job.limit);
  TRY(const Payer payer, payer_of(transaction, job, project));
  TRY(const SharedNodes nodes, ensure_shared_nodes(transaction, payer));
  const Spending spending{rules->policy, payer, world.time.now(), price.worst_time};
  TRY(const BudgetView with_hold, job_view(transaction, nodes, spending, job.number));
  BudgetView view = with_hold;
  TRY(const auto hold, open_reservation(transaction, job.id));
  std::vector<Line> held;
  if (hold) {
    TRY(held, reserved_lines(transaction, hold->id));
    give_back(view, held);
  }
  const auto refusal = refuse(view, price.worst);
  if (refusal && rules->policy.mode.value == Mode::kEnforce) {
    return Waiting{Reason::kBudget, describe(*refusal, {.count = 1,
                                                        .stage = job.stage,
                                                        .each = price.worst,
                                                        .fit = 0,
                                                        .now = world.time.now()})};
  }
  const NewReservation reservation{.job = job.id,
                                   .attempt = job.attempts + 1,
                                   .price = placement.rate.per_unit(),
                                   .units = placement.units,
                                   .worst_case = price.worst_time};
  const std::vector<Line> lines = lines_of(view, price.worst);
  if (hold && std::ranges::is_permutation(held, lines)) {
    CHECK_OK(take_over(transaction, hold->id, reservation));
  } else {
    if (hold) CHECK_OK(release(transaction, job.id));
    TRY(const auto reserved, reserve(transaction, reservation, lines));
    (void)reserved;
  }
  CHECK_OK(tell_crossed(transaction, rules->policy, view, price.worst));
  return std::nullopt;
}

Result<Claimed> begin(World& world, Transaction& transaction, const JobRow& job, Chosen chosen) {
  const Placement& placement = chosen.placement;
  CHECK_OK(transition(transaction, {.job = job.id,
                                    .from = JobState::kQueued,
                                    .event = JobEvent::kClaimed,
                                    .attempt = job.attempts}));
  TRY(std::vector<std::int32_t> slots, free_slots(transaction, placement));
  const Price price = price_of(placement, job.limit);
  TRY(AttemptRow attempt,
      begin_attempt(transaction, {.job = job.id,
                                  .pool = placement.pool,
                                  .comparability_class = placement.comparability_class,
                                  .rate = placement.rate,
                                  .spot = placement.offer == Offer::kSpot,
                                  .why = std::move(chosen.why),
                                  .places = std::move(chosen.places),
                                  .units = placement.units,
                                  .gpus = placement.gpus,
                                  .slots = std::move(slots),
                                  .limit = job.limit,
                                  .worst_case = price.worst_time,
                                  .claimed = world.time.now(),
                                  .claimed_since_boot = world.time.since_boot(),
                                  .boot_id = world.time.boot_id()}));
  CHECK_OK(world.time.save(transaction));
  TRY(JobRow started, find_job(transaction, job.id));
  const auto rules = world.rules.rules();
  const Pool* const pool = find_pool(rules->pools, placement.pool);
  const std::vector<Gpu> kind = gpus_of(*pool, world.machine);
  std::vector<Gpu> gpus;
  for (std::size_t i = 0; attempt.gpus > 0 && i < attempt.slots.size(); ++i)
    gpus.push_back(kind.at(static_cast<std::size_t>(attempt.slots[i])));
  return Claimed{std::move(started), std::move(attempt), price.worst, pool->billing,
                 std::move(gpus)};
}

}  // namespace

Result<std::optional<Waiting>> must_wait(World& world, Reader& reader, const QueuedJob& job) {
  TRY(const Project project, find_project(reader, job.project));
  const auto rules = rules_of(world, project);
  if (!rules) return std::optional(Waiting{Reason::kLaunchesStopped, rules.error().message});
  TRY(const Placed placed,
      place_now(world, reader, **rules,
                {job.id, job.project, job.principal, job.stage, job.gpus, job.limit}));
  if (placed) return std::optional<Waiting>();
  return std::optional<Waiting>(placed.error());
}

Result<std::optional<Waiting>> all_must_wait(World& world, Reader& reader) {
  if (world.launches_stopped)
    return Waiting{Reason::kLaunchesStopped, "launches are stopped; see pawl doctor"};
  const auto rules = world.rules.rules();
  TRY(const Load now, load(reader, {}));
  const auto full = too_many(now.live, rules->policy.jobs.max_concurrent, "jobs");
  if (full && rules->policy.mode.value == Mode::kEnforce) return full;
  TRY(const Inventory pools, inventory(reader, *rules, world.machine));
  if (std::ranges::any_of(pools, [](const PoolState& pool) { return pool.free > 0; }))
    return std::nullopt;
  return Waiting{Reason::kNoSlot, "every slot is busy"};
}

Result<ClaimAnswer> claim(World& world, Transaction& transaction, JobId id) {
  TRY(const JobRow job, find_job(transaction, id));
  if (job.state != JobState::kQueued) return ClaimAnswer{};
  TRY(const Project project, find_project(transaction, job.project));
  TRY(const auto rules, rules_of(world, project));
  TRY(const Placed placed,
      place_now(world, transaction, *rules,
                {job.id, job.project, job.principal, job.stage, job.gpus, job.limit}));
  std::optional<Waiting> waiting;
  if (placed) {
    TRY(waiting, reserve_attempt(world, transaction, job, placed->placement));
  } else {
    waiting = placed.error();
  }
  if (waiting) {
    return ClaimAnswer{.claimed = {}, .waiting = *waiting};
  }
  // From here it must succeed.
  TRY(Claimed claimed, begin(world, transaction, job, *placed));
  return ClaimAnswer{.claimed = std::move(claimed), .waiting = {}};
}

}  // namespace pawl
