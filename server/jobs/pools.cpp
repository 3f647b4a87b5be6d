// What a human sees and does with pools; agents never learn of one.
#include <algorithm>

#include "server/jobs/authority.h"
#include "server/jobs/service.h"
#include "server/jobs/world.h"
#include "server/store/pool_records.h"

namespace pawl {
namespace {

std::string state_of(const PoolState& pool) {
  if (!pool.open) return "frozen";
  switch (pool.price) {
    case PriceState::kInForce:
      return "open";
    case PriceState::kNotYet:
      return "price not yet valid";
    case PriceState::kExpired:
      return "price expired";
  }
  __builtin_unreachable();
}

PoolLine line_of(const PoolState& state, Offer offer, const std::vector<FrozenPool>& frozen) {
  const Measured& seen = state.measured[static_cast<std::size_t>(offer)];
  const auto ice = std::ranges::find(frozen, state.pool.name, &FrozenPool::pool);
  PoolLine line{.name = state.pool.name,
                .offer = std::string(name_of(offer)),
                .state = state_of(state),
                .why = ice == frozen.end() ? "" : ice->why,
                .source = state.pool.source,
                .comparability_class = state.pool.comparability_class,
                .price = rate_of(state.pool, offer).per_unit(),
                .free = state.free,
                .total = state.total,
                .runs = seen.runs,
                .failures = seen.failures,
                .interruptions = seen.interruptions};
  if (seen.results == 0) return line;
  line.startup = seen.startup / seen.results;
  line.work = seen.work / seen.results;
  return line;
}

}  // namespace

Result<std::vector<PoolLine>> Service::pools() {
  const auto rules = world_.rules.rules();
  return world_.store.read([&](Reader& reader) -> Result<std::vector<PoolLine>> {
    TRY(const Inventory pools, inventory_with_all(world_, reader, *rules));
    TRY(const auto frozen, frozen_pools(reader));
    std::vector<PoolLine> lines;
    for (const PoolState& state : pools) {
      lines.push_back(line_of(state, Offer::kOnDemand, frozen));
      if (state.pool.spot_price) lines.push_back(line_of(state, Offer::kSpot, frozen));
    }
    return lines;
  });
}

Result<std::vector<PoolLine>> Service::open_pool(const Caller& caller, const std::string& name) {
  CHECK_OK(require_human(world_, caller));
  const auto rules = world_.rules.rules();
  if (find_pool(rules->pools, name) == nullptr) {
    return fail(ErrorKind::kNotFound, "the policy has no pool named \"" + name + "\"",
                "`pawl pools` shows all of them.");
  }
  TRY(const bool was_frozen,
      world_.store.write([&](Transaction& transaction) { return thaw_pool(transaction, name); }));
  if (!was_frozen) {
    return fail(ErrorKind::kConflict, "pool " + name + " is not frozen",
                "`pawl pools` shows the state of each.");
  }
  world_.bell.ring();
  TRY(std::vector<PoolLine> lines, pools());
  std::erase_if(lines, [&](const PoolLine& line) { return line.name != name; });
  return lines;
}

}  // namespace pawl
