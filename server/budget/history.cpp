#include "server/budget/history.h"

#include <algorithm>
#include <vector>

namespace pawl {
namespace {

template <class T>
T ranked(const std::vector<T>& sorted, std::size_t percent) {
  const std::size_t rank = (sorted.size() * percent + 99) / 100;
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

std::optional<Expected> expected_of(std::span<const PastRun> runs) {
  if (runs.size() < kRunsMin) return std::nullopt;
  std::vector<Milliseconds> times;
  std::vector<Money> costs;
  for (const PastRun& run : runs) {
    times.push_back(run.time);
    costs.push_back(run.cost);
  }
  std::ranges::sort(times);
  std::ranges::sort(costs);
  return Expected{.time_p50 = ranked(times, 50),
                  .time_p90 = ranked(times, 90),
                  .cost_p50 = ranked(costs, 50),
                  .cost_p90 = ranked(costs, 90),
                  .runs = static_cast<std::int64_t>(runs.size())};
}

}  // namespace pawl
