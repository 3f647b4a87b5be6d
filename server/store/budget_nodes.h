// The budget tree and its windows. Each (node, window) carries its cap and its balance; the balance
// is a cache of the ledger and moves only through ledger.h.
#pragma once
#include <optional>
#include <string>

#include "server/core/budget.h"
#include "server/core/ids.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

// Gets or creates. The global node has no parent; a project's parent is global, an agent's a
// project, an experiment's an agent.
Result<NodeId> ensure_global_node(Transaction& transaction);
Result<NodeId> ensure_node(Transaction& transaction, NodeKind kind, NodeId parent,
                           const std::string& name);
Result<std::optional<NodeId>> find_node(Reader& reader, NodeKind kind, std::optional<NodeId> parent,
                                        const std::string& name);

// Gets or creates the window of a node that starts at span.starts, and makes `cap` its cap. A cap
// below what is already spent and reserved is stored: it blocks new work only (L10). INVALID when
// the window is there with another end: a window that has begun does not move (L9).
struct NewWindow {
  NodeId node;
  WindowKind kind = WindowKind::kTotal;
  Span span{};
  Cap cap{};
};
Result<WindowId> ensure_window(Transaction& transaction, const NewWindow& window);

// All windows of the node and its ancestors that overlap [within.starts, within.ends): the node's
// own first, global last. An empty span counts as the moment within.starts.
Result<BudgetView> balances(Reader& reader, NodeId node, Span within);

// The windows of global, project and agent nodes that overlap the span, for cost_status. `project`:
// only that project's branch and the global node; pass the project's budget node.
Result<BudgetView> all_balances(Reader& reader, std::optional<NodeId> project, Span within);

}  // namespace pawl
