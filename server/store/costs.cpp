#include "server/store/costs.h"

#include "server/store/query.h"

namespace pawl {
namespace {

PaidAttempt paid_attempt_from(sql::Row& row) {
  PaidAttempt paid;
  paid.id.job = row.take<JobId>();
  paid.id.number = row.take<std::int32_t>();
  paid.last = row.take<std::int32_t>() == 1;
  paid.project = row.take<ProjectId>();
  paid.job_number = row.take<std::int32_t>();
  paid.sandbox = row.take<bool>();
  paid.job = job_state(row.take<std::string>()).value();
  paid.stage = row.take<std::string>();
  paid.round = row.take<std::string>();
  paid.agent = row.take<std::string>();
  paid.principal = row.take<std::string>();
  paid.outcome = row.take<std::string>();
  paid.pool = row.take<std::string>();
  paid.price = row.take<HourlyPrice>();
  paid.carried = row.take<Money>();
  paid.unit_picos = row.take<std::int64_t>();
  paid.disk_picos = row.take<std::int64_t>();
  paid.units = row.take<std::int32_t>();
  paid.gpus = row.take<std::int32_t>();
  paid.claimed = row.take<Timestamp>();
  paid.started = row.take<std::optional<Timestamp>>();
  paid.ended = row.take<std::optional<Timestamp>>();
  paid.billed = row.take<Milliseconds>();
  paid.cost = row.take<Money>();
  return paid;
}

}  // namespace

Result<Amount> spent_on(Reader& reader, JobId job) {
  TRY(const auto spent, sql::one(
                            reader,
                            "SELECT coalesce(sum(cost), 0), coalesce(sum(gpus * billed_ms), 0) "
                            "FROM attempt WHERE job = ?",
                            [](sql::Row& row) { return row.take_amount(); }, job));
  return spent.value_or(Amount{});
}

Result<Interventions> interventions(Reader& reader, ProjectId project) {
  TRY(const auto counts,
      sql::one(
          reader,
          "SELECT (SELECT count(*) FROM event WHERE project = ?1 AND kind = 'state'"
          " AND text LIKE 'held -> queued:%'),"
          " (SELECT count(*) FROM event WHERE project = ?1 AND kind IN ('state', 'finished')"
          " AND text LIKE '%, cancelled by cli: %'"
          " AND (text LIKE '% -> cancelling:%' OR text LIKE 'held -> %' OR text LIKE 'queued -> "
          "%')),"
          " (SELECT count(DISTINCT at || reason) FROM ledger WHERE kind = 'adjust')"
          " + (SELECT count(*) FROM allowance)",
          [](sql::Row& row) {
            Interventions seen;
            seen.approvals = row.take<std::int64_t>();
            seen.cancels = row.take<std::int64_t>();
            seen.budget_changes = row.take<std::int64_t>();
            return seen;
          },
          project));
  return counts.value_or(Interventions{});
}

Result<Money> adjusted(Reader& reader, const std::string& project_name) {
  TRY(const auto sum,
      sql::value<Money>(reader,
                        "SELECT coalesce(sum(l.spent_money), 0) FROM ledger AS l"
                        " JOIN budget_window AS w ON w.id = l.budget_window AND w.kind = 'total'"
                        " JOIN budget_node AS n ON n.id = w.node AND n.kind = 'project'"
                        " WHERE l.kind = 'adjust' AND n.name = ?",
                        project_name));
  return sum.value_or(Money());
}

Result<std::vector<PaidAttempt>> paid_attempts(Reader& reader, const PaidFilter& filter) {
  return sql::all(
      reader,
      "SELECT a.job, a.number, a.number = j.attempts, j.project, j.number,"
      " j.id IN (SELECT job FROM sandbox), j.state, j.stage,"
      " coalesce('r' || r.number, ''), j.agent, j.principal, coalesce(a.outcome, ''), a.pool,"
      " a.price, w.once, w.unit_picos, w.attempt_picos, a.units, a.gpus, a.claimed_at, "
      "a.started_at, a.ended_at,"
      " coalesce(a.billed_ms, 0), coalesce(a.cost, 0)"
      " FROM attempt AS a JOIN job AS j ON j.id = a.job LEFT JOIN round AS r ON r.id = j.round"
      " JOIN attempt_rate AS w ON w.job = a.job AND w.number = a.number AND w.since ="
      " (SELECT min(since) FROM attempt_rate WHERE job = a.job AND number = a.number)"
      " WHERE (?1 IS NULL OR j.project = ?1)"
      " AND (?2 IS NULL OR a.ended_at IS NULL OR a.ended_at >= ?2)"
      " ORDER BY a.claimed_at, a.job, a.number",
      paid_attempt_from, filter.project, filter.since);
}

}  // namespace pawl
