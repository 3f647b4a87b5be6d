// A place to try commands in before an experiment is worth its price.
#include <fmt/format.h>

#include "server/core/text.h"
#include "tools/all_tools.h"
#include "tools/job_table.h"
#include "tools/sandbox_text.h"

namespace pawl {
namespace {

const Fields<SandboxRequest>& fields() {
  using Request = SandboxRequest;
  static const Fields<Request> table = {field("from", &Request::from, "as in submit_experiment"),
                                        field("stage", &Request::stage, ""),
                                        field("gpus", &Request::gpus, "").range(1, 64),
                                        field("minutes", &Request::minutes, "").range(1, 1440)};
  return table;
}

std::string how_it_is(const SandboxReply& opened) {
  switch (opened.state) {
    case JobState::kRunning:
      return "is open";
    case JobState::kHeld:
      return "waits for a human (" + opened.approval + ")";
    default:
      return std::string(name_of(opened.state)) +
             (opened.detail.empty() ? "" : ": " + opened.detail);
  }
}

Result<Reply> run(const Call& call, const SandboxRequest& request) {
  TRY(const SandboxReply opened, call.service.open_sandbox(call.caller, request, call.stop));
  const bool open = opened.state == JobState::kRunning;
  return Reply{
      .summary = fmt::format("{} {}; it {}.", opened.handle, how_it_is(opened), life_of(opened)),
      .status = opened.state == JobState::kHeld ? "held"
                : open                          ? ""
                                                : "still_running",
      .data = {{"sandbox", opened.handle},
               {"job", opened.job},
               {"stage", opened.stage},
               {"state", std::string(name_of(opened.state))},
               {"usd_per_hour", usd_cell(opened.price.per_hour)},
               {"minutes_max", minutes_cell(opened.longest)},
               {"idle_minutes", minutes_cell(opened.idle)},
               {"warnings", opened.warnings}},
      .next = {fmt::format(R"(sandbox_exec sandbox:"{}" command:["python3","train.py"])",
                           opened.handle),
               fmt::format(R"(sandbox_close sandbox:"{}")", opened.handle)},
      .budget = call.service.budget_line(call.caller)};
}

}  // namespace

Tool sandbox_open_tool() {
  return make_tool(
      {.name = "sandbox_open",
       .title = "Open a sandbox",
       .description = "A box with a revision's files to try commands in: handle, price, when it "
                      "closes. Paid by the minute. Not for results: submit_experiment."},
      fields(), run);
}

}  // namespace pawl
