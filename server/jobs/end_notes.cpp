#include "server/jobs/end_notes.h"

#include <fmt/format.h>

#include "server/jobs/environment.h"
#include "server/jobs/holds.h"
#include "server/jobs/tell.h"
#include "server/store/setbacks.h"

namespace pawl {
namespace {

// Empty for ends that are nobody's mistake.
std::string signature_of(const JobEnd& end) {
  switch (end.ending.reason) {
    case Reason::kUserCode:
    case Reason::kBuild:
      return end.signature.empty() ? std::string(name_of(end.ending.reason)) : end.signature;
    case Reason::kDeadline:
    case Reason::kNoMetric:
      return std::string(name_of(end.ending.reason));
    default:
      return "";
  }
}

Result<void> tell_stopped(Transaction& transaction, const JobEnd& end, const StopLossRule& rule) {
  TRY(const StopLossFacts facts, facts_of(transaction, end.project.id, rule, transaction.now()));
  if (!newly_stopped(rule, facts)) return {};
  return tell_always(transaction, end.policy,
                     {.kind = "stop_loss",
                      .subject = fmt::format("{}: stop-loss {}", end.project.name, rule.name),
                      .text = *stopped_by(rule, facts),
                      .once = fmt::format("stop_loss/{}/{}", rule.name, end.job.id.value)});
}

}  // namespace

Result<void> note_end(Transaction& transaction, const JobEnd& end) {
  const auto state = next(end.job.state, end.ending.event);
  const bool counts = state && is_final(*state) && *state != JobState::kCancelled;
  if (!counts || is_environment(end.job) || end.job.sandbox) return {};
  const std::string signature = *state == JobState::kSucceeded ? std::string() : signature_of(end);
  if (!signature.empty()) CHECK_OK(note_signature(transaction, end.job.id, signature));
  for (const StopLossRule& rule : end.policy.stop_losses) {
    if (rule.action == StopAction::kNotify) CHECK_OK(tell_stopped(transaction, end, rule));
  }
  return {};
}

}  // namespace pawl
