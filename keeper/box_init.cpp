#include "keeper/box_init.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "keeper/contract.h"
#include "keeper/exec_report.h"

namespace pawl::keeper {
namespace {

constexpr int kFirstOfCommand = 5;  // pawl-keeper --exec REPORT STATUS -- COMMAND...

// What the keeper passed through bubblewrap. bubblewrap adds PWD of its own accord.
std::vector<std::string> job_environment() {
  std::vector<std::string> env;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with("PWD=")) env.emplace_back(*entry);
  }
  return env;
}

// Holds no stream of the job open: an end of file must mean that the job has closed it.
int bury_until(pid_t command, int status_pipe) {
  for (int fd = 0; fd < status_pipe; ++fd) close(fd);
  int status = 0;
  for (;;) {
    const pid_t dead = waitpid(-1, &status, 0);
    if (dead == command || (dead < 0 && errno == ECHILD)) break;
  }
  if (write(status_pipe, &status, sizeof status) != sizeof status) return 70;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

int box_init(int argc, char** argv) {
  if (argc <= kFirstOfCommand || std::string_view(argv[kFirstOfCommand - 1]) != "--")
    return static_cast<int>(Exit::kUsage);
  const int report = std::atoi(argv[2]);
  const int status_pipe = std::atoi(argv[3]);
  syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);  // nothing reaches the command
  // The job has our uid: it must not write to our status pipe through /proc/1/fd.
  prctl(PR_SET_DUMPABLE, 0);

  const pid_t command = fork();
  if (command < 0) return static_cast<int>(Exit::kIo);
  if (command > 0) {
    close(report);
    return bury_until(command, status_pipe);
  }
  setsid();
  if (write(report, &kInside, 1) != 1) _exit(126);
  become({argv + kFirstOfCommand, argv + argc}, job_environment(), report);
}

}  // namespace pawl::keeper
