// How long one placement over 1,000 pools takes, all of them open, each with a spot offer and
// measured history: more than any policy names. Every claim and every look at the queue asks it.
#include <benchmark/benchmark.h>

#include "server/placement/placement.h"

namespace {

using namespace pawl;

Inventory many(std::int32_t pools) {
  Inventory inventory;
  for (std::int32_t i = 0; i < pools; ++i) {
    PoolState state{.total = 8, .free = i % 8 + 1};
    state.pool.name = "pool-" + std::to_string(i);
    state.pool.gpu = "H100";
    state.pool.price = {Money::micros(2'000'000 + i)};
    state.pool.spot_price = HourlyPrice{Money::micros(1'000'000 + i)};
    state.pool.spot_interruptions = 0.05;
    state.pool.comparability_class = "A";
    state.measured[0] = {.runs = 9,
                         .failures = 1,
                         .results = 8,
                         .billed = std::chrono::hours(9),
                         .startup = std::chrono::minutes(8),
                         .work = std::chrono::hours(8)};
    inventory.push_back(std::move(state));
  }
  return inventory;
}

void place_among(benchmark::State& state) {
  const Inventory inventory = many(static_cast<std::int32_t>(state.range(0)));
  PlaceRequest request{.gpus = 2, .spot = Spot::kPrefer, .work = std::chrono::minutes(30)};
  for (const PoolState& pool : inventory) request.pools.push_back(pool.pool.name);
  for (auto _ : state) benchmark::DoNotOptimize(place(request, inventory));
}
BENCHMARK(place_among)->Arg(4)->Arg(1'000)->Unit(benchmark::kMicrosecond);

}  // namespace
