#include "tests/runner/runner_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "server/core/digest.h"
#include "server/runner/pidfd.h"

namespace pawl {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kTimeout(30);

bool readable(int fd) {
  pollfd polled{fd, POLLIN, 0};
  return poll(&polled, 1, static_cast<int>(Milliseconds(kTimeout).count())) == 1;
}

}  // namespace

RunnerSink EventLog::sink() {
  return [this](RunnerEvent event) {
    const std::scoped_lock lock(mutex_);
    events_.push_back(event);
    arrived_.notify_all();
  };
}

std::optional<RunnerEvent> EventLog::next() {
  std::unique_lock lock(mutex_);
  if (!arrived_.wait_for(lock, kTimeout, [this] { return !events_.empty(); })) return std::nullopt;
  const RunnerEvent event = events_.front();
  events_.pop_front();
  return event;
}

bool EventLog::wait_for(AttemptId attempt, RunnerEventKind kind) {
  for (auto event = next(); event; event = next()) {
    if (*event == RunnerEvent{attempt, kind}) return true;
  }
  return false;
}

std::size_t EventLog::waiting() {
  const std::scoped_lock lock(mutex_);
  return events_.size();
}

Fifo::Fifo(fs::path path) {
  EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
  fd_ = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

Fifo::~Fifo() { close(fd_); }

std::string Fifo::line() {
  std::string line;
  char c = 0;
  while (readable(fd_) && read(fd_, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

bool Fifo::has_writer() {
  char byte = 0;
  return read(fd_, &byte, 1) != 0;
}

RunnerTest::RunnerTest() {
  std::string pattern = (fs::temp_directory_path() / "pawl-runner-test-XXXXXX").string();
  state_ = mkdtemp(pattern.data());
}

// What a failed test left running is ended by a runner of its own.
RunnerTest::~RunnerTest() {
  runner_.reset();
  {
    EventLog log;
    const std::unique_ptr<LocalRunner> last = make_runner(Mode::kBare, log.sink());
    for (const AttemptRef& one : attempts_) {
      if (last->recover(one) != Recovered::kAlive) continue;
      last->stop(one);
      while (const auto event = log.next()) {
        if (event->kind != RunnerEventKind::kStarted) break;
      }
    }
  }
  std::error_code ignored;
  fs::remove_all(state_, ignored);
}

std::unique_ptr<LocalRunner> RunnerTest::make_runner(Mode mode, RunnerSink sink) {
  const LocalRunnerOptions options{.keeper = BIN_DIR "/pawl-keeper",
                                   .box_allowed = mode == Mode::kBoxed};
  return std::make_unique<LocalRunner>(options, std::move(sink));
}

void RunnerTest::restart(Mode mode) {
  runner_.reset();
  runner_ = make_runner(mode, events_.sink());
}

AttemptRef RunnerTest::attempt(int number) {
  const AttemptRef made{.id = {JobId{number}, 1},
                        .token = random_hex(16),
                        .folder = state_ / "attempts/tiny" / (std::to_string(number) + "-1")};
  for (const char* name : {"work", "run", "record"}) fs::create_directories(made.folder / name);
  attempts_.push_back(made);
  return made;
}

LaunchSpec RunnerTest::shell(const AttemptRef& attempt, std::string script) const {
  return {.attempt = attempt,
          .command = {"sh", "-c", std::move(script)},
          .env = {"PATH=/usr/bin:/bin"},
          .limit = Milliseconds(120'000),
          .grace = Milliseconds(10'000),
          .log_bytes_max = 1 << 20};
}

void RunnerTest::kill_keeper(const AttemptRef& attempt) const {
  const std::string state = text(attempt.folder / "keeper/state");
  const std::string key = "keeper_pid ";
  const pid_t pid = std::atoi(state.c_str() + state.find(key) + key.size());
  ASSERT_GT(pid, 1);
  kill(pid, SIGKILL);
  wait_until_gone(pid);
}

std::string RunnerTest::text(const fs::path& file) {
  std::ostringstream bytes;
  bytes << std::ifstream(file).rdbuf();
  return bytes.str();
}

bool RunnerTest::wait_until_gone(pid_t pid) {
  const keeper::Fd process = open_process(pid);
  return !process.open() || readable(process.get());
}

void RunnerInBothModes::SetUp() {
  runner_ = make_runner(GetParam(), events_.sink());
  if (GetParam() == Mode::kBoxed && !runner_->boxed()) GTEST_SKIP() << runner_->unboxed_reason();
}

std::string mode_name(const testing::TestParamInfo<Mode>& test) {
  return test.param == Mode::kBare ? "Bare" : "Boxed";
}

}  // namespace pawl
