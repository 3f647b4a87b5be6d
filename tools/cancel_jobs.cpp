// Stops jobs. Money comes back only once death is confirmed.
#include <fmt/format.h>

#include "server/core/text.h"
#include "tools/all_tools.h"
#include "tools/job_table.h"

namespace pawl {
namespace {

constexpr std::int64_t kTargetsMax = 200;

struct CancelArgs {
  std::vector<std::string> jobs;
  std::string why;
};

const Fields<CancelArgs>& fields() {
  static const Fields<CancelArgs> table = {field("jobs", &CancelArgs::jobs, "jobs or rounds")
                                               .required()
                                               .range(1, kTargetsMax)
                                               .example(R"(["042","r7"])"),
                                           field("why", &CancelArgs::why, "").range(0, 500)};
  return table;
}

Result<Reply> run(const Call& call, const CancelArgs& args) {
  TRY(const CancelReply cancelled, call.service.cancel(call.caller, args.jobs, args.why));
  const auto dying = std::ranges::count(cancelled.jobs, JobState::kCancelling, &JobLine::state);
  std::string summary = fmt::format("{} ({}); ${} released.", plural(cancelled.jobs.size(), "job"),
                                    count_states(cancelled.jobs), format_usd(cancelled.released));
  Lines next = {"cost_status"};
  if (dying > 0) {
    summary += " The rest of the money comes back when the end of the others is confirmed.";
    next.insert(next.begin(), "wait_jobs");
  }
  return Reply{.summary = std::move(summary),
               .data = {{"", waiting_table(cancelled.jobs), "get_job"},
                        {"released_usd", usd_cell(cancelled.released)},
                        {"released_micro", micro_cell(cancelled.released)}},
               .next = std::move(next),
               .budget = call.service.budget_line(call.caller)};
}

}  // namespace

Tool cancel_jobs_tool() {
  return make_tool(
      {.name = "cancel_jobs",
       .title = "Cancel jobs",
       .description = "Stops jobs or whole rounds for good: their states and the money "
                      "released. A job is cancelling until its end is confirmed. "
                      "Results already there stay.",
       .destructive = true,
       .idempotent = true,
       .table = true},
      fields(), run);
}

}  // namespace pawl
