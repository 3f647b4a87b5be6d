#include "server/jobs/outcome.h"

#include <utility>

#include "server/core/text.h"

namespace pawl {
namespace {

// Fails, or goes back to the queue while this kind of end has retries left.
Ending fail_or_retry(bool retry, Reason reason, std::string detail) {
  if (retry) return {JobEvent::kRetry, Reason::kRetrying, std::move(detail) + "; trying again"};
  return {JobEvent::kExitedBadly, reason, std::move(detail)};
}

Ending exited(const AttemptFacts& facts) {
  const ExitRecord& record = facts.record;
  const bool building = record.phase == AttemptPhase::kBuild;
  if (record.exit_code == 0 && !building) {
    if (facts.goal == GoalMetric::kPresent) return {JobEvent::kExitedWell, Reason::kCompleted, ""};
    const char* const what =
        facts.goal == GoalMetric::kMissing ? "\" was never printed" : "\" is not a finite number";
    return {JobEvent::kExitedBadly, Reason::kNoMetric,
            "exit 0, but the goal metric \"" + facts.metric + what};
  }
  const std::string code = "exit code " + std::to_string(record.exit_code.value_or(-1));
  if (building)
    return {JobEvent::kExitedBadly, Reason::kBuild, "the build step ended with " + code};
  return fail_or_retry(facts.failed_before < facts.failed_retries, Reason::kUserCode,
                       "the command ended with " + code);
}

// Once more would fetch and fail the same: the next submit tries again.
Ending built(const AttemptFacts& facts) {
  const ExitRecord& record = facts.record;
  if (record.outcome == Outcome::kExited && record.exit_code == 0 && facts.problem.empty())
    return {JobEvent::kExitedWell, Reason::kCompleted, ""};
  if (record.outcome == Outcome::kExited && record.exit_code == 0)
    return {JobEvent::kExitedBadly, Reason::kEnvironment, facts.problem};
  const std::string how = record.outcome == Outcome::kExited
                              ? "exit code " + std::to_string(record.exit_code.value_or(-1))
                              : "signal " + std::to_string(record.signal.value_or(0));
  return {JobEvent::kExitedBadly, Reason::kEnvironment,
          how + (facts.problem.empty() ? "" : ": " + facts.problem)};
}

// Paid, and counted apart from retries: nothing of it is the user's fault.
Ending preempted(const AttemptFacts& facts) {
  const std::string fact =
      (facts.taken_back.empty() ? "its machine was taken away" : facts.taken_back) + " after " +
      format_duration(facts.record.billed);
  if (facts.preempted_before < kPreemptions)
    return {JobEvent::kRetry, Reason::kPreempted, fact + "; it goes on when there is room"};
  return {JobEvent::kExitedBadly, Reason::kPreempted,
          fact + ", as " + std::to_string(kPreemptions) + " times before"};
}

// A second attempt would be another sandbox: what its agent had made in it would be gone.
Ending closed(const AttemptFacts& facts) {
  const ExitRecord& record = facts.record;
  switch (record.outcome) {
    case Outcome::kDeadline:
      return {JobEvent::kDeadline, Reason::kDeadline,
              facts.problem + " after " + format_duration(record.billed)};
    case Outcome::kPreempted:
      return {JobEvent::kExitedBadly, Reason::kPreempted,
              (facts.taken_back.empty() ? "its machine was taken away" : facts.taken_back) +
                  " after " + format_duration(record.billed)};
    case Outcome::kLost:
      return {JobEvent::kExitedBadly, Reason::kRunnerLost, "its keeper died without a record"};
    case Outcome::kNotStarted:
      return {JobEvent::kExitedBadly, Reason::kEnvironment, record.error};
    case Outcome::kExited:
    case Outcome::kSignaled:
    case Outcome::kCancelled:
      return {JobEvent::kExitedBadly, Reason::kUserCode, "ended from inside or by hand"};
  }
  __builtin_unreachable();
}

}  // namespace

Ending ending_of(const AttemptFacts& facts) {
  const ExitRecord& record = facts.record;
  if (facts.cancelling)
    return {JobEvent::kConfirmedDead, Reason::kCancelled, "cancelled; nothing of it is alive"};
  if (facts.sandbox) return closed(facts);
  switch (record.outcome) {
    case Outcome::kExited:
      return facts.environment ? built(facts) : exited(facts);
    case Outcome::kSignaled:
      if (facts.environment) return built(facts);
      return fail_or_retry(
          facts.failed_before < facts.failed_retries, Reason::kUserCode,
          "the command was ended by signal " + std::to_string(record.signal.value_or(0)));
    case Outcome::kDeadline:
      return {JobEvent::kDeadline, Reason::kDeadline,
              "stopped at its limit after " + format_duration(record.billed)};
    case Outcome::kCancelled:  // a stop that nobody asked for through us: somebody used the control
                               // socket
      return {JobEvent::kExitedBadly, Reason::kCancelled, "stopped from outside"};
    case Outcome::kNotStarted:
      return {JobEvent::kExitedBadly, Reason::kEnvironment, record.error};
    case Outcome::kLost:
      return fail_or_retry(facts.lost_before < kLostRetries, Reason::kRunnerLost,
                           "its keeper died without a record; charged " +
                               format_duration(record.billed) + ", the most it can have run");
    case Outcome::kPreempted:
      return preempted(facts);
  }
  __builtin_unreachable();
}

Ending ending_of_failed_launch(const FailedLaunch& launch) {
  if (launch.cancelling)
    return {JobEvent::kConfirmedDead, Reason::kCancelled, "cancelled before it was launched"};
  if (launch.outcome == kNotPrepared)
    return {JobEvent::kExitedBadly, Reason::kEnvironment, launch.why};
  return fail_or_retry(launch.failed_before < kLaunchRetries, Reason::kLaunch,
                       "could not be launched: " + launch.why);
}

}  // namespace pawl
