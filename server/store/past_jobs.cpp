#include "server/store/past_jobs.h"

#include "server/store/query.h"

namespace pawl {

Result<std::vector<PastJob>> past_jobs(Reader& reader) {
  return sql::all(
      reader,
      "SELECT j.id, j.number, p.name, j.principal, j.stage, j.title, j.gpus, j.limit_ms,"
      " r.price, r.units, r.worst_case_ms,"
      " (SELECT coalesce(sum(cost), 0) FROM attempt WHERE job = j.id AND state = 'ended'),"
      " j.created_at, j.finished_at"
      " FROM job AS j JOIN project AS p ON p.id = j.project JOIN reservation AS r"
      " ON r.id = (SELECT min(id) FROM reservation WHERE job = j.id) ORDER BY j.id",
      [](sql::Row& row) {
        PastJob job;
        job.id = row.take<std::int64_t>();
        job.number = row.take<std::int64_t>();
        job.project = row.take<std::string>();
        job.principal = row.take<std::string>();
        job.stage = row.take<std::string>();
        job.title = row.take<std::string>();
        job.gpus = row.take<std::int32_t>();
        job.limit = row.take<Milliseconds>();
        const auto price = row.take<HourlyPrice>();
        const auto units = row.take<std::int32_t>();
        job.worst_time = row.take<Milliseconds>();
        job.worst = {cost(price, units, job.worst_time), job.worst_time * job.gpus};
        job.cost = row.take<Money>();
        job.created = row.take<Timestamp>();
        job.finished = row.take<std::optional<Timestamp>>();
        return job;
      });
}

}  // namespace pawl
