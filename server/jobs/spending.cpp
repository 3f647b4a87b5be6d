#include "server/jobs/spending.h"

#include <algorithm>
#include <array>

#include "server/store/billed_runs.h"
#include "server/store/rounds.h"

namespace pawl {
namespace {

constexpr std::array kRepeating = {WindowKind::kDay, WindowKind::kNight, WindowKind::kWeek,
                                   WindowKind::kMonth, WindowKind::kTotal};

// Narrowest first, as a BudgetView is ordered. Every row costs a submit: those that nothing caps
// are left out, but for the totals and days that reports are made of.
std::vector<WindowType> types_of(const CapTree& caps, bool in_round) {
  const auto is_capped = [&](NodeKind node, WindowKind kind) {
    const Cap& cap = cap_of(caps, node, kind);
    return cap.money || cap.gpu_time;
  };
  std::vector<WindowType> types = {{NodeKind::kExperiment, WindowKind::kExperiment}};
  if (in_round && is_capped(NodeKind::kRound, WindowKind::kRound))
    types.push_back({NodeKind::kRound, WindowKind::kRound});
  for (const NodeKind node :
       {NodeKind::kStage, NodeKind::kAgent, NodeKind::kProject, NodeKind::kGlobal}) {
    for (const WindowKind kind : kRepeating) {
      const bool reported =
          node != NodeKind::kStage && (kind == WindowKind::kTotal || kind == WindowKind::kDay);
      if (reported || is_capped(node, kind)) types.push_back({node, kind});
    }
  }
  return types;
}

std::string name_of(const Payer& payer, NodeKind kind) {
  switch (kind) {
    case NodeKind::kGlobal:
    case NodeKind::kExperiment:
      return "";
    case NodeKind::kProject:
      return payer.project;
    case NodeKind::kAgent:
      return payer.principal;
    case NodeKind::kStage:
      return payer.stage;
    case NodeKind::kRound:
      return payer.round.value_or(0) == 0 ? "new" : std::to_string(*payer.round);
  }
  __builtin_unreachable();
}

// Absent: nothing was ever reserved there.
std::optional<NodeId> node_of(const SharedNodes& nodes, NodeKind kind) {
  const auto known = [](NodeId id) { return id == NodeId() ? std::nullopt : std::optional(id); };
  switch (kind) {
    case NodeKind::kGlobal:
      return known(nodes.global);
    case NodeKind::kProject:
      return known(nodes.project);
    case NodeKind::kAgent:
      return known(nodes.agent);
    case NodeKind::kStage:
      return known(nodes.stage);
    case NodeKind::kRound:
      return nodes.round;
    case NodeKind::kExperiment:
      return std::nullopt;
  }
  __builtin_unreachable();
}

Result<SharedNodes> find_shared_nodes(Reader& reader, const Payer& payer) {
  SharedNodes nodes;
  TRY(const auto global, find_node(reader, NodeKind::kGlobal, std::nullopt, ""));
  if (!global) return nodes;
  nodes.global = *global;
  TRY(const auto stage, find_node(reader, NodeKind::kStage, global, payer.stage));
  nodes.stage = stage.value_or(NodeId());
  TRY(const auto project, find_node(reader, NodeKind::kProject, global, payer.project));
  if (!project) return nodes;
  nodes.project = *project;
  TRY(const auto agent, find_node(reader, NodeKind::kAgent, project, payer.principal));
  nodes.agent = agent.value_or(NodeId());
  if (payer.round) {
    TRY(nodes.round,
        find_node(reader, NodeKind::kRound, project, name_of(payer, NodeKind::kRound)));
  }
  return nodes;
}

PaidBy paid_by(const Payer& payer, NodeKind kind) {
  PaidBy by;
  if (kind == NodeKind::kStage) by.stage = payer.stage;
  if (kind == NodeKind::kAgent) by.principal = payer.principal;
  if (kind == NodeKind::kRound) by.round = payer.round;
  if (kind == NodeKind::kProject || kind == NodeKind::kAgent || kind == NodeKind::kRound)
    by.project = payer.project;
  return by;
}

// The share `time / whole` of a cost, rounded up: what is counted is never less than was paid.
Money part_of(Money cost, Milliseconds time, Milliseconds whole) {
  __extension__ using Wide = __int128;  // money times milliseconds may pass an int64
  if (whole.count() == 0) return Money();
  const Wide share = Wide{cost.micros()} * time.count() + whole.count() - 1;
  return Money::micros(static_cast<std::int64_t>(share / whole.count()));
}

// What runs that ended took of a window that has no row yet: its cap is new, or the time zone is.
Result<Amount> spent_before(Reader& reader, const Payer& payer, const WindowKey& key) {
  Amount spent;
  if (key.node == NodeKind::kExperiment) return spent;
  TRY(const auto runs, runs_ended_after(reader, key.span.starts, paid_by(payer, key.node)));
  for (const BilledTime& run : runs) {
    const Milliseconds time = time_within(key.span, run.ended - run.billed, run.billed);
    spent = spent + Amount{part_of(run.cost, time, run.billed), run.gpus * time};
  }
  return spent;
}

Balance new_balance(const Payer& payer, const WindowKey& key, const Cap& cap) {
  Balance balance;
  balance.node_kind = key.node;
  balance.node_name = name_of(payer, key.node);
  balance.window_kind = key.kind;
  balance.span = key.span;
  balance.cap = cap;
  return balance;
}

// The row of that window, made where there is none.
Result<Balance> open_window(Transaction& transaction, NodeId node, const Payer& payer,
                            const WindowKey& key, const Cap& cap) {
  TRY(auto found, find_window(transaction, node, key.kind, key.span));
  if (found) {
    if (found->cap != cap) CHECK_OK(change_cap(transaction, found->id, cap));
    found->cap = cap;
    return *std::move(found);
  }
  Balance made = new_balance(payer, key, cap);
  TRY(made.id,
      insert_window(transaction, {.node = node, .kind = key.kind, .span = key.span, .cap = cap}));
  TRY(made.spent, spent_before(transaction, payer, key));
  if (made.spent != Amount{}) {
    CHECK_OK(adjust(transaction, {.window = made.id,
                                  .spent = made.spent,
                                  .principal = "pawl",
                                  .reason = "spent before this window had a row"}));
  }
  return made;
}

CapTree caps_of(const Spending& spending) {
  return caps_for(spending.policy, {spending.payer.principal, spending.payer.project,
                                    spending.payer.stage, spending.payer.sandbox});
}

Result<std::vector<WindowKey>> keys_of(const Spending& spending, const CapTree& caps) {
  TRY(const Calendar calendar, calendar_of(spending.policy));
  return windows_to_reserve(calendar, types_of(caps, spending.payer.round.has_value()),
                            spending.from, spending.worst_time);
}

}  // namespace

Result<Payer> payer_of(Reader& reader, const JobRow& job, const Project& project) {
  Payer payer{.principal = job.principal,
              .project = project.name,
              .stage = job.stage,
              .sandbox = job.lease.has_value()};
  if (job.round) {
    TRY(const Round round, find_round(reader, *job.round));
    payer.round = round.number;
  }
  return payer;
}

Result<SharedNodes> ensure_shared_nodes(Transaction& transaction, const Payer& payer) {
  SharedNodes nodes;
  TRY(nodes.global, ensure_global_node(transaction));
  TRY(nodes.project, ensure_node(transaction, NodeKind::kProject, nodes.global, payer.project));
  TRY(nodes.agent, ensure_node(transaction, NodeKind::kAgent, nodes.project, payer.principal));
  TRY(nodes.stage, ensure_node(transaction, NodeKind::kStage, nodes.global, payer.stage));
  if (payer.round) {
    TRY(nodes.round, ensure_node(transaction, NodeKind::kRound, nodes.project,
                                 name_of(payer, NodeKind::kRound)));
  }
  return nodes;
}

Result<Calendar> calendar_of(const Policy& policy) {
  TRY(const Zone zone, Zone::find(policy.timezone.value));
  return Calendar{zone, {policy.night.value.from, policy.night.value.to}};
}

Result<BudgetView> shared_view(Reader& reader, const Spending& spending) {
  TRY(const SharedNodes nodes, find_shared_nodes(reader, spending.payer));
  const CapTree caps = caps_of(spending);
  TRY(const auto keys, keys_of(spending, caps));
  BudgetView view;
  for (const WindowKey& key : keys) {
    if (key.node == NodeKind::kExperiment) continue;
    const Cap& cap = cap_of(caps, key.node, key.kind);
    std::optional<Balance> found;
    if (const auto node = node_of(nodes, key.node)) {
      TRY(found, find_window(reader, *node, key.kind, key.span));
    }
    if (!found) {
      found = new_balance(spending.payer, key, cap);
      TRY(found->spent, spent_before(reader, spending.payer, key));
    }
    found->cap = cap;
    view.push_back(*std::move(found));
  }
  return view;
}

Result<BudgetView> job_view(Transaction& transaction, const SharedNodes& nodes,
                            const Spending& spending, std::int64_t job_number) {
  TRY(const NodeId experiment,
      ensure_node(transaction, NodeKind::kExperiment, nodes.agent, std::to_string(job_number)));
  const CapTree caps = caps_of(spending);
  TRY(const auto keys, keys_of(spending, caps));
  const bool warns = spending.policy.mode.value == Mode::kWarn;
  BudgetView view;
  for (const WindowKey& key : keys) {
    const NodeId node = node_of(nodes, key.node).value_or(experiment);
    const Cap cap = warns ? Cap{} : cap_of(caps, key.node, key.kind);
    TRY(Balance window, open_window(transaction, node, spending.payer, key, cap));
    view.push_back(std::move(window));
  }
  return view;
}

Result<BudgetView> reserved_windows(Reader& reader, JobId job) {
  TRY(const auto open, open_reservation(reader, job));
  if (!open) return BudgetView();
  TRY(const auto lines, reserved_lines(reader, open->id));
  std::vector<WindowId> ids;
  for (const Line& line : lines) ids.push_back(line.window);
  return windows_by_id(reader, ids);
}

std::vector<Line> lines_of(const BudgetView& view, const Amount& each) {
  std::vector<Line> lines;
  for (const Balance& balance : view) lines.push_back({balance.id, each});
  return lines;
}

}  // namespace pawl
