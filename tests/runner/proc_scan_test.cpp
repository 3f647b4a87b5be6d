#include "server/runner/proc_scan.h"

#include <spawn.h>
#include <sys/wait.h>

#include "server/core/digest.h"
#include "server/runner/process.h"
#include "tests/runner/runner_fixture.h"

namespace pawl {
namespace {

class Scan : public RunnerTest {
 protected:
  ~Scan() override {
    for (const pid_t pid : started_) {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
  }

  // A shell that has said "go" through the fifo, so that its environment is in place.
  pid_t start(std::vector<std::string> argv, std::string environment) {
    Fifo ready(state_ / "ready");
    std::vector<char*> arguments;
    for (std::string& argument : argv) arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    std::string path = "READY=" + (state_ / "ready").string();
    char* variables[] = {environment.data(), path.data(), nullptr};
    pid_t pid = 0;
    EXPECT_EQ(posix_spawn(&pid, arguments[0], nullptr, nullptr, arguments.data(), variables), 0);
    EXPECT_EQ(ready.line(), "go");
    std::filesystem::remove(state_ / "ready");
    started_.push_back(pid);
    return pid;
  }
  pid_t sleeper(const std::string& environment) {
    return start({"/bin/sh", "-c", "echo go > $READY; exec sleep 60"}, environment);
  }
  bool dies(pid_t pid) {
    int status = 0;
    return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
           std::erase(started_, pid) == 1;
  }

  std::vector<pid_t> started_;
  const std::string token_ = random_hex(16);
};

TEST_F(Scan, KillsWhatCarriesTheToken) {
  const pid_t marked = sleeper("PAWL_ATTEMPT_TOKEN=" + token_);
  EXPECT_GE(kill_marked(token_), 1);
  EXPECT_TRUE(dies(marked));
}

TEST_F(Scan, LeavesEverybodyElseAlone) {
  const pid_t longer = sleeper("PAWL_ATTEMPT_TOKEN=" + token_ + "0");
  const pid_t other = sleeper("MY_PAWL_ATTEMPT_TOKEN=" + token_);
  EXPECT_EQ(kill_marked(token_), 0);
  EXPECT_EQ(kill(longer, 0), 0);
  EXPECT_EQ(kill(other, 0), 0);
}

// /proc/PID/environ is empty then, although threads run.
TEST_F(Scan, FindsAProcessWhoseFirstThreadHasEnded) {
  const std::string python = find_in_path("python3");
  if (python.empty()) GTEST_SKIP() << "python3 is not installed";
  const std::string script = R"(
import ctypes, os, threading, time
def run():
    while open("/proc/%d/stat" % os.getpid()).read().split(") ")[1][0] != "Z": time.sleep(0.001)
    open(os.environ["READY"], "w").write("go\n")
    time.sleep(60)
threading.Thread(target=run).start()
ctypes.CDLL(None).syscall(60, 0)  # exit: of this thread only
)";
  const pid_t marked = start({python, "-c", script}, "PAWL_ATTEMPT_TOKEN=" + token_);
  EXPECT_GE(kill_marked(token_), 1);
  EXPECT_TRUE(dies(marked));
}

TEST_F(Scan, ProofNeedsTwoCleanPassesInARow) {
  DeathProof proof;
  EXPECT_FALSE(proof.look(token_));
  const pid_t late = sleeper("PAWL_ATTEMPT_TOKEN=" + token_);
  EXPECT_FALSE(proof.look(token_));
  EXPECT_TRUE(dies(late));
  EXPECT_FALSE(proof.look(token_));
  EXPECT_TRUE(proof.look(token_));
}

}  // namespace
}  // namespace pawl
