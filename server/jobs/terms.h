// What a stage means for one caller: limits, where it may run, and the most that one attempt can
// cost. Pure.
#pragma once
#include <optional>

#include "server/budget/estimate.h"
#include "server/placement/placement.h"
#include "server/policy/effective.h"
#include "server/policy/rules.h"
#include "server/store/jobs.h"

namespace pawl {

inline constexpr std::chrono::seconds kGrace{10};       // between SIGTERM and SIGKILL
inline constexpr std::chrono::seconds kReportDelay{5};  // from the kill to confirmed death

struct TermsRequest {
  std::string principal, stage;
  std::optional<std::int64_t> gpus, minutes_max;
  std::optional<Milliseconds>
      slice{};  // of a sandbox: its first; the stage's limit does not bind it
};

struct Terms {
  StageRules rules;  // but its pools: there may be a thousand
  PlaceRequest place;
  std::int32_t gpus = 0;
  Milliseconds limit{0};  // of one attempt, build included
  Placement dearest;      // of all offers that it may land on
  Milliseconds worst_time{0};
  Amount worst;  // a ceiling over all of them
};

Result<Terms> terms_for(const Rules& rules, const TermsRequest& request,
                        const Inventory& inventory);

// The same for a job that stands, with its own GPUs and limit, under the rules of now.
Result<Terms> terms_of_job(const Rules& rules, const NewJob& job, const Inventory& inventory);

// The same where a pool takes so long to start: never more than the terms' own.
Milliseconds worst_time_after(Milliseconds startup, Milliseconds limit);

}  // namespace pawl
