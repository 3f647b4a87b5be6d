#include "keeper/session.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "keeper/command_output.h"
#include "keeper/contract.h"
#include "keeper/exec_report.h"
#include "keeper/files.h"
#include "keeper/phase.h"
#include "keeper/tree.h"

namespace pawl::keeper {
namespace {

constexpr std::size_t kRequestBytesMax = 256 << 10;
constexpr std::int64_t kOutputBytesMax = 1 << 20;
constexpr timeval kClientWait{.tv_sec = 5, .tv_usec = 0};  // for one that neither reads nor writes
constexpr int kKillEveryMs = 10;

// How one command ended.
struct Ended {
  std::string how;  // the answer's first line
  Milliseconds took{0};
};

struct Running {
  pid_t pid = 0;
  CommandOutput output;
  ExecReport report;
};

std::vector<std::string> own_environment() {
  std::vector<std::string> env;
  for (char** entry = environ; *entry != nullptr; ++entry) env.emplace_back(*entry);
  return env;
}

[[noreturn]] void run_command(const Spec& spec, int out, int report) {
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (write(report, &kInside, 1) != 1) _exit(126);
  become(spec.command, with_deadline(own_environment(), spec.limit), report);
}

Result<Running> start(const Spec& spec) {
  int out[2], report[2];
  if (pipe2(out, O_CLOEXEC) != 0) return io_error("make", "a pipe");
  Fd out_read(out[0]);
  const Fd out_write(out[1]);
  if (pipe2(report, O_CLOEXEC) != 0) return io_error("make", "a pipe");
  Fd report_read(report[0]);
  const Fd report_write(report[1]);
  for (const int fd : {out[0], report[0]}) fcntl(fd, F_SETFL, O_NONBLOCK);
  const pid_t pid = fork();
  if (pid < 0) return io_error("start", "a process");
  if (pid == 0) run_command(spec, out_write.get(), report_write.get());
  Running running{pid, CommandOutput(std::min(spec.log_bytes_max, kOutputBytesMax)), {}};
  running.output.attach(std::move(out_read));
  running.report.attach(std::move(report_read));
  return running;
}

std::string how(const Running& running, const std::optional<int>& status, bool late) {
  if (!running.report.started() && !running.report.problem().empty()) {
    return std::string(kProblemWord) + " " + std::string(running.report.problem());
  }
  if (late) return std::string(kTimedOutWord);
  if (status && WIFEXITED(*status))
    return std::string(kExitedWord) + " " + std::to_string(WEXITSTATUS(*status));
  return std::string(kSignaledWord) + " " + std::to_string(status ? WTERMSIG(*status) : SIGKILL);
}

class Session {
 public:
  Session(Fd listener, Fd signals) : listener_(std::move(listener)), signals_(std::move(signals)) {}

  void serve() {
    pollfd polled{listener_.get(), POLLIN, 0};
    poll(&polled, 1, -1);
    client_ = accept_one();
    if (!client_.open()) return;
    const auto spec = read_request();
    if (spec) answer(*spec);
    client_.reset();
  }

 private:
  Fd accept_one() const {
    Fd client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
      setsockopt(client.get(), SOL_SOCKET, option, &kClientWait, sizeof kClientWait);
    return client;
  }

  Result<Spec> read_request() const {
    std::string text;
    char buffer[8192];
    ssize_t got = 0;
    while ((got = read(client_.get(), buffer, sizeof buffer)) > 0) {
      text.append(buffer, static_cast<std::size_t>(got));
      if (text.size() > kRequestBytesMax) return fail(ErrorKind::kInvalid, "request: too large");
    }
    if (got < 0) return io_error("read", "a request");
    return parse_spec(text);
  }

  void answer(const Spec& spec) {
    auto running = start(spec);
    if (!running) {
      (void)write_all(client_.get(),
                      std::string(kProblemWord) + " " + running.error().message + "\n");
      return;
    }
    const Ended ended = run_to_end(*running, spec.limit);
    const std::string text =
        ended.how + "\nms " + std::to_string(ended.took.count()) + "\n" + running->output.text();
    (void)write_all(client_.get(), text);  // a client that went away wants no answer
  }

  Ended run_to_end(Running& running, Milliseconds limit) {
    const auto begun = since_boot();
    std::optional<int> status;
    bool late = false, killing = false;
    while (bury(running.pid, status)) {
      late = late || (!status && since_boot() - begun >= limit);
      if (late || status || client_gone()) killing = true;
      if (killing) signal_descendants(SIGKILL, false);
      const auto left = std::chrono::ceil<Milliseconds>(begun + limit - since_boot());
      wait_for_events(running, killing ? Milliseconds(kKillEveryMs) : left);
    }
    running.report.pump();
    running.output.pump();
    return {how(running, status, late), std::chrono::ceil<Milliseconds>(since_boot() - begun)};
  }

  // False when nothing of the command is left.
  static bool bury(pid_t command, std::optional<int>& status) {
    int found = 0;
    for (;;) {
      const pid_t dead = waitpid(-1, &found, WNOHANG);
      if (dead < 0 && errno != EINTR) return false;
      if (dead == 0) return true;
      if (dead == command) status = found;
    }
  }

  bool client_gone() const {
    pollfd polled{client_.get(), 0, 0};
    return poll(&polled, 1, 0) == 1 && (polled.revents & (POLLHUP | POLLERR)) != 0;
  }

  void wait_for_events(Running& running, Milliseconds time) const {
    std::array polled = {pollfd{signals_.get(), POLLIN, 0}, pollfd{client_.get(), 0, 0},
                         pollfd{running.output.pipe(), POLLIN, 0},
                         pollfd{running.report.pipe(), POLLIN, 0}};
    poll(polled.data(), polled.size(), static_cast<int>(std::max(time, Milliseconds(0)).count()));
    signalfd_siginfo info{};
    while (read(signals_.get(), &info, sizeof info) == sizeof info) {
    }
    running.report.pump();
    running.output.pump();
  }

  Fd listener_, signals_, client_;
};

Fd open_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return Fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace

int serve_commands() {
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // what a command leaves behind comes to us
  prctl(PR_SET_DUMPABLE, 0);         // it has our uid, and is to reach none of our descriptors
  Fd listener(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  Fd signals = open_signals();
  if (!listener.open() || !signals.open() || dup2(null.get(), STDIN_FILENO) != STDIN_FILENO)
    return static_cast<int>(Exit::kIo);
  Session session(std::move(listener), std::move(signals));
  for (;;) session.serve();
}

}  // namespace pawl::keeper
