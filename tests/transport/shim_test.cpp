#include "server/transport/shim.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

#include "tests/transport/daemon.h"

using namespace pawl;

namespace {

const std::string kPing = R"({"jsonrpc":"2.0","id":1,"method":"ping"})"
                          "\n";
const std::string kPong = R"({"jsonrpc":"2.0","id":1,"result":{}})"
                          "\n";

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe(ends.data()), 0);
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
  }
  Descriptor read, write;
};

void put(const Descriptor& to, const std::string& text) {
  EXPECT_EQ(write(to.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

std::string get(const Descriptor& from, std::size_t size) {
  std::string text(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const ssize_t part = read(from.get(), text.data() + got, size - got);
    if (part <= 0) break;
    got += static_cast<std::size_t>(part);
  }
  return text.substr(0, got);
}

class Shim : public testing::Test {
 protected:
  ShimOptions options() {
    return {.daemon = {.socket = socket, .start = nullptr},
            .hello = {.directory = "/home/ada/tiny", .agent = "a1", .client = "mcp"},
            .input = input.read.get(),
            .output = output.write.get()};
  }
  // Runs the shim on a thread of its own, as a client's child would run.
  void start(ShimOptions with) {
    thread = std::jthread([this, with] { result = run_shim(with); });
  }
  void close_input() { input.write = Descriptor(); }

  TestFolder folder;
  std::filesystem::path socket = folder.path / "pawl.sock";
  Pipe input, output;
  Result<void> result;
  std::jthread thread;
};

}  // namespace

TEST_F(Shim, PassesBytesBothWaysAndEndsWithItsInput) {
  const TestDaemon daemon(socket);
  start(options());
  put(input.write, kPing);
  EXPECT_EQ(get(output.read, kPong.size()), kPong);
  close_input();
  thread.join();
  EXPECT_TRUE(result);
}

TEST_F(Shim, AnswersWhatWasAskedBeforeTheInputEnded) {
  const TestDaemon daemon(socket);
  put(input.write, kPing);
  close_input();
  start(options());
  EXPECT_EQ(get(output.read, kPong.size()), kPong);
  thread.join();
  EXPECT_TRUE(result);
}

TEST_F(Shim, AWaitIsAnsweredEarlyWhenTheInputEnds) {
  TestDaemon daemon(socket);
  std::mutex mutex;
  std::condition_variable_any never;
  daemon.world.wait = [&](const WaitRequest&, std::stop_token stop,
                          const auto&) -> Result<WaitReply> {
    std::unique_lock lock(mutex);
    never.wait(lock, stop, [] { return false; });
    return WaitReply{.finished = {}, .waiting = {}, .timed_out = true};
  };
  put(input.write,
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/"
      "call\",\"params\":{\"name\":\"wait_jobs\"}}\n");
  close_input();
  start(options());
  thread.join();
  EXPECT_TRUE(get(output.read, 30).starts_with("{\"jsonrpc\":\"2.0\",\"id\":1,\"res"));
}

TEST_F(Shim, TellsTheDaemonWhereItWorksAndForWhom) {
  TestDaemon daemon(socket);
  start(options());
  put(input.write,
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/"
      "call\",\"params\":{\"name\":\"briefing\"}}\n");
  EXPECT_TRUE(get(output.read, 30).starts_with("{\"jsonrpc\""));
  const std::scoped_lock lock(daemon.world.mutex);
  EXPECT_EQ(daemon.world.callers.at(0).directory, "/home/ada/tiny");
  EXPECT_EQ(daemon.world.callers.at(0).agent, "a1");
  close_input();
}

TEST_F(Shim, EndsWithAnErrorWhenTheDaemonGoesAway) {
  TestDaemon daemon(socket);
  start(options());
  put(input.write, kPing);
  EXPECT_EQ(get(output.read, kPong.size()), kPong);
  daemon.stop();
  thread.join();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "the server closed the connection");
}

TEST_F(Shim, StartsTheDaemonWhenNobodyListens) {
  std::unique_ptr<TestDaemon> daemon;
  auto with = options();
  with.daemon.start = [&]() -> Result<void> {
    daemon = std::make_unique<TestDaemon>(socket);
    return {};
  };
  start(with);
  put(input.write, kPing);
  EXPECT_EQ(get(output.read, kPong.size()), kPong);
  close_input();
  thread.join();
  EXPECT_TRUE(result);
}

TEST_F(Shim, SaysSoWhenTheDaemonCannotBeStarted) {
  auto with = options();
  with.daemon.start = []() -> Result<void> { return fail(ErrorKind::kEngine, "no such program"); };
  EXPECT_EQ(run_shim(with).error().message, "no such program");
  with.daemon.start = []() -> Result<void> { return {}; };
  with.daemon.start_timeout = std::chrono::milliseconds(10);
  EXPECT_EQ(run_shim(with).error().message, "the server did not come up within 10ms");
}

TEST_F(Shim, EndsWhenNobodyReadsItsOutput) {
  const TestDaemon daemon(socket);
  start(options());
  put(input.write, kPing);
  EXPECT_EQ(get(output.read, kPong.size()), kPong);
  output.read = Descriptor();
  thread.join();
  EXPECT_TRUE(result);
}

TEST_F(Shim, AnAnswerLargerThanEveryBufferArrivesWhole) {
  const TestDaemon daemon(socket);
  start(options());
  std::string asked;
  for (int i = 0; i < 40; ++i) {
    asked += R"({"jsonrpc":"2.0","id":)" + std::to_string(i) + R"(,"method":"tools/list"})" + "\n";
  }
  std::jthread writer([&] { put(input.write, asked); });
  std::size_t lines = 0;
  while (lines < 40) lines += get(output.read, 1) == "\n" ? 1 : 0;
  writer.join();
  close_input();
}

// In processes of their own: the signal and the parent's death end a shim whose input stays open.
class ShimProcess : public Shim {
 protected:
  // Forks before the daemon has threads; the child connects when it is there.
  pid_t fork_shim(const std::function<int()>& parent_of_shim) {
    const pid_t child = fork();
    if (child == 0) {
      auto with = options();
      with.daemon.start = []() -> Result<void> { return {}; };
      with.parent = parent_of_shim();
      output.read = Descriptor();
      _exit(run_shim(with) ? 0 : 1);
    }
    output.write = Descriptor();  // so that the child's end shows as the end of its output
    return child;
  }
};

TEST_F(ShimProcess, EndsWithASignal) {
  const pid_t shim = fork_shim([] { return getppid(); });
  const TestDaemon daemon(socket);
  put(input.write, kPing);
  EXPECT_EQ(get(output.read, kPong.size()), kPong);
  kill(shim, SIGTERM);
  int status = 0;
  EXPECT_EQ(waitpid(shim, &status, 0), shim);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_F(ShimProcess, EndsWithItsParent) {
  Pipe leave;
  const pid_t client = fork_shim([&] {
    const pid_t self = getpid();
    leave.write = Descriptor();
    const pid_t shim = fork();
    if (shim == 0) return static_cast<int>(self);  // we are the shim now
    get(leave.read, 1);                            // the client lives until it is told
    _exit(0);
  });
  const TestDaemon daemon(socket);
  put(input.write, kPing);
  EXPECT_EQ(get(output.read, kPong.size()), kPong);
  leave.write = Descriptor();
  waitpid(client, nullptr, 0);
  EXPECT_EQ(get(output.read, 1), "");  // the shim is gone although its input is open
}
