// Answers to what agents asked for: the operator's, never an agent's.
#include <fmt/format.h>

#include "tools/all_tools.h"
#include "tools/job_table.h"

namespace pawl {
namespace {

struct NoArgs {};

struct AnswerArgs {
  std::string approval, why;
};

const Fields<NoArgs>& no_fields() {
  static const Fields<NoArgs> table;
  return table;
}

const Fields<AnswerArgs>& approve_fields() {
  static const Fields<AnswerArgs> table = {
      field("approval", &AnswerArgs::approval, "such as a4").required(),
      field("why", &AnswerArgs::why, "kept with the answer")};
  return table;
}

const Fields<AnswerArgs>& deny_fields() {
  static const Fields<AnswerArgs> table = {
      field("approval", &AnswerArgs::approval, "such as a4").required(),
      field("why", &AnswerArgs::why, "told to the agent").required()};
  return table;
}

std::string list_of(const std::vector<std::string>& jobs) {
  return fmt::format("{}", fmt::join(jobs, ", "));
}

Result<Reply> list(const Call& call, const NoArgs&) {
  TRY(const auto open, call.service.approvals());
  Table table{{"approval", "project", "agent", "stage", "usd", "expires", "jobs", "why"}, {}};
  for (const ApprovalLine& line : open) {
    table.rows.push_back({line.handle, line.project, line.agent, line.stage, usd_cell(line.amount),
                          when(line.expires, call.clock.now()), list_of(line.jobs), line.why});
  }
  return Reply{.summary = plural(open.size(), "open approval") + ".",
               .data = {{"", std::move(table)}},
               .tokens_max = kDetailedTokens};
}

Result<Reply> approve(const Call& call, const AnswerArgs& args) {
  TRY(const ApprovalReply reply, call.service.approve(call.caller, args.approval, args.why));
  return Reply{
      .summary = fmt::format("{} is approved: {} queued, at most ${}.", reply.handle,
                             plural(reply.jobs.size(), "job"), format_usd(reply.reserved)) +
                 (reply.note.empty() ? "" : " " + reply.note),
      .data = {{"jobs", reply.jobs}, {"reserved_micro", micro_cell(reply.reserved)}}};
}

Result<Reply> deny(const Call& call, const AnswerArgs& args) {
  TRY(const ApprovalReply reply, call.service.deny(call.caller, args.approval, args.why));
  return Reply{.summary = fmt::format("{} is denied: {} cancelled.", reply.handle,
                                      plural(reply.jobs.size(), "job")),
               .data = {{"jobs", reply.jobs}}};
}

}  // namespace

Tool approvals_tool() {
  return make_tool({.name = "approvals",
                    .title = "Approvals",
                    .description = "What waits for a human.",
                    .read_only = true,
                    .idempotent = true,
                    .quick = true},
                   no_fields(), list);
}

Tool approve_tool() {
  return make_tool({.name = "approve",
                    .title = "Approve",
                    .description = "Says yes: decides the budget and queues what is held."},
                   approve_fields(), approve);
}

Tool deny_tool() {
  return make_tool({.name = "deny",
                    .title = "Deny",
                    .description = "Says no: what is held is cancelled.",
                    .destructive = true},
                   deny_fields(), deny);
}

}  // namespace pawl
