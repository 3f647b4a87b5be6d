// What can be wrong with a server, as switches: each breaks one promise, so that the checks can
// show that they would notice. And the runner through which a plan crashes the server in the middle
// of a launch.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "server/simulation/simulated_runner.h"

namespace pawl::simulation {

enum class Fault : std::uint8_t {
  kNone,
  kSkipsAncestor,      // a hold has no line in the global window
  kSettlesTwice,       // what an attempt cost is booked once more
  kIgnoresCap,         // the policy's ceiling is not the one that counts
  kForgetsIntents,     // a new server does not ask what became of the last one's attempts
  kReleasesTheLiving,  // "not known" counts as "never launched" although the attempt runs
  kLaunchesTwice,      // an attempt that runs is launched once more beside itself
  kBillsPastRecord,    // the engine bills longer than the record says
  kBelievesForever,    // an attempt that ended counts as alive
  kOutcomeByTime,      // an attempt's end depends on when it was launched

  kGrantsUnpaid,          // a sandbox's keeper hears of a slice for which nothing is reserved
  kGrantsAllAtOnce,       // ... of all that it may ever have, when it is launched
  kTellsNoKeeper,         // what was paid for reaches none
  kSliceSkipsAncestor,    // a further slice has no line in the global window
  kIgnoresSandboxLimits,  // the policy's [sandbox] is not the one that counts
};
inline constexpr std::array kFaults = {
    Fault::kSkipsAncestor,      Fault::kSettlesTwice,        Fault::kIgnoresCap,
    Fault::kForgetsIntents,     Fault::kReleasesTheLiving,   Fault::kLaunchesTwice,
    Fault::kBillsPastRecord,    Fault::kBelievesForever,     Fault::kOutcomeByTime,
    Fault::kGrantsUnpaid,       Fault::kGrantsAllAtOnce,     Fault::kTellsNoKeeper,
    Fault::kSliceSkipsAncestor, Fault::kIgnoresSandboxLimits};
std::string_view name_of(Fault fault);

struct Crash {};  // thrown where the server dies

class FaultyRunner final : public Runner {
 public:
  FaultyRunner(SimulatedRunner& runner, Fault fault) : runner_(runner), fault_(fault) {}

  enum class Armed : std::uint8_t { kNot, kBeforeLaunch, kAfterLaunch };
  void arm(Armed armed) { armed_ = armed; }

  Result<void> launch(const LaunchSpec& spec) override;
  void stop(const AttemptRef& attempt) override { runner_.stop(attempt); }
  Result<Recovered> recover(const AttemptRef& attempt) override;

 private:
  void die_if(Armed here);

  SimulatedRunner& runner_;  // outlives us
  const Fault fault_;
  Armed armed_ = Armed::kNot;
};

}  // namespace pawl::simulation
