#include "server/placement/forecast.h"

#include <algorithm>

namespace pawl {
namespace {

// When `count` of these are free together; they stay sorted.
Milliseconds free_together(const std::vector<Milliseconds>& sorted, std::size_t count) {
  return sorted[count - 1];
}

void take(std::vector<Milliseconds>& sorted, std::size_t count, Milliseconds until) {
  std::fill_n(sorted.begin(), count, until);
  std::ranges::sort(sorted);
}

std::optional<Slot> place(Lanes& lanes, const ComingRun& run) {
  const auto units = static_cast<std::size_t>(run.units);
  std::vector<Milliseconds>* chosen = nullptr;
  for (const std::size_t index : run.pools) {
    std::vector<Milliseconds>& pool = lanes.pools[index];
    if (pool.size() < units) continue;
    if (chosen == nullptr || free_together(pool, units) < free_together(*chosen, units)) {
      chosen = &pool;
    }
  }
  if (chosen == nullptr || lanes.places.empty()) return std::nullopt;
  const Milliseconds starts = std::max(free_together(*chosen, units), lanes.places.front());
  const Slot slot{starts, starts + run.time};
  take(*chosen, units, slot.ends);
  take(lanes.places, 1, slot.ends);
  return slot;
}

}  // namespace

std::vector<std::optional<Slot>> schedule(Lanes lanes, std::span<const ComingRun> queue) {
  for (auto& pool : lanes.pools) std::ranges::sort(pool);
  std::ranges::sort(lanes.places);
  std::vector<std::optional<Slot>> slots;
  for (const ComingRun& run : queue) slots.push_back(place(lanes, run));
  return slots;
}

}  // namespace pawl
