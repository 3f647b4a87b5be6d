#include "server/store/queue.h"

#include "server/store/query.h"

namespace pawl {
namespace {

QueuedJob queued_from(sql::Row& row) {
  QueuedJob job;
  job.id = row.take<JobId>();
  job.project = row.take<ProjectId>();
  job.agent = row.take<std::string>();
  job.principal = row.take<std::string>();
  job.stage = row.take<std::string>();
  job.gpus = row.take<std::int32_t>();
  job.limit = row.take<Milliseconds>();
  job.attempts = row.take<std::int32_t>();
  job.queued = row.take<Timestamp>();
  return job;
}

Load load_from(sql::Row& row) {
  return {.held = row.take<std::int32_t>(),
          .queued = row.take<std::int32_t>(),
          .live = row.take<std::int32_t>()};
}

#define LOAD_FILTER                                             \
  "(?1 IS NULL OR project = ?1) AND (?2 IS NULL OR stage = ?2)" \
  " AND (?3 IS NULL OR agent = ?3) AND (?4 IS NULL OR principal = ?4)"

}  // namespace

Result<std::vector<QueuedJob>> queued_jobs(Reader& reader, std::int32_t limit) {
  return sql::all(
      reader,
      "SELECT j.id, j.project, j.agent, j.principal, j.stage, j.gpus, j.limit_ms, j.attempts, "
      "j.queued_at"
      " FROM (SELECT *, row_number() OVER (PARTITION BY principal, agent ORDER BY id) AS turn"
      "       FROM job WHERE state = 'queued' AND finished_at IS NULL) AS j"
      " LEFT JOIN agent_turn AS t ON t.principal = j.principal AND t.agent = j.agent"
      " ORDER BY j.turn, coalesce(t.last_claim, 0), j.id LIMIT ?",
      queued_from, limit);
}

Result<Load> load(Reader& reader, const LoadFilter& filter) {
  TRY(const auto found,
      sql::one(reader,
               "SELECT coalesce(sum(state = 'held'), 0), coalesce(sum(state = 'queued'), 0),"
               " coalesce(sum(state NOT IN ('held', 'queued')), 0)"
               " FROM job WHERE finished_at IS NULL AND " LOAD_FILTER,
               load_from, filter.project, filter.stage, filter.agent, filter.principal));
  return found.value_or(Load{});
}

}  // namespace pawl
