// The last line of every reply.
#include <fmt/format.h>

#include <algorithm>

#include "server/budget/admission.h"
#include "server/budget/window_text.h"
#include "server/jobs/open_budgets.h"
#include "server/jobs/outlook.h"
#include "server/jobs/service.h"
#include "server/jobs/terms.h"
#include "server/jobs/world.h"
#include "server/store/queue.h"

namespace pawl {
namespace {

const char* const kDefaultStage = "screen";

bool holds(const Balance& node, const Project& project, const ReservedWork& work) {
  if (node.node_kind == NodeKind::kGlobal) return true;
  if (node.node_kind == NodeKind::kStage) return work.kind.stage == node.node_name;
  return work.kind.project == project.id &&
         (node.node_kind == NodeKind::kProject || work.principal == node.node_name);
}

// What the jobs that hold reservations in this node will likely cost; absent when nothing is
// reserved, or some of it has no history.
Result<std::optional<Money>> expected_in(World& world, Reader& reader, const Project& project,
                                         const Balance& node) {
  if (node.reserved.money == Money()) return std::optional<Money>();
  TRY(const Load now, load(reader, {}));
  if (now.queued + now.live > kQueueForetold) return std::optional<Money>();
  TRY(const auto reserved, reserved_work(reader));
  Money sum;
  for (const ReservedWork& work : reserved) {
    if (!holds(node, project, work)) continue;
    TRY(const auto expected, expected_of(world, reader, work.kind));
    if (!expected) return std::optional<Money>();
    sum += Money::micros(expected->cost_p50.micros() * work.jobs);
  }
  return std::optional(std::min(sum, node.reserved.money));
}

std::string whose(const Balance& balance) {
  switch (balance.node_kind) {
    case NodeKind::kGlobal:
      return "";
    case NodeKind::kProject:
      return " for this project";
    case NodeKind::kStage:
      return " for stage " + balance.node_name;
    case NodeKind::kAgent:
    case NodeKind::kRound:
    case NodeKind::kExperiment:
      return " for this user";
  }
  __builtin_unreachable();
}

std::string left_in(const Balance& balance, const std::optional<Money>& expected) {
  const Room room = available(balance);
  return fmt::format("${} of ${} left {}{}, ${} reserved{}", format_usd(*room.money),
                     format_usd(*balance.cap.money), when_of(balance.window_kind), whose(balance),
                     format_usd(balance.reserved.money),
                     expected ? fmt::format(" (expected ${})", format_usd(*expected)) : "");
}

// The tightest dollar cap that binds now.
const Balance* tightest(const BudgetView& view) {
  const Balance* found = nullptr;
  for (const Balance& balance : view) {
    const auto room = available(balance).money;
    if (room && (found == nullptr || *room < *available(*found).money)) found = &balance;
  }
  return found;
}

Result<std::string> budget_text(World& world, const Caller& caller) {
  TRY(const Project project, world.sources.project_of(caller.directory));
  TRY(const auto rules, rules_of(world, project));
  return world.store.read([&](Reader& reader) -> Result<std::string> {
    TRY(const BudgetView view, open_budgets(world, reader, project, caller.principal));
    TRY(const Inventory pools, inventory(reader, *rules, world.machine));
    std::int32_t free = 0;
    std::int32_t total = 0;
    for (const PoolState& pool : pools) {
      free += pool.free;
      total += pool.total;
    }
    const Balance* const binding = tightest(view);
    std::string text = "no cap in dollars";
    if (binding != nullptr) {
      TRY(const auto expected, expected_in(world, reader, project, *binding));
      text = left_in(*binding, expected);
    }
    const auto terms = terms_for(*rules, {caller.principal, kDefaultStage, {}, {}}, pools);
    if (terms && binding != nullptr) {
      text += fmt::format(", about {} {}s left", how_many_fit(view, terms->worst), kDefaultStage);
    }
    return text + fmt::format(", {} of {} slots free", free, total);
  });
}

}  // namespace

std::string Service::budget_line(const Caller& caller) {
  world_.heard.note({caller.principal, caller.agent}, world_.time.now());
  const auto text = budget_text(world_, caller);
  return text ? *text : "budget unknown: " + text.error().message;
}

}  // namespace pawl
