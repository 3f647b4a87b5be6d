// What every part of the service stands on. main builds it, bottom up; all of it outlives the
// service.
#pragma once
#include <atomic>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "server/budget/history.h"
#include "server/core/clock.h"
#include "server/jobs/bell.h"
#include "server/jobs/commands_in_flight.h"
#include "server/jobs/configurations.h"
#include "server/jobs/heard.h"
#include "server/jobs/kept.h"
#include "server/jobs/paths.h"
#include "server/jobs/project_sources.h"
#include "server/jobs/rules_folder.h"
#include "server/jobs/trust.h"
#include "server/jobs/trusted_clock.h"
#include "server/jobs/waiting.h"
#include "server/placement/placement.h"
#include "server/runner/inventory.h"
#include "server/store/past_runs.h"
#include "server/store/store.h"

namespace pawl {

// What a project's results are ranked by.
struct RankedBy {
  ProjectId project;
  std::string metric;
  Direction direction = Direction::kMin;
  auto operator<=>(const RankedBy&) const = default;
};

struct World {
  Store& store;
  const Clock& clock;
  TrustedClock& time;
  RulesFolder& rules;
  ProjectSources& sources;
  Bell& bell;  // rung after every commit that somebody may wait for
  Paths paths;
  Machine machine;
  bool boxed = false;
  bool rehearses = false;  // attempts run no command: nothing is checked out or described for them
  Trust trust{};
  std::string version;
  std::string http{};                      // the address of the HTTP door; set before anybody asks
  std::filesystem::path home{};            // of the human: "~" in a volume's source
  std::vector<std::string> network_env{};  // NAME=VALUE, for builds of environments only
  WaitingReasons waiting;
  Heard heard;
  Kept<RankedBy, Configurations> measured;
  Kept<WorkKind, std::vector<PastRun>> past_runs;  // the newest of each kind
  CommandsInFlight commands;
  std::atomic<bool> cancels_asked = true;  // some job may be cancelling: its keeper has to be told
  std::atomic<bool> launches_stopped =
      false;                   // the ledger does not add up, or the disk is nearly full
  std::mutex results_written;  // one writer of results.tsv at a time
};

// The rules in force for a project: the human's, and what its repository tightens.
Result<std::shared_ptr<const Rules>> rules_of(World& world, const Project& project);

// The machine's GPUs of the pool's kind: slot 0 of the pool is the first of them.
std::vector<Gpu> gpus_of(const Pool& pool, const Machine& machine);

// GPUs of the pool's kind that this machine has, or its cores. A file that claims more than there
// is gets what there is.
std::int32_t units_of(const Pool& pool, const Machine& machine);

// What each pool has, and what live attempts hold of it, at one instant of the ledger.
Result<Inventory> inventory(Reader& reader, const Rules& rules, const Machine& machine);

// The same as a placement needs it: with the prices of today, and what runs of this project and
// stage showed on each.
struct PlacedWork {
  ProjectId project;
  const std::string& stage;
};
Result<Inventory> inventory_for(World& world, Reader& reader, const Rules& rules,
                                const PlacedWork& work);
// ... and what all runs there showed, whatever they were.
Result<Inventory> inventory_with_all(World& world, Reader& reader, const Rules& rules);

}  // namespace pawl
