#include "tests/model/explore.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace pawl::model {
namespace {

struct Hash {
  std::size_t operator()(const World& world) const {
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(&world), sizeof world});
  }
};

struct Origin {
  std::size_t from;
  const char* step;
};

void count(const World& world, Coverage& coverage) {
  const bool paid = world.stage == Stage::kDone && world.settled > 0;
  coverage.done += paid ? 1 : 0;
  coverage.second_attempt_done += paid && world.attempt == 2 ? 1 : 0;
  coverage.adopted += world.adopted ? 1 : 0;
  coverage.declared_dead += world.declared_dead ? 1 : 0;
  coverage.two_crashes += world.crashes == 2 ? 1 : 0;
}

std::vector<std::string> path_to(std::size_t i, const std::vector<World>& worlds,
                                 const std::vector<Origin>& origins) {
  std::vector<std::string> path;
  for (; i != 0; i = origins[i].from)
    path.push_back("t=" + std::to_string(worlds[i].now) + " " + origins[i].step);
  std::ranges::reverse(path);
  return path;
}

}  // namespace

Exploration explore(const Protocol& protocol) {
  std::vector<World> worlds = {World{}};
  std::vector<Origin> origins = {{0, "submit"}};
  std::unordered_map<World, bool, Hash> seen = {{World{}, true}};
  Exploration result;
  for (std::size_t i = 0; i < worlds.size() && !result.violation; ++i) {
    const World world = worlds[i];
    count(world, result.coverage);
    result.violation = violation(world);
    if (result.violation) result.path = path_to(i, worlds, origins);
    steps(protocol, world, [&](const World& next, const char* step) {
      if (!seen.emplace(next, true).second) return;
      worlds.push_back(next);
      origins.push_back({i, step});
    });
  }
  result.worlds = static_cast<std::int64_t>(worlds.size());
  return result;
}

}  // namespace pawl::model
