#include "server/store/past_runs.h"

#include "server/store/query.h"

namespace pawl {

Result<std::vector<RunTime>> run_times(Reader& reader, const WorkKind& kind, std::int32_t limit,
                                       EventId since) {
  return sql::all(
      reader,
      "SELECT a.billed_ms, a.limit_ms, a.cost, j.state FROM job AS j JOIN attempt AS a"
      " ON a.job = j.id AND a.number = j.attempts"
      " WHERE j.project = ? AND j.stage = ? AND j.gpus = ? AND a.state = 'ended'"
      " AND j.state IN ('succeeded', 'timed_out') AND j.finished_event > ?"
      " AND j.id NOT IN (SELECT job FROM sandbox)"
      " ORDER BY j.finished_event DESC LIMIT ?",
      [](sql::Row& row) {
        return RunTime{.billed = row.take<Milliseconds>(),
                       .limit = row.take<Milliseconds>(),
                       .cost = row.take<Money>(),
                       .job = job_state(row.take<std::string>()).value()};
      },
      kind.project, kind.stage, kind.gpus, since, limit);
}

Result<std::optional<JobId>> last_success(Reader& reader, ProjectId project) {
  return sql::value<JobId>(reader,
                           "SELECT id FROM job WHERE project = ? AND state = 'succeeded'"
                           " AND finished_event IS NOT NULL ORDER BY finished_event DESC LIMIT 1",
                           project);
}

Result<std::vector<LiveRun>> live_runs(Reader& reader) {
  return sql::all(reader,
                  "SELECT a.job, j.project, j.stage, j.gpus, a.pool, a.units, a.limit_ms,"
                  " a.claimed_at FROM attempt AS a JOIN job AS j ON j.id = a.job"
                  " WHERE a.state != 'ended' ORDER BY a.claimed_at, a.job",
                  [](sql::Row& row) {
                    LiveRun run;
                    run.job = row.take<JobId>();
                    run.kind.project = row.take<ProjectId>();
                    run.kind.stage = row.take<std::string>();
                    run.kind.gpus = row.take<std::int32_t>();
                    run.pool = row.take<std::string>();
                    run.units = row.take<std::int32_t>();
                    run.limit = row.take<Milliseconds>();
                    run.claimed = row.take<Timestamp>();
                    return run;
                  });
}

Result<std::vector<ReservedWork>> reserved_work(Reader& reader) {
  return sql::all(reader,
                  "SELECT project, stage, gpus, principal, count(*) FROM job"
                  " WHERE finished_at IS NULL AND state != 'held'"
                  " AND id NOT IN (SELECT job FROM sandbox) GROUP BY 1, 2, 3, 4",
                  [](sql::Row& row) {
                    ReservedWork work;
                    work.kind.project = row.take<ProjectId>();
                    work.kind.stage = row.take<std::string>();
                    work.kind.gpus = row.take<std::int32_t>();
                    work.principal = row.take<std::string>();
                    work.jobs = row.take<std::int64_t>();
                    return work;
                  });
}

}  // namespace pawl
