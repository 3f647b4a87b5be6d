#include "trainer/core/thread_pool.h"

#include <gtest/gtest.h>

#include <latch>
#include <memory>
#include <set>

using namespace trainer;

namespace {

// How often each index ran. Plain integers: what a task wrote has to be seen after run().
std::vector<int> counts(ThreadPool& pool, std::int64_t tasks) {
  std::vector<int> counts(static_cast<std::size_t>(tasks));
  pool.run(tasks, [&](std::int64_t index, int) { ++counts.at(static_cast<std::size_t>(index)); });
  return counts;
}
std::vector<int> ones(std::int64_t tasks) {
  return std::vector<int>(static_cast<std::size_t>(tasks), 1);
}

void expect_short_runs(ThreadPool& pool, int runs) {
  for (int run = 0; run < runs; ++run) {
    const std::int64_t tasks = run % 5;
    ASSERT_EQ(counts(pool, tasks), ones(tasks)) << "run " << run << " of " << pool.threads();
  }
}

}  // namespace

TEST(ThreadPool, RunsEveryIndexOnce) {
  for (const int threads : {1, 2, 3, 4}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (const std::int64_t tasks : {0, 1, 2, 3, 7, 64, 1000, 1, 0, 1000}) {
      EXPECT_EQ(counts(pool, tasks), ones(tasks)) << threads << " threads, " << tasks << " tasks";
    }
  }
}

TEST(ThreadPool, NamesAThreadThatItHas) {
  ThreadPool pool(4);
  std::vector<int> threads(1000, -1);
  pool.run(1000, [&](std::int64_t index, int thread) {
    threads.at(static_cast<std::size_t>(index)) = thread;
  });
  for (const int thread : threads) {
    EXPECT_GE(thread, 0);
    EXPECT_LT(thread, 4);
  }
}

// Each of four tasks waits for the other three, so that four threads have to take one each.
TEST(ThreadPool, EveryThreadTakesPart) {
  ThreadPool pool(4);
  for (int run = 0; run < 20; ++run) {
    std::latch all(4);
    std::vector<int> threads(4, -1);
    pool.run(4, [&](std::int64_t index, int thread) {
      threads.at(static_cast<std::size_t>(index)) = thread;
      all.arrive_and_wait();
    });
    EXPECT_EQ(std::set<int>(threads.begin(), threads.end()), (std::set<int>{0, 1, 2, 3}));
  }
}

// A worker that is held up in its task delays the run by that task only: the others do the rest.
TEST(ThreadPool, OneHeldUpTaskLeavesTheRestToTheOthers) {
  ThreadPool pool(2);
  std::latch rest(99);
  std::vector<int> done(100);
  pool.run(100, [&](std::int64_t index, int) {
    index == 0 ? rest.wait() : rest.count_down();
    ++done.at(static_cast<std::size_t>(index));
  });
  EXPECT_EQ(done, ones(100));
}

TEST(ThreadPool, TenThousandShortRunsInARowAreAllWhole) {
  for (const int threads : {1, 2, 4}) {
    ThreadPool pool(threads);
    expect_short_runs(pool, 10000);
  }
}

TEST(ThreadPool, MayEndRightAfterARun) {
  for (int i = 0; i < 300; ++i) {
    auto pool = std::make_unique<ThreadPool>(1 + i % 4);
    const std::vector<int> seen = counts(*pool, 5);
    pool.reset();
    ASSERT_EQ(seen, ones(5));
  }
}

TEST(ThreadPool, MayEndWithoutARun) {
  for (int i = 0; i < 300; ++i) EXPECT_EQ(ThreadPool(3).threads(), 3);
}

TEST(ThreadPool, SeveralPoolsRunAtOnce) {
  std::vector<std::jthread> callers;
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([] {
      ThreadPool pool(2);
      expect_short_runs(pool, 1000);
    });
  }
}

TEST(ThreadPool, AProcessHasACpu) { EXPECT_GE(available_cpus(), 1); }
