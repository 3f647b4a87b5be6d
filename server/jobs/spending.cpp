#include "server/jobs/spending.h"

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

// `experiment`: absent for the shared windows only.
Result<void> ensure_windows(Transaction& transaction, const SharedNodes& nodes,
                            const Spending& spending, std::optional<NodeId> experiment) {
  TRY(const Zone zone, Zone::find(spending.policy.timezone.value));
  const CapTree caps = caps_for(spending.policy, spending.payer.principal, spending.payer.project);
  for (const WindowKey& key : windows_to_reserve(zone, spending.from, spending.worst_time)) {
    if (key.node == NodeKind::kExperiment && !experiment) continue;
    const NodeId node = key.node == NodeKind::kExperiment ? *experiment : node_of(nodes, key.node);
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

Result<BudgetView> shared_view(Transaction& transaction, const SharedNodes& nodes,
                               const Spending& spending) {
  CHECK_OK(ensure_windows(transaction, nodes, spending, std::nullopt));
  return balances(transaction, nodes.agent, span_of(spending));
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
