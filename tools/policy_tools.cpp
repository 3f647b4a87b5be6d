// The policy files as a proposal: the operator's, never an agent's.
#include <fmt/format.h>

#include "tools/all_tools.h"
#include "tools/job_table.h"

namespace pawl {
namespace {

struct NoArgs {};

struct ApproveArgs {
  std::string digest;
};

const Fields<ExplainRequest>& explain_fields() {
  static const Fields<ExplainRequest> table = {
      field("stage", &ExplainRequest::stage, "absent: every stage"),
      field("agent", &ExplainRequest::agent, "as this agent; absent: you")};
  return table;
}

const Fields<NoArgs>& no_fields() {
  static const Fields<NoArgs> table;
  return table;
}

const Fields<ApproveArgs>& approve_fields() {
  static const Fields<ApproveArgs> table = {field(
      "digest", &ApproveArgs::digest, "of the files that were looked at; absent: as they are")};
  return table;
}

Table table_of(const PolicyChanges& changes) {
  Table table{.columns = {"key", "in_force", "proposed", "place"}, .rows = {}};
  for (const PolicyChange& change : changes)
    table.rows.push_back({change.key, change.before, change.after, change.source});
  return table;
}

Result<Reply> diff(const Call& call, const NoArgs&) {
  TRY(const Proposal proposal, call.service.policy_proposal());
  const bool waits = !proposal.pending.empty();
  return Reply{
      .summary = waits ? plural(proposal.pending.size(), "looser value") + " of the policy files " +
                             (proposal.pending.size() == 1 ? "waits" : "wait") + " for an approval."
                       : std::string("The policy files are in force as they stand."),
      .data = {{"digest", proposal.digest}, {"", table_of(proposal.pending)}},
      .tokens_max = kDetailedTokens};
}

Result<Reply> approve(const Call& call, const ApproveArgs& args) {
  TRY(const PolicyApproval approval, call.service.approve_policy(call.caller, args.digest));
  return Reply{.summary = "The policy files are in force; " +
                          plural(approval.changes.size(), "value") + " changed." +
                          (approval.note.empty() ? "" : " " + approval.note),
               .data = {{"", table_of(approval.changes)}},
               .tokens_max = kDetailedTokens};
}

Result<Reply> explain(const Call& call, const ExplainRequest& request) {
  TRY(std::string text, call.service.explain_policy(call.caller, request));
  return Reply{.summary = "In force now.",
               .data = {{"rules", std::move(text)}},
               .tokens_max = kDetailedTokens};
}

Result<Reply> log(const Call& call, const NoArgs&) {
  TRY(const auto events, call.service.policy_log());
  Table table{.columns = {"at", "what"}, .rows = {}};
  for (const EventRow& event : events)
    table.rows.push_back({when(event.at, call.clock.now()), event.text});
  return Reply{.summary = plural(events.size(), "change") + " of the policy.",
               .data = {{"", std::move(table)}},
               .tokens_max = kDetailedTokens};
}

}  // namespace

Tool policy_diff_tool() {
  return make_tool({.name = "policy_diff",
                    .title = "What waits",
                    .description = "What the policy files ask for beyond what is in force.",
                    .idempotent = true,
                    .quick = true},
                   no_fields(), diff);
}

Tool policy_approve_tool() {
  return make_tool({.name = "policy_approve",
                    .title = "Approve the policy files",
                    .description = "Puts the policy files in force, whole.",
                    .destructive = true,
                    .idempotent = true,
                    .quick = true},
                   approve_fields(), approve);
}

Tool policy_explain_tool() {
  return make_tool({.name = "policy_explain",
                    .title = "The policy in force",
                    .description = "What holds for a stage and why, and what waits for approval.",
                    .idempotent = true,
                    .quick = true},
                   explain_fields(), explain);
}

Tool policy_log_tool() {
  return make_tool({.name = "policy_log",
                    .title = "Changes of the policy",
                    .description = "What was tightened and approved, and by whom.",
                    .read_only = true,
                    .idempotent = true,
                    .quick = true},
                   no_fields(), log);
}

}  // namespace pawl
