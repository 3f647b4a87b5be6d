// An attempt runs at most once, and the lock tells whether it lives.
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>

#include "tests/keeper/keeper_fixture.h"

namespace pawl::keeper {
namespace {

using Once = KeeperTest;
using testing::Values;

class Liveness : public KeeperInBothModes {};

INSTANTIATE_TEST_SUITE_P(Keeper, Liveness, Values(Walls::kBare, Walls::kBoxed),
                         [](const auto& test) {
                           return test.param == Walls::kBare ? "Bare" : "Boxed";
                         });

TEST_F(Once, ARunningAttemptIsNotStartedAgain) {
  ASSERT_EQ(start({.command = shell("echo >> runs; sleep 60")}), 0);
  ASSERT_TRUE(ControlClient(folder_).wait_for("started"));
  EXPECT_EQ(run_keeper(), 75);
}

TEST_F(Once, AnEndedAttemptIsNotStartedAgain) {
  run_to_end({.command = shell("echo once >> runs")});
  ASSERT_TRUE(wait_until_lock_is_free());
  EXPECT_EQ(run_keeper(), 76);
  EXPECT_EQ(text("work/runs"), "once\n");
}

// Q2: one live attempt of a job, even if its keeper is gone.
TEST_F(Once, AnAttemptWhoseKeeperDiedIsNotStartedAgain) {
  ASSERT_EQ(start({.command = shell("sleep 60")}), 0);
  ASSERT_TRUE(ControlClient(folder_).wait_for("started"));
  kill(keeper_pid(), SIGKILL);
  ASSERT_TRUE(wait_until_lock_is_free());
  EXPECT_EQ(run_keeper(), 76);
}

// L6: what was found never to have been launched can never be launched afterwards.
TEST_F(Once, ARevokedAttemptIsNotStarted) {
  write_spec({.command = shell("echo >> runs")});
  std::ofstream(folder_ / "keeper/revoked") << "";
  EXPECT_EQ(run_keeper(), 77);
  EXPECT_FALSE(has("work/runs"));
  EXPECT_FALSE(has("keeper/state"));
}

TEST_F(Once, ALockedAttemptIsNotStarted) {
  write_spec({.command = shell("echo >> runs")});
  const int lock = open((folder_ / "keeper/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(flock(lock, LOCK_EX), 0);
  EXPECT_EQ(run_keeper(), 75);
  close(lock);
  EXPECT_FALSE(has("work/runs"));
}

TEST_F(Once, ALaunchThatFailsBeforeItsStateMayBeTriedAgain) {
  write_spec({.command = shell("exit 0")});
  std::filesystem::create_directory(folder_ / "keeper/state.tmp");  // the state cannot be written
  EXPECT_EQ(run_keeper(), 70);
  std::filesystem::remove(folder_ / "keeper/state.tmp");
  EXPECT_EQ(run_keeper(), 0);
  wait_for_record();
}

TEST_F(Once, AFolderWithoutASpecIsRefused) {
  EXPECT_EQ(run_keeper(), 66);
  EXPECT_FALSE(has("keeper/state"));
}

TEST_F(Once, ASpecThatThisKeeperDoesNotKnowInFullIsRefused) {
  for (const std::string line :
       {"color red", "limit_ms -1", "limit_ms 5s", "env %0", "env %00", "token"}) {
    write_spec({.command = shell("exit 0"), .more = {line}});
    EXPECT_EQ(run_keeper(), 66) << line;
  }
  EXPECT_FALSE(has("keeper/state"));
}

// L18: no limit is not "as long as it likes".
TEST_F(Once, ASpecWithoutALimitIsRefused) {
  std::ofstream(folder_ / "keeper/spec") << "token a\ncommand true\nworkdir /\n";
  EXPECT_EQ(run_keeper(), 66);
}

TEST_P(Liveness, TheLockIsHeldWhileTheAttemptLivesAndFreeAfterwards) {
  NamedPipe ready(work_ / "ready");
  ASSERT_EQ(start({.command = shell("echo go > ready; sleep 60")}, GetParam()), 0);
  ASSERT_EQ(ready.wait_for_line(), "go");
  const int lock = open((folder_ / "keeper/lock").c_str(), O_RDWR | O_CLOEXEC);
  EXPECT_NE(flock(lock, LOCK_EX | LOCK_NB), 0);
  close(lock);
  kill(keeper_pid(), SIGKILL);  // also: the job has not inherited it
  EXPECT_TRUE(wait_until_lock_is_free());
  EXPECT_FALSE(has("record/status.json"));
}

TEST_P(Liveness, TheCommandDiesWithItsKeeper) {
  NamedPipe ready(work_ / "ready");
  NamedPipe alive(work_ / "alive");
  ASSERT_EQ(start({.command = shell("exec 9> alive; echo go > ready; exec sleep 60")}, GetParam()),
            0);
  ASSERT_EQ(ready.wait_for_line(), "go");
  kill(keeper_pid(), SIGKILL);
  EXPECT_TRUE(alive.wait_until_no_writer());
}

TEST_F(Once, EverythingInABoxDiesWithItsKeeper) {
  if (!bubblewrap_works()) GTEST_SKIP() << "bubblewrap does not work here";
  NamedPipe ready(work_ / "ready");
  NamedPipe alive(work_ / "alive");
  const std::string script =
      "setsid sh -c 'exec 9> alive; (trap \"\" TERM HUP; echo go > ready; sleep 60) &' & wait; "
      "sleep 60";
  ASSERT_EQ(start({.command = shell(script)}, Walls::kBoxed), 0);
  ASSERT_EQ(ready.wait_for_line(), "go");
  kill(keeper_pid(), SIGKILL);
  EXPECT_TRUE(alive.wait_until_no_writer());
}

TEST_F(Once, TheControlSocketWorksHoweverDeepTheFolderLies) {
  const std::filesystem::path shallow = folder_;
  folder_ = folder_ / std::string(100, 'a') / std::string(100, 'b');
  work_ = folder_ / "work";
  for (const char* name : {"keeper", "record", "work"})
    std::filesystem::create_directories(folder_ / name);
  ASSERT_EQ(start({.command = shell("sleep 60")}), 0);
  ControlClient client(folder_);
  EXPECT_TRUE(client.wait_for("started"));
  client.say("stop\n");
  EXPECT_TRUE(client.wait_for("ended"));
  folder_ = shallow;
}

TEST_F(Once, APingTellsThePhase) {
  ASSERT_EQ(start({.command = shell("true"), .build = shell("sleep 60")}), 0);
  ControlClient client(folder_);
  ASSERT_TRUE(client.wait_for("started"));
  client.say("pi");
  client.say("ng\n");
  EXPECT_EQ(client.line(), "running build");
}

TEST_F(Once, ALateClientHearsThatTheCommandHasStarted) {
  ASSERT_EQ(start({.command = shell("sleep 60")}), 0);
  ASSERT_TRUE(ControlClient(folder_).wait_for("started"));
  EXPECT_EQ(ControlClient(folder_).line(), "started");
}

}  // namespace
}  // namespace pawl::keeper
