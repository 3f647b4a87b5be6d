#include <fmt/format.h>

#include "server/jobs/environment.h"
#include "server/jobs/find.h"
#include "server/jobs/handles.h"
#include "server/jobs/lines.h"
#include "server/jobs/service.h"
#include "server/jobs/world.h"
#include "server/records/failure.h"
#include "server/records/logs.h"
#include "server/records/status.h"
#include "server/store/attempts.h"
#include "server/store/job_metrics.h"

namespace pawl {
namespace {

constexpr std::size_t kDiffBytesMax = 1;  // only the counts are wanted
constexpr std::size_t kArtifactsMax = 50;

AttemptFolder folder_of(const World& world, const Project& project, const JobRow& job,
                        std::int32_t attempt) {
  return {world.paths.attempt(project.name, job.number, attempt)};
}

AttemptLine line_of_attempt(const AttemptRow& attempt, const AttemptFolder& folder) {
  AttemptLine line{.number = attempt.id.number,
                   .outcome = attempt.state == AttemptState::kIntent ? "starting" : "running",
                   .exit_code = {},
                   .signal = {},
                   .cost = {},
                   .why = attempt.why,
                   .places = attempt.places,
                   .log_folder = folder.record().string()};
  if (!attempt.end) return line;
  line.outcome = attempt.end->outcome;
  line.exit_code = attempt.end->exit_code;
  line.signal = attempt.end->signal;
  line.billed = attempt.end->billed;
  line.cost = attempt.end->cost;
  const auto record = read_status(folder);
  if (record && *record) {
    line.build = (*record)->build;
    line.command = (*record)->command;
    line.startup = (*record)->first_instruction - (*record)->build;
  }
  return line;
}

struct Rows {
  JobRow job;
  JobLine line;
  std::string beside, compared_with;
  std::vector<AttemptRow> attempts;
  std::vector<Metric> metrics;
};

// What the line's delta is to.
std::string compared_with(const Yardstick& measure, const Rows& rows) {
  if (!rows.line.delta) return {};
  const Setting setting{rows.job.stage, rows.attempts.back().comparability_class};
  const Configuration& reference = *measure.reference_in(setting);
  return fmt::format("the {}, {:03} in stage {}, class {}, {} seeds",
                     measure.best == measure.base ? "base" : "best", reference.runs.front().number,
                     setting.stage, setting.comparability_class, reference.all.seeds);
}

Result<Rows> read_rows(World& world, const Project& project, const std::string& handle) {
  return world.store.read([&](Reader& reader) -> Result<Rows> {
    Rows rows;
    TRY(rows.job, find_job_by_handle(reader, project.id, handle));
    TRY(const Yardstick measure, yardstick(world, reader, project));
    TRY(rows.line, line_of(world, reader, rows.job, measure));
    TRY(rows.attempts, attempts_of(reader, rows.job.id));
    TRY(rows.metrics, metrics_of(reader, rows.job.id));
    rows.compared_with = compared_with(measure, rows);
    if (rows.job.beside) {
      TRY(const JobRow beside, find_job(reader, *rows.job.beside));
      rows.beside = job_handle(beside.number, beside.title);
    }
    return rows;
  });
}

Result<void> add_code(World& world, const Project& project, const JobRow& job, JobDetail& detail) {
  TRY(const Repository repository, world.sources.repository(project));
  TRY(const Diff diff,
      repository.diff(Revision{job.base_commit}, Revision{job.commit}, kDiffBytesMax));
  detail.diff_stat = fmt::format("{} files, +{} -{} lines", diff.stat.files, diff.stat.insertions,
                                 diff.stat.deletions);
  TRY(const auto description, world.sources.describe(repository, Revision{job.commit}));
  TRY(const Params params, params_from_text(job.params));
  detail.params = describe(params);
  const ProjectFile& file = description->file;
  if (job.sandbox) return {};
  for (const std::string& word :
       is_environment(job) ? file.environment.build : expand(file.command, params)) {
    detail.command += (detail.command.empty() ? "" : " ") + word;
  }
  return {};
}

void add_results(const World& world, const Project& project, const Rows& rows, JobDetail& detail) {
  for (const AttemptRow& attempt : rows.attempts) {
    detail.attempts.push_back(
        line_of_attempt(attempt, folder_of(world, project, rows.job, attempt.id.number)));
  }
  for (const Metric& metric : rows.metrics) detail.metrics.emplace_back(metric.name, metric.value);
  if (rows.attempts.empty()) return;
  detail.comparability_class = rows.attempts.back().comparability_class;
  const AttemptFolder last = folder_of(world, project, rows.job, rows.job.attempts);
  detail.artifacts = list_artifacts(last, kArtifactsMax).value_or(std::vector<std::string>());
  if (!is_final(rows.job.state) || rows.job.state == JobState::kSucceeded) return;
  const Failure failure = read_failure(last).value_or(Failure());
  detail.error_signature = failure.signature;
  detail.excerpt = failure.excerpt;
}

}  // namespace

Result<JobDetail> Service::job(const Caller& caller, const std::string& handle) {
  TRY(const Project project, world_.sources.project_of(caller.directory));
  TRY(const Rows rows, read_rows(world_, project, handle));
  JobDetail detail{.line = rows.line,
                   .revision = rows.job.commit,
                   .parent = rows.job.base_commit,
                   .seed = rows.job.seed,
                   .beside = rows.beside,
                   .compared_with = rows.compared_with,
                   .created = rows.job.created};
  CHECK_OK(add_code(world_, project, rows.job, detail));
  add_results(world_, project, rows, detail);
  return detail;
}

namespace {

// `error` and `tail` look where a failure is most likely told: stderr, or stdout when stderr is
// empty.
Result<LogPage> page_of(const AttemptFolder& folder, const LogRequest& request) {
  const auto lines = static_cast<std::size_t>(request.lines);
  const std::int64_t from = request.cursor.value_or(0);
  switch (request.mode) {
    case LogMode::kError: {
      TRY(LogPage page, tail_log(folder, LogStream::kStderr, lines));
      if (page.bytes_total > 0) return page;
      return tail_log(folder, LogStream::kStdout, lines);
    }
    case LogMode::kTail:
      if (request.cursor) return read_log(folder, LogStream::kStdout, lines, from);
      return tail_log(folder, LogStream::kStdout, lines);
    case LogMode::kHead:
      return read_log(folder, LogStream::kStdout, lines, from);
    case LogMode::kGrep:
      return grep_log(folder, LogStream::kStdout, request.pattern, lines, from);
  }
  __builtin_unreachable();
}

}  // namespace

Result<LogReply> Service::logs(const Caller& caller, const LogRequest& request) {
  TRY(const Project project, world_.sources.project_of(caller.directory));
  TRY(const JobRow job, world_.store.read([&](Reader& reader) {
    return find_job_by_handle(reader, project.id, request.job);
  }));
  if (job.attempts == 0) {
    return fail(ErrorKind::kNotFound, "job " + request.job + " has not started, so it has no log",
                "wait_jobs tells when it has.");
  }
  TRY(LogPage page, page_of(folder_of(world_, project, job, job.attempts), request));
  LogReply reply{.text = std::move(page.text), .cursor = {}, .bytes_total = page.bytes_total};
  if (page.more || request.mode == LogMode::kTail) reply.cursor = page.position;
  return reply;
}

}  // namespace pawl
