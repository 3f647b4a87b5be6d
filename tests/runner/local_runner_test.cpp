// Launch, listen, stop, adopt, recover: with and without bubblewrap.
#include "server/runner/local_runner.h"

#include <algorithm>
#include <map>
#include <thread>

#include "server/runner/attempt_folder.h"
#include "tests/runner/runner_fixture.h"

namespace pawl {
namespace {

using testing::Values;
namespace fs = std::filesystem;

class Running : public RunnerInBothModes {
 protected:
  std::string record(const AttemptRef& one) { return text(one.folder / "record/status.json"); }
  RunnerEventKind last_event(const AttemptRef& one) {
    for (auto event = events_.next(); event; event = events_.next()) {
      if (event->attempt == one.id && event->kind != RunnerEventKind::kStarted) return event->kind;
    }
    ADD_FAILURE() << "no last event";
    return RunnerEventKind::kStarted;
  }
  bool says(const AttemptRef& one, const std::string& fact) {
    return record(one).find(fact) != std::string::npos;
  }
};

INSTANTIATE_TEST_SUITE_P(Runner, Running, Values(Mode::kBare, Mode::kBoxed), mode_name);

TEST_P(Running, AnAttemptStartsAndEnds) {
  const AttemptRef one = attempt(1);
  ASSERT_TRUE(runner_->launch(shell(one, "sleep 0.2; exit 3")));
  EXPECT_EQ(events_.next(), (RunnerEvent{one.id, RunnerEventKind::kStarted}));
  EXPECT_EQ(events_.next(), (RunnerEvent{one.id, RunnerEventKind::kEnded}));
  EXPECT_TRUE(says(one, "\"exit_code\":3"));
  EXPECT_TRUE(says(one, "\"token\":\"" + one.token + "\""));
}

TEST_P(Running, ACommandThatCannotStartIsAnEnd) {
  const AttemptRef one = attempt(1);
  LaunchSpec spec = shell(one, "");
  spec.command = {"no-such-trainer"};
  ASSERT_TRUE(runner_->launch(spec));
  EXPECT_EQ(events_.next(), (RunnerEvent{one.id, RunnerEventKind::kEnded}));
  EXPECT_TRUE(says(one, "\"outcome\":\"not_started\""));
}

TEST_P(Running, AStopRightAfterTheLaunchIsDelivered) {
  const AttemptRef one = attempt(1);
  ASSERT_TRUE(runner_->launch(shell(one, "sleep 60")));
  runner_->stop(one);
  EXPECT_TRUE(events_.wait_for(one.id, RunnerEventKind::kEnded));
  EXPECT_TRUE(says(one, "\"outcome\":\"cancelled\""));
}

TEST_P(Running, AStopDuringTheLaunchIsDelivered) {
  const AttemptRef one = attempt(1);
  std::thread launching([&] { EXPECT_TRUE(runner_->launch(shell(one, "sleep 60"))); });
  while (!fs::exists(one.folder / "keeper/spec")) std::this_thread::yield();
  runner_->stop(one);
  launching.join();
  runner_->stop(one);
  EXPECT_TRUE(events_.wait_for(one.id, RunnerEventKind::kEnded));
}

TEST_P(Running, AStopOfWhatIsNotAliveDoesNothing) {
  const AttemptRef one = attempt(1);
  runner_->stop(one);
  ASSERT_TRUE(runner_->launch(shell(one, "true")));
  EXPECT_TRUE(events_.wait_for(one.id, RunnerEventKind::kEnded));
  runner_->stop(one);
  EXPECT_EQ(runner_->recover(one), Recovered::kEnded);
}

TEST_P(Running, LaunchingTwiceRunsOnce) {
  const AttemptRef one = attempt(1);
  const LaunchSpec spec = shell(one, "echo ran >> runs; sleep 0.2");
  ASSERT_TRUE(runner_->launch(spec));
  EXPECT_TRUE(runner_->launch(spec));
  EXPECT_TRUE(events_.wait_for(one.id, RunnerEventKind::kEnded));
  EXPECT_TRUE(runner_->launch(spec));
  EXPECT_TRUE(events_.wait_for(one.id, RunnerEventKind::kEnded));
  EXPECT_EQ(text(work(one) / "runs"), "ran\n");
}

TEST_P(Running, AFolderOfAnotherAttemptIsRefused) {
  const AttemptRef one = attempt(1);
  ASSERT_TRUE(runner_->launch(shell(one, "true")));
  EXPECT_TRUE(events_.wait_for(one.id, RunnerEventKind::kEnded));
  const AttemptRef other{.id = {JobId{2}, 1}, .token = "another", .folder = one.folder};
  EXPECT_EQ(runner_->launch(shell(other, "true")).error().kind, ErrorKind::kInternal);
}

// Q13: a restart of the server changes no outcome.
TEST_P(Running, ARestartAdoptsWhatIsAlive) {
  const AttemptRef one = attempt(1);
  Fifo ready(work(one) / "ready");
  ASSERT_TRUE(runner_->launch(shell(one, "echo go > ready; sleep 60")));
  ASSERT_EQ(ready.line(), "go");
  restart(GetParam());
  EXPECT_EQ(runner_->recover(one), Recovered::kAlive);
  EXPECT_TRUE(events_.wait_for(one.id, RunnerEventKind::kStarted));
  runner_->stop(one);
  EXPECT_TRUE(events_.wait_for(one.id, RunnerEventKind::kEnded));
}

TEST_P(Running, ARestartFindsWhatEndedMeanwhile) {
  const AttemptRef one = attempt(1);
  ASSERT_TRUE(runner_->launch(shell(one, "exit 4")));
  ASSERT_TRUE(events_.wait_for(one.id, RunnerEventKind::kEnded));
  restart(GetParam());
  EXPECT_EQ(runner_->recover(one), Recovered::kEnded);
  EXPECT_TRUE(says(one, "\"exit_code\":4"));
}

// L6, L7: "never launched" is said only of what can never be launched again.
TEST_P(Running, WhatWasNeverLaunchedIsFencedOff) {
  const AttemptRef one = attempt(1);
  EXPECT_EQ(runner_->recover(one), Recovered::kNeverLaunched);
  const auto launched = runner_->launch(shell(one, "echo > ran"));
  ASSERT_FALSE(launched);
  EXPECT_EQ(launched.error().kind, ErrorKind::kEngine);
  EXPECT_EQ(launched.error().message,
            "could not start the attempt: pawl-keeper: the attempt was revoked");
  EXPECT_EQ(runner_->recover(one), Recovered::kNeverLaunched);
  EXPECT_FALSE(fs::exists(work(one) / "ran"));
}

TEST_P(Running, AnAttemptWithoutAFolderWasNeverLaunched) {
  const AttemptRef one{.id = {JobId{1}, 1}, .token = "abc", .folder = state_ / "attempts/tiny/9-1"};
  EXPECT_EQ(runner_->recover(one), Recovered::kNeverLaunched);
}

// L6: a launch and a recovery at the same time agree on whether the attempt exists.
TEST_P(Running, TheFenceAndTheLaunchNeverBothSucceed) {
  std::map<bool, int> seen;
  for (int number = 1; number <= 30; ++number) {
    const AttemptRef one = attempt(number);
    Result<void> launched;
    std::thread launching([&] { launched = runner_->launch(shell(one, "echo > ran")); });
    const Result<Recovered> recovered = runner_->recover(one);
    launching.join();
    const bool ended = launched && last_event(one) == RunnerEventKind::kEnded;
    const bool fenced = recovered == Recovered::kNeverLaunched;
    EXPECT_NE(ended, fenced) << number;
    EXPECT_EQ(fs::exists(work(one) / "ran"), !fenced) << number;
    ++seen[fenced];
  }
  RecordProperty("fenced", seen[true]);
}

// Q8, L6: lost is said only after everything of the attempt is dead.
TEST_P(Running, AKeeperThatDiesLeavesALostAttemptAndNoProcess) {
  const AttemptRef one = attempt(1);
  Fifo ready(work(one) / "ready");
  Fifo alive(work(one) / "alive");
  const std::string daemon = "trap \"\" TERM HUP; echo go > ready; sleep 60; true";
  ASSERT_TRUE(
      runner_->launch(shell(one, "exec 9> alive; setsid sh -c '(setsid sh -c \"" +
                                     std::string(daemon) + "\" &); exit 0' & wait; sleep 60")));
  ASSERT_EQ(ready.line(), "go");
  kill_keeper(one);
  EXPECT_TRUE(events_.wait_for(one.id, RunnerEventKind::kLost));
  EXPECT_FALSE(alive.has_writer());
  EXPECT_FALSE(fs::exists(one.folder / "record/status.json"));
}

TEST_P(Running, ARestartFindsALostAttemptAndLeavesNoProcess) {
  const AttemptRef one = attempt(1);
  Fifo ready(work(one) / "ready");
  Fifo alive(work(one) / "alive");
  ASSERT_TRUE(runner_->launch(
      shell(one, "exec 9> alive; setsid sh -c 'echo go > ready; sleep 60; true' & wait")));
  ASSERT_EQ(ready.line(), "go");
  runner_.reset();
  kill_keeper(one);
  runner_ = make_runner(GetParam(), events_.sink());
  EXPECT_EQ(runner_->recover(one), Recovered::kLost);
  EXPECT_FALSE(alive.has_writer());
}

TEST_P(Running, AHundredAttemptsEachEndOnce) {
  constexpr int kAttempts = 100;
  for (int number = 1; number <= kAttempts; ++number) {
    ASSERT_TRUE(runner_->launch(shell(attempt(number), "exit 0")));
  }
  std::map<AttemptId, int> ends;
  while (ends.size() < kAttempts) {
    const auto event = events_.next();
    ASSERT_TRUE(event.has_value());
    if (event->kind == RunnerEventKind::kEnded) ++ends[event->attempt];
    ASSERT_NE(event->kind, RunnerEventKind::kLost);
  }
  EXPECT_TRUE(std::ranges::all_of(ends, [](const auto& entry) { return entry.second == 1; }));
}

TEST_F(RunnerTest, AKeeperThatIsNotThereIsALaunchThatNeverHappened) {
  runner_ = std::make_unique<LocalRunner>(
      LocalRunnerOptions{.keeper = "/opt/none/pawl-keeper", .box_allowed = false}, events_.sink());
  const AttemptRef one = attempt(1);
  const auto launched = runner_->launch(shell(one, "true"));
  ASSERT_FALSE(launched);
  EXPECT_EQ(launched.error().kind, ErrorKind::kEngine);
  EXPECT_EQ(runner_->recover(one), Recovered::kNeverLaunched);
  EXPECT_EQ(events_.waiting(), 0U);
}

TEST_F(RunnerTest, ABoxThatIsSwitchedOffSaysSo) {
  runner_ = make_runner(Mode::kBare, events_.sink());
  EXPECT_FALSE(runner_->boxed());
  EXPECT_EQ(runner_->unboxed_reason(), "bubblewrap is switched off");
}

}  // namespace
}  // namespace pawl
