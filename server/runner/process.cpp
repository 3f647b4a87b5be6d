#include "server/runner/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "keeper/fd.h"
#include "server/runner/pidfd.h"

namespace pawl {
namespace {

using keeper::Fd;

constexpr std::size_t kErrorBytesMax = 2000;

std::unexpected<Error> engine_error(const std::string& doing, int error) {
  return fail(ErrorKind::kEngine, "could not " + doing + ": " + std::strerror(error));
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

// The child's descriptors, signals and mask: all of them the defaults.
class SpawnSetup {
 public:
  struct Streams {
    std::optional<int> input{}, output{};  // absent: /dev/null
    int errors = STDERR_FILENO;
  };

  SpawnSetup(const Streams& streams, bool new_session) {
    const auto& [input, output, errors] = streams;
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (input) posix_spawn_file_actions_adddup2(&files_, *input, STDIN_FILENO);
    posix_spawn_file_actions_addopen(&files_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (output) posix_spawn_file_actions_adddup2(&files_, *output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files_, errors, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&files_, STDERR_FILENO + 1);
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    const int session = new_session ? POSIX_SPAWN_SETSID : 0;
    posix_spawnattr_setflags(
        &attributes_, static_cast<short>(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | session));
  }
  ~SpawnSetup() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&files_);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;

  const posix_spawn_file_actions_t* files() const { return &files_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

void read_errors(int pipe, std::string& errors) {
  char buffer[1024];
  ssize_t got = 0;
  while ((got = read(pipe, buffer, sizeof buffer)) > 0)
    errors.append(buffer, static_cast<std::size_t>(got));
  if (errors.size() > kErrorBytesMax) errors.erase(0, errors.size() - kErrorBytesMax);
}

// Reads along, so that a full pipe never blocks the program.
ProgramEnd wait_for(pid_t pid, int errors, Milliseconds limit) {
  ProgramEnd end;
  const Fd process = open_process(pid);
  const int timer = static_cast<int>(limit.count());
  // The limit starts anew with each line on stderr: it is a guard against hanging, not a deadline.
  pollfd polled[] = {{process.get(), POLLIN, 0}, {errors, POLLIN, 0}};
  while (process.open()) {
    const int ready = poll(polled, 2, timer);
    if (ready < 0 && errno == EINTR) continue;
    read_errors(errors, end.errors);
    if (polled[1].revents & POLLHUP) polled[1].fd = -1;
    if (ready == 0) {
      end.timed_out = true;
      signal_process(process, SIGKILL);
    }
    if (ready <= 0 || polled[0].revents != 0) break;
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  read_errors(errors, end.errors);
  end.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return end;
}

}  // namespace

Result<ProgramEnd> run_program(const std::vector<std::string>& argv,
                               const std::vector<std::string>& env, Milliseconds limit) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return engine_error("make a pipe", errno);
  const Fd reader(ends[0]);
  Fd writer(ends[1]);
  fcntl(reader.get(), F_SETFL, O_NONBLOCK);
  const SpawnSetup setup({.errors = writer.get()}, false);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, argv[0].c_str(), setup.files(), setup.attributes(),
                                pointers(argv).data(), pointers(env).data());
  if (error != 0) return engine_error("start " + argv[0], error);
  writer.reset();
  return wait_for(pid, reader.get(), limit);
}

Result<void> spawn_detached(const std::vector<std::string>& argv,
                            const std::filesystem::path& log) {
  const Fd file(open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file.open()) return engine_error("open " + log.string(), errno);
  const SpawnSetup setup({.output = file.get(), .errors = file.get()}, true);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, argv.front().c_str(), setup.files(), setup.attributes(),
                                pointers(argv).data(), environ);
  if (error != 0) return engine_error("start " + argv.front(), error);
  return {};
}

Result<pid_t> spawn_speaking(const std::vector<std::string>& argv, int socket) {
  const SpawnSetup setup({.input = socket, .output = socket}, false);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, argv.front().c_str(), setup.files(), setup.attributes(),
                                pointers(argv).data(), environ);
  if (error != 0) return engine_error("start " + argv.front(), error);
  return pid;
}

ProgramEnd await_end(pid_t pid, Milliseconds limit) { return wait_for(pid, -1, limit); }

std::string find_in_path(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string_view folders = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!folders.empty()) {
    const std::size_t end = std::min(folders.find(':'), folders.size());
    const std::string candidate = std::string(folders.substr(0, end)) + "/" + name;
    if (candidate.starts_with('/') && access(candidate.c_str(), X_OK) == 0) return candidate;
    folders.remove_prefix(std::min(end + 1, folders.size()));
  }
  return "";
}

}  // namespace pawl
