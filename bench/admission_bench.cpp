// What one submit is asked before it is written: what its stage means (policy), where it may land
// at worst and best (placement), and whether every window of every node has room (budget). 1,000
// pools, 100 stages, 100 rules each for projects and agents of which the last matches, every window
// capped at every node. The argument: how many pools the stage names.
#include <benchmark/benchmark.h>

#include "server/budget/admission.h"
#include "server/budget/windows.h"
#include "server/jobs/terms.h"

namespace {

using namespace pawl;

constexpr int kPools = 1'000;
constexpr int kRules = 100;

SpendLimits every_window() {
  SpendLimits limits;
  const Sourced<Money> cap{Money::usd(1'000'000), "policies/default.toml:12:17"};
  limits.total = limits.day = limits.night = limits.week = limits.month = cap;
  limits.round = limits.experiment = cap;
  return limits;
}

Rules rules_with(int pools_of_a_stage) {
  Rules rules;
  rules.policy.timezone.value = "Europe/Rome";
  rules.policy.night.value = {22 * 60, 7 * 60};
  rules.policy.budget = every_window();
  rules.policy.jobs.max_runtime.value = std::chrono::minutes(30);
  rules.policy.jobs.gpus_per_job.value = 1;
  for (int i = 0; i < kPools; ++i) {
    Pool pool{.name = "pool-" + std::to_string(i)};
    pool.gpu = "H100";
    pool.price = {Money::micros(2'390'000 + i)};
    rules.pools.push_back(pool);
  }
  for (int i = 1; i <= kRules; ++i) {
    const std::string glob = i == kRules ? "*" : "name-" + std::to_string(i) + "-*";
    rules.policy.projects.push_back({.match = glob, .limits = every_window()});
    rules.policy.agents.push_back({.match = glob, .limits = every_window()});
    Stage stage{.name = "stage-" + std::to_string(i), .limits = every_window()};
    for (int p = 0; p < pools_of_a_stage; ++p)
      stage.pools.value.push_back("pool-" + std::to_string(p));
    rules.policy.stages.push_back(stage);
  }
  return rules;
}

Inventory inventory_of(const Rules& rules) {
  Inventory inventory;
  for (const Pool& pool : rules.pools) inventory.push_back({.pool = pool, .total = 64, .free = 8});
  return inventory;
}

// As the store gives them: one for each window of each node.
BudgetView view_of(const std::vector<WindowKey>& keys, const CapTree& caps) {
  BudgetView view;
  for (const WindowKey& key : keys) {
    Balance balance;
    balance.node_kind = key.node;
    balance.window_kind = key.kind;
    balance.span = key.span;
    balance.cap = cap_of(caps, key.node, key.kind);
    view.push_back(balance);
  }
  return view;
}

std::vector<WindowType> every_type() {
  std::vector<WindowType> types = {{NodeKind::kExperiment, WindowKind::kExperiment},
                                   {NodeKind::kRound, WindowKind::kRound}};
  for (const NodeKind node :
       {NodeKind::kStage, NodeKind::kAgent, NodeKind::kProject, NodeKind::kGlobal}) {
    for (const WindowKind kind : {WindowKind::kTotal, WindowKind::kDay, WindowKind::kNight,
                                  WindowKind::kWeek, WindowKind::kMonth})
      types.push_back({node, kind});
  }
  return types;
}

void admission(benchmark::State& state) {
  const Rules rules = rules_with(static_cast<int>(state.range(0)));
  const Inventory inventory = inventory_of(rules);
  const std::vector<WindowType> types = every_type();
  const Calendar calendar{*Zone::find("Europe/Rome")};
  const Timestamp now{std::chrono::hours(500'000)};
  for (auto _ : state) {
    const auto terms = terms_for(rules, {"name-x", "stage-100", {}, {}}, inventory);
    const CapTree caps = caps_for(rules.policy, {"name-x", "name-y", "stage-100"});
    const auto keys = windows_to_reserve(calendar, types, now, terms->worst_time);
    const BudgetView view = view_of(keys, caps);
    benchmark::DoNotOptimize(refuse(view, terms->worst));
    benchmark::DoNotOptimize(how_many_fit(view, terms->worst));
    benchmark::DoNotOptimize(place(terms->place, inventory));
  }
}
BENCHMARK(admission)->Arg(8)->Arg(kPools)->Unit(benchmark::kMicrosecond);

}  // namespace
