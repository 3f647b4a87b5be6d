#include "tests/keeper/keeper_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace pawl::keeper {
namespace {

namespace fs = std::filesystem;

constexpr int kTimeoutMs = 30'000;
const std::string kKeeper = BIN_DIR "/pawl-keeper";

bool readable(int fd) {
  pollfd polled{fd, POLLIN, 0};
  return poll(&polled, 1, kTimeoutMs) == 1;
}

// As the spec wants it: %XX for what a line cannot hold.
std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) out += c == '\n' ? "%0A" : c == '%' ? "%25" : std::string(1, c);
  return out;
}

// Runs a program of ours to its end, on our own streams.
int run(std::vector<std::string> argv) {
  std::vector<char*> pointers;
  for (std::string& argument : argv) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    char* no_environment[] = {nullptr};
    execve(pointers[0], pointers.data(), no_environment);
    _exit(126);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Written out, not taken from the server: the keeper has to work with any box.
std::vector<std::string> box(const fs::path& work) {
  return {"/usr/bin/bwrap",
          "--unshare-user",
          "--unshare-pid",
          "--unshare-ipc",
          "--die-with-parent",
          "--new-session",
          "--as-pid-1",
          "--ro-bind",
          "/usr",
          "/usr",
          "--symlink",
          "usr/bin",
          "/bin",
          "--symlink",
          "usr/lib",
          "/lib",
          "--symlink",
          "usr/lib64",
          "/lib64",
          "--proc",
          "/proc",
          "--dev",
          "/dev",
          "--tmpfs",
          "/tmp",
          "--ro-bind",
          kKeeper,
          kKeeper,
          "--bind",
          work,
          work,
          "--chdir",
          work,
          "--"};
}

}  // namespace

bool bubblewrap_works() {
  static const bool works = [] {
    std::vector<std::string> argv = box("/tmp");
    argv.push_back("true");
    return run(argv) == 0;
  }();
  return works;
}

NamedPipe::NamedPipe(const fs::path& path) {
  EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
  fd_ = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

NamedPipe::~NamedPipe() { close(fd_); }

std::string NamedPipe::wait_for_line() {
  std::string line;
  char c = 0;
  while (readable(fd_)) {
    const ssize_t got = read(fd_, &c, 1);
    if (got == 1 && c == '\n') return line;
    if (got == 1) line += c;
    if (got == 0) break;
  }
  return "";
}

bool NamedPipe::has_writer() {
  char buffer[256];
  ssize_t got = 0;
  while ((got = read(fd_, buffer, sizeof buffer)) > 0) {
  }
  return got < 0;
}

bool NamedPipe::wait_until_no_writer() {
  pollfd polled{fd_, 0, 0};
  return !has_writer() || poll(&polled, 1, kTimeoutMs) == 1;
}

ControlClient::ControlClient(const fs::path& attempt) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const int folder = open((attempt / "keeper").c_str(), O_DIRECTORY | O_CLOEXEC);
  snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/control", folder);
  fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(fd_);
    fd_ = -1;
  }
  close(folder);
}

ControlClient::~ControlClient() {
  if (fd_ >= 0) close(fd_);
}

void ControlClient::say(std::string_view line) {
  send(fd_, line.data(), line.size(), MSG_NOSIGNAL);
}

