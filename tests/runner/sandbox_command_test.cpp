// Commands in a running sandbox, with and without bubblewrap: what comes back, and what is left.
#include "server/runner/sandbox_command.h"

#include <thread>

#include "tests/runner/runner_fixture.h"

namespace pawl {
namespace {

using testing::Values;

class Sandbox : public RunnerInBothModes {
 protected:
  void SetUp() override {
    RunnerInBothModes::SetUp();
    if (IsSkipped()) return;
    one_ = attempt(1);
    LaunchSpec spec = shell(one_, "");
    spec.command = {};
    spec.lease = std::chrono::minutes(10);
    ASSERT_TRUE(runner_->launch(spec));
    ASSERT_TRUE(events_.wait_for(one_.id, RunnerEventKind::kStarted));
  }
  Result<CommandEnd> run(std::vector<std::string> command, Milliseconds timeout = kLong,
                         std::int64_t bytes_max = 1000) {
    return run_in_sandbox(one_, {std::move(command), timeout, bytes_max}, stop_.get_token());
  }
  Result<CommandEnd> script(std::string text, Milliseconds timeout = kLong) {
    return run({"sh", "-c", std::move(text)}, timeout);
  }

  static constexpr Milliseconds kLong{20'000};
  AttemptRef one_;
  std::stop_source stop_;
};

INSTANTIATE_TEST_SUITE_P(Runner, Sandbox, Values(Mode::kBare, Mode::kBoxed), mode_name);

TEST_P(Sandbox, ACommandLeavesItsCodeAndBothStreamsInTheirOrder) {
  const auto end = script("echo out; echo err >&2; exit 3");
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->outcome, CommandOutcome::kExited);
  EXPECT_EQ(end->code, 3);
  EXPECT_EQ(end->head, "out\nerr\n");
  EXPECT_EQ(end->bytes, 8);
}

TEST_P(Sandbox, CommandsShareTheWorkFolder) {
  ASSERT_TRUE(script("echo 7 > kept"));
  EXPECT_EQ(script("cat kept; pwd")->head, "7\n" + work(one_).string() + "\n");
  EXPECT_EQ(text(work(one_) / "kept"), "7\n");
}

TEST_P(Sandbox, OfAFloodOnlyTheBeginningAndTheEndComeBack) {
  const auto end = run({"sh", "-c", "seq 100000"}, kLong, 40);
  EXPECT_EQ(end->bytes, 588'895);
  EXPECT_EQ(end->head, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10");
  EXPECT_EQ(end->tail, "\n99998\n99999\n100000\n");
}

TEST_P(Sandbox, ATimeoutKillsAllThatTheCommandStartedAndNotTheSandbox) {
  Fifo fifo(work(one_) / "alive");
  const auto end =
      script("(setsid sh -c 'exec 3>alive; sleep 60' &) ; sleep 60", Milliseconds(500));
  EXPECT_EQ(end->outcome, CommandOutcome::kTimedOut);
  EXPECT_FALSE(fifo.has_writer());
  EXPECT_EQ(script("echo here")->head, "here\n");
}

TEST_P(Sandbox, NothingIsLeftOfACommandThatEnded) {
  Fifo fifo(work(one_) / "alive");
  const auto end = script("setsid sh -c 'echo begun; exec 3>alive; sleep 60' & head -c 0 alive");
  EXPECT_EQ(end->outcome, CommandOutcome::kExited);
  EXPECT_FALSE(fifo.has_writer());
}

TEST_P(Sandbox, WhatCannotStartIsNamed) {
  const auto end = run({"no-such-tool"});
  EXPECT_EQ(end->outcome, CommandOutcome::kNotStarted);
  EXPECT_EQ(end->problem,
            "cannot start \"no-such-tool\": no program of that name is in PATH (/usr/bin:/bin)");
}

TEST_P(Sandbox, ACallerWhoGoesTakesTheCommandAlong) {
  Fifo fifo(work(one_) / "running");
  const std::jthread first(
      [this] { EXPECT_FALSE(script("exec 3>running; echo now >&3; sleep 60")); });
  ASSERT_EQ(fifo.line(), "now");
  stop_.request_stop();
  EXPECT_EQ(fifo.line(), "");  // the end of what wrote to it
  EXPECT_EQ(run_in_sandbox(one_, {{"echo", "here"}, kLong, 10}, {})->head, "here\n");
}

TEST_P(Sandbox, ACommandHasNoInputAndKnowsItsTime) {
  EXPECT_EQ(script("cat; echo $PAWL_DEADLINE", std::chrono::seconds(7))->head, "7\n");
}

TEST_P(Sandbox, AfterTheEndNobodyAnswers) {
  runner_->stop(one_);
  ASSERT_TRUE(events_.wait_for(one_.id, RunnerEventKind::kEnded));
  EXPECT_EQ(script("echo here").error().kind, ErrorKind::kEngine);
}

}  // namespace
}  // namespace pawl
