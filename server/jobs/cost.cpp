#include <fmt/format.h>

#include "server/budget/admission.h"
#include "server/core/text.h"
#include "server/jobs/lines.h"
#include "server/jobs/open_budgets.h"
#include "server/jobs/service.h"
#include "server/jobs/terms.h"
#include "server/jobs/world.h"
#include "server/store/costs.h"

namespace pawl {
namespace {

const char* const kDefaultStage = "screen";

}  // namespace

Result<CostReply> Service::cost(const Caller& caller, CostBy by) {
  TRY(const Project project, world_.sources.project_of(caller.directory));
  return world_.store.read([&](Reader& reader) -> Result<CostReply> {
    CostReply reply;
    TRY(reply.budgets, open_budgets(world_, reader, project, caller.principal));
    TRY(const auto lines, cost_lines(reader, project.id, by));
    for (const CostLine& line : lines) {
      reply.groups.push_back({.name = line.key,
                              .jobs = line.jobs,
                              .spent = line.spent.money,
                              .time = line.spent.gpu_time});
      reply.spent += line.spent.money;
      reply.failed += line.failed;
    }
    for (const Balance& balance : reply.budgets) {
      if (balance.node_kind == NodeKind::kProject && balance.window_kind == WindowKind::kTotal) {
        reply.reserved = balance.reserved.money;
      }
    }
    TRY(const auto decisions, list_decisions(reader, project.id, 100'000));
    reply.keeps = std::ranges::count(decisions, Decision::kKeep, &DecisionRow::decision);
    reply.ledger_ok = !world_.launches_stopped;
    return reply;
  });
}

namespace {

std::string left_in(const Balance& balance) {
  const Room room = available(balance);
  const char* const when = balance.window_kind == WindowKind::kDay ? "today" : "in total";
  const std::string who =
      balance.node_kind == NodeKind::kGlobal
          ? ""
          : fmt::format(" for this {}",
                        balance.node_kind == NodeKind::kProject ? "project" : "user");
  return fmt::format("${} of ${} left {}{}, ${} reserved", format_usd(*room.money),
                     format_usd(*balance.cap.money), when, who, format_usd(balance.reserved.money));
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
  const auto rules = world.rules.rules();
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
    std::string text = binding == nullptr ? "no cap in dollars" : left_in(*binding);
    const auto terms = terms_for(*rules, {caller.principal, kDefaultStage, {}, {}}, pools);
    if (terms && binding != nullptr) {
      text += fmt::format(", about {} {}s left", how_many_fit(view, terms->worst), kDefaultStage);
    }
    return text + fmt::format(", {} of {} slots free", free, total);
  });
}

}  // namespace

std::string Service::budget_line(const Caller& caller) {
  const auto text = budget_text(world_, caller);
  return text ? *text : "budget unknown: " + text.error().message;
}

}  // namespace pawl
