#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "server/budget/windows.h"
#include "server/jobs/world.h"
#include "server/store/attempts.h"
#include "server/store/pool_records.h"

namespace pawl {
namespace {

bool has_memory(const Gpu& gpu, const Pool& pool) {
  constexpr std::int64_t kNearly = 920;  // of 1000: an "80 GB" card shows 79.1
  return !pool.gpu_memory_gb || gpu.memory_bytes / 1'000'000 >= *pool.gpu_memory_gb * kNearly;
}

std::string text_of(const std::chrono::year_month_day& day) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

// Both days of a price belong to it.
PriceState price_state(const Pool& pool, const std::string& today) {
  if (pool.valid_from && today < text_of(pool.valid_from->value)) return PriceState::kNotYet;
  if (pool.valid_until && today > text_of(pool.valid_until->value)) return PriceState::kExpired;
  return PriceState::kInForce;
}

}  // namespace

Result<std::shared_ptr<const Rules>> rules_of(World& world, const Project& project) {
  return world.sources.tightened(project, world.rules.rules());
}

std::vector<Gpu> gpus_of(const Pool& pool, const Machine& machine) {
  std::vector<Gpu> gpus;
  if (!pool.gpu) return gpus;
  std::ranges::copy_if(machine.gpus, std::back_inserter(gpus), [&](const Gpu& gpu) {
    return is_kind(gpu, *pool.gpu) && has_memory(gpu, pool);
  });
  return gpus;
}

std::int32_t units_of(const Pool& pool, const Machine& machine) {
  if (!pool.gpu) return pool.count.value_or(machine.cpu_slots);
  const auto found = static_cast<std::int32_t>(gpus_of(pool, machine).size());
  return std::min(found, pool.count.value_or(found));
}

Result<Inventory> inventory(Reader& reader, const Rules& rules, const Machine& machine) {
  Inventory pools;
  TRY(const auto frozen, frozen_pools(reader));
  for (const Pool& pool : rules.pools) {
    TRY(const auto held, held_slots(reader, pool.name));
    const std::int32_t total = units_of(pool, machine);
    const auto busy = static_cast<std::int32_t>(held.size());
    pools.push_back(
        {.pool = pool,
         .total = total,
         .free = std::max(0, total - busy),
         .open = std::ranges::find(frozen, pool.name, &FrozenPool::pool) == frozen.end()});
  }
  return pools;
}

namespace {

Result<Inventory> with_records(World& world, const Rules& rules, Inventory pools,
                               const std::vector<PoolRecord>& records) {
  TRY(const Zone zone, Zone::find(rules.policy.timezone.value));
  const std::string today = day_name(zone, day_of(zone, world.time.now()));
  for (PoolState& state : pools) {
    state.price = price_state(state.pool, today);
    for (const PoolRecord& record : records) {
      if (record.pool != state.pool.name) continue;
      const Offer offer = record.spot ? Offer::kSpot : Offer::kOnDemand;
      state.measured[static_cast<std::size_t>(offer)] = {.runs = record.runs,
                                                         .failures = record.failures,
                                                         .interruptions = record.interruptions,
                                                         .results = record.results,
                                                         .billed = record.billed,
                                                         .startup = record.startup,
                                                         .work = record.work};
    }
  }
  return pools;
}

}  // namespace

Result<Inventory> inventory_for(World& world, Reader& reader, const Rules& rules,
                                const PlacedWork& work) {
  TRY(Inventory pools, inventory(reader, rules, world.machine));
  TRY(const auto records, pool_records(reader, work.project, work.stage));
  return with_records(world, rules, std::move(pools), records);
}

Result<Inventory> inventory_with_all(World& world, Reader& reader, const Rules& rules) {
  TRY(Inventory pools, inventory(reader, rules, world.machine));
  TRY(const auto records, pool_records(reader));
  return with_records(world, rules, std::move(pools), records);
}

}  // namespace pawl
