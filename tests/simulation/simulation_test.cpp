// Nights that nobody wrote down: from each seed a policy and a history of submits, cancels,
// sandboxes, crashes in the middle of a launch or of a grant, lost keepers, price moves, clock
// jumps and nights in which the clocks change. The real service, scheduler, ledger and database
// live through them by a virtual clock.
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/simulation/history.h"
#include "tests/simulation/seeds.h"

namespace pawl::simulation {
namespace {

constexpr std::uint64_t kParts = 8;
constexpr std::uint64_t kComparedEvery = 4;  // seeds that are lived a second time, without crashes

Lived live(const FreshState& fresh, std::uint64_t seed, Life life = Life::kAsPlanned,
           Fault fault = Fault::kNone) {
  const Plan plan = plan_of(seed);
  return History(plan, fresh, life, fault).live();
}

// Empty, or the first promise that the seed breaks: in its own history, or against the same one
// without crashes. A crash takes time, and whether the queue has room or a job is still there to be
// cancelled depends on it: where what was asked got another answer, the two are not one history.
std::string broken(const FreshState& fresh, std::uint64_t seed, Lived& lived,
                   Fault fault = Fault::kNone, bool compared = true) {
  lived = live(fresh, seed, Life::kAsPlanned, fault);
  if (!lived.broken.empty()) return lived.broken;
  if (lived.crashes == 0 || !compared) return {};
  const Lived calm = live(fresh, seed, Life::kCalm, fault);
  if (!calm.broken.empty()) return "calm: " + calm.broken;
  if (calm.answers != lived.answers) return {};
  lived.compared = 1;
  for (const auto& [job, end] : calm.outcomes) {
    const auto found = lived.outcomes.find(job);
    if (found == lived.outcomes.end()) return "Q13: without crashes there is a job " + job;
    if (found->second != end)
      return "Q13: job " + job + " is " + found->second + ", without crashes " + end;
  }
  return {};
}

struct Tally {
  long jobs = 0, refused = 0, crashes = 0, attempts = 0, events = 0, crashed = 0, compared = 0;
  long sandboxes = 0, slices = 0;
  void add(const Lived& lived) {
    jobs += lived.jobs;
    refused += lived.refused;
    crashes += lived.crashes;
    attempts += lived.attempts;
    events += lived.events;
    compared += lived.compared;
    sandboxes += lived.sandboxes;
    slices += lived.slices;
  }
};

// In parts, so that each core takes one.
class Part : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Part, KeepsEveryPromise) {
  const FreshState fresh;
  const Seeds all = seeds();
  const std::uint64_t from = all.first + all.count * GetParam() / kParts;
  const std::uint64_t to = all.first + all.count * (GetParam() + 1) / kParts;
  Tally tally;
  for (std::uint64_t seed = from; seed < to && !HasFailure(); ++seed) {
    Lived lived;
    const std::string found = broken(fresh, seed, lived, Fault::kNone, seed % kComparedEvery == 0);
    tally.add(lived);
    tally.crashed += lived.crashes > 0 && seed % kComparedEvery == 0 ? 1 : 0;
    EXPECT_EQ(found, "") << "seed " << seed << "; again: test_simulation --seeds 1 --first "
                         << seed;
  }
  EXPECT_LE(tally.crashed - tally.compared, 2 + tally.crashed / 10);
  std::printf(
      "seeds %llu to %llu: %ld jobs, %ld attempts, %ld sandboxes with %ld more slices, %ld "
      "crashes, "
      "%ld refusals, %ld events, %ld of %ld compared\n",
      static_cast<unsigned long long>(from), static_cast<unsigned long long>(to - 1), tally.jobs,
      tally.attempts, tally.sandboxes, tally.slices, tally.crashes, tally.refused, tally.events,
      tally.compared, tally.crashed);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Part, testing::Range<std::uint64_t>(0, kParts));

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
