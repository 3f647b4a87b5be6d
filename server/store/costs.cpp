#include "server/store/costs.h"

#include "server/store/query.h"

namespace pawl {
namespace {

CostLine cost_line_from(sql::Row& row) {
  CostLine line;
  line.key = row.take<std::string>();
  line.jobs = row.take<std::int32_t>();
  line.spent = row.take_amount();
  line.failed = row.take<Money>();
  return line;
}

#define COST_LINES(key)                                                                            \
  "SELECT " key                                                                                    \
  ", count(DISTINCT j.id), coalesce(sum(a.cost), 0), coalesce(sum(a.gpus * a.billed_ms), 0),"      \
  " coalesce(sum(a.cost) FILTER (WHERE j.state != 'succeeded' AND j.finished_at IS NOT NULL), 0) " \
  "AS failed"                                                                                      \
  " FROM job AS j JOIN attempt AS a ON a.job = j.id LEFT JOIN round AS r ON r.id = j.round"        \
  " WHERE j.project = ? AND a.state = 'ended' GROUP BY 1 ORDER BY 3 DESC, 1"

std::string_view sql_of(CostBy by) {
  switch (by) {
    case CostBy::kStage:
      return COST_LINES("j.stage");
    case CostBy::kRound:
      return COST_LINES("coalesce('r' || r.number, '')");
    case CostBy::kAgent:
      return COST_LINES("j.agent");
  }
  __builtin_unreachable();
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

Result<std::vector<CostLine>> cost_lines(Reader& reader, ProjectId project, CostBy by) {
  return sql::all(reader, sql_of(by), cost_line_from, project);
}

}  // namespace pawl
