#include "keeper/phase.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "keeper/exec_report.h"
#include "keeper/files.h"

namespace pawl::keeper {
namespace {

struct Pipe {
  Fd read, write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return io_error("make", "a pipe");
  Pipe made{Fd(ends[0]), Fd(ends[1])};
  fcntl(made.read.get(), F_SETFL, O_NONBLOCK);
  return made;
}

struct Pipes {
  Pipe out, err, report, status;
  int input = -1;
};

Result<Pipes> make_pipes() {
  Pipes pipes;
  for (Pipe* one : {&pipes.out, &pipes.err, &pipes.report, &pipes.status}) {
    TRY(*one, make_pipe());
  }
  return pipes;
}

void limit(__rlimit_resource resource, std::int64_t max) {
  const rlimit value{static_cast<rlim_t>(max), static_cast<rlim_t>(max)};
  setrlimit(resource, &value);
}

// When memory runs out, the kernel should take the job and not its keeper.
void offer_to_the_oom_killer() {
  const Fd file(open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (file.open() && write(file.get(), "500", 3) < 0) return;
}

// In the child: a session of its own, no privilege of the keeper, and death with it.
void leave_the_keeper(const Spec& spec, pid_t keeper, const Pipes& pipes) {
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != keeper) _exit(126);                    // it died before the line above
  if (pipes.input >= 0) dup2(pipes.input, STDIN_FILENO);  // else it is /dev/null already
  dup2(pipes.out.write.get(), STDOUT_FILENO);
  dup2(pipes.err.write.get(), STDERR_FILENO);
  offer_to_the_oom_killer();
  limit(RLIMIT_CORE, 0);
  if (spec.fsize_max > 0) limit(RLIMIT_FSIZE, spec.fsize_max);
  umask(022);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGHUP, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// bubblewrap's argv; the box shows the keeper's program at the path that it has outside.
std::vector<std::string> boxed(const Spec& spec, const std::vector<std::string>& argv,
                               const Pipes& pipes) {
  std::vector<std::string> all = spec.box;
  all.insert(all.end(), {own_program(), "--exec", std::to_string(pipes.report.write.get()),
                         std::to_string(pipes.status.write.get()), "--"});
  all.insert(all.end(), argv.begin(), argv.end());
  return all;
}

[[noreturn]] void run_boxed(const Spec& spec, const std::vector<std::string>& argv,
                            const std::vector<std::string>& env, const Pipes& pipes) {
  const std::vector<std::string> all = boxed(spec, argv, pipes);
  // For become(): bubblewrap itself may be missing. The two below travel through it.
  const Fd kept(fcntl(pipes.report.write.get(), F_DUPFD_CLOEXEC, 3));
  for (const Fd* passed : {&pipes.report.write, &pipes.status.write})
    fcntl(passed->get(), F_SETFD, 0);
  become(all, env, kept.get());
}

[[noreturn]] void run_bare(const Spec& spec, const std::vector<std::string>& argv,
                           const std::vector<std::string>& env, const Pipes& pipes) {
  const int report = pipes.report.write.get();
  if (write(report, &kInside, 1) != 1) _exit(126);
  if (chdir(spec.workdir.c_str()) != 0) {
    give_up(report,
            "cannot enter the working directory \"" + spec.workdir + "\": " + std::strerror(errno));
  }
  become(argv, env, report);
}

}  // namespace

std::string own_program() {
  char path[4096];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : "";
}

std::vector<std::string> with_deadline(std::vector<std::string> env, Milliseconds left) {
  std::erase_if(env, [](const std::string& entry) { return entry.starts_with("PAWL_DEADLINE="); });
  const auto seconds = std::chrono::floor<std::chrono::seconds>(std::max(left, Milliseconds(0)));
  env.push_back("PAWL_DEADLINE=" + std::to_string(seconds.count()));
  return env;
}

Result<Phase> start_phase(const Spec& spec, const std::vector<std::string>& argv, Milliseconds left,
                          const Fd& input) {
  const std::vector<std::string> env = with_deadline(spec.env, left);
  TRY(Pipes pipes, make_pipes());
  pipes.input = input.get();
  const pid_t keeper = getpid();
  const pid_t pid = fork();
  if (pid < 0) return io_error("start", "a process");
  if (pid == 0) {
    leave_the_keeper(spec, keeper, pipes);
    if (spec.boxed()) run_boxed(spec, argv, env, pipes);
    run_bare(spec, argv, env, pipes);
  }
  return Phase{pid, std::move(pipes.out.read), std::move(pipes.err.read),
               std::move(pipes.report.read), std::move(pipes.status.read)};
}

}  // namespace pawl::keeper
