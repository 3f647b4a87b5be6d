// The budget tree and its windows. Each (node, window) carries its cap and its balance; the balance
// is a cache of the ledger and moves only through ledger.h.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/core/budget.h"
#include "server/core/ids.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

// Gets or creates. The global node has no parent; the parent of a project and of a stage is global,
// that of an agent and of a round a project, an experiment's an agent.
Result<NodeId> ensure_global_node(Transaction& transaction);
Result<NodeId> ensure_node(Transaction& transaction, NodeKind kind, NodeId parent,
                           const std::string& name);
Result<std::optional<NodeId>> find_node(Reader& reader, NodeKind kind, std::optional<NodeId> parent,
                                        const std::string& name);

// A window is (node, kind, span): one that has begun does not move (L9), so another time zone or
// another night makes other windows, and the old ones keep what they hold.
Result<std::optional<Balance>> find_window(Reader& reader, NodeId node, WindowKind kind, Span span);

struct NewWindow {
  NodeId node;
  WindowKind kind = WindowKind::kTotal;
  Span span{};
  Cap cap{};
};
Result<WindowId> insert_window(Transaction& transaction, const NewWindow& window);

// A cap below what is already spent and reserved is stored: it blocks new work only (L10).
Result<void> change_cap(Transaction& transaction, WindowId window, const Cap& cap);

// Finds or inserts, and makes `cap` its cap.
Result<WindowId> ensure_window(Transaction& transaction, const NewWindow& window);

// The windows by their ids, in that order; what does not exist is left out.
Result<std::vector<Balance>> windows_by_id(Reader& reader, std::span<const WindowId> ids);

// All windows of the node and its ancestors that overlap [within.starts, within.ends): the node's
// own first, global last. An empty span counts as the moment within.starts.
Result<BudgetView> balances(Reader& reader, NodeId node, Span within);

// The windows of global, project and agent nodes that overlap the span, for cost_status. `project`:
// only that project's branch and the global node; pass the project's budget node.
Result<BudgetView> all_balances(Reader& reader, std::optional<NodeId> project, Span within);

}  // namespace pawl
