#include "server/jobs/find.h"

#include <algorithm>
#include <cstdlib>
#include <ranges>

#include "server/jobs/handles.h"
#include "server/store/rounds.h"
#include "server/store/sandboxes.h"

namespace pawl {
namespace {

constexpr std::int32_t kAllJobs = 100'000;

// "042-halve-batch, 041-..., 043-...": those whose numbers lie nearest, or the newest.
Result<std::string> nearest_handles(Reader& reader, ProjectId project, const std::string& handle) {
  TRY(auto jobs, list_jobs(reader, {.project = project, .limit = kAllJobs}));
  const std::int64_t wanted = parse_job_handle(handle).value_or(kAllJobs);
  std::ranges::stable_sort(jobs, {},
                           [&](const JobRow& job) { return std::abs(job.number - wanted); });
  std::string names;
  for (const JobRow& job : jobs | std::views::take(3)) {
    names += (names.empty() ? "" : ", ") + job_handle(job.number, job.title);
  }
  return names;
}

Result<std::vector<JobRow>> jobs_of_round(Reader& reader, ProjectId project, std::int64_t number) {
  TRY(const auto round, find_round_by_number(reader, project, static_cast<std::int32_t>(number)));
  if (!round) {
    return fail(ErrorKind::kNotFound, "round r" + std::to_string(number) + " does not exist",
                "submit_sweep names the round that it made.");
  }
  TRY(auto jobs, list_jobs(reader, {.project = project, .round = round->id, .limit = kAllJobs}));
  std::ranges::reverse(jobs);
  return jobs;
}

}  // namespace

Result<std::optional<JobRow>> find_job_if_handle(Reader& reader, ProjectId project,
                                                 const std::string& text) {
  const auto number = parse_job_handle(text);
  if (!number) return std::optional<JobRow>();
  return find_job_by_number(reader, project, static_cast<std::int32_t>(*number));
}

Result<JobRow> find_job_by_handle(Reader& reader, ProjectId project, const std::string& handle) {
  TRY(auto job, find_job_if_handle(reader, project, handle));
  if (job) return *std::move(job);
  TRY(const std::string near, nearest_handles(reader, project, handle));
  return fail(ErrorKind::kNotFound, "job \"" + handle.substr(0, 60) + "\" does not exist",
              near.empty() ? "Nothing was submitted yet." : "Nearest: " + near + ".");
}

std::string sandbox_handles(const std::vector<JobRow>& jobs) {
  std::string names;
  for (const JobRow& job : jobs)
    names += (names.empty() ? "" : ", ") + sandbox_handle(*job.sandbox);
  return names;
}

Result<JobRow> find_sandbox_by_handle(Reader& reader, ProjectId project,
                                      const std::string& handle) {
  if (const auto number = parse_sandbox_handle(handle)) {
    TRY(auto job, find_sandbox_job(reader, project, static_cast<std::int32_t>(*number)));
    if (job) return *std::move(job);
  }
  TRY(const auto open, open_sandboxes(reader, project));
  const std::string names = sandbox_handles(open);
  return fail(ErrorKind::kNotFound, "sandbox \"" + handle.substr(0, 60) + "\" does not exist",
              names.empty() ? "None is open: sandbox_open opens one." : "Open: " + names + ".");
}

Result<std::vector<JobRow>> find_targets(Reader& reader, ProjectId project,
                                         const std::vector<std::string>& targets) {
  std::vector<JobRow> found;
  for (const std::string& target : targets) {
    std::vector<JobRow> jobs;
    if (const auto round = parse_round_handle(target)) {
      TRY(jobs, jobs_of_round(reader, project, *round));
    } else {
      TRY(JobRow job, find_job_by_handle(reader, project, target));
      jobs.push_back(std::move(job));
    }
    for (JobRow& job : jobs) {
      if (std::ranges::find(found, job.id, &JobRow::id) == found.end())
        found.push_back(std::move(job));
    }
  }
  return found;
}

}  // namespace pawl
