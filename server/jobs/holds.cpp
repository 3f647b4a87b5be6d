#include "server/jobs/holds.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/core/digest.h"
#include "server/core/text.h"
#include "server/jobs/admission.h"
#include "server/jobs/handles.h"
#include "server/jobs/tell.h"
#include "server/store/setbacks.h"

namespace pawl {
namespace {

constexpr std::chrono::hours kStopLossExpires{8};  // an [[approve]] rule says its own

Result<std::optional<Hold>> stopped(Reader& reader, const AdmissionRequest& request) {
  for (const StopLossRule& rule : request.policy.stop_losses) {
    if (rule.action != StopAction::kHold) continue;
    TRY(const StopLossFacts facts, facts_of(reader, request.project.id, rule, request.now));
    auto why = stopped_by(rule, facts);
    if (why)
      return Hold{.why = *std::move(why), .stop_loss = rule.name, .expires = kStopLossExpires};
  }
  return std::optional<Hold>();
}

}  // namespace

Result<StopLossFacts> facts_of(Reader& reader, ProjectId project, const StopLossRule& rule,
                               Timestamp now) {
  TRY(const auto approved, last_approved(reader, project, rule.name));
  SetbackFilter filter{.project = project, .not_stage = kEnvironmentStage, .after = {}};
  filter.after = approved.value_or(Timestamp());
  StopLossFacts facts{.now = now};
  if (rule.experiments_without_improvement) {
    TRY(facts.without_improvement, ended_since_keep(reader, filter));
    return facts;
  }
  filter.after = std::max(filter.after, now - rule.within - Milliseconds(1));
  TRY(const auto rows, setbacks(reader, filter));
  for (const Setback& row : rows) facts.failures.push_back({row.at, row.signature});
  return facts;
}

Result<std::optional<Hold>> hold_of(Reader& reader, const AdmissionRequest& request, Money worst) {
  TRY(std::optional<Hold> hold, stopped(reader, request));
  if (!hold) {
    const ApproveRule* const rule = needs_approval(request.policy, request.stage, worst);
    if (rule == nullptr) return std::optional<Hold>();
    hold = Hold{
        .why = describe(*rule, request.stage, worst), .stop_loss = {}, .expires = rule->expires};
  }
  hold->worst = worst;
  return hold;
}

std::string digest_of(const std::string& stage, Money amount, const std::vector<JobRow>& jobs) {
  std::string text = fmt::format("{}\n{}\n", stage, amount.micros());
  for (const JobRow& job : jobs) text += job.content_hash + "\n";
  return sha256_hex(text);
}

Result<ApprovalId> open_question(Transaction& transaction, const AdmissionRequest& request,
                                 const Hold& hold, const std::vector<JobRow>& held) {
  std::vector<JobId> ids;
  for (const JobRow& job : held) ids.push_back(job.id);
  TRY(const ApprovalId id,
      open_approval(transaction,
                    {.project = request.project.id,
                     .principal = request.principal,
                     .agent = request.agent,
                     .stage = request.stage,
                     .request_hash = digest_of(request.stage, hold.worst, held),
                     .amount = hold.worst,
                     .why = hold.why,
                     .stop_loss = hold.stop_loss,
                     .expires = request.now + hold.expires},
                    ids));
  const std::string handle = approval_handle(id.value);
  const std::string subject =
      fmt::format("{}: {} x {} of {}, at most ${}", handle, held.size(), request.stage,
                  request.project.name, format_usd(hold.worst));
  const std::string text =
      fmt::format("{}\nFirst: {}\n`pawl approve {}` or `pawl deny {} --why ...` within {}.",
                  hold.why, held.front().title, handle, handle, format_duration(hold.expires));
  CHECK_OK(tell(transaction, request.policy,
                {.kind = "approval.needed", .subject = subject, .text = text, .once = handle}));
  return id;
}

}  // namespace pawl
