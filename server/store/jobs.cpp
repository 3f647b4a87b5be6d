#include "server/store/jobs.h"

#include <fmt/format.h>

#include "server/store/events.h"
#include "server/store/query.h"

namespace pawl {
namespace {

#define JOB_COLUMNS                                                                                \
  "id, number, state, reason, detail, created_at, queued_at, started_at, finished_at, attempts, "  \
  "finished_event, "                                                                               \
  "project, title, agent, principal, round, stage, commit_id, base_commit, params, content_hash, " \
  "seed, repeat, "                                                                                 \
  "gpus, limit_ms, tags, needs, beside, "                                                          \
  "(SELECT s.number FROM sandbox AS s WHERE s.job = job.id), "                                     \
  "(SELECT s.longest_ms FROM sandbox AS s WHERE s.job = job.id)"

// Tags are single words, one a line.
std::string joined(const std::vector<std::string>& tags) {
  std::string lines;
  for (const std::string& tag : tags) lines += tag + '\n';
  return lines;
}

std::vector<std::string> split(std::string_view lines) {
  std::vector<std::string> tags;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    tags.emplace_back(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return tags;
}

JobRow job_from(sql::Row& row) {
  JobRow job;
  job.id = row.take<JobId>();
  job.number = row.take<std::int32_t>();
  job.state = job_state(row.take<std::string>()).value();
  job.reason = reason(row.take<std::string>()).value();
  job.detail = row.take<std::string>();
  job.created = row.take<Timestamp>();
  job.queued = row.take<std::optional<Timestamp>>();
  job.started = row.take<std::optional<Timestamp>>();
  job.finished = row.take<std::optional<Timestamp>>();
  job.attempts = row.take<std::int32_t>();
  job.finished_event = row.take<std::optional<EventId>>();
  job.project = row.take<ProjectId>();
  job.title = row.take<std::string>();
  job.agent = row.take<std::string>();
  job.principal = row.take<std::string>();
  job.round = row.take<std::optional<RoundId>>();
  job.stage = row.take<std::string>();
  job.commit = row.take<std::string>();
  job.base_commit = row.take<std::string>();
  job.params = row.take<std::string>();
  job.content_hash = row.take<std::string>();
  job.seed = row.take<std::int64_t>();
  job.repeat = row.take<std::int32_t>();
  job.gpus = row.take<std::int32_t>();
  job.limit = row.take<Milliseconds>();
  job.tags = split(row.take<std::string>());
  job.needs = row.take<std::optional<JobId>>();
  job.beside = row.take<std::optional<JobId>>();
  job.sandbox = row.take<std::optional<std::int32_t>>();
  job.lease = row.take<std::optional<Milliseconds>>();
  return job;
}

struct Moved {
  ProjectId project;
  std::optional<RoundId> round;
};

Moved moved_from(sql::Row& row) {
  return {.project = row.take<ProjectId>(), .round = row.take<std::optional<RoundId>>()};
}

std::unexpected<Error> moved_on(const JobRow& job, const Change& change) {
  return fail(ErrorKind::kConflict,
              fmt::format("job {} is {} in attempt {}, not {} in attempt {} any more", job.number,
                          name_of(job.state), job.attempts, name_of(change.from), change.attempt));
}

Result<EventId> append_state_event(Transaction& transaction, const Change& change, JobState to,
                                   const Moved& moved) {
  std::string text =
      fmt::format("{} -> {}: {}", name_of(change.from), name_of(to), name_of(change.reason));
  if (!change.detail.empty()) text += ", " + change.detail;
  return append_event(transaction, {.kind = is_final(to) ? EventKind::kFinished : EventKind::kState,
                                    .project = moved.project,
                                    .job = change.job,
                                    .round = moved.round,
                                    .text = std::move(text)});
}

Result<void> insert_sandbox(Transaction& transaction, JobId id, const NewJob& job) {
  CHECK_OK(
      sql::change(transaction,
                  "INSERT INTO sandbox(job, project, number, longest_ms) VALUES (?1, ?2,"
                  " (SELECT coalesce(max(number), 0) + 1 FROM sandbox WHERE project = ?2), ?3)",
                  id, job.project, *job.lease));
  return {};
}

}  // namespace

Result<JobRow> insert_job(Transaction& transaction, const NewJob& job, JobState state,
                          Reason reason) {
  assert(state == JobState::kHeld || state == JobState::kQueued);
  std::optional<Timestamp> queued;
  if (state == JobState::kQueued) queued = transaction.now();
  TRY(const auto id,
      sql::insert(transaction,
                  "INSERT INTO job(number, project, title, agent, principal, round, stage, "
                  "commit_id, base_commit, params,"
                  " content_hash, seed, repeat, gpus, limit_ms, tags, state, reason, detail, "
                  "created_at, queued_at, needs, beside)"
                  " VALUES ((SELECT coalesce(max(number), 0) + 1 FROM job WHERE project = ?1), ?1, "
                  "?2, ?3, ?4, ?5, ?6, ?7,"
                  " ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, '', ?18, ?19, ?20, ?21)",
                  job.project, job.title, job.agent, job.principal, job.round, job.stage,
                  job.commit, job.base_commit, job.params, job.content_hash, job.seed, job.repeat,
                  job.gpus, job.limit, joined(job.tags), name_of(state), name_of(reason),
                  transaction.now(), queued, job.needs, job.beside));
  const NewEvent event{.kind = EventKind::kSubmitted,
                       .project = job.project,
                       .job = JobId{id},
                       .round = job.round,
                       .text = std::string(name_of(state))};
  CHECK_OK(append_event(transaction, event));
  if (job.lease) CHECK_OK(insert_sandbox(transaction, JobId{id}, job));
  return find_job(transaction, {id});
}

Result<JobRow> find_job(Reader& reader, JobId id) {
  TRY(auto job, sql::one(reader, "SELECT " JOB_COLUMNS " FROM job WHERE id = ?", job_from, id));
  if (!job) return fail(ErrorKind::kNotFound, fmt::format("there is no job with id {}", id.value));
  return *std::move(job);
}

Result<std::optional<JobRow>> find_job_by_number(Reader& reader, ProjectId project,
                                                 std::int32_t number) {
  return sql::one(reader, "SELECT " JOB_COLUMNS " FROM job WHERE project = ? AND number = ?",
                  job_from, project, number);
}

Result<std::vector<JobRow>> list_jobs(Reader& reader, const JobFilter& filter) {
  std::string states;  // " queued running ": no name of a state contains a space
  for (const JobState state : filter.states) states += fmt::format(" {} ", name_of(state));
  constexpr std::string_view kWhere =
      "(?1 IS NULL OR project = ?1) AND (?2 = '' OR instr(?2, ' ' || state || ' ') > 0)"
      " AND (?3 IS NULL OR agent = ?3) AND (?4 IS NULL OR round = ?4)";
  static const std::string kNewest =
      fmt::format("SELECT " JOB_COLUMNS " FROM job WHERE {} ORDER BY id DESC LIMIT ?5", kWhere);
  static const std::string kFinished =
      fmt::format("SELECT " JOB_COLUMNS
                  " FROM job WHERE finished_event > ?6 AND {} ORDER BY finished_event LIMIT ?5",
                  kWhere);
  if (filter.finished_since) {
    return sql::all(reader, kFinished, job_from, filter.project, states, filter.agent, filter.round,
                    filter.limit, *filter.finished_since);
  }
  return sql::all(reader, kNewest, job_from, filter.project, states, filter.agent, filter.round,
                  filter.limit);
}

Result<JobState> transition(Transaction& transaction, const Change& change) {
  const std::optional<JobState> to = next(change.from, change.event);
  if (!to) {
    return fail(ErrorKind::kInvalid,
                fmt::format("a job that is {} does not move on by event {}", name_of(change.from),
                            static_cast<int>(change.event)));
  }
  std::optional<Timestamp> queued, started, finished;
  if (*to == JobState::kQueued) queued = transaction.now();
  if (*to == JobState::kRunning) started = transaction.now();
  if (is_final(*to)) finished = transaction.now();
  TRY(const auto moved,
      sql::one(transaction,
               "UPDATE job SET state = ?1, reason = ?2, detail = ?3, queued_at = coalesce(?4, "
               "queued_at),"
               " started_at = coalesce(started_at, ?5), finished_at = ?6"
               " WHERE id = ?7 AND state = ?8 AND attempts = ?9 RETURNING project, round",
               moved_from, name_of(*to), name_of(change.reason), change.detail, queued, started,
               finished, change.job, name_of(change.from), change.attempt));
  if (!moved) {
    TRY(const JobRow job, find_job(transaction, change.job));
    return moved_on(job, change);
  }
  TRY(const EventId event, append_state_event(transaction, change, *to, *moved));
  if (is_final(*to)) {
    CHECK_OK(sql::change(transaction, "UPDATE job SET finished_event = ? WHERE id = ?", event,
                         change.job));
  }
  return *to;
}

Result<std::optional<std::string>> class_beside(Reader& reader, JobId job) {
  return sql::value<std::string>(
      reader,
      "SELECT a.class FROM job AS mine JOIN job AS j ON j.id != mine.id"
      " AND (j.id = coalesce(mine.beside, mine.id) OR j.beside = coalesce(mine.beside, mine.id))"
      " JOIN attempt AS a ON a.job = j.id"
      " WHERE mine.id = ? AND (a.launched_at IS NOT NULL OR a.state != 'ended')"
      " ORDER BY j.id = mine.beside DESC, a.claimed_at, a.job LIMIT 1",
      job);
}

Result<void> set_need(Transaction& transaction, JobId job, std::optional<JobId> need) {
  CHECK_OK(sql::change(transaction, "UPDATE job SET needs = ? WHERE id = ?", need, job));
  return {};
}

Result<std::optional<JobRow>> find_same_content(Reader& reader, ProjectId project,
                                                const std::string& content_hash) {
  return sql::one(reader,
                  "SELECT " JOB_COLUMNS
                  " FROM job WHERE project = ? AND content_hash = ? AND state IN"
                  " ('succeeded', 'held', 'queued', 'starting', 'running', 'evaluating') ORDER BY "
                  "id DESC LIMIT 1",
                  job_from, project, content_hash);
}

}  // namespace pawl
