// What the command line shows a human; no list that an agent sees has these.
#include <fmt/format.h>

#include "tools/all_tools.h"
#include "tools/job_table.h"

namespace pawl {
namespace {

constexpr std::int64_t kJobsMax = 1'000;
constexpr std::size_t kOperatorTokens = 100'000;  // people scroll

struct NoArgs {};

struct JobsArgs {
  std::int64_t limit = 20;
};

const Fields<NoArgs>& no_fields() {
  static const Fields<NoArgs> table;
  return table;
}

const Fields<JobsArgs>& jobs_fields() {
  static const Fields<JobsArgs> table = {
      field("limit", &JobsArgs::limit, "newest first").range(1, kJobsMax)};
  return table;
}

Result<Reply> show_status(const Call& call, const NoArgs&) {
  TRY(const ServerStatus status, call.service.status());
  return Reply{
      .summary = fmt::format("pawl {}: {} live, {} queued, {} of {} slots free.", status.version,
                             status.live, status.queued, status.slots_free, status.slots_total),
      .data = {{"state", status.state_folder},
               {"policy", status.policy_file},
               {"trust", status.trust_mode},
               {"boxed", status.boxed},
               {"http", status.http.empty() ? Cell{} : Cell{status.http}},
               {"projects", status.projects},
               {"epoch", status.epoch},
               {"live", status.live},
               {"queued", status.queued},
               {"slots_free", status.slots_free},
               {"slots_total", status.slots_total},
               {"notices", status.notices}},
      .tokens_max = kOperatorTokens};
}

Result<Reply> show_jobs(const Call& call, const JobsArgs& args) {
  TRY(const std::vector<JobLine> jobs, call.service.jobs(call.caller, args.limit));
  return Reply{.summary = fmt::format("{}: {}.", plural(jobs.size(), "job"), count_states(jobs)),
               .data = {{"", result_table(jobs)}},
               .budget = call.service.budget_line(call.caller),
               .tokens_max = kOperatorTokens};
}

Result<Reply> register_project(const Call& call, const NoArgs&) {
  TRY(const ProjectLine project, call.service.init(call.caller));
  return Reply{.summary = fmt::format("{} is registered: {} counts from {}.", project.name,
                                      project.metric, project.base.substr(0, 12)),
               .data = {{"project", project.name},
                        {"root", project.root},
                        {"metric", project.metric},
                        {"base", project.base},
                        {"best", project.best},
                        {"jobs", project.jobs}},
               .next = {"claude mcp add pawl -- pawl mcp"},
               .tokens_max = kOperatorTokens};
}

}  // namespace

Tool status_tool() {
  return make_tool({.name = "status",
                    .title = "Server status",
                    .description = "The server as its operator sees it.",
                    .read_only = true,
                    .idempotent = true,
                    .quick = true},
                   no_fields(), show_status);
}

Tool jobs_tool() {
  return make_tool({.name = "jobs",
                    .title = "Jobs",
                    .description = "The newest jobs of the project.",
                    .read_only = true,
                    .idempotent = true,
                    .quick = true},
                   jobs_fields(), show_jobs);
}

Tool init_tool() {
  return make_tool({.name = "init",
                    .title = "Register a project",
                    .description = "Registers the repository and pins its HEAD as the trust base.",
                    .idempotent = true},
                   no_fields(), register_project);
}

}  // namespace pawl
