#include "server/store/job_metrics.h"

#include <cmath>

#include "server/store/query.h"

namespace pawl {
namespace {

LeaderboardRow leaderboard_row_from(sql::Row& row) {
  LeaderboardRow line;
  line.job = row.take<JobId>();
  line.number = row.take<std::int32_t>();
  line.title = row.take<std::string>();
  line.agent = row.take<std::string>();
  line.stage = row.take<std::string>();
  line.comparability_class = row.take<std::string>();
  line.commit = row.take<std::string>();
  line.base_commit = row.take<std::string>();
  line.params = row.take<std::string>();
  line.seed = row.take<std::int64_t>();
  line.repeat = row.take<std::int32_t>();
  line.value = row.take<double>();
  line.cost = row.take<Money>();
  line.billed = row.take<Milliseconds>();
  line.finished = row.take<Timestamp>();
  return line;
}

// A succeeded job's class is that of its last attempt; its cost is that of all of them.
#define LEADERBOARD(order)                                                                        \
  "SELECT j.id, j.number, j.title, j.agent, j.stage, a.class, j.commit_id, j.base_commit, "       \
  "j.params, j.seed,"                                                                             \
  " j.repeat, m.value, CASE WHEN j.attempts = 1 THEN a.cost"                                      \
  " ELSE (SELECT sum(cost) FROM attempt WHERE job = j.id) END, a.billed_ms, "                     \
  "j.finished_at"                                                                                 \
  " FROM job AS j INDEXED BY job_finished JOIN job_metric AS m ON m.job = j.id AND m.name = ?2"   \
  " JOIN attempt AS a ON a.job = j.id AND a.number = j.attempts"                                  \
  " WHERE j.finished_event > ?6 AND j.project = ?1 AND j.state = 'succeeded' AND (?3 IS NULL OR " \
  "a.class = ?3)"                                                                                 \
  " AND (?4 IS NULL OR j.stage = ?4) ORDER BY m.value " order ", j.id LIMIT ?5"

}  // namespace

Result<void> put_metrics(Transaction& transaction, JobId job, std::span<const Metric> metrics) {
  for (const Metric& metric : metrics) {
    if (!std::isfinite(metric.value)) {
      return fail(ErrorKind::kInvalid, "metric \"" + metric.name + "\" is not a finite number");
    }
    CHECK_OK(sql::change(transaction,
                         "INSERT INTO job_metric(job, name, value) VALUES (?, ?, ?)"
                         " ON CONFLICT DO UPDATE SET value = excluded.value",
                         job, metric.name, metric.value));
  }
  return {};
}

Result<std::vector<Metric>> metrics_of(Reader& reader, JobId job) {
  return sql::all(
      reader, "SELECT name, value FROM job_metric WHERE job = ? ORDER BY name",
      [](sql::Row& row) {
        auto name = row.take<std::string>();
        return Metric{std::move(name), row.take<double>()};
      },
      job);
}

Result<std::optional<double>> metric_of(Reader& reader, JobId job, const std::string& name) {
  return sql::value<double>(reader, "SELECT value FROM job_metric WHERE job = ? AND name = ?", job,
                            name);
}

Result<std::vector<LeaderboardRow>> leaderboard(Reader& reader, const LeaderboardFilter& filter) {
  const std::string_view sql =
      filter.direction == Direction::kMin ? LEADERBOARD("ASC") : LEADERBOARD("DESC");
  return sql::all(reader, sql, leaderboard_row_from, filter.project, filter.metric,
                  filter.comparability_class, filter.stage, filter.limit, filter.since);
}

Result<std::vector<std::string>> classes_of(Reader& reader, ProjectId project,
                                            const std::string& metric) {
  return sql::all(
      reader,
      "SELECT a.class FROM job AS j JOIN job_metric AS m ON m.job = j.id AND m.name = ?2"
      " JOIN attempt AS a ON a.job = j.id AND a.number = j.attempts"
      " WHERE j.project = ?1 AND j.state = 'succeeded' GROUP BY a.class ORDER BY count(*) DESC, "
      "a.class",
      [](sql::Row& row) { return row.take<std::string>(); }, project, metric);
}

}  // namespace pawl
