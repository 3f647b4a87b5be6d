// How fast a night passes: 1,000 experiments on 16 machines, and a published night as its file has
// it. `times_real`: how many times faster than the night itself.
#include <benchmark/benchmark.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <iterator>

#include "server/simulation/night.h"

namespace {

using namespace pawl;

void live(benchmark::State& state, const simulation::NightSetup& setup) {
  spdlog::set_level(spdlog::level::off);
  double lived = 0;  // seconds
  std::int64_t submitted = 0;
  for ([[maybe_unused]] auto _ : state) {
    const auto night = simulation::simulate(setup);
    if (!night) return state.SkipWithError(night.error().message.c_str());
    lived += std::chrono::duration<double>(night->lasted).count();
    submitted = night->submitted;
  }
  state.counters["times_real"] = {lived, benchmark::Counter::kIsRate};
  state.counters["experiments"] = static_cast<double>(submitted);
}

void a_thousand(benchmark::State& state) {
  simulation::NightSetup setup{.night = std::chrono::hours(8), .budget = Money::usd(10'000)};
  setup.setup.pools = {
      {.name = "h100", .gpu = "H100", .count = 16, .price = {Money::micros(2'390'000)}}};
  setup.setup.parts = {{.stage = "screen",
                        .pools = {"h100"},
                        .think = std::chrono::seconds(30),
                        .candidates = 24,
                        .waits = PartWaits::kAny,
                        .experiments = 1'000,
                        .train = std::chrono::minutes(5)}};
  live(state, setup);
}
BENCHMARK(a_thousand)->Unit(benchmark::kSecond)->MeasureProcessCPUTime()->UseRealTime();

// Run from the top of the source tree.
void skypilot(benchmark::State& state) {
  const std::string path = "examples/published-nights/skypilot.toml";
  std::ifstream in(path);
  const auto scenario = parse_scenario({path, std::string(std::istreambuf_iterator<char>(in), {})});
  if (!scenario) return state.SkipWithError("run it from the top of the source tree");
  live(state, {.setup = scenario->setup,
               .night = scenario->night,
               .budget = scenario->budget,
               .quality = scenario->quality});
}
BENCHMARK(skypilot)->Unit(benchmark::kSecond)->MeasureProcessCPUTime()->UseRealTime();

}  // namespace
