#include "tools/submit_reply.h"

#include <fmt/format.h>

#include "server/core/text.h"
#include "tools/expectation.h"
#include "tools/job_table.h"

namespace pawl {
namespace {

Table jobs_of(const SubmitReply& submitted) {
  Table table{{"job", "state", "reused", "value", "title", "detail"}, {}};
  for (const auto& [job, reused] : submitted.jobs) {
    table.rows.push_back({job.handle, std::string(name_of(job.state)), reused,
                          metric_cell(job.value, metric_decimals(job.value.value_or(1))), job.title,
                          job.detail});
  }
  return table;
}

Table dropped_of(const SubmitReply& submitted) {
  Table table{{"title", "why"}, {}};
  for (const Dropped& dropped : submitted.dropped)
    table.rows.push_back({dropped.title, dropped.why});
  return table;
}

// "r7: 4 jobs (4 queued), at most $1.80 and 20m00s each; 1 reused at no cost, 2 dropped."
std::string summary_of(const SubmitReply& submitted, const std::vector<JobLine>& jobs) {
  const auto reused = std::ranges::count_if(submitted.jobs, &SubmittedJob::reused);
  const bool single = submitted.round.empty() && jobs.size() == 1;
  std::string text =
      single ? jobs[0].handle + " is " + std::string(name_of(jobs[0].state))
             : fmt::format("{}{} ({})", submitted.round.empty() ? "" : submitted.round + ": ",
                           plural(jobs.size(), "job"), count_states(jobs));
  if (static_cast<std::size_t>(reused) < jobs.size()) {
    text +=
        fmt::format(", at most ${}{}", format_usd(submitted.worst_case), single ? "" : " together");
    if (submitted.limit.count() > 0) {
      text += fmt::format(" and {}{}", format_duration(submitted.limit), single ? "" : " each");
    }
  }
  if (reused > 0) text += fmt::format("; {} reused at no cost", reused);
  if (!submitted.dropped.empty()) text += fmt::format("; {} dropped", submitted.dropped.size());
  text += ".";
  for (const std::string& warning : submitted.warnings) text += " Warning: " + warning + ".";
  return text;
}

Lines next_after(const SubmitReply& submitted, const std::vector<JobLine>& jobs) {
  if (jobs.empty()) return {"cost_status"};
  const std::string target = submitted.round.empty() ? short_handle(jobs[0]) : submitted.round;
  const bool done =
      std::ranges::all_of(jobs, [](const JobLine& job) { return is_final(job.state); });
  if (done) return {fmt::format(R"(get_job job:"{}")", short_handle(jobs[0])), "leaderboard"};
  return {fmt::format(R"(wait_jobs jobs:["{}"])", target)};
}

}  // namespace

const Fields<Edit>& fields_of(std::type_identity<Edit>) {
  static const Fields<Edit> table = {
      field("path", &Edit::path, "").required(),
      field("old", &Edit::old_text, "stands once in the file; empty: a new file"),
      field("new", &Edit::new_text, "").required()};
  return table;
}

Reply submit_reply(const Call& call, const SubmitReply& submitted) {
  std::vector<JobLine> jobs;
  for (const auto& [job, reused] : submitted.jobs) jobs.push_back(job);
  const bool held = std::ranges::count(jobs, JobState::kHeld, &JobLine::state) > 0;
  Reply reply{.summary = summary_of(submitted, jobs), .status = held ? "held" : ""};
  if (!submitted.round.empty()) reply.data.push_back({"round", submitted.round});
  reply.data.push_back({"", jobs_of(submitted), "wait_jobs"});
  if (!submitted.dropped.empty()) reply.data.push_back({"dropped", dropped_of(submitted)});
  reply.data.push_back({"worst_case_usd", usd_cell(submitted.worst_case)});
  reply.data.push_back({"worst_case_micro", micro_cell(submitted.worst_case)});
  const bool fresh = std::ranges::count(submitted.jobs, false, &SubmittedJob::reused) > 0;
  if (fresh) reply.data.push_back({"expected", expected_text(submitted.expected)});
  if (submitted.forecast) reply.data.push_back({"forecast", forecast_text(*submitted.forecast)});
  reply.next = next_after(submitted, jobs);
  reply.budget = call.service.budget_line(call.caller);
  return reply;
}

}  // namespace pawl
