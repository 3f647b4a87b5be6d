#include "server/placement/placement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

namespace pawl {
namespace {

Placement placement_on(const Pool& pool, std::int32_t units) {
  return {
      pool.name, pool.price, units, pool.gpu ? units : 0, pool.startup, pool.comparability_class};
}

// What stands against a pool by itself, before the pools are compared. kDearer: nothing.
PoolVerdict verdict_on(const PoolState* state, std::int32_t units) {
  if (state == nullptr) return PoolVerdict::kUnknown;
  if (state->total < units) return PoolVerdict::kTooSmall;
  if (!state->open) return PoolVerdict::kClosed;
  if (state->free < units) return PoolVerdict::kBusy;
  return PoolVerdict::kDearer;
}

const PoolState* find(const Inventory& inventory, std::string_view name) {
  const auto found = std::ranges::find(
      inventory, name, [](const PoolState& s) { return std::string_view(s.pool.name); });
  return found == inventory.end() ? nullptr : &*found;
}

// The reason of the pool that came nearest: what a wait would cure outweighs what only a human can.
NotPlaced reason_of(const std::vector<PoolAnswer>& pools) {
  const auto any = [&](PoolVerdict verdict) {
    return std::ranges::any_of(pools, [=](const PoolAnswer& p) { return p.verdict == verdict; });
  };
  if (any(PoolVerdict::kBusy)) return NotPlaced::kAllBusy;
  if (any(PoolVerdict::kClosed)) return NotPlaced::kNoUsablePool;
  if (any(PoolVerdict::kTooSmall)) return NotPlaced::kLargerThanAnyPool;
  return NotPlaced::kUnknownPool;
}

}  // namespace

PlaceAnswer place(const PlaceRequest& request, const Inventory& inventory) {
  assert(request.gpus >= 1);
  PlaceAnswer answer;
  const PoolState* cheapest = nullptr;
  for (const std::string& name : request.pools) {
    const PoolState* state = find(inventory, name);
    answer.pools.push_back({name, verdict_on(state, request.gpus)});
    if (answer.pools.back().verdict != PoolVerdict::kDearer) continue;
    if (cheapest == nullptr || state->pool.price < cheapest->pool.price) cheapest = state;
  }
  if (cheapest == nullptr) {
    answer.placement = std::unexpected(reason_of(answer.pools));
    return answer;
  }
  std::ranges::find(answer.pools, cheapest->pool.name, &PoolAnswer::pool)->verdict =
      PoolVerdict::kChosen;
  answer.placement = placement_on(cheapest->pool, request.gpus);
  return answer;
}

std::expected<Placement, NotPlaced> dearest(const PlaceRequest& request,
                                            const Inventory& inventory) {
  assert(request.gpus >= 1);
  std::expected<Placement, NotPlaced> ceiling = std::unexpected(NotPlaced::kUnknownPool);
  for (const std::string& name : request.pools) {
    const PoolState* state = find(inventory, name);
    if (state == nullptr) continue;
    if (state->total < request.gpus) {
      if (!ceiling) ceiling = std::unexpected(NotPlaced::kLargerThanAnyPool);
      continue;
    }
    const Placement here = placement_on(state->pool, request.gpus);
    if (!ceiling) {
      ceiling = here;
      continue;
    }
    Placement highest = here.price > ceiling->price ? here : *ceiling;
    highest.gpus = std::max(here.gpus, ceiling->gpus);
    highest.startup = std::max(here.startup, ceiling->startup);
    ceiling = highest;
  }
  return ceiling;
}

std::string_view name_of(NotPlaced reason) {
  switch (reason) {
    case NotPlaced::kUnknownPool:
      return "unknown_pool";
    case NotPlaced::kLargerThanAnyPool:
      return "larger_than_any_pool";
    case NotPlaced::kNoUsablePool:
      return "no_usable_pool";
    case NotPlaced::kAllBusy:
      return "all_busy";
  }
  __builtin_unreachable();
}

std::string_view name_of(PoolVerdict verdict) {
  switch (verdict) {
    case PoolVerdict::kChosen:
      return "chosen";
    case PoolVerdict::kUnknown:
      return "unknown";
    case PoolVerdict::kClosed:
      return "closed";
    case PoolVerdict::kTooSmall:
      return "too_small";
    case PoolVerdict::kBusy:
      return "busy";
    case PoolVerdict::kDearer:
      return "dearer";
  }
  __builtin_unreachable();
}

std::string describe(NotPlaced reason, const PlaceRequest& request) {
  switch (reason) {
    case NotPlaced::kUnknownPool:
      return "cannot place: the stage allows no pool that exists";
    case NotPlaced::kLargerThanAnyPool:
      return fmt::format("cannot place: {} GPUs a job is more than the stage has in one place",
                         request.gpus);
    case NotPlaced::kNoUsablePool:
      return "could not place: every pool that the stage allows is closed";
    case NotPlaced::kAllBusy:
      return "could not place: every pool that the stage allows is busy";
  }
  __builtin_unreachable();
}

}  // namespace pawl
