#include "server/simulation/simulated_server.h"

#include <fstream>

#include "server/source/new_repository.h"

namespace pawl::simulation {

Result<void> lay_ground(const Paths& paths, const std::map<std::string, std::string>& policy,
                        const std::string& project) {
  const std::filesystem::path user = paths.state / "user";
  std::error_code error;
  std::filesystem::create_directories(paths.policies(), error);
  std::filesystem::create_directories(user, error);
  if (error)
    return fail(ErrorKind::kEngine, "could not create " + user.string() + ": " + error.message());
  for (const auto& [name, text] : policy)
    std::ofstream(paths.policies() / name, std::ios::binary) << text;
  return make_repository(user, {{"pawl.toml", project}});
}

SimulatedServer::SimulatedServer(const Ground& ground, std::unique_ptr<Store> store)
    : store_(std::move(store)),
      time_(ground.clock, "simulation"),
      rules_(ground.paths.policies(), ground.paths.policy_in_force()),
      sources_(*store_, ground.paths),
      world_{.store = *store_,
             .clock = ground.clock,
             .time = time_,
             .rules = rules_,
             .sources = sources_,
             .bell = bell_,
             .paths = ground.paths,
             .machine = ground.machine,
             .rehearses = true,
             .version = "simulation"},
      news_(bell_),
      service_(world_),
      scheduler_(world_, ground.runner, news_, 0) {}

Result<std::unique_ptr<SimulatedServer>> SimulatedServer::open(const Ground& ground) {
  TRY(auto store, Store::open(ground.in_memory ? ":memory:" : ground.paths.database(), ground.clock,
                              {.durability = Durability::kNone}));
  std::unique_ptr<SimulatedServer> server(new SimulatedServer(ground, std::move(store)));
  CHECK_OK(server->time_.load(*server->store_));
  CHECK_OK(server->rules_.load());
  return server;
}

}  // namespace pawl::simulation
