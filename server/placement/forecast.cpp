#include "server/placement/forecast.h"

#include <algorithm>
#include <numeric>

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

// The first moment from `time` on at which such a run may start there.
Milliseconds opens(const Lanes& lanes, std::size_t pool, Milliseconds time, Milliseconds worst) {
  if (lanes.closed.empty()) return time;
  for (const Closed& closed : lanes.closed[pool]) {
    if (time < closed.to && time + worst > closed.from) time = closed.to;
  }
  return time;
}

std::optional<Slot> place(Lanes& lanes, const ComingRun& run) {
  struct Chosen {
    std::size_t pool = 0;
    Milliseconds free{0};
  };
  const auto units = static_cast<std::size_t>(run.units);
  std::optional<Chosen> chosen;
  for (const std::size_t index : run.pools) {
    const std::vector<Milliseconds>& pool = lanes.pools[index];
    if (pool.size() < units) continue;
    const Milliseconds free = opens(lanes, index, free_together(pool, units), run.worst);
    if (!chosen || free < chosen->free) chosen = Chosen{index, free};
  }
  if (!chosen || lanes.places.empty()) return std::nullopt;
  const Milliseconds ready = std::max({chosen->free, lanes.places.front(), run.not_before});
  const Milliseconds starts = opens(lanes, chosen->pool, ready, run.worst);
  const Slot slot{starts, starts + run.time};
  take(lanes.pools[chosen->pool], units, slot.ends);
  take(lanes.places, 1, slot.ends);
  return slot;
}

}  // namespace

std::vector<std::optional<Slot>> schedule(Lanes lanes, std::span<const ComingRun> queue) {
  for (auto& pool : lanes.pools) std::ranges::sort(pool);
  std::ranges::sort(lanes.places);
  std::vector<std::size_t> order(queue.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return queue[i].not_before; });
  std::vector<std::optional<Slot>> slots(queue.size());
  for (const std::size_t i : order) slots[i] = place(lanes, queue[i]);
  return slots;
}

}  // namespace pawl
