#include "server/store/decisions.h"

#include <algorithm>
#include <array>

#include "server/store/events.h"
#include "server/store/query.h"

namespace pawl {
namespace {

constexpr std::array kDecisions = {"keep", "discard", "crash", "idea", "note"};
static_assert(kDecisions.size() == static_cast<std::size_t>(Decision::kNote) + 1);

DecisionRow decision_from(sql::Row& row) {
  DecisionRow decision;
  decision.id = row.take<std::int64_t>();
  decision.at = row.take<Timestamp>();
  decision.project = row.take<ProjectId>();
  decision.job = row.take<std::optional<JobId>>();
  decision.decision = row.take_word<Decision>(kDecisions);
  decision.why = row.take<std::string>();
  decision.agent = row.take<std::string>();
  decision.value = row.take<std::optional<double>>();
  decision.delta = row.take<std::optional<double>>();
  return decision;
}

}  // namespace

std::string_view name_of(Decision decision) { return sql::word(kDecisions, decision); }

std::optional<Decision> decision(std::string_view name) {
  const auto found = std::ranges::find(kDecisions, name);
  if (found == kDecisions.end()) return std::nullopt;
  return static_cast<Decision>(found - kDecisions.begin());
}

Result<DecisionRow> record_decision(Transaction& transaction, const NewDecision& decision) {
  TRY(const auto id,
      sql::insert(transaction,
                  "INSERT INTO decision(at, project, job, decision, why, agent, value, delta)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                  transaction.now(), decision.project, decision.job, name_of(decision.decision),
                  decision.why, decision.agent, decision.value, decision.delta));
  const NewEvent event{.kind = EventKind::kDecision,
                       .project = decision.project,
                       .job = decision.job,
                       .text = std::string(name_of(decision.decision)) + ": " + decision.why};
  CHECK_OK(append_event(transaction, event));
  DecisionRow row;
  static_cast<NewDecision&>(row) = decision;
  row.id = id;
  row.at = transaction.now();
  return row;
}

Result<std::vector<DecisionRow>> list_decisions(Reader& reader, ProjectId project,
                                                std::int32_t limit) {
  return sql::all(reader,
                  "SELECT id, at, project, job, decision, why, agent, value, delta FROM decision "
                  "WHERE project = ?"
                  " ORDER BY id DESC LIMIT ?",
                  decision_from, project, limit);
}

}  // namespace pawl
