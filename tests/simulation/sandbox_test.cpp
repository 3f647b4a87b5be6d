// The simulated keeper of a sandbox keeps the rules of the real one (tests/keeper/lease_test.cpp).
#include <gtest/gtest.h>

#include "server/runner/attempt_folder.h"
#include "server/simulation/scratch_folder.h"
#include "server/simulation/simulated_runner.h"

namespace pawl::simulation {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class SimulatedSandbox : public testing::Test {
 protected:
  void open(Milliseconds slice, Milliseconds longest) {
    const LaunchSpec spec{.attempt = attempt_,
                          .pool = "cpu",
                          .build = {},
                          .command = {},
                          .env = {},
                          .limit = slice,
                          .volumes = {},
                          .gpus = {},
                          .checkpoint = {},
                          .lease = longest};
    EXPECT_TRUE(runner_.launch(spec));
  }
  void pass(Milliseconds time) {
    const Milliseconds until = clock_.since_boot() + time;
    while (agenda_.is_due(until)) {
      clock_.advance_to(std::max(*agenda_.next(), clock_.since_boot()));
      agenda_.run_due(clock_.since_boot());
    }
    clock_.advance_to(until);
  }
  void give(Milliseconds until) { EXPECT_TRUE(grant(attempt_.folder, until)); }
  bool lives() const { return runner_.alive() == 1; }
  Milliseconds billed() const { return runner_.ran().at(attempt_.id.job).billed; }

  Fate fate_{.startup = seconds(20), .runs = std::chrono::hours(24)};
  const ScratchFolder folder_ = ScratchFolder::make().value();
  const AttemptRef attempt_{{JobId{1}, 1}, "token", folder_.path() / "attempt"};
  VirtualClock clock_{Timestamp()};
  Agenda agenda_;
  SimulatedRunner runner_{clock_, agenda_, [this](const LaunchSpec&) { return fate_; },
                          [](RunnerEvent) {}};
};

TEST_F(SimulatedSandbox, EndsWithItsSliceWhereNobodyGrantsMore) {
  open(minutes(5), minutes(30));
  pass(minutes(5) + seconds(19));
  EXPECT_TRUE(lives());
  pass(minutes(30));
  EXPECT_FALSE(lives());
  EXPECT_EQ(billed(), minutes(5) + seconds(20));
}

TEST_F(SimulatedSandbox, LivesAsLongAsItWasGrantedAndNoLonger) {
  open(minutes(5), minutes(30));
  give(minutes(7));
  EXPECT_EQ(runner_.sandboxes().front().granted, minutes(7));
  pass(minutes(6));
  EXPECT_EQ(runner_.sandboxes().front().lived, minutes(5) + seconds(40));
  pass(minutes(30));
  EXPECT_EQ(billed(), minutes(7) + seconds(20));
}

TEST_F(SimulatedSandbox, NoGrantGoesPastItsMaximum) {
  open(minutes(5), minutes(8));
  give(minutes(60));
  EXPECT_EQ(runner_.sandboxes().front().granted, minutes(8));
  pass(minutes(60));
  EXPECT_EQ(billed(), minutes(8) + seconds(20));
}

TEST_F(SimulatedSandbox, WhatIsGrantedAfterItsEndBringsNothingBack) {
  open(minutes(5), minutes(30));
  pass(minutes(6));
  give(minutes(10));
  pass(minutes(30));
  EXPECT_EQ(billed(), minutes(5) + seconds(20));
}

TEST_F(SimulatedSandbox, MayEndBeforeItsSlice) {
  fate_.runs = minutes(2);
  open(minutes(5), minutes(30));
  pass(minutes(30));
  EXPECT_EQ(billed(), minutes(2) + seconds(20));
}

}  // namespace
}  // namespace pawl::simulation
