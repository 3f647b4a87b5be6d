// Nothing of an attempt outlives its record, whatever it forked.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <thread>

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

// The record must not wait for somebody outside who holds the job's stderr, even if he never stops
// writing.
TEST_F(KeeperTest, AStrangerWithTheJobsPipeDoesNotDelayTheRecord) {
  NamedPipe ready(work_ / "ready");
  ASSERT_EQ(start({.command = shell("echo $$ > ready; sleep 60")}), 0);
  const std::string pipe = "/proc/" + ready.wait_for_line() + "/fd/2";
  const int stranger = open(pipe.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(stranger, 0);
  signal(SIGPIPE, SIG_IGN);  // once the keeper is gone
  const std::string noise(4096, 'x');
  ASSERT_EQ(write(stranger, noise.data(), noise.size()), 4096);
  const std::jthread flood([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) (void)!write(stranger, noise.data(), noise.size());
  });
  ControlClient client(folder_);
  client.say("stop\n");
  EXPECT_TRUE(client.wait_for("ended"));
  EXPECT_GE(number("stderr_bytes"), 4096);
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
