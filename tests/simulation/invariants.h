// What has to hold after every event, whatever happened: read from the store and from the engine,
// never from the server's own idea of itself.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "server/core/budget.h"
#include "server/simulation/simulated_runner.h"
#include "server/store/jobs.h"
#include "server/store/store.h"
#include "tests/simulation/plan.h"

namespace pawl::simulation {

// The ceilings that the policy files in force write down.
struct Caps {
  Money total, day;
};

class Invariants {
 public:
  Invariants(const SimulatedRunner& engine, const SandboxPolicy& sandbox)
      : engine_(engine), sandbox_(sandbox) {}

  // The first promise that is broken, or empty. `quiet`: the server is up and has heard everything.
  std::string broken(Store& store, const Caps& caps, bool quiet);
  std::string broken_ledger(Store& store);  // slower: reads every row
  // When everything has ended.
  std::string broken_at_rest(Store& store);

 private:
  std::string check(Reader& reader, const Caps& caps, bool quiet);
  std::string check_caps(const BudgetView& view, const Caps& caps);
  std::string check_jobs(Reader& reader, const std::vector<JobRow>& jobs, bool quiet);

  const SimulatedRunner& engine_;  // these two outlive us
  const SandboxPolicy& sandbox_;
  std::map<JobId, JobState> ended_;
  std::map<WindowId, Money> committed_;  // reserved and spent, at the last look
};

}  // namespace pawl::simulation
