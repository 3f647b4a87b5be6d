// One life of a server: the same parts as the daemon builds, without a thread of its own. Whoever
// owns it moves the clock and calls turn(). Destroying it is the crash: nothing is said goodbye to.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "server/jobs/scheduler.h"
#include "server/jobs/service.h"
#include "server/jobs/world.h"
#include "server/store/store.h"

namespace pawl::simulation {

// What a server stands on and leaves behind. All outlive it.
struct Ground {
  Paths paths;
  const Clock& clock;
  Machine machine;
  Runner& runner;
  bool in_memory = false;  // the database, for one life
};

// Folders, the files of a policy folder, and a repository with the project in `paths.state/user`.
Result<void> lay_ground(const Paths& paths, const std::map<std::string, std::string>& policy,
                        const std::string& project);

class SimulatedServer {
 public:
  // Opens what the last life left.
  static Result<std::unique_ptr<SimulatedServer>> open(const Ground& ground);

  Store& store() { return *store_; }
  World& world() { return world_; }
  Service& service() { return service_; }
  Scheduler& scheduler() { return scheduler_; }
  void hear(RunnerEvent event) { news_.post(event); }
  Caller caller(const std::string& principal, const std::string& agent) const {
    return {principal, agent, (world_.paths.state / "user").string()};
  }

 private:
  SimulatedServer(const Ground& ground, std::unique_ptr<Store> store);

  std::unique_ptr<Store> store_;
  TrustedClock time_;
  RulesFolder rules_;
  ProjectSources sources_;
  Bell bell_;
  World world_;
  RunnerNews news_;
  Service service_;
  Scheduler scheduler_;
};

}  // namespace pawl::simulation
