#include "server/budget/admission.h"
#include "server/budget/windows.h"
#include "server/jobs/approvals.h"
#include "server/jobs/bill.h"
#include "server/jobs/handles.h"
#include "server/jobs/open_budgets.h"
#include "server/jobs/rehearsal.h"
#include "server/jobs/service.h"
#include "server/jobs/world.h"
#include "server/store/decisions.h"
#include "server/store/jobs.h"

namespace pawl {
namespace {

constexpr std::int64_t kStateFilesMax = 200'000;

std::function<std::string(const PaidAttempt&)> key_of(CostBy by, const Zone& zone) {
  switch (by) {
    case CostBy::kStage:
      return &PaidAttempt::stage;
    case CostBy::kRound:
      return &PaidAttempt::round;
    case CostBy::kAgent:
      return &PaidAttempt::agent;
    case CostBy::kDay:
      return [zone](const PaidAttempt& paid) { return day_name(zone, day_of(zone, *paid.ended)); };
  }
  __builtin_unreachable();
}

bool pays(const Balance& node, const PaidAttempt& paid, const Project& project) {
  if (node.node_kind == NodeKind::kGlobal) return true;
  if (node.node_kind == NodeKind::kStage) return paid.stage == node.node_name;
  return paid.project == project.id &&
         (node.node_kind == NodeKind::kProject || paid.principal == node.node_name);
}

// Of the last hour, and of the night so far.
struct Burning {
  Span hour, night;
  std::vector<PaidAttempt> paid;  // of all projects
};

Result<Burning> burning(Reader& reader, const std::vector<PaidAttempt>& own, Timestamp now) {
  std::vector<Span> spans;
  for (const PaidAttempt& paid : own) spans.push_back({paid.claimed, paid.ended.value_or(now)});
  Burning seen{.hour = {now - std::chrono::hours(1), now}, .night = night_span(spans, now)};
  const Timestamp since = std::min(seen.hour.starts, seen.night.starts);
  TRY(seen.paid, paid_attempts(reader, {.project = {}, .since = since}));
  return seen;
}

Money an_hour(Money burned, const Span& span) {
  const auto time = static_cast<double>((span.ends - span.starts).count());
  if (time <= 0) return Money();
  return Money::micros(
      static_cast<std::int64_t>(static_cast<double>(burned.micros()) * 3.6e6 / time));
}

void add_budgets(const BudgetView& view, const Project& project, const Burning& seen,
                 CostReply& reply) {
  reply.night = seen.night.ends - seen.night.starts;
  for (const Balance& balance : view) {
    std::vector<PaidAttempt> own;
    std::ranges::copy_if(seen.paid, std::back_inserter(own),
                         [&](const PaidAttempt& paid) { return pays(balance, paid, project); });
    const Money burned = burned_in(own, seen.hour);
    const Money tonight = burned_in(own, seen.night);
    BudgetLine& line = reply.budgets.emplace_back(BudgetLine{balance, {}, {}});
    if (const auto room = available(balance).money) {
      line.lasts = lasts(*room, burned);
      line.lasts_night = lasts(*room, an_hour(tonight, seen.night));
    }
    const bool whole_project =
        balance.node_kind == NodeKind::kProject && balance.window_kind == WindowKind::kTotal;
    if (!whole_project) continue;
    reply.reserved = balance.reserved.money;
    reply.burned = burned;
    reply.burned_night = tonight;
  }
}

// What humans did, and what waits for them.
Result<void> add_humans(Reader& reader, const Project& project, CostReply& reply) {
  TRY(reply.interventions, interventions(reader, project.id));
  TRY(const auto held, list_jobs(reader, {.project = project.id, .states = {JobState::kHeld}}));
  for (const JobRow& job : held) reply.held.push_back(job_handle(job.number, job.title));
  return {};
}

void add_sums(const std::vector<PaidAttempt>& paid, CostReply& reply) {
  for (const PaidAttempt& attempt : paid) {
    reply.spent += attempt.cost;
    const bool ended_badly = is_final(attempt.job) && attempt.job != JobState::kSucceeded;
    if (ended_badly && !attempt.sandbox) reply.failed += attempt.cost;
    if (attempt.last && attempt.job == JobState::kSucceeded) ++reply.valid;
    if (attempt.started) {
      reply.launching += std::max(Milliseconds(0), *attempt.started - attempt.claimed);
    }
  }
}

Result<void> add_box(World& world, Reader& reader, const std::vector<PaidAttempt>& paid,
                     CostReply& reply) {
  const auto rules = world.rules.rules();
  TRY(const Inventory pools, inventory(reader, *rules, world.machine));
  reply.box = persistent_box(paid, units_of(pools), world.time.now());
  return {};
}

}  // namespace

Result<CostReply> Service::cost(const Caller& caller, CostBy by) {
  TRY(const Project project, world_.sources.project_of(caller.directory));
  TRY(const Zone zone, Zone::find(world_.rules.rules()->policy.timezone.value));
  CostReply reply;
  Money corrections;
  TRY(const auto paid, world_.store.read([&](Reader& reader) -> Result<std::vector<PaidAttempt>> {
    TRY(auto attempts, paid_attempts(reader, {.project = project.id, .since = {}}));
    TRY(const Burning seen, burning(reader, attempts, world_.time.now()));
    TRY(const BudgetView view, open_budgets(world_, reader, project, caller.principal));
    add_budgets(view, project, seen, reply);
    CHECK_OK(add_humans(reader, project, reply));
    TRY(corrections, adjusted(reader, project.name));
    CHECK_OK(add_box(world_, reader, attempts, reply));
    TRY(const auto decisions, list_decisions(reader, project.id, 100'000));
    TRY(reply.approvals, approval_lines(reader, project.id));
    reply.keeps = std::ranges::count(decisions, Decision::kKeep, &DecisionRow::decision);
    return attempts;
  }));
  add_sums(paid, reply);
  reply.groups = groups_of(paid, key_of(by, zone));
  if (by == CostBy::kDay) std::ranges::sort(reply.groups, {}, &CostGroup::name);
  reply.parts = parts_of(with_phases(world_, project, paid));
  if (corrections != Money()) {
    reply.parts.push_back({.name = "corrections", .runs = 0, .time = {}, .cost = corrections});
    reply.spent += corrections;
  }
  if (const auto size = size_of(world_.paths.state, kStateFilesMax)) {
    reply.state_files = size->files;
    reply.state_bytes = size->bytes;
  }
  reply.ledger_ok = !world_.launches_stopped;
  return reply;
}

}  // namespace pawl
