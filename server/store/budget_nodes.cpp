#include "server/store/budget_nodes.h"

#include <fmt/format.h>

#include <array>
#include <cassert>

#include "server/store/query.h"

namespace pawl {
namespace {

constexpr std::array kNodeKinds = {"global", "project", "agent", "stage", "round", "experiment"};
constexpr std::array kWindowKinds = {"total", "day",   "night",     "week",
                                     "month", "round", "experiment"};
static_assert(kNodeKinds.size() == static_cast<std::size_t>(NodeKind::kExperiment) + 1);
static_assert(kWindowKinds.size() == static_cast<std::size_t>(WindowKind::kExperiment) + 1);

NodeKind parent_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::kGlobal:
    case NodeKind::kProject:
    case NodeKind::kStage:
      return NodeKind::kGlobal;
    case NodeKind::kAgent:
    case NodeKind::kRound:
      return NodeKind::kProject;
    case NodeKind::kExperiment:
      return NodeKind::kAgent;
  }
  __builtin_unreachable();
}

#define BALANCE_COLUMNS                                                                       \
  "w.id, n.kind, n.name, w.kind, w.starts, w.ends, w.cap_money, w.cap_gpu_ms, w.cap_source, " \
  "w.spent_money,"                                                                            \
  " w.spent_gpu_ms, w.reserved_money, w.reserved_gpu_ms, w.overrun_money, w.overrun_gpu_ms"

Balance balance_from(sql::Row& row) {
  Balance balance;
  balance.id = row.take<WindowId>();
  balance.node_kind = row.take_word<NodeKind>(kNodeKinds);
  balance.node_name = row.take<std::string>();
  balance.window_kind = row.take_word<WindowKind>(kWindowKinds);
  balance.span.starts = row.take<Timestamp>();
  balance.span.ends = row.take<Timestamp>();
  balance.cap.money = row.take<std::optional<Money>>();
  balance.cap.gpu_time = row.take<std::optional<Milliseconds>>();
  balance.cap.source = row.take<std::string>();
  balance.spent = row.take_amount();
  balance.reserved = row.take_amount();
  balance.overrun = row.take_amount();
  return balance;
}

// The last moment of a span: an empty one is the moment it starts at.
Timestamp last_of(Span span) { return std::max(span.starts, span.ends - Milliseconds(1)); }

}  // namespace

Result<NodeId> ensure_global_node(Transaction& transaction) {
  TRY(const auto found, find_node(transaction, NodeKind::kGlobal, std::nullopt, ""));
  if (found) return *found;
  TRY(const auto id,
      sql::insert(transaction, "INSERT INTO budget_node(kind, name) VALUES ('global', '')"));
  return NodeId{id};
}

Result<NodeId> ensure_node(Transaction& transaction, NodeKind kind, NodeId parent,
                           const std::string& name) {
  assert(kind != NodeKind::kGlobal);
  TRY(const auto found, find_node(transaction, kind, parent, name));
  if (found) return *found;
  TRY(const auto inserted,
      sql::change(transaction,
                  "INSERT INTO budget_node(kind, parent, name) SELECT ?, id, ? FROM budget_node "
                  "WHERE id = ? AND kind = ?",
                  sql::word(kNodeKinds, kind), name, parent,
                  sql::word(kNodeKinds, parent_of(kind))));
  assert(inserted == 1 && "the parent of a node is of the kind that parent_of names");
  return NodeId{sqlite3_last_insert_rowid(transaction.connection().handle())};
}

Result<std::optional<NodeId>> find_node(Reader& reader, NodeKind kind, std::optional<NodeId> parent,
                                        const std::string& name) {
  return sql::value<NodeId>(
      reader, "SELECT id FROM budget_node WHERE parent IS ? AND kind = ? AND name = ?", parent,
      sql::word(kNodeKinds, kind), name);
}

Result<std::optional<Balance>> find_window(Reader& reader, NodeId node, WindowKind kind,
                                           Span span) {
  return sql::one(reader,
                  "SELECT " BALANCE_COLUMNS
                  " FROM budget_window AS w JOIN budget_node AS n ON n.id = w.node"
                  " WHERE w.node = ? AND w.kind = ? AND w.starts = ? AND w.ends = ?",
                  balance_from, node, sql::word(kWindowKinds, kind), span.starts, span.ends);
}

Result<WindowId> insert_window(Transaction& transaction, const NewWindow& window) {
  TRY(const auto id,
      sql::insert(
          transaction,
          "INSERT INTO budget_window(node, kind, starts, ends, cap_money, cap_gpu_ms, cap_source)"
          " VALUES (?, ?, ?, ?, ?, ?, ?)",
          window.node, sql::word(kWindowKinds, window.kind), window.span.starts, window.span.ends,
          window.cap.money, window.cap.gpu_time, window.cap.source));
  return WindowId{id};
}

Result<void> change_cap(Transaction& transaction, WindowId window, const Cap& cap) {
  CHECK_OK(sql::change(
      transaction,
      "UPDATE budget_window SET cap_money = ?, cap_gpu_ms = ?, cap_source = ? WHERE id = ?",
      cap.money, cap.gpu_time, cap.source, window));
  return {};
}

Result<WindowId> ensure_window(Transaction& transaction, const NewWindow& window) {
  TRY(const auto found, find_window(transaction, window.node, window.kind, window.span));
  if (!found) return insert_window(transaction, window);
  if (found->cap != window.cap) CHECK_OK(change_cap(transaction, found->id, window.cap));
  return found->id;
}

Result<std::vector<Balance>> windows_by_id(Reader& reader, std::span<const WindowId> ids) {
  std::vector<Balance> windows;
  for (const WindowId id : ids) {
    TRY(auto window, sql::one(reader,
                              "SELECT " BALANCE_COLUMNS
                              " FROM budget_window AS w JOIN budget_node AS n ON n.id = w.node"
                              " WHERE w.id = ?",
                              balance_from, id));
    if (window) windows.push_back(*std::move(window));
  }
  return windows;
}

Result<BudgetView> balances(Reader& reader, NodeId node, Span within) {
  return sql::all(reader,
                  "WITH RECURSIVE branch(id, parent, height) AS ("
                  "  SELECT id, parent, 0 FROM budget_node WHERE id = ?1"
                  "  UNION ALL SELECT p.id, p.parent, height + 1 FROM budget_node AS p JOIN branch "
                  "ON p.id = branch.parent)"
                  " SELECT " BALANCE_COLUMNS
                  " FROM branch JOIN budget_node AS n ON n.id = branch.id JOIN budget_window AS w "
                  "ON w.node = n.id"
                  " WHERE w.starts <= ?2 AND w.ends > ?3 ORDER BY branch.height, w.kind, w.starts",
                  balance_from, node, last_of(within), within.starts);
}

Result<BudgetView> all_balances(Reader& reader, std::optional<NodeId> project, Span within) {
  return sql::all(reader,
                  "SELECT " BALANCE_COLUMNS
                  " FROM budget_node AS n JOIN budget_window AS w ON w.node = n.id"
                  " WHERE w.starts <= ?2 AND w.ends > ?3 AND n.kind != 'experiment'"
                  " AND (?1 IS NULL OR n.kind IN ('global', 'stage') OR n.id = ?1 OR n.parent = ?1)"
                  " ORDER BY CASE n.kind WHEN 'global' THEN 2 WHEN 'project' THEN 1 ELSE 0 END, "
                  "n.id, w.kind, w.starts",
                  balance_from, project, last_of(within), within.starts);
}

}  // namespace pawl
