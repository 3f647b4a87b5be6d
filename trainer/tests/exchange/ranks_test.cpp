// Processes that train one model together: what they add up, and how they end.
#include "trainer/exchange/ranks.h"

#include <unistd.h>

#include <cmath>
#include <csignal>
#include <vector>

#include "trainer/core/text.h"
#include "trainer/core/worker.h"
#include "trainer/tests/data/scratch.h"

using namespace trainer;

namespace {

World world_of(int size) { return must(World::create(size)); }

// Whether `claim` holds in every rank.
bool everywhere(int size, const std::function<bool(const World&)>& claim) {
  const auto all = run_ranks(world_of(size), [&](const World& world) -> Result<int> {
    if (!claim(world)) return fail("it does not hold");
    return 0;
  });
  return all && *all == 0;
}

Error error_of(const Result<int>& ended) { return ended ? Error{"it ended well"} : ended.error(); }

}  // namespace

TEST(World, OneProcessIsAloneAndNothingIsStarted) {
  const pid_t here = ::getpid();
  const auto status = run_ranks(World(), [&](const World& world) -> Result<int> {
    std::vector<float> numbers = {1, 2};
    world.sum(numbers);
    world.meet();
    EXPECT_EQ(numbers, (std::vector<float>{1, 2}));
    return ::getpid() == here && world.sum(2.5) == 2.5 && world.is_first() ? 7 : 1;
  });
  EXPECT_EQ(must(status), 7);
}

TEST(World, EveryRankGetsTheSameSum) {
  EXPECT_TRUE(everywhere(3, [](const World& world) {
    return world.sum(std::pow(10, world.rank())) == 111 && world.any(world.rank() == 2) &&
           !world.any(false) && world.of_first(world.rank() + 40) == 40;
  }));
}

// More numbers than are shared at a time, and not as many for each rank.
TEST(World, NumbersAreAddedInPlaceInTheOrderOfTheRanks) {
  EXPECT_TRUE(everywhere(3, [](const World& world) {
    std::vector<float> numbers(2'500'001);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      numbers[i] = world.rank() == 1 ? 1e8F : static_cast<float>(i % 97);
    }
    world.sum(numbers);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const auto mine = static_cast<float>(i % 97);
      if (numbers[i] != (mine + 1e8F) + mine) return false;
    }
    return true;
  }));
}

TEST(Ranks, TheFirstOnesStatusIsTheStatus) {
  const auto status = run_ranks(
      world_of(2), [](const World& world) -> Result<int> { return world.is_first() ? 3 : 0; });
  EXPECT_EQ(must(status), 3);
}

TEST(Ranks, WhatAllSayIsSaidOnce) {
  const auto ended = run_ranks(
      world_of(3), [](const World&) -> Result<int> { return fail("loss 200", "Lower it."); });
  EXPECT_EQ(error_of(ended).message, "loss 200");
  EXPECT_EQ(error_of(ended).hint, "Lower it.");
}

// It fails while numbers are on their way, which it sees through; then nobody adds to the second
// ones.
TEST(Ranks, OneThatFailsIsNamedAndEndsThoseThatWaitForIt) {
  const auto ended = run_ranks(world_of(2), [](const World& world) -> Result<int> {
    std::vector<float> numbers(2'500'001);
    Worker worker;
    worker.ask([&] { world.sum(numbers); });
    if (world.rank() == 1) return fail("GPU 1 is full");
    worker.ask([&] { world.sum(numbers); });
    worker.wait();
    return 0;
  });
  EXPECT_EQ(error_of(ended).message, "rank 1 of 2: GPU 1 is full");
}

TEST(Ranks, OneThatIsKilledEndsAll) {
  const auto ended = run_ranks(world_of(3), [](const World& world) -> Result<int> {
    if (world.rank() == 2) ::raise(SIGKILL);
    world.meet();
    return 0;
  });
  EXPECT_EQ(error_of(ended).message,
            "rank 2 of 3 was ended by signal 9; the others were ended with it");
}

TEST(Ranks, ASignalReachesEachOfThem) {
  const pid_t parent = ::getpid();
  const auto status = run_ranks(world_of(2), [&](const World& world) -> Result<int> {
    static volatile std::sig_atomic_t caught = 0;
    sigset_t blocked;
    sigset_t before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &blocked, &before);
    ::signal(SIGTERM, [](int signal) { caught = signal; });
    world.meet();  // both listen
    if (world.is_first()) ::kill(parent, SIGTERM);
    while (caught == 0) ::sigsuspend(&before);
    return 128 + caught;
  });
  EXPECT_EQ(must(status), 143);
}

TEST(Ranks, AQuestionIsAskedApart) {
  const pid_t here = ::getpid();
  EXPECT_EQ(must(ask_apart([&] { return ::getpid() == here ? 1 : 42; })), 42);
  EXPECT_FALSE(ask_apart([] { return ::raise(SIGKILL); }));
}
