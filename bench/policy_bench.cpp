// Reading the policy again after an edit: parse, compare with what is in force.
#include <benchmark/benchmark.h>

#include <fstream>
#include <iterator>

#include "server/policy/reconcile.h"

namespace {

pawl::SourceText file(const std::string& name) {
  std::ifstream in(name);
  return {name, std::string(std::istreambuf_iterator<char>(in), {})};
}

// The example that shows every key; run from the top of the source tree.
void reload(benchmark::State& state) {
  const std::vector<pawl::SourceText> files = {file("examples/configuration/policy.toml")};
  const auto in_force = pawl::parse_rules(files);
  if (!in_force) return state.SkipWithError("run it from the top of the source tree");
  for ([[maybe_unused]] auto _ : state) {
    const auto proposed = pawl::parse_rules(files);
    benchmark::DoNotOptimize(pawl::reconcile(*in_force, *proposed));
  }
}
BENCHMARK(reload)->Unit(benchmark::kMillisecond);

}  // namespace
