// What every part of the service stands on. main builds it, bottom up; all of it outlives the
// service.
#pragma once
#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/jobs/bell.h"
#include "server/jobs/paths.h"
#include "server/jobs/project_sources.h"
#include "server/jobs/rules_folder.h"
#include "server/jobs/trusted_clock.h"
#include "server/jobs/waiting.h"
#include "server/placement/placement.h"
#include "server/runner/inventory.h"
#include "server/store/store.h"

namespace pawl {

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
  std::string version;
  std::filesystem::path home{};            // of the human: "~" in a volume's source
  std::vector<std::string> network_env{};  // NAME=VALUE, for builds of environments only
  WaitingReasons waiting;
  std::atomic<bool> cancels_asked = true;  // some job may be cancelling: its keeper has to be told
  std::atomic<bool> launches_stopped =
      false;  // the ledger does not add up, or the disk is nearly full
};

// What each pool has, and what live attempts hold of it, at one instant of the ledger.
Result<Inventory> inventory(Reader& reader, const Rules& rules, const Machine& machine);

}  // namespace pawl
