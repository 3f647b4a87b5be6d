// The life of a job. The table below is the whole truth: the store refuses any change that is not
// one of its rows, and docs/ARCHITECTURE.md draws it.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pawl {

enum class JobState : std::uint8_t {
  kHeld,      // waits for a human; nothing is reserved
  kQueued,    // admitted, money reserved; the scheduler moves it on
  kStarting,  // claimed: an intent row with the attempt's token is durable; a crash here is settled
              // by the launch protocol
  kRunning,   // the keeper has confirmed the start; survives a crash of the server by adoption
  kEvaluating,  // the evaluator judges the artifacts
  kCancelling,  // asked to stop; only confirmed death moves it on
  kSucceeded,
  kFailed,
  kTimedOut,
  kCancelled,
};

enum class JobEvent : std::uint8_t {
  kApproved,       // a human said yes
  kClaimed,        // a slot and the money for it are taken
  kStarted,        // the keeper confirmed the start
  kExitedWell,     // exit 0 and the goal metric is there
  kExitedBadly,    // any other end of the user's command, or a lost runner with no retry left
  kDeadline,       // the keeper stopped it at its limit
  kCancelAsked,    // by an agent or a human
  kConfirmedDead,  // nothing of the attempt is alive any more
  kRetry,          // the attempt is proven dead and the job goes back to the queue
  kEvaluation,     // training ended well and an evaluator is named
};

struct Transition {
  JobState from;
  JobEvent event;
  JobState to;
};

inline constexpr std::array kTransitions = {
    Transition{JobState::kHeld, JobEvent::kApproved, JobState::kQueued},
    Transition{JobState::kHeld, JobEvent::kCancelAsked, JobState::kCancelled},
    Transition{JobState::kQueued, JobEvent::kClaimed, JobState::kStarting},
    Transition{JobState::kQueued, JobEvent::kCancelAsked, JobState::kCancelled},
    Transition{JobState::kQueued, JobEvent::kExitedBadly,
               JobState::kFailed},  // what it needs could not be built
    Transition{JobState::kStarting, JobEvent::kStarted, JobState::kRunning},
    Transition{JobState::kStarting, JobEvent::kExitedWell,
               JobState::kSucceeded},  // ended before we heard of its start
    Transition{JobState::kStarting, JobEvent::kExitedBadly, JobState::kFailed},
    Transition{JobState::kStarting, JobEvent::kDeadline, JobState::kTimedOut},
    Transition{JobState::kStarting, JobEvent::kRetry, JobState::kQueued},
    Transition{JobState::kStarting, JobEvent::kCancelAsked, JobState::kCancelling},
    Transition{JobState::kRunning, JobEvent::kEvaluation, JobState::kEvaluating},
    Transition{JobState::kRunning, JobEvent::kExitedWell, JobState::kSucceeded},
    Transition{JobState::kRunning, JobEvent::kExitedBadly, JobState::kFailed},
    Transition{JobState::kRunning, JobEvent::kDeadline, JobState::kTimedOut},
    Transition{JobState::kRunning, JobEvent::kRetry, JobState::kQueued},
    Transition{JobState::kRunning, JobEvent::kCancelAsked, JobState::kCancelling},
    Transition{JobState::kEvaluating, JobEvent::kExitedWell, JobState::kSucceeded},
    Transition{JobState::kEvaluating, JobEvent::kExitedBadly, JobState::kFailed},
    Transition{JobState::kEvaluating, JobEvent::kDeadline, JobState::kTimedOut},
    Transition{JobState::kEvaluating, JobEvent::kRetry, JobState::kQueued},
    Transition{JobState::kEvaluating, JobEvent::kCancelAsked, JobState::kCancelling},
    Transition{JobState::kCancelling, JobEvent::kConfirmedDead, JobState::kCancelled},
};

constexpr std::optional<JobState> next(JobState from, JobEvent event) {
  for (const Transition& t : kTransitions) {
    if (t.from == from && t.event == event) return t.to;
  }
  return std::nullopt;
}

constexpr bool is_final(JobState state) {
  return std::ranges::none_of(kTransitions, [=](const Transition& t) { return t.from == state; });
}

// An attempt of the job may be alive: it holds a slot and its reservation is open.
constexpr bool is_live(JobState state) {
  return state == JobState::kStarting || state == JobState::kRunning ||
         state == JobState::kEvaluating || state == JobState::kCancelling;
}

static_assert(is_final(JobState::kSucceeded) && is_final(JobState::kFailed) &&
              is_final(JobState::kTimedOut) && is_final(JobState::kCancelled));
static_assert(!is_final(JobState::kHeld) && !is_final(JobState::kQueued) &&
              !is_final(JobState::kCancelling));
static_assert(next(JobState::kCancelling, JobEvent::kRetry) ==
              std::nullopt);  // once cancelling, only an end follows

// Why a job is where it is. Text is made at the edge.
enum class Reason : std::uint8_t {
  kNone,
  kNoSlot,           // queued: every allowed pool is busy
  kConcurrency,      // queued: max_concurrent of the policy
  kBudget,           // queued: the window it would run in has no room for its worst case now
  kQuiet,            // queued: it could still run inside a quiet window
  kLaunchesStopped,  // queued: the ledger does not add up, or the disk is nearly full
  kRetrying,         // queued: an earlier attempt ended and another is allowed
  kApproval,         // held
  kCompleted,        // exit 0 with the goal metric
  kUserCode,         // the command ended with a code or a signal of its own
  kBuild,            // the build step ended with a code
  kNoMetric,         // exit 0, but the goal metric is missing or not a finite number
  kEnvironment,      // what it runs in: being built (queued); missing, changed or not built
  kDeadline,         // the keeper stopped it at its limit
  kRunnerLost,       // the attempt is dead and left no record
  kPreempted,        // the machine was taken away
  kLaunch,           // the attempt could not be prepared or started
  kCancelled,        // asked for by an agent or a human
};

// Words used everywhere: replies, SQL, CLI, logs.
std::string_view name_of(JobState state);
std::string_view name_of(Reason reason);
std::optional<JobState> job_state(std::string_view name);
std::optional<Reason> reason(std::string_view name);

}  // namespace pawl
