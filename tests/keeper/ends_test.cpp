// How an attempt's end is told: code, signal, deadline, stop, and what was missing when it never
// started.
#include <signal.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/keeper/keeper_fixture.h"

namespace pawl::keeper {
namespace {

using testing::Values;

class Ends : public KeeperInBothModes {
 protected:
  void write_script(const std::string& name, const std::string& content) {
    std::ofstream(work_ / name) << content;
    chmod((work_ / name).c_str(), 0755);
  }
  // The walls could be built and the command could not be started.
  void expect_not_started(const std::string& error) {
    EXPECT_EQ(field("outcome"), "not_started");
    EXPECT_EQ(field("error"), error);
    EXPECT_EQ(field("exit_code"), "null");
    EXPECT_EQ(number("first_instruction_ms"), 0);
  }
};

INSTANTIATE_TEST_SUITE_P(Keeper, Ends, Values(Walls::kBare, Walls::kBoxed), [](const auto& test) {
  return test.param == Walls::kBare ? "Bare" : "Boxed";
});

TEST_P(Ends, ACommandThatExitsLeavesItsCode) {
  run_to_end({.command = shell("exit 7")}, GetParam());
  EXPECT_EQ(field("outcome"), "exited");
  EXPECT_EQ(field("exit_code"), "7");
  EXPECT_EQ(field("signal"), "null");
  EXPECT_EQ(field("phase"), "command");
  EXPECT_EQ(field("token"), "abcdef");
  EXPECT_EQ(field("written_by"), "keeper");
  EXPECT_EQ(field("pid_namespace"), GetParam() == Walls::kBoxed ? "true" : "false");
  EXPECT_GT(number("first_instruction_ms"), 0);
  EXPECT_GE(number("billed_ms"), number("command_ms"));
}

TEST_P(Ends, ASignalIsNotMistakenForAnExitCode) {
  run_to_end({.command = shell("kill -SEGV $$")}, GetParam());
  EXPECT_EQ(field("outcome"), "signaled");
  EXPECT_EQ(field("signal"), std::to_string(SIGSEGV));
  EXPECT_EQ(field("exit_code"), "null");
}

TEST_P(Ends, AnExitCodeIsNotMistakenForASignal) {
  run_to_end({.command = shell("exit 139")}, GetParam());
  EXPECT_EQ(field("outcome"), "exited");
  EXPECT_EQ(field("exit_code"), "139");
}

TEST_P(Ends, AMissingCommandIsNamed) {
  run_to_end({.command = {"no-such-trainer", "--lr", "3"}}, GetParam());
  expect_not_started(
      R"(cannot start \"no-such-trainer\": no program of that name is in PATH (/usr/bin:/bin))");
}

TEST_P(Ends, AMissingPathIsNamed) {
  run_to_end({.command = {"./train.sh"}}, GetParam());
  expect_not_started(R"(cannot start \"./train.sh\": it does not exist)");
}

TEST_P(Ends, AMissingInterpreterOfAScriptIsNamed) {
  write_script("train.sh", "#!/opt/none/python9 -u\n");
  run_to_end({.command = {"./train.sh"}}, GetParam());
  expect_not_started(
      R"(cannot start \"./train.sh\": its interpreter \"/opt/none/python9\" does not exist)");
}

TEST_P(Ends, AMissingInterpreterBehindEnvIsNamed) {
  write_script("train.sh", "#!/usr/bin/env python9\n");
  run_to_end({.command = {"./train.sh"}}, GetParam());
  expect_not_started(
      R"(cannot start \"./train.sh\": its interpreter \"python9\" is not in PATH (/usr/bin:/bin))");
}

TEST_P(Ends, AFileThatIsNotExecutableIsNamed) {
  std::ofstream(work_ / "train.sh") << "#!/bin/sh\n";
  run_to_end({.command = {"./train.sh"}}, GetParam());
  expect_not_started(R"(cannot start \"./train.sh\": it is not executable)");
}

TEST_P(Ends, ATextWithoutAFirstLineIsNotGivenToAShell) {
  write_script("train.sh", "touch ran\n");
  run_to_end({.command = {"./train.sh"}}, GetParam());
  expect_not_started(
      R"(cannot start \"./train.sh\": it is neither a program for this machine nor a script with a #! line)");
  EXPECT_FALSE(has("work/ran"));
}

TEST_F(KeeperTest, AMissingWorkingDirectoryIsNamed) {
  std::filesystem::remove(work_);
  run_to_end({.command = shell("true")});
  EXPECT_EQ(field("outcome"), "not_started");
  EXPECT_EQ(field("error"), R"(cannot enter the working directory \")" + work_.string() +
                                R"(\": No such file or directory)");
}

TEST_F(KeeperTest, WallsThatCannotBeBuiltAreExplainedInBubblewrapsWords) {
  if (!bubblewrap_works()) GTEST_SKIP() << "bubblewrap does not work here";
  std::filesystem::remove(work_);
  run_to_end({.command = shell("true")}, Walls::kBoxed);
  EXPECT_EQ(field("outcome"), "not_started");
  EXPECT_EQ(field("error"),
            "bwrap: Can't find source path " + work_.string() + ": No such file or directory");
}

TEST_F(KeeperTest, AMissingBubblewrapIsNamed) {
  run_to_end({.command = shell("true"), .more = {"box /opt/none/bwrap", "box --"}});
  EXPECT_EQ(field("outcome"), "not_started");
  EXPECT_EQ(field("error"), R"(cannot start \"/opt/none/bwrap\": it does not exist)");
}

TEST_P(Ends, TheDeadlineEndsACommandThatIgnoresSigterm) {
  const Job job{.command = shell("trap '' TERM; echo ready; while :; do sleep 9; done"),
                .limit_ms = 300,
                .grace_ms = 100};
  run_to_end(job, GetParam());
  EXPECT_EQ(field("outcome"), "deadline");
  EXPECT_EQ(field("signal"), std::to_string(SIGKILL));
  EXPECT_GE(number("billed_ms"), 400);
  EXPECT_EQ(text("record/stdout.log"), "ready\n");
}

TEST_P(Ends, TheGraceLetsACommandSaveItsWork) {
  const Job job{
      .command = shell("trap 'echo saved > checkpoint; exit 3' TERM; while :; do sleep 0.05; done"),
      .limit_ms = 300,
      .grace_ms = 30'000};
  run_to_end(job, GetParam());
  EXPECT_EQ(field("outcome"), "deadline");
  EXPECT_EQ(field("exit_code"), "3");
  EXPECT_EQ(text("work/checkpoint"), "saved\n");
  EXPECT_LT(number("billed_ms"), 20'000);
}

TEST_P(Ends, SigtermReachesTheWholeTree) {
  const std::string child =
      "trap 'echo told > told; exit' TERM; echo go > ready; while :; do sleep 0.05; done";
  NamedPipe ready(work_ / "ready");
  ASSERT_EQ(
      start({.command = shell("trap : TERM; (" + child + ") & wait; wait"), .grace_ms = 30'000},
            GetParam()),
      0);
  ASSERT_EQ(ready.wait_for_line(), "go");
  ControlClient(folder_).say("stop\n");
  wait_for_record();
  EXPECT_EQ(text("work/told"), "told\n");
}

TEST_P(Ends, AStopIsACancellationEvenIfTheCommandThenExitsWell) {
  NamedPipe ready(work_ / "ready");
  const std::string script = "trap 'exit 0' TERM; echo go > ready; while :; do sleep 0.05; done";
  ASSERT_EQ(start({.command = shell(script)}, GetParam()), 0);
  ASSERT_EQ(ready.wait_for_line(), "go");
  ControlClient client(folder_);
  client.say("stop\n");
  EXPECT_TRUE(client.wait_for("ended"));
  EXPECT_EQ(field("outcome"), "cancelled");
  EXPECT_EQ(field("exit_code"), "0");
}

TEST_P(Ends, SigtermToTheKeeperIsAStop) {
  ASSERT_EQ(start({.command = shell("sleep 60")}, GetParam()), 0);
  ControlClient client(folder_);
  ASSERT_TRUE(client.wait_for("started"));
  kill(keeper_pid(), SIGTERM);
  wait_for_record();
  EXPECT_EQ(field("outcome"), "cancelled");
}

TEST_P(Ends, AFailingBuildEndsTheAttempt) {
  run_to_end({.command = shell("touch ran"), .build = shell("echo building; exit 4")}, GetParam());
  EXPECT_EQ(field("outcome"), "exited");
  EXPECT_EQ(field("phase"), "build");
  EXPECT_EQ(field("exit_code"), "4");
  EXPECT_EQ(text("record/stdout.log"), "building\n");
  EXPECT_FALSE(has("work/ran"));
}

TEST_P(Ends, TheCommandFollowsABuildThatWentWell) {
  run_to_end({.command = shell("cat built; exit 5"), .build = shell("echo yes > built")},
             GetParam());
  EXPECT_EQ(field("phase"), "command");
  EXPECT_EQ(field("exit_code"), "5");
  EXPECT_EQ(text("record/stdout.log"), "yes\n");
}

TEST_P(Ends, OneDeadlineCoversBuildAndCommand) {
  run_to_end({.command = shell("touch ran"), .build = shell("sleep 60"), .limit_ms = 200},
             GetParam());
  EXPECT_EQ(field("outcome"), "deadline");
  EXPECT_EQ(field("phase"), "build");
  EXPECT_FALSE(has("work/ran"));
}

}  // namespace
}  // namespace pawl::keeper
