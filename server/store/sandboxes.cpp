#include "server/store/sandboxes.h"

#include <fmt/format.h>

#include "server/store/query.h"

namespace pawl {
namespace {

SandboxRow sandbox_from(sql::Row& row) {
  SandboxRow sandbox;
  sandbox.job = row.take<JobId>();
  sandbox.number = row.take<std::int32_t>();
  sandbox.longest = row.take<Milliseconds>();
  sandbox.used = row.take<Milliseconds>();
  sandbox.ending = row.take<std::string>();
  sandbox.kept = row.take<std::string>();
  return sandbox;
}

}  // namespace

Result<SandboxRow> find_sandbox(Reader& reader, JobId job) {
  TRY(auto row, sql::one(reader,
                         "SELECT job, number, longest_ms, used_ms, ending, kept FROM sandbox"
                         " WHERE job = ?",
                         sandbox_from, job));
  if (row) return *std::move(row);
  return fail(ErrorKind::kNotFound, fmt::format("job with id {} is no sandbox", job.value));
}

Result<std::optional<JobRow>> find_sandbox_job(Reader& reader, ProjectId project,
                                               std::int32_t number) {
  TRY(const auto job,
      sql::value<JobId>(reader, "SELECT job FROM sandbox WHERE project = ? AND number = ?", project,
                        number));
  if (!job) return std::optional<JobRow>();
  TRY(JobRow row, find_job(reader, *job));
  return std::optional(std::move(row));
}

Result<std::vector<JobRow>> open_sandboxes(Reader& reader, std::optional<ProjectId> project) {
  TRY(const auto ids,
      sql::all(
          reader,
          "SELECT s.job FROM sandbox AS s JOIN job AS j ON j.id = s.job"
          " WHERE j.finished_at IS NULL AND (?1 IS NULL OR s.project = ?1) ORDER BY s.job",
          [](sql::Row& row) { return row.take<JobId>(); }, project));
  std::vector<JobRow> jobs;
  for (const JobId id : ids) {
    TRY(JobRow job, find_job(reader, id));
    jobs.push_back(std::move(job));
  }
  return jobs;
}

Result<void> note_use(Transaction& transaction, JobId job, Milliseconds used) {
  CHECK_OK(sql::change(transaction, "UPDATE sandbox SET used_ms = max(used_ms, ?) WHERE job = ?",
                       used, job));
  return {};
}

Result<void> note_ending(Transaction& transaction, JobId job, const std::string& ending) {
  CHECK_OK(sql::change(transaction, "UPDATE sandbox SET ending = ? WHERE job = ?", ending, job));
  return {};
}

Result<void> note_kept(Transaction& transaction, JobId job, const std::string& commit) {
  CHECK_OK(sql::change(transaction, "UPDATE sandbox SET kept = ? WHERE job = ?", commit, job));
  return {};
}

}  // namespace pawl
