#include "server/runner/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/runner/inventory.h"

namespace pawl {
namespace {

constexpr Milliseconds kLong{30'000};

Result<ProgramEnd> shell(const std::string& script, Milliseconds limit = kLong) {
  return run_program({"/bin/sh", "-c", script}, {"PATH=/usr/bin:/bin"}, limit);
}

TEST(Process, AnExitCodeIsReturned) { EXPECT_EQ(shell("exit 7")->code, 7); }

TEST(Process, ASignalIsACodeAsShellsCountIt) { EXPECT_EQ(shell("kill -9 $$")->code, 137); }

TEST(Process, WhatItSaysOnStderrIsKept) {
  EXPECT_EQ(shell("echo out; echo bad luck >&2; exit 1")->errors, "bad luck\n");
}

TEST(Process, OnlyTheEndOfALongComplaintIsKept) {
  const auto end = shell("yes | head -c 5000000 >&2; echo last >&2");
  EXPECT_EQ(end->errors.size(), 2000U);
  EXPECT_TRUE(end->errors.ends_with("last\n"));
}

TEST(Process, AProgramThatHangsIsKilled) {
  const auto end = shell("exec sleep 60", Milliseconds(50));
  EXPECT_TRUE(end->timed_out);
}

TEST(Process, AProgramThatIsNotThereIsAnError) {
  const auto end = run_program({"/opt/none/program"}, {}, kLong);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().message, "could not start /opt/none/program: No such file or directory");
}

TEST(Process, ADaemonThatKeepsStderrOpenIsNotWaitedFor) {
  EXPECT_EQ(shell("sleep 5 & exit 3")->code, 3);
}

TEST(Process, NeitherEnvironmentNorDescriptorsAreInherited) {
  setenv("PAWL_TEST_SECRET", "hunter2", 1);
  const int leaked = open("/dev/null", O_RDONLY);
  const auto end = shell("env | grep SECRET >&2; cd /proc/self/fd && echo * >&2");
  close(leaked);
  unsetenv("PAWL_TEST_SECRET");
  EXPECT_EQ(end->errors, "0 1 2 3\n");  // 3 is the listed folder itself
}

TEST(Process, ProgramsAreFoundInThePath) {
  EXPECT_EQ(find_in_path("sh").substr(0, 1), "/");
  EXPECT_EQ(find_in_path("no-such-program"), "");
}

TEST(Machine, HasACore) { EXPECT_GE(read_machine().cpu_slots, 1); }

}  // namespace
}  // namespace pawl
