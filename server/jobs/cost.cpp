#include "server/budget/admission.h"
#include "server/budget/windows.h"
#include "server/jobs/bill.h"
#include "server/jobs/open_budgets.h"
#include "server/jobs/rehearsal.h"
#include "server/jobs/service.h"
#include "server/jobs/world.h"
#include "server/records/status.h"
#include "server/store/decisions.h"

namespace pawl {
namespace {

constexpr std::int64_t kStateFilesMax = 200'000;
constexpr std::size_t kRecordsMax = 5'000;  // of older attempts the phases are not looked up

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

// Build and startup stand in the keeper's record, not in the database.
std::vector<BilledRun> with_phases(const World& world, const Project& project,
                                   const std::vector<PaidAttempt>& paid) {
  std::vector<BilledRun> runs;
  const std::size_t skipped = paid.size() > kRecordsMax ? paid.size() - kRecordsMax : 0;
  for (std::size_t i = 0; i < paid.size(); ++i) {
    BilledRun& run = runs.emplace_back(BilledRun{.paid = paid[i]});
    if (i < skipped || !paid[i].ended) continue;
    const auto record =
        read_status({world.paths.attempt(project.name, paid[i].job_number, paid[i].id.number)});
    if (!record || !*record) continue;
    run.build = (*record)->build;
    run.startup = (*record)->first_instruction - (*record)->build;
  }
  return runs;
}

bool pays(const Balance& node, const PaidAttempt& paid, const Project& project) {
  if (node.node_kind == NodeKind::kGlobal) return true;
  if (node.node_kind == NodeKind::kStage) return paid.stage == node.node_name;
  return paid.project == project.id &&
         (node.node_kind == NodeKind::kProject || paid.principal == node.node_name);
}

Result<void> add_budgets(World& world, Reader& reader, const Caller& caller, const Project& project,
                         CostReply& reply) {
  const Timestamp now = world.time.now();
  TRY(const BudgetView view, open_budgets(world, reader, project, caller.principal));
  TRY(const auto recent,
      paid_attempts(reader, {.project = {}, .since = now - std::chrono::hours(1)}));
  for (const Balance& balance : view) {
    std::vector<PaidAttempt> own;
    std::ranges::copy_if(recent, std::back_inserter(own),
                         [&](const PaidAttempt& paid) { return pays(balance, paid, project); });
    const Money burned = burned_in_last_hour(own, now);
    const auto room = available(balance).money;
    reply.budgets.push_back({balance, room ? lasts(*room, burned) : std::nullopt});
    const bool whole_project =
        balance.node_kind == NodeKind::kProject && balance.window_kind == WindowKind::kTotal;
    if (!whole_project) continue;
    reply.reserved = balance.reserved.money;
    reply.burned = burned;
  }
  return {};
}

void add_sums(const std::vector<PaidAttempt>& paid, CostReply& reply) {
  for (const PaidAttempt& attempt : paid) {
    reply.spent += attempt.cost;
    if (is_final(attempt.job) && attempt.job != JobState::kSucceeded) reply.failed += attempt.cost;
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
  std::vector<PoolUnits> units;
  for (const PoolState& pool : pools) {
    units.push_back({pool.pool.name, pool.pool.price, pool.total});
  }
  reply.box = persistent_box(paid, units, world.time.now());
  return {};
}

}  // namespace

Result<CostReply> Service::cost(const Caller& caller, CostBy by) {
  TRY(const Project project, world_.sources.project_of(caller.directory));
  TRY(const Zone zone, Zone::find(world_.rules.rules()->policy.timezone.value));
  CostReply reply;
  TRY(const auto paid, world_.store.read([&](Reader& reader) -> Result<std::vector<PaidAttempt>> {
    TRY(auto attempts, paid_attempts(reader, {.project = project.id, .since = {}}));
    CHECK_OK(add_budgets(world_, reader, caller, project, reply));
    CHECK_OK(add_box(world_, reader, attempts, reply));
    TRY(const auto decisions, list_decisions(reader, project.id, 100'000));
    reply.keeps = std::ranges::count(decisions, Decision::kKeep, &DecisionRow::decision);
    return attempts;
  }));
  add_sums(paid, reply);
  reply.groups = groups_of(paid, key_of(by, zone));
  if (by == CostBy::kDay) std::ranges::sort(reply.groups, {}, &CostGroup::name);
  reply.parts = parts_of(with_phases(world_, project, paid));
  if (const auto size = size_of(world_.paths.state, kStateFilesMax)) {
    reply.state_files = size->files;
    reply.state_bytes = size->bytes;
  }
  reply.ledger_ok = !world_.launches_stopped;
  return reply;
}

}  // namespace pawl
