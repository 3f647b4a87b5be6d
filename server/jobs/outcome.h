// What the end of an attempt means for its job: a pure function of the exit record, the goal metric
// and how often this kind of end was already retried.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/job.h"
#include "server/records/status.h"

namespace pawl {

enum class GoalMetric : std::uint8_t { kPresent, kMissing, kNotFinite };

struct AttemptFacts {
  ExitRecord record;
  GoalMetric goal = GoalMetric::kMissing;
  std::string metric;            // the goal's key, for the text
  bool cancelling = false;       // somebody asked before it ended
  std::int32_t lost_before = 0;  // earlier attempts of the job that ended as lost
  std::int32_t preempted_before = 0;
  std::string taken_back{};         // why the server itself took the machine; empty: it did not
  std::int32_t failed_before = 0;   // ... by the user's code
  std::int32_t failed_retries = 0;  // the policy's max_retries: for the user's code only
  // The attempt built an environment: no metric is asked of it, and its end is final.
  bool environment = false;
  bool sandbox = false;  // nothing is asked of it, and its end is final
  // Of a build: why what it left cannot be used; empty: it can. Of a sandbox: why its time was
  // over.
  std::string problem;
};

struct Ending {
  JobEvent event{};
  Reason reason{};
  std::string detail;  // one line: the fact with its value
};

inline constexpr std::int32_t kLostRetries = 2;  // a lost runner is not the user's fault
inline constexpr std::int32_t kPreemptions =
    10;  // spot machines are taken away as a matter of course
inline constexpr std::int32_t kLaunchRetries = 2;  // nor is a launch that failed

// Outcomes of attempts that left no exit record because nothing of them ever ran.
inline constexpr std::string_view kNeverLaunched =
    "never_launched";  // the server ended first; not counted (Q13)
inline constexpr std::string_view kLaunchFailed = "launch_failed";
inline constexpr std::string_view kNotPrepared =
    "not_prepared";  // what it needs is missing or changed: another try would end the same

Ending ending_of(const AttemptFacts& facts);

// An attempt that was never launched: it cost nothing.
struct FailedLaunch {
  std::string_view outcome;  // one of the three above
  std::int32_t failed_before = 0;
  bool cancelling = false;
  std::string why;
};
Ending ending_of_failed_launch(const FailedLaunch& launch);

}  // namespace pawl
