#include <algorithm>
#include <iterator>

#include "server/jobs/world.h"
#include "server/store/attempts.h"

namespace pawl {

Result<std::shared_ptr<const Rules>> rules_of(World& world, const Project& project) {
  return world.sources.tightened(project, world.rules.rules());
}

std::vector<Gpu> gpus_of(const Pool& pool, const Machine& machine) {
  std::vector<Gpu> gpus;
  if (!pool.gpu) return gpus;
  std::ranges::copy_if(machine.gpus, std::back_inserter(gpus),
                       [&](const Gpu& gpu) { return is_kind(gpu, *pool.gpu); });
  return gpus;
}

std::int32_t units_of(const Pool& pool, const Machine& machine) {
  if (!pool.gpu) return pool.count.value_or(machine.cpu_slots);
  const auto found = static_cast<std::int32_t>(gpus_of(pool, machine).size());
  return std::min(found, pool.count.value_or(found));
}

Result<Inventory> inventory(Reader& reader, const Rules& rules, const Machine& machine) {
  Inventory pools;
  for (const Pool& pool : rules.pools) {
    TRY(const auto held, held_slots(reader, pool.name));
    const std::int32_t total = units_of(pool, machine);
    const auto busy = static_cast<std::int32_t>(held.size());
    pools.push_back({.pool = pool, .total = total, .free = std::max(0, total - busy)});
  }
  return pools;
}

}  // namespace pawl
