#include "server/core/job.h"

namespace pawl {
namespace {

constexpr std::array kStates = {"held",       "queued",    "starting", "running",   "evaluating",
                                "cancelling", "succeeded", "failed",   "timed_out", "cancelled"};
constexpr std::array kReasons = {
    "none",        "no_slot",  "concurrency", "budget",    "quiet",  "launches_stopped",
    "retrying",    "approval", "completed",   "user_code", "build",  "no_metric",
    "environment", "deadline", "runner_lost", "preempted", "launch", "cancelled"};
static_assert(kStates.size() == static_cast<std::size_t>(JobState::kCancelled) + 1);
static_assert(kReasons.size() == static_cast<std::size_t>(Reason::kCancelled) + 1);

template <class Enum, std::size_t N>
std::optional<Enum> find(const std::array<const char*, N>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view name_of(JobState state) { return kStates.at(static_cast<std::size_t>(state)); }
std::string_view name_of(Reason reason) { return kReasons.at(static_cast<std::size_t>(reason)); }
std::optional<JobState> job_state(std::string_view name) { return find<JobState>(kStates, name); }
std::optional<Reason> reason(std::string_view name) { return find<Reason>(kReasons, name); }

}  // namespace pawl
