#include "keeper/daemon.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>
#include <cstdint>

namespace pawl::keeper {
namespace {

[[noreturn]] void leave_with_answer(int pipe) {
  std::uint8_t code = static_cast<std::uint8_t>(Exit::kIo);
  while (read(pipe, &code, 1) < 0 && errno == EINTR) {
  }
  _exit(code);
}

}  // namespace

void fill_standard_streams() {
  int fd = 0;
  while (fd >= 0 && fd <= STDERR_FILENO) fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (fd > STDERR_FILENO) close(fd);
}

Fd detach() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) _exit(static_cast<int>(Exit::kIo));
  const pid_t middle = fork();
  if (middle < 0) _exit(static_cast<int>(Exit::kIo));
  if (middle > 0) {
    close(ends[1]);
    leave_with_answer(ends[0]);
  }
  close(ends[0]);
  setsid();
  // Once more, so that the keeper leads no session and no terminal can adopt it.
  if (const pid_t keeper = fork(); keeper != 0) _exit(0);
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // the attempt's orphans come to us
  signal(SIGHUP, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  // Whatever our caller left open, and the lock, must not reach the job.
  syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  // No stdin, and no file system held busy.
  const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  const bool ready = null.open() && dup2(null.get(), STDIN_FILENO) == STDIN_FILENO;
  if (!ready || chdir("/") != 0) _exit(static_cast<int>(Exit::kIo));
  return Fd(ends[1]);
}

void cut_loose(const Fd& answer, Exit code) {
  dup2(STDIN_FILENO, STDOUT_FILENO);
  dup2(STDIN_FILENO, STDERR_FILENO);
  const auto byte = static_cast<std::uint8_t>(code);
  if (write(answer.get(), &byte, 1) != 1) return;  // our caller died; the attempt goes on
}

}  // namespace pawl::keeper
