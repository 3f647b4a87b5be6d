#include "server/jobs/spending.h"

#include <algorithm>
#include <functional>

namespace pawl {
namespace {

NodeId node_of(const SharedNodes& nodes, NodeKind kind) {
  switch (kind) {
    case NodeKind::kGlobal:
      return nodes.global;
    case NodeKind::kProject:
      return nodes.project;
    case NodeKind::kAgent:
    case NodeKind::kExperiment:
      return nodes.agent;
  }
  __builtin_unreachable();
}

const Cap& cap_of(const CapTree& caps, const WindowKey& key) {
  if (key.node == NodeKind::kExperiment) return caps.experiment;
  const NodeCaps& node = key.node == NodeKind::kGlobal    ? caps.global
                         : key.node == NodeKind::kProject ? caps.project
                                                          : caps.agent;
  return key.kind == WindowKind::kDay ? node.day : node.total;
}

Span span_of(const Spending& spending) {
  return {spending.from, spending.from + spending.worst_time + Milliseconds(1)};
}

Balance empty_window(const Payer& payer, const WindowKey& key) {
  const std::string& name = key.node == NodeKind::kProject ? payer.project : payer.principal;
  return {.id = {},
          .node_kind = key.node,
          .node_name = key.node == NodeKind::kGlobal ? "" : name,
          .window_kind = key.kind,
          .span = key.span,
          .cap = {},
          .spent = {},
          .reserved = {},
          .overrun = {}};
}

Result<void> ensure_windows(Transaction& transaction, const SharedNodes& nodes,
                            const Spending& spending, NodeId experiment) {
  TRY(const Zone zone, Zone::find(spending.policy.timezone.value));
  const CapTree caps = caps_for(spending.policy, spending.payer.principal, spending.payer.project);
  for (const WindowKey& key : windows_to_reserve(zone, spending.from, spending.worst_time)) {
    const NodeId node = key.node == NodeKind::kExperiment ? experiment : node_of(nodes, key.node);
    CHECK_OK(ensure_window(
        transaction, {.node = node, .kind = key.kind, .span = key.span, .cap = cap_of(caps, key)}));
  }
  return {};
}

}  // namespace

Result<SharedNodes> ensure_shared_nodes(Transaction& transaction, const Payer& payer) {
  TRY(const NodeId global, ensure_global_node(transaction));
  TRY(const NodeId project, ensure_node(transaction, NodeKind::kProject, global, payer.project));
  TRY(const NodeId agent, ensure_node(transaction, NodeKind::kAgent, project, payer.principal));
  return SharedNodes{global, project, agent};
}

Result<BudgetView> stored_windows(Reader& reader, const Payer& payer, Span within) {
  TRY(const auto global, find_node(reader, NodeKind::kGlobal, std::nullopt, ""));
  if (!global) return BudgetView();
  TRY(const auto project, find_node(reader, NodeKind::kProject, global, payer.project));
  if (!project) return balances(reader, *global, within);
  TRY(const auto agent, find_node(reader, NodeKind::kAgent, project, payer.principal));
  return balances(reader, agent.value_or(*project), within);
}

Result<BudgetView> shared_view(Reader& reader, const Spending& spending) {
  TRY(const Zone zone, Zone::find(spending.policy.timezone.value));
  TRY(BudgetView view, stored_windows(reader, spending.payer, span_of(spending)));
  const CapTree caps = caps_for(spending.policy, spending.payer.principal, spending.payer.project);
  for (const WindowKey& key : windows_to_reserve(zone, spending.from, spending.worst_time)) {
    if (key.node == NodeKind::kExperiment) continue;
    auto row = std::ranges::find_if(view, [&](const Balance& balance) {
      return balance.node_kind == key.node && balance.window_kind == key.kind &&
             balance.span == key.span;
    });
    if (row == view.end()) row = view.insert(row, empty_window(spending.payer, key));
    row->cap = cap_of(caps, key);
  }
  std::ranges::stable_sort(view, std::greater(), &Balance::node_kind);
  return view;
}

Result<BudgetView> job_view(Transaction& transaction, const SharedNodes& nodes,
                            const Spending& spending, std::int64_t job_number) {
  TRY(const NodeId experiment,
      ensure_node(transaction, NodeKind::kExperiment, nodes.agent, std::to_string(job_number)));
  CHECK_OK(ensure_windows(transaction, nodes, spending, experiment));
  return balances(transaction, experiment, span_of(spending));
}

std::vector<Line> lines_of(const BudgetView& view, const Amount& each) {
  std::vector<Line> lines;
  for (const Balance& balance : view) lines.push_back({balance.id, each});
  return lines;
}

}  // namespace pawl
