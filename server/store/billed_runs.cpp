#include "server/store/billed_runs.h"

#include "server/store/query.h"

namespace pawl {

Result<std::vector<BilledTime>> runs_ended_after(Reader& reader, Timestamp time,
                                                 const PaidBy& payer) {
  return sql::all(
      reader,
      "SELECT a.cost, a.gpus, a.ended_at, a.billed_ms"
      " FROM attempt AS a JOIN job AS j ON j.id = a.job JOIN project AS p ON p.id = j.project"
      " LEFT JOIN round AS r ON r.id = j.round"
      " WHERE a.ended_at > ?1 AND (?2 IS NULL OR p.name = ?2) AND (?3 IS NULL OR j.principal = ?3)"
      " AND (?4 IS NULL OR j.stage = ?4) AND (?5 IS NULL OR r.number = ?5)",
      [](sql::Row& row) {
        BilledTime run;
        run.cost = row.take<Money>();
        run.gpus = row.take<std::int32_t>();
        run.ended = row.take<Timestamp>();
        run.billed = row.take<Milliseconds>();
        return run;
      },
      time, payer.project, payer.principal, payer.stage, payer.round);
}

}  // namespace pawl
