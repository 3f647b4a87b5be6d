// What a job can reach: tried from inside.
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

#include "server/runner/process.h"
#include "tests/runner/runner_fixture.h"

namespace pawl {
namespace {

using testing::Values;
namespace fs = std::filesystem;

class Walls : public RunnerInBothModes {
 protected:
  // Runs the script to its end; what it wrote to stdout.
  std::string output_of(const LaunchSpec& spec) {
    EXPECT_TRUE(runner_->launch(spec));
    EXPECT_TRUE(events_.wait_for(spec.attempt.id, RunnerEventKind::kEnded));
    return text(spec.attempt.folder / "record/stdout.log");
  }
};

class Box : public Walls {};

INSTANTIATE_TEST_SUITE_P(Runner, Walls, Values(Mode::kBare, Mode::kBoxed), mode_name);
INSTANTIATE_TEST_SUITE_P(Runner, Box, Values(Mode::kBoxed), mode_name);

TEST_P(Walls, TheJobHasTheGivenEnvironmentItsTokenAndItsDeadline) {
  const AttemptRef one = attempt(1);
  LaunchSpec spec = shell(one, "");
  spec.command = {"env"};
  spec.env = {"PATH=/usr/bin:/bin", "PAWL_SEED=7", "PAWL_ATTEMPT_TOKEN=forged"};
  EXPECT_EQ(output_of(spec), "PATH=/usr/bin:/bin\nPAWL_SEED=7\nPAWL_ATTEMPT_TOKEN=" + one.token +
                                 "\nPAWL_DEADLINE=119\n");
}

TEST_P(Walls, NothingOfTheServersEnvironmentCanBeFound) {
  setenv("PAWL_TEST_SECRET", "hunter2", 1);
  const AttemptRef one = attempt(1);
  // Its own ancestors: all that an unboxed job of another user could see as well.
  const std::string script =
      "p=$$; while [ $p -gt 1 ]; do cat /proc/$p/environ 2>/dev/null | tr '\\0' '\\n' | grep -c "
      "SECRET;"
      "p=$(cut -d' ' -f4 /proc/$p/stat); [ \"$(cat /proc/$p/comm)\" = pawl-keeper ] || break; done";
  const std::string counts = output_of(shell(one, script));
  unsetenv("PAWL_TEST_SECRET");
  EXPECT_EQ(counts.find_first_not_of("0\n"), std::string::npos) << counts;
}

TEST_P(Walls, WorkRunAndCheckpointAreWritableAtTheirOwnPaths) {
  const AttemptRef one = attempt(1);
  LaunchSpec spec = shell(one, "");
  spec.checkpoint = state_ / "checkpoints/tiny/1";
  fs::create_directories(spec.checkpoint);
  const std::string run = (one.folder / "run/metrics.jsonl").string();
  const std::string kept = (spec.checkpoint / "model").string();
  spec.command = {"sh", "-c", "pwd; echo w > file; echo r > " + run + "; echo c > " + kept};
  EXPECT_EQ(output_of(spec), work(one).string() + "\n");
  EXPECT_EQ(text(work(one) / "file"), "w\n");
  EXPECT_EQ(text(run), "r\n");
  EXPECT_EQ(text(kept), "c\n");
}

TEST_P(Walls, AVolumeInTheCheckoutCanBeRead) {
  const AttemptRef one = attempt(1);
  fs::create_directories(state_ / "data");
  std::ofstream(state_ / "data/text") << "to be or not\n";
  LaunchSpec spec = shell(one, "cat corpus/shakespeare/text");
  spec.volumes = {{state_ / "data", "corpus/shakespeare"}};
  EXPECT_EQ(output_of(spec), "to be or not\n");
}

TEST_P(Box, AVolumeCannotBeWritten) {
  const AttemptRef one = attempt(1);
  fs::create_directories(state_ / "data");
  std::ofstream(state_ / "data/text") << "to be or not\n";
  LaunchSpec spec = shell(one,
                          "cat /corpus/text; echo x > /corpus/text || rm -f /corpus/text || chmod "
                          "777 /corpus && echo changed");
  spec.volumes = {{state_ / "data", "/corpus"}};
  EXPECT_EQ(output_of(spec), "to be or not\n");
  EXPECT_EQ(text(state_ / "data/text"), "to be or not\n");
}

TEST_P(Box, WhatTheServerMakesReadableIsThere) {
  fs::create_directories(state_ / "tools");
  std::ofstream(state_ / "tools/version") << "3\n";
  runner_ = std::make_unique<LocalRunner>(
      LocalRunnerOptions{.keeper = BIN_DIR "/pawl-keeper", .readable = {state_ / "tools"}},
      events_.sink());
  const std::string file = (state_ / "tools/version").string();
  EXPECT_EQ(output_of(shell(attempt(1), "cat " + file + "; echo 4 > " + file)), "3\n");
}

TEST_P(Box, AMissingVolumeIsNamed) {
  const AttemptRef one = attempt(1);
  LaunchSpec spec = shell(one, "true");
  spec.volumes = {{state_ / "none", "/corpus"}};
  output_of(spec);
  EXPECT_NE(
      text(one.folder / "record/status.json").find("source path " + (state_ / "none").string()),
      std::string::npos);
}

TEST_F(RunnerTest, AVolumeThatOnlyABoxCouldShowIsRefusedWithoutOne) {
  runner_ = make_runner(Mode::kBare, events_.sink());
  LaunchSpec spec = shell(attempt(1), "true");
  spec.volumes = {{state_, "/corpus"}};
  EXPECT_EQ(runner_->launch(spec).error().message,
            "could not show volume /corpus: bubblewrap does not work here");
}

TEST_P(Box, TheAttemptsOwnRecordsCannotBeReached) {
  const AttemptRef one = attempt(1);
  const std::string folder = one.folder.string();
  EXPECT_EQ(output_of(shell(one, "ls " + folder)), "run\nwork\n");
}

// From the list of attacks in ENGINES.md; the seccomp filter's part is not here yet.
TEST_P(Box, WhatAnAttackerTriesFails) {
  for (const std::string attack : {
           "cat /etc/shadow",
           "cat /proc/1/environ",
           "for fd in $(seq 0 60); do echo 0 > /proc/1/fd/$fd && exit 0; done; false",
           "echo core > /proc/sys/kernel/core_pattern",
           "echo 1 > /proc/sys/vm/drop_caches",
           "echo b > /proc/sysrq-trigger",
           "touch /file",
           "touch /usr/bin/file",
           "touch /etc/file",
           "mount -t tmpfs none /tmp",
           "unshare --user --map-root-user true",
           "unshare --mount true",
           "chroot /tmp true",
           "bwrap --ro-bind / / true",
           "mknod node b 8 0",
           "ls /root",
           "ls /home",
           "su -c true",
       }) {
    const AttemptRef one = attempt(static_cast<int>(attempts_.size()) + 1);
    EXPECT_EQ(output_of(shell(one, "(" + attack + ") 2> /dev/null && echo succeeded; echo tried")),
              "tried\n")
        << attack;
  }
}

// Its first process is not the job's to kill: it says how the command ended.
TEST_P(Box, TheExitCodeCannotBeForged) {
  const AttemptRef one = attempt(1);
  output_of(shell(one, "kill -9 1; kill -9 -1; exit 3"));
  EXPECT_NE(text(one.folder / "record/status.json").find("\"exit_code\":3"), std::string::npos);
}

TEST_P(Box, ThereIsNoNetworkButItsOwnLoopback) {
  const AttemptRef one = attempt(1);
  EXPECT_EQ(output_of(shell(one, "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '")), "lo\n");
}

// Loopback TCP and abstract sockets belong to the network namespace.
TEST_P(Box, TheServersSocketsAreOutOfReach) {
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(server, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(server, 1), 0);
  getsockname(server, reinterpret_cast<sockaddr*>(&address), &size);
  const std::string port = std::to_string(ntohs(address.sin_port));
  LaunchSpec spec = shell(attempt(1), "");
  spec.command = {
      "bash", "-c",
      "(exec 3<> /dev/tcp/127.0.0.1/" + port + ") 2> /dev/null && echo connected; echo tried"};
  EXPECT_EQ(output_of(spec), "tried\n");
  close(server);
}

TEST_P(Box, TheJobSeesOnlyItsOwnProcesses) {
  const AttemptRef one = attempt(1);
  EXPECT_EQ(output_of(shell(one, "kill -0 2 && ls -d /proc/[0-9]* | wc -l | head -c 1")).size(),
            1U);
}

TEST_P(Box, LocalhostHasAnAddressAndTheUserAName) {
  const AttemptRef one = attempt(1);
  EXPECT_EQ(output_of(shell(one, "getent hosts localhost | head -c 3; echo; id -un")),
            "::1\nuser\n");
}

}  // namespace
}  // namespace pawl
