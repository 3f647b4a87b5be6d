#include <algorithm>

#include "server/jobs/world.h"
#include "server/store/attempts.h"

namespace pawl {
namespace {

// GPUs of the pool's kind that this machine has, or its cores. A file that claims more than there
// is gets what there is.
std::int32_t units_of(const Pool& pool, const Machine& machine) {
  if (!pool.gpu) return pool.count.value_or(machine.cpu_slots);
  const auto found = static_cast<std::int32_t>(std::ranges::count_if(
      machine.gpus, [&](const Gpu& gpu) { return gpu.name.find(*pool.gpu) != std::string::npos; }));
  return std::min(found, pool.count.value_or(found));
}

}  // namespace

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
