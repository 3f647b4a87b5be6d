// Nothing of an attempt outlives its record, whatever it forked.
#include <fcntl.h>
#include <unistd.h>

#include "tests/keeper/keeper_fixture.h"

namespace pawl::keeper {
namespace {

using testing::Values;

class Tree : public KeeperInBothModes {
 protected:
  // What `script` leaves behind says so through `up` and holds `alive` open; then the command
  // exits.
  void expect_dead_before_the_record(const std::string& script) {
    NamedPipe alive(work_ / "alive");
    NamedPipe up(work_ / "left");
    const std::string whole =
        "exec 9> alive; mkfifo up; " + script + " read x < up; echo go > left; exit 0";
    ASSERT_EQ(start({.command = shell(whole)}, GetParam()), 0);
    ASSERT_EQ(up.wait_for_line(), "go");
    wait_for_record();
    EXPECT_FALSE(alive.has_writer());
    EXPECT_EQ(field("outcome"), "exited");
    EXPECT_EQ(field("exit_code"), "0");
  }
};

INSTANTIATE_TEST_SUITE_P(Keeper, Tree, Values(Walls::kBare, Walls::kBoxed), [](const auto& test) {
  return test.param == Walls::kBare ? "Bare" : "Boxed";
});

// Q7: an end is reported only after confirmed death.
TEST_P(Tree, ADaemonIsDeadBeforeTheRecord) {
  expect_dead_before_the_record(R"(
    setsid sh -c 'setsid sh -c "trap \"\" TERM HUP INT; echo up > up; sleep 60" & exit 0' &)");
}

TEST_P(Tree, AForestOfProcessesIsDeadBeforeTheRecord) {
  expect_dead_before_the_record(R"(
    for i in 1 2 3 4 5 6 7 8 9; do
      (setsid sleep 60 & setsid sh -c 'sleep 60 & sleep 60' &)
    done
    (echo up > up) &)");
}

// Each generation forks the next one and exits. The whole group is killed at once, so none slips
// through.
TEST_P(Tree, AChainThatForksAndExitsIsDeadBeforeTheRecord) {
  expect_dead_before_the_record(R"(
    chain() { (chain) & exit 0; }
    (chain) &
    (echo up > up) &)");
}

TEST_P(Tree, AStoppedProcessIsDeadBeforeTheRecord) {
  expect_dead_before_the_record("setsid sh -c 'echo up > up; kill -STOP $$; sleep 60' &");
}

// The record must not wait for somebody outside who holds the job's stdout.
TEST_F(KeeperTest, AStrangerWithTheJobsPipeDoesNotDelayTheRecord) {
  NamedPipe ready(work_ / "ready");
  NamedPipe leave(work_ / "leave");
  ASSERT_EQ(
      start({.command = shell(
                 "echo $$ > ready; trap 'echo bye; exit 0' TERM; while :; do sleep 0.05; done")}),
      0);
  const std::string pid = ready.wait_for_line();
  const int stranger = open(("/proc/" + pid + "/fd/1").c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_GE(stranger, 0);
  ControlClient client(folder_);
  client.say("stop\n");
  EXPECT_TRUE(client.wait_for("ended"));
  EXPECT_EQ(text("record/stdout.log"), "bye\n");
  close(stranger);
}

TEST_P(Tree, ABuildLeavesNothingBehindForTheCommand) {
  const std::string build =
      "mkfifo up; setsid flock held sh -c 'echo up > up; sleep 60' & read x < up";
  run_to_end({.command = shell("flock -n held true"), .build = shell(build)}, GetParam());
  EXPECT_EQ(field("phase"), "command");
  EXPECT_EQ(field("exit_code"), "0");
}

}  // namespace
}  // namespace pawl::keeper
