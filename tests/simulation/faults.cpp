#include "tests/simulation/faults.h"

#include <utility>

namespace pawl::simulation {

std::string_view name_of(Fault fault) {
  switch (fault) {
    case Fault::kNone:
      return "as built";
    case Fault::kSkipsAncestor:
      return "a hold skips the global window";
    case Fault::kSettlesTwice:
      return "settled twice";
    case Fault::kIgnoresCap:
      return "the cap is not the policy's";
    case Fault::kForgetsIntents:
      return "no recovery after a restart";
    case Fault::kReleasesTheLiving:
      return "released while alive";
    case Fault::kLaunchesTwice:
      return "launched twice";
    case Fault::kBillsPastRecord:
      return "billed past the record";
    case Fault::kBelievesForever:
      return "the dead count as alive";
    case Fault::kOutcomeByTime:
      return "the outcome depends on when";
    case Fault::kGrantsUnpaid:
      return "a slice is granted unpaid";
    case Fault::kGrantsAllAtOnce:
      return "a sandbox is granted its maximum at once";
    case Fault::kTellsNoKeeper:
      return "a keeper hears of no slice";
    case Fault::kSliceSkipsAncestor:
      return "a slice skips the global window";
    case Fault::kIgnoresSandboxLimits:
      return "the limits of a sandbox are not the policy's";
  }
  __builtin_unreachable();
}

void FaultyRunner::die_if(Armed here) {
  if (armed_ != here) return;
  armed_ = Armed::kNot;
  throw Crash{};
}

Result<void> FaultyRunner::launch(const LaunchSpec& spec) {
  die_if(Armed::kBeforeLaunch);
  LaunchSpec meant = spec;
  if (fault_ == Fault::kGrantsAllAtOnce) meant.limit = spec.lease.value_or(spec.limit);
  auto launched = runner_.launch(meant);
  if (fault_ == Fault::kLaunchesTwice) {
    LaunchSpec again = spec;
    again.attempt.id.number += 1000;
    (void)runner_.launch(again);
  }
  die_if(Armed::kAfterLaunch);
  return launched;
}

Result<Recovered> FaultyRunner::recover(const AttemptRef& attempt) {
  TRY(const Recovered fate, runner_.recover(attempt));
  if (fault_ == Fault::kReleasesTheLiving && fate == Recovered::kAlive)
    return Recovered::kNeverLaunched;
  if (fault_ == Fault::kBelievesForever && fate != Recovered::kNeverLaunched)
    return Recovered::kAlive;
  return fate;
}

}  // namespace pawl::simulation
