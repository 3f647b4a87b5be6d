// Nights that nobody wrote down: from each seed a policy and a history of submits, cancels, crashes
// in the middle of a launch, lost keepers, price moves, clock jumps and nights in which the clocks
// change. The real service, scheduler, ledger and database live through them by a virtual clock.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <mutex>
#include <thread>

#include "tests/simulation/history.h"
#include "tests/simulation/seeds.h"

namespace pawl::simulation {
namespace {

constexpr int kThreads = 2;

Lived live(const FreshState& fresh, std::uint64_t seed, Life life = Life::kAsPlanned,
           Fault fault = Fault::kNone) {
  const Plan plan = plan_of(seed);
  return History(plan, fresh, life, fault).live();
}

// Empty, or the first promise that the seed breaks: in its own history, or against the same one
// without crashes.
std::string broken(const FreshState& fresh, std::uint64_t seed, Lived& lived,
                   Fault fault = Fault::kNone) {
  lived = live(fresh, seed, Life::kAsPlanned, fault);
  if (!lived.broken.empty()) return lived.broken;
  if (lived.crashes == 0) return {};
  const Lived calm = live(fresh, seed, Life::kCalm, fault);
  if (!calm.broken.empty()) return "calm: " + calm.broken;
  for (const auto& [job, end] : calm.outcomes) {
    const auto found = lived.outcomes.find(job);
    if (found == lived.outcomes.end()) return "Q13: without crashes there is a job " + job;
    if (found->second != end)
      return "Q13: job " + job + " is " + found->second + ", without crashes " + end;
  }
  return {};
}

struct Tally {
  long jobs = 0, refused = 0, crashes = 0, attempts = 0, events = 0;
  void add(const Lived& lived) {
    jobs += lived.jobs;
    refused += lived.refused;
    crashes += lived.crashes;
    attempts += lived.attempts;
    events += lived.events;
  }
};

TEST(Simulation, EveryNightKeepsEveryPromise) {
  const FreshState fresh;
  const Seeds range = seeds();
  std::atomic<std::uint64_t> next = range.first;
  std::mutex mutex;  // of tally and messages
  Tally tally;
  int failures = 0;
  const auto work = [&] {
    for (std::uint64_t seed = next++; seed < range.first + range.count; seed = next++) {
      Lived lived;
      const std::string found = broken(fresh, seed, lived);
      const std::scoped_lock lock(mutex);
      tally.add(lived);
      if (found.empty() || ++failures > 10) continue;
      ADD_FAILURE() << "seed " << seed << ": " << found
                    << "\n  again: test_simulation --seeds 1 --first " << seed;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back(work);
  }
  std::printf(
      "%llu seeds from %llu: %ld jobs, %ld attempts, %ld crashes, %ld refusals, %ld events\n",
      static_cast<unsigned long long>(range.count), static_cast<unsigned long long>(range.first),
      tally.jobs, tally.attempts, tally.crashes, tally.refused, tally.events);
  EXPECT_EQ(failures, 0);
  EXPECT_GT(tally.attempts, 0);
}

TEST(Simulation, TheSameSeedLeavesTheSameTrace) {
  const FreshState fresh;
  for (std::uint64_t seed = 1; seed <= 50; ++seed)
    EXPECT_EQ(live(fresh, seed).trace, live(fresh, seed).trace) << "seed " << seed;
}

TEST(Simulation, AnotherSeedLeavesAnotherTrace) {
  const FreshState fresh;
  EXPECT_NE(live(fresh, 1).trace, live(fresh, 2).trace);
}

class Mutant : public testing::TestWithParam<Fault> {};

TEST_P(Mutant, IsCaught) {
  const FreshState fresh;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Lived lived;
    const std::string found = broken(fresh, seed, lived, GetParam());
    if (found.empty()) continue;
    std::printf("%s: seed %llu, %s\n", std::string(name_of(GetParam())).c_str(),
                static_cast<unsigned long long>(seed), found.c_str());
    return;
  }
  ADD_FAILURE() << name_of(GetParam()) << ": no seed noticed";
}

INSTANTIATE_TEST_SUITE_P(Faults, Mutant, testing::ValuesIn(kFaults));

}  // namespace
}  // namespace pawl::simulation
