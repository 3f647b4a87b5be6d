#include <gtest/gtest.h>

#include <latch>
#include <memory>
#include <vector>

#include "trainer/core/worker.h"

using namespace trainer;

TEST(Worker, DoesWhatItIsAskedForInThatOrder) {
  Worker worker;
  std::vector<int> done;
  for (int i = 0; i < 100; ++i) worker.ask([&done, i] { done.push_back(i); });
  worker.wait();
  ASSERT_EQ(done.size(), 100);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(done[static_cast<std::size_t>(i)], i);
}

// Each side waits for the other, so one thread alone would never end.
TEST(Worker, WorksBesideTheCaller) {
  Worker worker;
  std::latch asked(1), answered(1);
  worker.ask([&] {
    asked.wait();
    answered.count_down();
  });
  asked.count_down();
  answered.wait();
  worker.wait();
}

TEST(Worker, WithNothingAskedThereIsNothingToWaitFor) { Worker().wait(); }

TEST(Worker, EndsOnceWhatItHasBegunIsDone) {
  std::latch begun(1), go_on(1);
  bool is_done = false;
  auto worker = std::make_unique<Worker>();
  worker->ask([&] {
    begun.count_down();
    go_on.wait();
    is_done = true;
  });
  begun.wait();
  const std::jthread late([&] { go_on.count_down(); });
  worker.reset();
  EXPECT_TRUE(is_done);
}
