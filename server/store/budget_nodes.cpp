#include "server/store/budget_nodes.h"

#include <fmt/format.h>

#include <array>
#include <cassert>

#include "server/store/query.h"

namespace pawl {
namespace {

constexpr std::array kNodeKinds = {"global", "project", "agent", "experiment"};
constexpr std::array kWindowKinds = {"total", "day", "experiment"};
static_assert(kNodeKinds.size() == static_cast<std::size_t>(NodeKind::kExperiment) + 1);
static_assert(kWindowKinds.size() == static_cast<std::size_t>(WindowKind::kExperiment) + 1);

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

struct StoredWindow {
  WindowId id;
  Timestamp ends;
  Cap cap;
};

StoredWindow stored_window_from(sql::Row& row) {
  StoredWindow window;
  window.id = row.take<WindowId>();
  window.ends = row.take<Timestamp>();
  window.cap.money = row.take<std::optional<Money>>();
  window.cap.gpu_time = row.take<std::optional<Milliseconds>>();
  window.cap.source = row.take<std::string>();
  return window;
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
  const auto parent_kind = static_cast<NodeKind>(static_cast<int>(kind) - 1);
  TRY(const auto inserted,
      sql::change(transaction,
                  "INSERT INTO budget_node(kind, parent, name) SELECT ?, id, ? FROM budget_node "
                  "WHERE id = ? AND kind = ?",
                  sql::word(kNodeKinds, kind), name, parent, sql::word(kNodeKinds, parent_kind)));
  assert(inserted == 1 && "the parent of a node is of the kind above it");
  return NodeId{sqlite3_last_insert_rowid(transaction.connection().handle())};
}

Result<std::optional<NodeId>> find_node(Reader& reader, NodeKind kind, std::optional<NodeId> parent,
                                        const std::string& name) {
  return sql::value<NodeId>(
      reader, "SELECT id FROM budget_node WHERE parent IS ? AND kind = ? AND name = ?", parent,
      sql::word(kNodeKinds, kind), name);
}

Result<WindowId> ensure_window(Transaction& transaction, const NewWindow& window) {
  TRY(const auto found,
      sql::one(transaction,
               "SELECT id, ends, cap_money, cap_gpu_ms, cap_source FROM budget_window"
               " WHERE node = ? AND kind = ? AND starts = ?",
               stored_window_from, window.node, sql::word(kWindowKinds, window.kind),
               window.span.starts));
  if (!found) return insert_window(transaction, window);
  if (found->ends != window.span.ends) {
    return fail(
        ErrorKind::kInvalid,
        fmt::format("budget window {} ends at {} ms, it cannot be moved to {} ms", found->id.value,
                    sql::stored(found->ends), sql::stored(window.span.ends)));
  }
  if (found->cap == window.cap) return found->id;
  CHECK_OK(sql::change(
      transaction,
      "UPDATE budget_window SET cap_money = ?, cap_gpu_ms = ?, cap_source = ? WHERE id = ?",
      window.cap.money, window.cap.gpu_time, window.cap.source, found->id));
  return found->id;
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
                  " AND (?1 IS NULL OR n.kind = 'global' OR n.id = ?1 OR n.parent = ?1)"
                  " ORDER BY CASE n.kind WHEN 'agent' THEN 0 WHEN 'project' THEN 1 ELSE 2 END, "
                  "n.id, w.kind, w.starts",
                  balance_from, project, last_of(within), within.starts);
}

}  // namespace pawl