std::string ControlClient::line() {
  for (;;) {
    const std::size_t end = buffer_.find('\n');
    if (end != std::string::npos) {
      const std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    char bytes[256];
    const ssize_t got = connected() && readable(fd_) ? recv(fd_, bytes, sizeof bytes, 0) : 0;
    if (got <= 0) return "";
    buffer_.append(bytes, static_cast<std::size_t>(got));
  }
}

bool ControlClient::wait_for(std::string_view wanted) {
  for (std::string heard = line(); !heard.empty(); heard = line()) {
    if (heard == wanted) return true;
  }
  return false;
}

KeeperTest::KeeperTest() {
  std::string pattern = (fs::temp_directory_path() / "pawl-keeper-test-XXXXXX").string();
  folder_ = mkdtemp(pattern.data());
  work_ = folder_ / "work";
  for (const char* name : {"keeper", "record", "work"}) fs::create_directory(folder_ / name);
}

// A test that failed must leave nothing behind that runs.
KeeperTest::~KeeperTest() {
  ControlClient client(folder_);
  if (client.connected()) {
    client.say("stop\n");
    client.wait_for("ended");
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void KeeperTest::write_spec(const Job& job, Walls walls) {
  std::ofstream spec(folder_ / "keeper/spec");
  spec << "token abcdef\n";
  for (const std::string& value : job.build) spec << "build " << escaped(value) << "\n";
  for (const std::string& value : job.command) spec << "command " << escaped(value) << "\n";
  for (const std::string& value : job.env) spec << "env " << escaped(value) << "\n";
  spec << "limit_ms " << job.limit_ms << "\ngrace_ms " << job.grace_ms << "\n";
  spec << "log_bytes_max " << job.log_bytes_max << "\nworkdir " << work_.string() << "\n";
  for (const std::string& line : job.more) spec << line << "\n";
  if (walls == Walls::kBare) return;
  for (const std::string& argument : box(work_)) spec << "box " << argument << "\n";
}

int KeeperTest::run_keeper() { return run({kKeeper, folder_.string()}); }

int KeeperTest::run_keeper_without_streams() {
  return run({"/bin/sh", "-c", "exec \"$0\" \"$1\" 0<&- 1>&- 2>&-", kKeeper, folder_.string()});
}

int KeeperTest::start(const Job& job, Walls walls) {
  write_spec(job, walls);
  return run_keeper();
}

void KeeperTest::wait_for_record() {
  ControlClient client(folder_);
  if (client.connected()) client.wait_for("ended");
  ASSERT_TRUE(has("record/status.json"));
}

void KeeperTest::run_to_end(const Job& job, Walls walls) {
  ASSERT_EQ(start(job, walls), 0);
  wait_for_record();
}

std::string KeeperTest::field(const std::string& name) const {
  const std::string json = text("record/status.json");
  const std::string key = "\"" + name + "\":";
  const std::size_t at = json.find(key);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + key.size();
  if (json[begin] != '"') return json.substr(begin, json.find_first_of(",}", begin) - begin);
  std::size_t end = begin + 1;
  while (json[end] != '"' || json[end - 1] == '\\') ++end;
  return json.substr(begin + 1, end - begin - 1);
}

std::int64_t KeeperTest::number(const std::string& name) const {
  return std::atoll(field(name).c_str());
}

std::string KeeperTest::text(const fs::path& relative) const {
  std::ostringstream bytes;
  bytes << std::ifstream(folder_ / relative).rdbuf();
  return bytes.str();
}

bool KeeperTest::has(const fs::path& relative) const { return fs::exists(folder_ / relative); }

int KeeperTest::keeper_pid() const {
  const std::string state = text("keeper/state");
  const std::string key = "keeper_pid ";
  return std::atoi(state.c_str() + state.find(key) + key.size());
}

bool KeeperTest::wait_until_lock_is_free() const {
  const int process = static_cast<int>(syscall(SYS_pidfd_open, keeper_pid(), 0));
  if (process >= 0) readable(process);
  close(process);
  const int lock = open((folder_ / "keeper/lock").c_str(), O_RDWR | O_CLOEXEC);
  const bool is_free = flock(lock, LOCK_EX | LOCK_NB) == 0;
  close(lock);
  return is_free;
}

void KeeperInBothModes::SetUp() {
  if (GetParam() == Walls::kBoxed && !bubblewrap_works())
    GTEST_SKIP() << "bubblewrap does not work here";
}

}  // namespace pawl::keeper
