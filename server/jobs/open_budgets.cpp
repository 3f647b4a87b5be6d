#include "server/jobs/open_budgets.h"

#include <algorithm>
#include <array>

#include "server/budget/windows.h"
#include "server/jobs/spending.h"
#include "server/policy/effective.h"

namespace pawl {
namespace {

// Takes the row of that window out of `rows`, or makes an empty one.
Balance take(BudgetView& rows, const Balance& wanted) {
  const auto same = [&](const Balance& row) {
    return row.node_kind == wanted.node_kind && row.window_kind == wanted.window_kind &&
           row.span == wanted.span &&
           (row.node_kind == NodeKind::kGlobal || row.node_name == wanted.node_name);
  };
  const auto found = std::ranges::find_if(rows, same);
  if (found == rows.end()) return wanted;
  Balance row = *found;
  rows.erase(found);
  row.cap = wanted.cap;
  return row;
}

}  // namespace

Result<BudgetView> open_budgets(World& world, Reader& reader, const Project& project,
                                const std::string& principal) {
  const auto rules = world.rules.rules();
  const Timestamp now = world.time.now();
  TRY(const Zone zone, Zone::find(rules->policy.timezone.value));
  TRY(BudgetView rows, stored_windows(reader, {principal, project.name}, {now, now}));
  const CapTree caps = caps_for(rules->policy, principal, project.name);
  struct Node {
    NodeKind kind;
    std::string name;
    const NodeCaps& caps;
  };
  BudgetView view;
  for (const Node& node : {Node{NodeKind::kAgent, principal, caps.agent},
                           Node{NodeKind::kProject, project.name, caps.project},
                           Node{NodeKind::kGlobal, "", caps.global}}) {
    Balance window{.node_kind = node.kind, .node_name = node.name, .window_kind = WindowKind::kDay};
    window.span = day_of(zone, now);
    window.cap = node.caps.day;
    view.push_back(take(rows, window));
    window.window_kind = WindowKind::kTotal;
    window.span = Span();
    window.cap = node.caps.total;
    view.push_back(take(rows, window));
  }
  return view;
}

}  // namespace pawl
