#include "server/store/queue.h"

#include <algorithm>
#include <tuple>

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
  job.round = row.take<std::optional<RoundId>>();
  job.queued = row.take<Timestamp>();
  job.sandbox = row.take<std::optional<std::int32_t>>();
  return job;
}

Load load_from(sql::Row& row) {
  return {.held = row.take<std::int32_t>(),
          .queued = row.take<std::int32_t>(),
          .live = row.take<std::int32_t>()};
}

struct Agent {
  std::string principal, name;
  std::int64_t last_claim = 0;
};

Agent agent_from(sql::Row& row) {
  Agent agent;
  agent.principal = row.take<std::string>();
  agent.name = row.take<std::string>();
  agent.last_claim = row.take<std::int64_t>();
  return agent;
}

Result<std::vector<Agent>> waiting_agents(Reader& reader) {
  return sql::all(reader,
                  "SELECT l.principal, l.agent, coalesce(max(t.last_claim), 0) FROM job_load AS l"
                  " LEFT JOIN agent_turn AS t ON t.principal = l.principal AND t.agent = l.agent"
                  " GROUP BY l.principal, l.agent HAVING sum(l.queued) > 0",
                  agent_from);
}

StrandedJob stranded_from(sql::Row& row) {
  return {.job = row.take<JobId>(), .need = row.take<JobId>()};
}

struct Turn {
  std::size_t round = 0;  // the agent's first job, its second, ...
  std::int64_t last_claim = 0;
  QueuedJob job;
};

}  // namespace

Result<std::vector<QueuedJob>> queued_jobs(Reader& reader, std::int32_t limit) {
  TRY(const auto agents, waiting_agents(reader));
  std::vector<Turn> turns;
  for (const Agent& agent : agents) {
    TRY(auto jobs,
        sql::all(reader,
                 "SELECT id, project, agent, principal, stage, gpus, limit_ms, attempts, "
                 "round, queued_at, (SELECT number FROM sandbox WHERE sandbox.job = job.id)"
                 " FROM job WHERE state = 'queued' AND principal = ? AND agent = ?"
                 " AND (needs IS NULL OR"
                 "  (SELECT state FROM job AS need WHERE need.id = job.needs) = 'succeeded')"
                 " ORDER BY id LIMIT ?",
                 queued_from, agent.principal, agent.name, limit));
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      turns.push_back({i, agent.last_claim, std::move(jobs[i])});
    }
  }
  std::ranges::sort(turns, {}, [](const Turn& turn) {
    return std::tuple(turn.round, turn.last_claim, turn.job.id);
  });
  std::vector<QueuedJob> queue;
  for (Turn& turn : turns) {
    if (std::ssize(queue) == limit) break;
    queue.push_back(std::move(turn.job));
  }
  return queue;
}

Result<std::vector<StrandedJob>> stranded_jobs(Reader& reader) {
  return sql::all(
      reader,
      "SELECT job.id, need.id FROM job INDEXED BY job_needs JOIN job AS need ON need.id = job.needs"
      " WHERE job.state = 'queued' AND job.needs IS NOT NULL"
      " AND need.finished_at IS NOT NULL AND need.state != 'succeeded' ORDER BY job.id",
      stranded_from);
}

Result<Load> load(Reader& reader, const LoadFilter& filter) {
  TRY(const auto found,
      sql::one(reader,
               "SELECT coalesce(sum(held), 0), coalesce(sum(queued), 0), coalesce(sum(live), 0)"
               " FROM job_load WHERE (?1 IS NULL OR project = ?1) AND (?2 IS NULL OR stage = ?2)"
               " AND (?3 IS NULL OR agent = ?3) AND (?4 IS NULL OR principal = ?4)",
               load_from, filter.project, filter.stage, filter.agent, filter.principal));
  return found.value_or(Load{});
}

}  // namespace pawl
