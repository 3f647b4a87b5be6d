// A whole night by a virtual clock: an agent that behaves as a scenario says submits to the real
// service; scheduler, placement, policy and ledger are the real ones too.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/core/money.h"
#include "server/core/result.h"
#include "server/policy/diagnostic.h"
#include "server/policy/scenario.h"

namespace pawl::simulation {

struct NightSetup {
  ScenarioSetup setup;
  Milliseconds night{0};
  Money budget;
  ScenarioQuality quality;
  std::vector<SourceText> policy{};  // empty: only the budget limits
  std::uint64_t seed = 1;
};

struct Night {
  std::int64_t submitted = 0, valid = 0, failed = 0, unfinished = 0, attempts = 0, refused = 0;
  std::map<std::string, std::int64_t> refusals;  // the policy's line -> how often
  // GPU time, and what it cost. Idle: of pools that are held.
  Milliseconds trained{0}, overhead{0}, wasted{0}, idle{0};
  Money for_training, for_overhead, for_failed, for_idle;
  Milliseconds wait_p50{0}, wait_p90{0};  // from the submit to the first start
  Milliseconds lasted{0};
  double start = 0;
  std::optional<double> best;

  Milliseconds paid() const { return trained + overhead + wasted + idle; }
  Money bill() const { return for_training + for_overhead + for_failed + for_idle; }
  double useful() const;  // share of the paid GPU time that trained
};

Result<Night> simulate(const NightSetup& setup);

double measured(const Night& night, Measure measure);

}  // namespace pawl::simulation
